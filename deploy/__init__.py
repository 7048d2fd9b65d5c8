"""What runs inside the containers beside the servers: settings, secrets, who of two exporters reads."""

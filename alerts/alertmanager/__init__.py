"""Who is written to: contacts, decision and calendar -> Alertmanager's configuration."""

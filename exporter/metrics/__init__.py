"""A snapshot to the bytes that Prometheus reads."""

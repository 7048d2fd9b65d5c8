"""Grafana dashboards as code: one module each, built from the decision and the configuration."""

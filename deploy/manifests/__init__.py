"""Manifests for a cluster with prometheus-operator, from the sources of all other configuration."""

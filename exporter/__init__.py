"""Reads a provincial public-service portal and publishes rates beside the targets of a decision."""

"""Readings to units: by code, name and alias, within their scope."""

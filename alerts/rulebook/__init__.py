"""The rules: what is recorded, and what is alerted on, as functions from settings to rule groups."""

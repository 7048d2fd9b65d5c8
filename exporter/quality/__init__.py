"""Measurements accepted or withheld, each with its reason, and what is remembered for that."""

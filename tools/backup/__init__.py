"""`python -m tools.backup`: everything that cannot be made again, in one file, and back from it."""

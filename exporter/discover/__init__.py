"""A portal to the units of a new province."""

"""Tests of the rules for promtool: worlds of input series, and what the rules must make of them."""

"""A portal to pages: like a good guest."""

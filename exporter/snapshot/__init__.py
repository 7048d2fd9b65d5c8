"""What is published at one moment: one source for each figure, and sums."""

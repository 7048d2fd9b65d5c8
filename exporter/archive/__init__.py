"""Collections on disk: the only state there is, and the proof of every figure."""

"""Other managers' metadata as an index of ours: what maps is taken over, the rest is listed."""

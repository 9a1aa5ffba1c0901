"""Who sets what, who wins, and why: claims in load order become decisions."""

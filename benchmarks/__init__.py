"""Figures, each with its spread, next to a peer or a floor that was measured in the same run."""

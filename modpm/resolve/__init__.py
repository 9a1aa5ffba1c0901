"""Versions that fit together: prune, propose, check (and, in time, prove)."""

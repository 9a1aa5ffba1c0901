"""Bytes on disk: content-addressed, read-only, verified on the way in."""

"""Calls one mod after the other, counts the time of each, and goes on when one raises."""

from turn_call._turn_call import Cast, Share

__all__ = ["Cast", "Share"]

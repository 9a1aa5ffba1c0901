"""The realm on a screen: a game whose rules are plugins, and whose events are mods.

Play it from a checkout: python -m examples.game lockfiles/plague-year
"""

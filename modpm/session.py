"""One loadout and everything that is done to it: the only room that knows all the others."""

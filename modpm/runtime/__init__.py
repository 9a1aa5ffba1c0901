"""Mods that run: loaders, the host with the game's plugins, and what mods may ask of them."""

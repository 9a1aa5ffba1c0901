"""JSON Schemas of the files that people write, for editors that complete and explain them.

`python -m modpm.schemas` writes them beside this file, from the shapes that modpm reads with.
"""

import json

import msgspec

from modpm.game import GameFile
from modpm.loadout import LoadoutFile
from modpm.manifest import ManifestFile
from modpm.registry.words import WordsFile

SHAPES = {"mod": ManifestFile, "loadout": LoadoutFile, "game": GameFile, "registry": WordsFile}


def generate() -> dict[str, str]:
    """Return file name -> text for every schema."""
    return {
        f"{name}.schema.json": json.dumps(_schema(name, shape), indent=2, ensure_ascii=False) + "\n"
        for name, shape in SHAPES.items()
    }


def _schema(name: str, shape: type) -> dict[str, object]:
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": f"{name}.toml",
        **msgspec.json.schema(shape),
    }

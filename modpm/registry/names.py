"""How a release is called as a file: `acme/core` 2.0.0 is `acme+core-2.0.0.zip`.

A file name cannot hold the slash of an id, an id cannot hold a plus, and the version begins at the
last hyphen before the first dot: so the name says one release only.
"""

import re

from modpm.fields import ID_PATTERN
from modpm.versions import VERSION_PATTERN, Version, spell

_ID = ID_PATTERN.replace("/", r"\+")
_NAME = re.compile(rf"(?P<id>{_ID})-(?P<version>{VERSION_PATTERN})\.zip")


def file_name(id: str, version: Version) -> str:
    """Return the name of a release's archive."""
    return f"{id.replace('/', '+')}-{spell(version)}.zip"


def split_name(name: str) -> tuple[str, str] | None:
    """Return the id and the version (as text) that an archive's name says; None if it says none."""
    match = _NAME.fullmatch(name)
    return (match["id"].replace("+", "/"), match["version"]) if match else None

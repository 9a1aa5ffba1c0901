"""A folder of mods as people fill it: scripts, components, and folders with a mod.toml."""

from collections.abc import Callable, Iterator
from pathlib import Path

from modpm.document import SIZE_LIMIT, decode
from modpm.errors import InvalidFormat, Io, ModpmError
from modpm.manifest import Manifest, parse_manifest
from modpm.order import natural
from modpm.runtime.events import ModLoadRequested

MANIFEST = "mod.toml"


def requests(mod_dir: Path, accepts: Callable[[Path], bool]) -> Iterator[ModLoadRequested]:
    """Yield a request for each mod in the folder, in natural order; none if there is no folder.

    `accepts` says whether a file is a mod. Names with a dot in front are nobody's.
    """
    found = mod_dir.iterdir() if mod_dir.is_dir() else ()
    for path in sorted(found, key=lambda path: natural(path.name)):
        if path.name.startswith("."):
            continue
        if (path / MANIFEST).is_file():
            yield ModLoadRequested(path)
        elif path.is_file() and accepts(path):
            yield ModLoadRequested(path, plugins=("*",))


def read_manifest(folder: Path) -> Manifest:
    """Return the manifest in a mod's folder; raise InvalidFormat or Io."""
    file = folder / MANIFEST
    try:
        with file.open("rb") as content:
            text = content.read(SIZE_LIMIT + 1)
        return parse_manifest(decode(text, MANIFEST), MANIFEST)
    except OSError as error:
        reason = error.strerror or str(error)
        raise Io(mod=folder.name, path=str(file), reason=reason) from error
    except ModpmError as error:
        raise _invalid(folder, file, error) from error


def _invalid(folder: Path, file: Path, error: ModpmError) -> InvalidFormat:
    known = ("line", "key", "problem", "expected")
    told = [f"{name} {error.data[name]}" for name in known if error.data.get(name)]
    reason = f"its {MANIFEST} is not valid: {', '.join(told) or error}"
    hint = f"run `modpm check {folder}`"
    return InvalidFormat(mod=folder.name, path=str(file), reason=reason, hint=hint)

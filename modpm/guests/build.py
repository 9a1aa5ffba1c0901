"""A mod's source becomes its component, written where the manifest's entry says."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from shutil import copytree, ignore_patterns

from msgspec import Struct

from modpm.disk import refusals, remove_tree, replacing
from modpm.errors import BuildFailed
from modpm.guests import hooks
from modpm.guests.languages import Language, Work, language_of
from modpm.guests.tools import Tools
from modpm.manifest import Manifest

WORK = ".modpm"
"""Where a build works, below the mod's folder: packing leaves out what begins with a dot."""
NO_SOURCE = (".*", "node_modules", "target", "*.wasm", "__pycache__")


class Built(Struct, frozen=True):
    """What a build made. `interfaces` are those of modpm:mod that the component exports."""

    language: str
    entry: Path
    size: int
    interfaces: tuple[str, ...]


def build(folder: Path, manifest: Manifest, check: Callable[[Path], object]) -> Built:
    """Build the mod in `folder` and replace its entry, or leave it as it was.

    Raises NothingToBuild, MissingTool, BuildFailed or StoreError, and what `check` raises when it
    is given the component.
    """
    language = language_of(folder, manifest)
    with _workplace(folder, language) as place:
        asked = manifest.permissions
        system = bool(asked.files or asked.clock)
        work = Work(place, folder.resolve(), Tools(folder.resolve(), place), system)
        made, interfaces = language.build(work)
        if not interfaces:
            told = f"{language.source} defines no hook: none of {', '.join(hooks.ALL)}"
            raise BuildFailed(tool="modpm build", output=told)
        check(made)
        component = made.read_bytes()
    entry = folder / (manifest.entry or "")
    with refusals(entry), replacing(entry) as file:
        file.write(component)
    return Built(language.name, entry, len(component), tuple(sorted(interfaces)))


@contextmanager
def _workplace(folder: Path, language: Language) -> Iterator[Path]:
    """Give a copy of the source, with the guest library and the WIT world where it lacks them.

    It lies below the mod's folder, so that what is installed there or above is found as ever.
    """
    from filelock import FileLock

    home = folder.resolve() / WORK
    place = home / "build"
    with refusals(home):
        home.mkdir(exist_ok=True)
        (home / ".gitignore").write_text("*\n", encoding="utf-8")
        with FileLock(home / "build.lock"):
            if place.exists():
                remove_tree(place)
            copytree(folder, place, ignore=ignore_patterns(*NO_SOURCE))
            language.complete(place)
            yield place
            remove_tree(place)

"""Compiled code on the disk, where only what this player's modpm put there is ever taken.

Code runs outside the sandbox: whoever writes it owns the player's machine, and a flipped bit ends
the process. So the folder is private, and every name is sealed with a secret that lies elsewhere:
a cache that was copied, restored or edited is no cache.

    aot/<wasmtime version>-<configuration and machine>/
        <sha256 of the component>.<plain or async>.<seal of the code>.cwasm
        <sha256 of a path>.seen      which code the component at the path has

Hashing costs more than loading, so it is done once: what was `seen` is known by its status (inode,
size, times), which no program can write to a file without changing.
"""

import hmac
import os
import platform
import re
import stat
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache, cached_property
from hashlib import file_digest, sha256
from pathlib import Path

import msgspec
from msgspec import Struct

from modpm.disk import at_rest, long, move, refusals, remove_tree, replacing, unique
from modpm.errors import StoreError
from modpm.runtime.wasm.engine import SETTINGS

_ABANDONED = 24 * 60 * 60
_SECRET = 32
_FOLDER = re.compile(r"\d+\.\d+[^-/]*-[0-9a-f]{16}")

Status = tuple[int, int, int, int, int]


class Code(Struct, frozen=True):
    """The code of a component, in a file for one of the two engines."""

    file: Path
    asynchronous: bool


class _Note(Struct, frozen=True, array_like=True):
    status: Status
    code: str
    code_status: Status


class CodeCache:
    """The cache below `root`, sealed with the secret in the file `secret`; both are made here."""

    def __init__(self, root: Path, secret: Path) -> None:
        self._root = long(root)
        self._secret_file = secret
        self._version = wasmtime_version()
        kind = f"{SETTINGS} {sys.platform} {platform.machine()} {sys.maxsize}"
        tag = f"{self._version}-{sha256(kind.encode()).hexdigest()[:16]}"
        self._folder = self._root / tag

    def seen(self, source: Path) -> Code | None:
        """Return the code of the component in that file, if neither changed since it was seen."""
        try:
            place = self._note(source)
            seal, _, body = place.read_bytes().partition(b"\n")
            if not hmac.compare_digest(seal, self._seal(place.name, body).encode()):
                return None
            note = msgspec.json.decode(body, type=_Note)
            file = self._folder / note.code
            same = (note.status, note.code_status) == (status(source), status(file))
            return _code(file) if same else None
        except (OSError, msgspec.DecodeError):
            return None

    def see(self, source: Path, was: Status, code: Code) -> None:
        """Remember whose code that is; `was` is the status from before the source was hashed."""
        if not at_rest(max(was[-2:])):
            return
        place = self._note(source)
        with suppress(OSError), replacing(place) as file:
            body = msgspec.json.encode(_Note(was, code.file.name, status(code.file)))
            file.write(self._seal(place.name, body).encode() + b"\n" + body)

    def forget(self, source: Path) -> None:
        """Forget that the component in that file was seen; its code stays."""
        with suppress(OSError):
            self._note(source).unlink()

    def find(self, component: str) -> Code | None:
        """Return the code of the component with that sha256; what is not sealed goes away."""
        for file in self._folder.glob(f"{component}.*.cwasm"):
            code = _code(file)
            if hmac.compare_digest(file.name, self._name(component, code.asynchronous, file)):
                return code
            self.remove(code)
        return None

    @contextmanager
    def place(self) -> Iterator[Path]:
        """Give the path of a new file for `add`; nothing is left of it. Raises StoreError."""
        with refusals(self._folder):
            _private(self._root)
            _private(self._folder)
        made = self._folder / f"{unique('new')}.tmp"
        try:
            yield made
        finally:
            with suppress(OSError):
                made.unlink()

    def add(self, component: str, made: Path, asynchronous: bool) -> Code:
        """Take the code that was made in `place`, and let go what is of no use any more."""
        with refusals(made):
            file = self._folder / self._name(component, asynchronous, made)
            try:
                move(made, file, os.replace)
            except OSError:  # on Windows: another process was faster, and has it loaded
                if not file.exists() or self._name(component, asynchronous, file) != file.name:
                    raise
        self._sweep()
        return Code(file, asynchronous)

    def remove(self, code: Code) -> None:
        """Forget the code; where the disk refuses, it is still not taken."""
        with suppress(OSError):
            code.file.unlink()

    def _name(self, component: str, asynchronous: bool, file: Path) -> str:
        kind = "async" if asynchronous else "plain"
        with refusals(file), file.open("rb") as content:
            digest = file_digest(content, "sha256").hexdigest()
        seal = self._seal(f"{component}.{kind}", digest.encode())
        return f"{component}.{kind}.{seal[:32]}.cwasm"

    def _note(self, source: Path) -> Path:
        return self._folder / f"{sha256(os.fsencode(source)).hexdigest()}.seen"

    def _seal(self, name: str, content: bytes) -> str:
        full = f"{self._folder.name}/{name}\n".encode() + content
        return hmac.digest(self._secret, full, "sha256").hex()

    @cached_property
    def _secret(self) -> bytes:
        """The player's secret, made when it is first needed."""
        file = self._secret_file
        with refusals(file):
            if not file.exists() or file.stat().st_size != _SECRET:
                file.parent.mkdir(parents=True, exist_ok=True)
                with replacing(file) as new:
                    Path(new.name).chmod(0o600)
                    new.write(os.urandom(_SECRET))
            return file.read_bytes()

    def _sweep(self) -> None:
        """Remove the code of other versions, and what killed processes left a day ago."""
        with suppress(OSError):
            for folder in folders(self._root):
                if not folder.name.startswith(f"{self._version}-"):
                    remove_tree(folder)
            for left in self._folder.glob("*.tmp"):
                if time.time() - left.stat().st_mtime > _ABANDONED:
                    left.unlink()


def folders(root: Path) -> list[Path]:
    """Return the folders of code below `root`, of all versions, and nothing else that is there."""
    if not root.is_dir():
        return []
    return [folder for folder in root.iterdir() if _FOLDER.fullmatch(folder.name)]


def status(file: Path) -> Status:
    """Return what changes when a program changes the file. Raises OSError."""
    found = file.stat()
    return found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns


@cache
def wasmtime_version() -> str:
    """Return the version of wasmtime, without importing it."""
    from importlib.metadata import version

    return version("wasmtime")


def _code(file: Path) -> Code:
    return Code(file, file.name.split(".")[1] == "async")


def _private(folder: Path) -> None:
    """Make a folder that only this player can use. Raises OSError, or StoreError for another's."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if sys.platform != "win32":  # there, folders of a user are the user's own
        found = folder.lstat()
        if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.geteuid():
            raise StoreError(path=str(folder), reason="it is not a folder of your own")
        if stat.S_IMODE(found.st_mode) != 0o700:
            folder.chmod(0o700)

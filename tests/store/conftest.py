"""Disks that are full or read-only, on a machine where a test may make them."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

_SCRIPT = """
import sys
from pathlib import Path
from modpm.errors import ModpmError
from modpm.store.cas import Store
from modpm.store.state import exclusive, write_text
disk, archive, sha256, size = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3], int(sys.argv[4])
store = Store(disk / "store")
"""


def _mounted(options: str, disk: Path, *command: str) -> subprocess.CompletedProcess[str]:
    mount = f'mount -t tmpfs -o {options} modpm "$0" && exec "$@"'
    return subprocess.run(
        ["unshare", "-m", "sh", "-c", mount, str(disk), *command],
        capture_output=True,
        text=True,
        timeout=60,
    )


@pytest.fixture
def on_disk(tmp_path: Path) -> Callable[..., str]:
    """Run a script, with a store and an archive, on a tiny disk of its own; return its output."""
    disk = tmp_path / "disk"
    disk.mkdir()
    if not hasattr(os, "geteuid") or _mounted("size=64k", disk, "true").returncode:
        pytest.skip("needs the right to mount a tmpfs (Linux, root)")

    def run(options: str, script: str, archive: Path, sha256: str, size: int) -> str:
        told = (str(disk), str(archive), sha256, str(size))
        done = _mounted(options, disk, sys.executable, "-c", _SCRIPT + script, *told)
        assert done.returncode == 0, done.stderr
        return done.stdout

    return run

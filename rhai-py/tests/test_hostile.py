"""No script ends the process, hangs it or takes its memory."""

import subprocess
import sys
import threading
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from amplified import SOURCES
from hostile import BOMBS

ADDRESS_SPACE = 1024 * 1024 * 1024
HERE = Path(__file__).parent

CAPPED = f"""
import resource, runpy, sys
resource.setrlimit(resource.RLIMIT_AS, ({ADDRESS_SPACE}, {ADDRESS_SPACE}))
resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
sys.argv = sys.argv[1:]
runpy.run_path(sys.argv[0], run_name="__main__")
"""


unix_only = pytest.mark.skipif(
    sys.platform == "win32", reason="address space is capped on Unix only"
)


def run_capped(script: Path, name: str) -> str:
    """What a script of this folder prints within the address space."""
    done = subprocess.run(
        [sys.executable, "-c", CAPPED, str(script), name],
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout.strip()


@unix_only
@pytest.mark.parametrize("name", BOMBS)
def test_a_hostile_script_ends_in_its_exception(name: str) -> None:
    """Each script ends as listed, within one GiB of address space, and the engine goes on."""
    assert run_capped(HERE / "hostile.py", name) in BOMBS[name][1].split()


@unix_only
@pytest.mark.parametrize("name", SOURCES)
def test_a_long_text_repeated_does_no_harm(name: str) -> None:
    """Wherever a text comes from, and wherever the operations end, printing it stays bounded."""
    assert run_capped(HERE / "amplified.py", name) == "OK"


def test_a_small_thread_stack_is_guarded_too() -> None:
    """Recursion and nesting end in StackLimit on a thread with 256 KiB of stack."""
    from hostile import main

    names = ["recursion", "nesting by copies", "chain of closures", "deep parentheses"]
    endings: list[str] = []
    old = threading.stack_size(256 * 1024)
    try:
        thread = threading.Thread(target=lambda: endings.extend(main(name) for name in names))
        thread.start()
        thread.join()
    finally:
        threading.stack_size(old)
    assert endings == ["StackLimit"] * 4

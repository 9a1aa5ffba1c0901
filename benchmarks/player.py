"""What a player has: modpm and its runtime dependencies in an environment of their own."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
SCRIPTS = "Scripts" if os.name == "nt" else "bin"
UV = Path(sys.executable).parent / "uv"


def environment(folder: Path) -> Path:
    """Make the environment in `folder` from the runtime pins; return the folder of its commands."""
    python = folder / SCRIPTS / "python"
    _run(sys.executable, "-m", "venv", folder)
    install = (UV, "pip", "install", "--quiet", "--compile-bytecode", "--python", python)
    _run(*install, "--require-hashes", "-r", ROOT / "requirements" / "runtime.txt")
    wheels = ("--no-index", "--find-links", ROOT / "build" / "wheels")
    _run(*install, "--no-deps", *wheels, "rhai-py", "modpm-turn-call", "modpm-wasm-call")
    _run(*install, "--no-deps", ROOT)
    return folder / SCRIPTS


def _run(*command: str | Path) -> None:
    subprocess.run(command, check=True)

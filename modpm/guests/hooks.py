"""Which interfaces of modpm:mod@1.0.0 a mod has, and the WIT world that says so."""

import ast
import re
from collections.abc import Collection, Iterable
from pathlib import Path
from shutil import copyfile

from modpm.guests.tools import Tools

WORLD = "modpm:mod"
VERSION = "1.0.0"

HOOKS = {
    "about": ("get_metadata",),
    "lifecycle": ("on_init", "on_shutdown"),
    "ticking": ("on_tick",),
    "control": ("on_control_plugin",),
    "events": ("on_event",),
    "calls": ("on_call",),
    "state": ("on_save", "on_load"),
}
"""What a mod defines, as its author writes it in C or Python, to have each interface."""

ALL = tuple(hook for hooks in HOOKS.values() for hook in hooks)
_EXPORT = re.compile(r'^ *\(export "([^"]+)" \(func', re.MULTILINE)
_FULL = re.compile(rf"{WORLD}/([a-z]+)@{re.escape(VERSION)}#")
_JS = re.compile(r"^export\s+(?:async\s+)?(?:function\s*|const\s+|let\s+)(\w+)", re.MULTILINE)
_JS_LIST = re.compile(r"^export\s*\{([^}]*)\}", re.MULTILINE)


def exports(tools: Tools, module: Path) -> list[str]:
    """Return the names of the functions that a core module exports."""
    return _EXPORT.findall(tools.wasm("print", "--skeleton", str(module)))


def exported(tools: Tools, module: Path) -> set[str]:
    """Return the interfaces that a core module exports by their full names."""
    matches = (_FULL.match(name) for name in exports(tools, module))
    return {match[1] for match in matches if match}


def defined(names: Iterable[str]) -> set[str]:
    """Return the interfaces of which a mod defines at least one hook; onInit is on_init."""
    spelled = {re.sub(r"(?<=[a-z])([A-Z])", r"_\1", name).lower() for name in names}
    return {interface for interface, own in HOOKS.items() if not spelled.isdisjoint(own)}


def scripted(names: Collection[str]) -> set[str]:
    """Return the interfaces of a script, whose other functions can be called by name."""
    return defined(names) | ({"calls"} if any(not defined([name]) for name in names) else set())


def of_python(source: str) -> set[str]:
    """Return the interfaces of a Python mod; raise SyntaxError."""
    functions = (node for node in ast.parse(source).body if isinstance(node, ast.FunctionDef))
    return scripted({node.name for node in functions if not node.name.startswith("_")})


def of_javascript(source: str) -> set[str]:
    """Return the interfaces of a JavaScript mod."""
    listed = ",".join(_JS_LIST.findall(source)).split(",")
    names = {name.split()[-1] for name in listed if name.strip()}
    return scripted(names | set(_JS.findall(source)))


def write_world(interfaces: Iterable[str], to: Path, wit: Path) -> None:
    """Write a WIT folder with the world `mod`: what modpm:mod imports, and these exports."""
    lines = [f"    export {WORLD}/{name}@{VERSION};\n" for name in sorted(interfaces)]
    world = f"world mod {{\n    include {WORLD}/quiet@{VERSION};\n{''.join(lines)}}}\n"
    (to / "deps" / "modpm-mod").mkdir(parents=True)
    copyfile(wit, to / "deps" / "modpm-mod" / "mod.wit")
    (to / "world.wit").write_text(f"package built:mod;\n\n{world}", encoding="utf-8")

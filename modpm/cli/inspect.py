"""inspect: what a mod is made of."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from modpm.cli.app import verb
from modpm.cli.shell import Shell

if TYPE_CHECKING:
    from modpm.runtime.script import Script
    from modpm.runtime.wasm.describe import Description, Interface
    from modpm.session.inspect import Inspection


@verb()
@click.argument("what", metavar="FILE|FOLDER|MOD")
def inspect(shell: Shell, what: str) -> None:
    """Show what a mod is made of, without running it.

    Of a component: its world, imports and exports, who made it, what it has a use for. Of a script:
    its functions.
    """
    from modpm.cli.progress import bars
    from modpm.cli.render import columns
    from modpm.session.inspect import inspect as look

    with bars(shell.verbosity >= 0) as progress:
        found = look(what, Path.cwd(), partial(progress, f"compiling {what}", 0, 1))
    for line in columns(_head(found)):
        shell.out(line)
    for line in _body(found):
        shell.out(line)
    shell.document(_document(found))


def _head(found: "Inspection") -> Iterator[tuple[str, str]]:
    from modpm.cli.render import size
    from modpm.versions import spell

    yield "file", found.file
    if found.manifest:
        yield "mod", f"{found.manifest.id} {spell(found.manifest.version)}"
    if found.component:
        yield "kind", "component"
        yield "size", size(found.component.size)
        yield from _of_component(found.component)
    elif found.script:
        yield "kind", "script"
        yield "size", size(found.script.size)
        if found.script.imports:
            yield "imports", ", ".join(found.script.imports)
    else:
        yield "kind", "declarative: it sets parameters, and has no code"


def _of_component(component: "Description") -> Iterator[tuple[str, str]]:
    yield "world", component.world or "none that modpm knows"
    if component.problem:
        yield "problem", component.problem
    made = [f"{p.name} {p.version}".rstrip() for p in component.producers]
    if made:
        yield "made by", ", ".join(dict.fromkeys(made))
    yield "permissions", ", ".join(component.permissions) or "none needed"


def _body(found: "Inspection") -> Iterator[str]:
    if found.component:
        yield from _interfaces("imports", found.component.imports)
        yield from _interfaces("exports", found.component.exports)
    elif found.script:
        yield from _functions(found.script)


def _interfaces(title: str, interfaces: "tuple[Interface, ...]") -> Iterator[str]:
    if interfaces:
        yield ""
        yield f"{title}:"
    for interface in interfaces:
        indent = "    " if interface.name else "  "
        if interface.name:
            yield f"  {interface.name}"
        for function in interface.functions:
            yield f"{indent}{function.name}: {function.type}"


def _functions(script: "Script") -> Iterator[str]:
    if script.functions:
        yield ""
        yield "functions:"
    for function in script.functions:
        yield f"  {function.name}({', '.join(function.parameters)})"
        for line in (function.doc or "").splitlines():
            yield f"    {line}".rstrip()


def _document(found: "Inspection") -> dict[str, object]:
    manifest = found.manifest
    return {
        "file": found.file,
        "id": manifest and manifest.id,
        "version": manifest and manifest.version,
        "component": found.component,
        "script": found.script,
    }

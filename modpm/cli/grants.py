"""Asking the player for what mods may do, and the options that answer beforehand."""

import sys
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

import click

from modpm.cli.shell import Shell

if TYPE_CHECKING:
    from modpm.lockfile import Request

F = TypeVar("F", bound=Callable[..., Any])


def granting(function: F) -> F:
    """Give a verb the options about permissions: it may ask."""
    for option in (_grant_all, _grant, _yes):
        function = option(function)
    return function


def _told(set: Callable[[Shell, Any], None]) -> Callable[[click.Context, object, Any], None]:
    return lambda context, _, value: set(context.ensure_object(Shell), value)


def _set_yes(shell: Shell, yes: bool) -> None:
    shell.asks = not yes


def _set_grants(shell: Shell, ids: tuple[str, ...]) -> None:
    shell.grants = ids


def _set_all(shell: Shell, all: bool) -> None:
    shell.grants_all = all


_yes = click.option(
    "-y",
    "--yes",
    is_flag=True,
    expose_value=False,
    callback=_told(_set_yes),
    help="Ask nothing; permissions still need --grant.",
)
_grant = click.option(
    "--grant",
    multiple=True,
    metavar="MOD",
    expose_value=False,
    callback=_told(_set_grants),
    help="Let MOD do what it asks for; may be repeated.",
)
_grant_all = click.option(
    "--grant-all",
    is_flag=True,
    expose_value=False,
    callback=_told(_set_all),
    help="Let every mod do what it asks for.",
)


def refused(shell: Shell, requests: "tuple[Request, ...]") -> "tuple[Request, ...]":
    """Return what the player does not grant: asked once for all, on a terminal only."""
    open = () if shell.grants_all else tuple(r for r in requests if r.id not in shell.grants)
    seen = shell.asks and not shell.json and sys.stdin.isatty() and sys.stderr.isatty()
    return open if open and not (seen and _asked(shell, open)) else ()


def _asked(shell: Shell, requests: "Sequence[Request]") -> bool:
    from modpm.cli.phrases import asks, may
    from modpm.versions import spell

    for request in requests:
        shell.complain(f"{request.id} {spell(request.version)} {asks(request)}")
        for text in request.permissions:
            shell.complain(f"  - {may(text)}")
    return click.confirm("Grant this?", err=True)

"""What the player is asked before mods get more than they had."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modpm.lockfile import Lock, LockedMod, Request, requests
from modpm.versions import parse_version

Mod = Callable[..., LockedMod]

PERMISSIONS = ["plugins:*", "plugins:combat", "plugins:hud", "files:read:data", "clock"]
texts = st.sets(st.sampled_from(PERMISSIONS)).map(lambda texts: tuple(sorted(texts)))


def locked(permissions: tuple[str, ...], path: str | None = None) -> Lock:
    """Return the lock of one mod, from a registry unless it has a path."""
    source = "main" if path is None else None
    version = parse_version("1.0.0")
    mod = LockedMod("ui", version, "wasm", 1, "ab" * 32, source, path, permissions=permissions)
    return Lock((mod,))


def asked(lock: Lock, former: Lock | None = None) -> tuple[str, ...]:
    """Return what the one mod of the lock asks for."""
    return tuple(text for request in requests(former, lock) for text in request.permissions)


@pytest.mark.parametrize(
    ("permissions", "asks"),
    [
        ((), ()),
        (("plugins:combat", "plugins:hud"), ()),
        (("plugins:*",), ("plugins:*",)),
        (("files:read:data", "plugins:hud"), ("files:read:data",)),
        (("files:write:notes",), ("files:write:notes",)),
        (("clock",), ("clock",)),
    ],
)
def test_a_new_mod_is_trusted_with_the_plugins_that_it_names(
    permissions: tuple[str, ...], asks: tuple[str, ...]
) -> None:
    """All plugins, files and the clock need a yes."""
    assert asked(locked(permissions)) == asks


@pytest.mark.parametrize(
    ("before", "after", "asks"),
    [
        (("plugins:hud",), ("plugins:combat", "plugins:hud"), ("plugins:combat",)),
        (("plugins:hud",), ("plugins:*",), ("plugins:*",)),
        (("plugins:*",), ("plugins:combat",), ()),
        (("files:read:data",), ("files:read:data", "files:write:data"), ("files:write:data",)),
        (("files:write:a",), ("files:write:a/b",), ("files:write:a/b",)),
        (("clock", "plugins:hud"), ("plugins:hud",), ()),
    ],
)
def test_a_mod_that_grows_asks_again(
    before: tuple[str, ...], after: tuple[str, ...], asks: tuple[str, ...]
) -> None:
    """For what it had it does not; nor does it when it gives something up."""
    assert asked(locked(after), locked(before)) == asks


def test_a_request_says_who_asks(mod: Mod) -> None:
    """Each mod asks for itself, new ones and grown ones."""
    former = Lock((mod("core 1.0.0"),))
    lock = Lock((mod("core 1.1.0", permissions=("clock",)), mod("ui 2.0.0", permissions=("x",))))
    assert requests(former, lock) == (
        Request("core", parse_version("1.1.0"), ("clock",), grown=True),
        Request("ui", parse_version("2.0.0"), ("x",)),
    )


@given(texts)
def test_what_is_locked_is_granted(permissions: tuple[str, ...]) -> None:
    """The same lock again asks for nothing."""
    assert asked(locked(permissions), locked(permissions)) == ()


@given(texts, texts)
def test_nothing_comes_without_a_yes(before: tuple[str, ...], after: tuple[str, ...]) -> None:
    """Whatever a locked mod may do later that it could not before was asked for."""
    silent = set(after) - set(asked(locked(after), locked(before)))
    covered = {text for text in after if text.startswith("plugins:") and "plugins:*" in before}
    assert silent <= set(before) | covered


@given(texts, texts)
def test_a_mod_from_elsewhere_is_new(before: tuple[str, ...], after: tuple[str, ...]) -> None:
    """What was granted to a mod on the player's disk does not hold for one from a registry."""
    assert asked(locked(after), locked(before, path="mine")) == asked(locked(after))


@given(texts, texts)
def test_a_mod_on_the_disk_controls_what_it_names(
    before: tuple[str, ...], after: tuple[str, ...]
) -> None:
    """The player named its path: it asks for files and the clock only."""
    asks = asked(locked(after, path="mine"), locked(before, path="mine"))
    assert not any(text.startswith("plugins:") for text in asks)
    assert set(asks) == {t for t in after if not t.startswith("plugins:")} - set(before)

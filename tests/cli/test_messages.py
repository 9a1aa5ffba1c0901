"""Every error has words."""

import errno

import pytest

from modpm import errors
from modpm.cli.failure import exit_code, kebab
from modpm.cli.messages import explain, sentence
from modpm.cli.render import size


def raised(kind: type[errors.ModpmError]) -> list[type[errors.ModpmError]]:
    """Return the classes that are raised: those with no class below them, and Refused."""
    below = kind.__subclasses__()
    own = [] if below and kind is not errors.Refused else [kind]
    return own + [leaf for sub in below for leaf in raised(sub)]


@pytest.mark.parametrize("kind", raised(errors.ModpmError), ids=lambda kind: kind.__name__)
def test_every_error_has_a_sentence_of_its_own(kind: type[errors.ModpmError]) -> None:
    """No error falls back to another's words."""
    assert kind in sentence.registry


def test_an_error_without_a_sentence_is_noticed() -> None:
    """The fall-back is an error, not a vague sentence."""
    with pytest.raises(TypeError, match="no sentence"):
        explain(ValueError("x"))


def test_the_place_that_raises_knows_the_better_hint() -> None:
    """A hint that an error carries wins over the hint for its class."""
    assert explain(errors.NoLoadout(folder="x", hint="look up")).hint == "look up"


def test_a_place_in_a_file_is_kept() -> None:
    """File, line and column reach the reader."""
    error = errors.UnknownKey(file="mod.toml", line=3, column=1, key="mod.nmae", allowed=("name",))
    message = explain(error)
    assert (message.file, message.line, message.column) == ("mod.toml", 3, 1)
    assert message.text == "unknown key `mod.nmae`"
    assert message.hint == "allowed here: name"


def test_the_operating_system_is_quoted_in_lower_case() -> None:
    """An OSError says which file and why, without its number."""
    error = OSError(errno.ENOSPC, "No space left on device", "loadout.lock")
    assert explain(error).text == "loadout.lock: no space left on device"


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (errors.Undecided(seconds=30.0), 1),
        (errors.MissingKey(file="f", key="k", expected="e"), 2),
        (errors.InvalidLock(file="f", problem="p"), 3),
        (errors.MissingLock(file="f"), 3),
        (errors.HashMismatch(what="w", expected="a", found="b"), 4),
        (errors.RegistryNotFound(name="n", location="l"), 5),
        (OSError(), 1),
    ],
)
def test_exit_codes(error: Exception, code: int) -> None:
    """Each kind of failure leaves with the code that `modpm --help` lists."""
    assert exit_code(error) == code


@pytest.mark.parametrize(
    ("name", "code"), [("HashMismatch", "hash-mismatch"), ("Io", "io"), ("OSError", "os-error")]
)
def test_codes_of_errors(name: str, code: str) -> None:
    """A class's name becomes the code in `--json`."""
    assert kebab(name) == code


@pytest.mark.parametrize(
    ("count", "text"),
    [(999, "999 B"), (48211, "48.2 kB"), (12_000_000, "12.0 MB"), (7 * 10**10, "70.0 GB")],
)
def test_sizes(count: int, text: str) -> None:
    """Bytes are shown in the unit that a person would use."""
    assert size(count) == text

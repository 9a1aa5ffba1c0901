"""Whether a file may change again without being seen."""

import time

import pytest

from modpm.disk import at_rest

NOW = 1_700_000_000_600_000_000


@pytest.mark.parametrize(
    ("ago", "rests"),
    [
        (0, False),
        (50_000_001, False),
        (500_000_001, True),
        (600_000_000, False),  # a whole second, on a system that may know no others
        (1_600_000_000, False),
        (2_600_000_000, True),
        (-5_000_000_001, False),  # a server whose clock is ahead of ours
    ],
)
def test_when_a_file_is_at_rest(ago: int, rests: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """Times that are whole seconds may stand for two of them."""
    monkeypatch.setattr(time, "time_ns", lambda: NOW)
    assert at_rest(NOW - ago) is rests

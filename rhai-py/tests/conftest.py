"""The suite runs hostile scripts: if one ever gets through, it must not take the machine along."""

from collections.abc import Iterator
from pathlib import Path

import pytest

CAP = 4 * 1024 * 1024 * 1024
"""Bytes of address space that a test may take."""


@pytest.fixture(autouse=True)
def _capped() -> Iterator[None]:
    """Cap the address space where the system knows how, and take the cap off again."""
    try:
        import resource

        pages = int(Path("/proc/self/statm").read_text().split()[0])
    except (ImportError, OSError):
        yield
        return
    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (pages * resource.getpagesize() + CAP, hard))
    yield
    resource.setrlimit(resource.RLIMIT_AS, (soft, hard))

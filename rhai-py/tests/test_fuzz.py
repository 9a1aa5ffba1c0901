"""A short run of the fuzz target; `make fuzz` is the long one."""

import secrets
import subprocess
import sys
from pathlib import Path

import pytest


@pytest.mark.skipif(sys.platform != "linux", reason="caps its processes with Linux's limits")
def test_a_short_run() -> None:
    """2,000 scripts end no process, hang none, and do not make it grow."""
    seed = str(secrets.randbelow(10**6))
    command = [sys.executable, str(Path(__file__).with_name("fuzz.py")), "2000", seed]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr

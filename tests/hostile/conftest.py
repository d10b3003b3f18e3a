"""Runs the command line as users do, within bounds of time and memory."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple, TypeAlias

import pytest

FULL = os.environ.get("DUCKFLUX_HOSTILE") == "full"
SECONDS = 10
_MEMORY = 1500 * 1024 * 1024


class Ended(NamedTuple):
    """What a command did."""

    code: int
    stdout: str
    stderr: str


Duckflux: TypeAlias = Callable[..., Ended]


@pytest.fixture
def duckflux(tmp_path: Path) -> Duckflux:
    """Run a command in an empty folder; fail if it takes too long, or shows a traceback."""

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))

    def run(*arguments: str | Path, folder: Path = tmp_path) -> Ended:
        done = subprocess.run(
            [sys.executable, "-m", "duckflux", *map(str, arguments)],
            cwd=folder,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=SECONDS,
            preexec_fn=limit,
            check=False,
        )
        assert "Traceback" not in done.stderr
        assert done.returncode in (0, 1, 2)
        return Ended(done.returncode, done.stdout, done.stderr)

    return run

"""Runs the command line within bounds of time and memory."""

from __future__ import annotations

import json
import os
import resource
import select
import subprocess
import sys
from collections.abc import Callable, Iterator
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


class _Driver:
    """A process that runs commands, started anew after one that did not end."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None

    def run(self, folder: Path, arguments: list[str]) -> Ended:
        process = self._process = self._process or self._start()
        assert process.stdin is not None
        assert process.stdout is not None
        command = {"folder": str(folder), "arguments": arguments}
        process.stdin.write(json.dumps(command).encode() + b"\n")
        process.stdin.flush()
        if not select.select([process.stdout], [], [], SECONDS)[0]:
            self.end()
            pytest.fail(f"{arguments} has not ended after {SECONDS} s")
        answer = process.stdout.readline()
        if not answer:
            self.end()
            pytest.fail(f"{arguments} ended the process")
        return Ended(**json.loads(answer))

    def end(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.communicate()
            self._process = None

    def _start(self) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [sys.executable, Path(__file__).with_name("driver.py")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY)),
        )


@pytest.fixture(scope="session")
def driver() -> Iterator[_Driver]:
    driver = _Driver()
    yield driver
    driver.end()


@pytest.fixture
def duckflux(driver: _Driver, tmp_path: Path) -> Duckflux:
    """Run a command in the test's folder; fail if it takes too long or too much memory, or shows a traceback."""

    def run(*arguments: str | Path) -> Ended:
        ended = driver.run(tmp_path, [*map(str, arguments)])
        assert "Traceback" not in ended.stderr
        assert ended.code in (0, 1, 2)
        return ended

    return run

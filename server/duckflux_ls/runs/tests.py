"""Finds the tests in a test file (`*.ducktest.yaml`), and runs them."""

from __future__ import annotations

import asyncio
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

import msgspec
from duckflux.language.analysis import Analysis
from duckflux.language.syntax import Mapping, Scalar, Sequence
from duckflux.runtime.process.duckflux_process import end_all, start


class FoundTest(msgspec.Struct, frozen=True):
    """A test in a file: its name, and the range of that, in code points."""

    name: str
    start: int
    end: int


class TestsError(Exception):
    """The tests of a file can't be run; the message is for the user."""


def tests_in(analysis: Analysis) -> Iterator[FoundTest]:
    """Yield the tests in a test file that have names."""
    root = analysis.document.root
    cases = root.get("tests") if isinstance(root, Mapping) else None
    for case in cases.items if isinstance(cases, Sequence) else ():
        name = case.get("name") if isinstance(case, Mapping) else None
        if isinstance(name, Scalar) and name.text:
            yield FoundTest(name.text, *analysis.document.offsets(name))


class RunningTests:
    """The test files that are being run."""

    def __init__(self) -> None:
        self._running: set[asyncio.Task[list[dict[str, Any]]]] = set()

    async def outcomes(self, path: Path) -> list[dict[str, Any]]:
        """Run the tests of a file as it is on disk, in a process that ends when this is cancelled.

        Return for each its `name`, its `milliseconds`, and what is not as expected, `problem`, or None. Raises
        TestsError.
        """
        task = asyncio.create_task(_outcomes(path))
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        return await task

    async def end_all(self) -> None:
        """End the runs of tests, and wait until they have ended."""
        await end_all(self._running)


async def _outcomes(path: Path) -> list[dict[str, Any]]:
    if os.name != "posix":
        raise TestsError("running tests from the editor needs a POSIX system: use Linux, macOS or WSL")
    # Without a name, the report is gone with this process.
    with tempfile.TemporaryFile() as report:
        started = await start(
            *("test", str(path), "--junit", f"/dev/fd/{report.fileno()}"),
            stderr=asyncio.subprocess.PIPE,
            cwd=path.parent,
            pass_fds=(report.fileno(),),
        )
        try:
            _, stderr = await started.process.communicate()
        finally:
            await started.end()
        found = await asyncio.to_thread(_read, report)
    if not found and started.process.returncode:
        raise TestsError(stderr.decode("utf-8", "replace").strip() or "the tests can't be run")
    return found


def _read(report: BinaryIO) -> list[dict[str, Any]]:
    report.seek(0)
    content = report.read()
    if not content:
        return []
    from xml.etree import ElementTree

    cases = ElementTree.fromstring(content).iter("testcase")
    return [
        {
            "name": case.get("name"),
            "milliseconds": round(float(case.get("time", "0")) * 1000),
            "problem": case.findtext("failure"),
        }
        for case in cases
    ]

"""Starts `duckflux` in a process of its own, and makes sure that it ends."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any

_END_SECONDS = 6.0

# `-P`: the Python files of the folder in which it is started are not ours to import.
PROGRAM = (sys.executable, "-P", "-m", "duckflux")


async def start(
    *arguments: str,
    stdout: int = asyncio.subprocess.DEVNULL,
    stderr: int = asyncio.subprocess.DEVNULL,
    cwd: Path | None = None,
) -> asyncio.subprocess.Process:
    """Start `duckflux` with these arguments, in a session of its own. Raises OSError if that is impossible."""
    return await asyncio.create_subprocess_exec(
        *(*PROGRAM, *arguments),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=stdout,
        stderr=stderr,
        cwd=cwd,
        start_new_session=os.name == "posix",
    )


async def end(process: asyncio.subprocess.Process) -> None:
    """End a process that has a session of its own: at SIGTERM it ends what it started, which has other sessions.

    Never SIGINT: it is ignored where this server was started in the background of a script.
    """
    if process.returncode is not None:
        return
    for number in (signal.SIGTERM, getattr(signal, "SIGKILL", signal.SIGTERM)):
        with suppress(ProcessLookupError, TimeoutError):
            _signal(process.pid, number)
            async with asyncio.timeout(_END_SECONDS):
                await process.wait()
                return


async def end_all(tasks: Iterable[asyncio.Task[Any]]) -> None:
    """Cancel tasks that wait for processes, and wait until these have ended."""
    tasks = [*tasks]
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


def _signal(pid: int, number: int) -> None:
    if os.name == "posix":
        os.killpg(pid, number)
    else:
        os.kill(pid, number)

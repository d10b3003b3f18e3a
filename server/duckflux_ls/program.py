"""How this server starts `duckflux` in a process of its own, and makes sure that it ends."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from contextlib import suppress

_END_SECONDS = 5.0

# `-P`: the Python files of the folder in which it is started are not ours to import.
PROGRAM = (sys.executable, "-P", "-m", "duckflux")


async def end(process: asyncio.subprocess.Process, ask: int = signal.SIGTERM) -> None:
    """End a process that has a session of its own, with what it started that does not end with it. `ask` is the
    signal at which it ends its own ones."""
    if process.returncode is not None:
        return
    for number in (ask, getattr(signal, "SIGKILL", signal.SIGTERM)):
        with suppress(ProcessLookupError, TimeoutError):
            _signal(process.pid, number)
            async with asyncio.timeout(_END_SECONDS):
                await process.wait()
                return


def _signal(pid: int, number: int) -> None:
    if os.name == "posix":
        os.killpg(pid, number)
    else:
        os.kill(pid, number)

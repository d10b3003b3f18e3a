"""Starts `duckflux` in a process of its own, and makes sure that it ends with this program, if it is meant to."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Collection, Iterable
from functools import cache
from pathlib import Path
from typing import IO, Any

import msgspec

from ...own_command import module_command
from .marked_processes import PROGRAM_GRACE_PERIOD, VARIABLE
from .supervisor import Supervisor, end_processes


class DuckfluxProcess(msgspec.Struct, frozen=True):
    """A started process; `mark` is in its environment, None for one that is on its own."""

    process: asyncio.subprocess.Process
    mark: str | None

    async def end(self) -> None:
        """End it with all that it has started: ask, wait, and then end it by force.

        Never by SIGINT: it is ignored where this server was started in the background of a script.
        """
        if self.process.returncode is not None:
            return
        if os.name == "posix" and self.mark is not None:
            await end_processes(self.mark, (self.process.pid,), PROGRAM_GRACE_PERIOD)
        else:
            self.process.terminate()
        await self.process.wait()


async def start(
    *arguments: str,
    stdin: int = asyncio.subprocess.DEVNULL,
    stdout: int = asyncio.subprocess.DEVNULL,
    stderr: int | IO[bytes] = asyncio.subprocess.DEVNULL,
    cwd: Path | None = None,
    pass_fds: Collection[int] = (),
    is_detached: bool = False,
) -> DuckfluxProcess:
    """Start `duckflux` with these arguments, in a session of its own. Raises OSError if that is impossible.

    One that `is_detached` does not end with this program.
    """
    mark = None if is_detached else _supervisor().next_mark()
    process = await asyncio.create_subprocess_exec(
        *module_command("duckflux"),
        *arguments,
        stdin=stdin,
        stdout=stdout,
        stderr=stderr,
        cwd=cwd,
        env=dict(os.environ) if mark is None else {**os.environ, VARIABLE: mark},
        pass_fds=pass_fds,
        start_new_session=os.name == "posix",
    )
    return DuckfluxProcess(process, mark)


async def end_all(tasks: Iterable[asyncio.Task[Any]]) -> None:
    """Cancel tasks that wait for processes, and wait until these have ended."""
    tasks = [*tasks]
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


@cache
def _supervisor() -> Supervisor:
    """Return the supervisor of all that this program starts. Its guard ends after the server."""
    return Supervisor(os.environ, PROGRAM_GRACE_PERIOD)

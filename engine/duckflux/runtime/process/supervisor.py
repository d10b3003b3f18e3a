"""Knows everything that this program starts, and makes sure that it ends, however this program does.

Each process that is started gets a mark in its environment, by which it and all that it starts are found again. A
guard, a process of its own, ends the marked processes if this program ends without having done so.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import subprocess
from collections.abc import Collection, Coroutine, Mapping
from typing import Any, TypeVar

from ...own_command import bare_module_command
from . import marked_processes
from .exit_status import watch_exit
from .marked_processes import GRACE_PERIOD, HAS_PROC, VARIABLE, ending

_T = TypeVar("_T")
# The guard waits as a shell, which starts in half a millisecond; it becomes Python where there is
# something to end.
_WAIT = "trap '' HUP INT QUIT TERM; read -r _ || exec \"$@\""


class Supervisor:
    """Marks what is started for one purpose, such as a run. `environment` is that of the program.

    `sessions` are those of processes that have ended and left others in the background; the grace periods are
    for an end by this program, and for one by the guard: where that is given, a guard that ends is replaced.
    """

    def __init__(
        self,
        environment: Mapping[str, str],
        grace_period: float = GRACE_PERIOD,
        guard_grace_period: float | None = None,
    ) -> None:
        self.sessions: list[int] = []
        self._mark = f"{environment.get(VARIABLE) or '/'}{os.urandom(6).hex()}/"
        self._grace_period = grace_period
        self._guard_grace_period = grace_period if guard_grace_period is None else guard_grace_period
        self._is_guard_replaced = guard_grace_period is not None
        self._count = 0
        self._guard: subprocess.Popen[bytes] | None = None

    def next_mark(self) -> str:
        """Return the mark for a process: the value of the variable `VARIABLE` in its environment."""
        if self._count == 0 and HAS_PROC:
            self._begin_guard()
        self._count += 1
        return f"{self._mark}{self._count}/"

    def _begin_guard(self) -> None:
        self._guard = _start_guard(self._mark, self._guard_grace_period)
        if self._is_guard_replaced and self._guard is not None:
            watch_exit(self._guard).add_done_callback(self._replace_guard)

    def _replace_guard(self, exit_status: asyncio.Future[int | None]) -> None:
        if self._guard is not None:
            self._begin_guard()

    async def supervise(self, work: Coroutine[Any, Any, _T]) -> _T:
        """Return what `work` returns. When cancelled, cancel it and end all processes at the same time."""
        task = asyncio.ensure_future(work)
        try:
            return await asyncio.shield(task)
        except asyncio.CancelledError:
            task.cancel()
            await asyncio.gather(task, self.end(), return_exceptions=True)
            raise

    async def end(self) -> None:
        """End everything that was started, even if the caller is cancelled meanwhile."""
        if self._count:
            await end_processes(self._mark, self.sessions, self._grace_period)

    async def release(self) -> None:
        """Let go of what is still running: the guard ends, and ends nothing."""
        guard, self._guard = self._guard, None
        if guard is None or guard.stdin is None:
            return
        with contextlib.suppress(OSError):
            guard.stdin.write(b"\n")
        guard.stdin.close()
        await asyncio.wait({watch_exit(guard)})


async def end_processes(
    mark: str, sessions: Collection[int] = (), grace_period: float = GRACE_PERIOD
) -> None:
    """End every process with a mark or in a session: SIGTERM, after the grace period or when cancelled SIGKILL.

    Returns when none is left, even if the caller is cancelled meanwhile.
    """
    cancelled = asyncio.Event()
    for pause in ending(mark, sessions, grace_period=grace_period, at_once=cancelled.is_set):
        try:
            await asyncio.sleep(pause)
        except asyncio.CancelledError:
            cancelled.set()


def _start_guard(mark: str, grace_period: float) -> subprocess.Popen[bytes] | None:
    """Start a process that ends what is marked once this program has ended; None if the system refuses."""
    program = (*bare_module_command(marked_processes), mark, str(grace_period))
    try:
        return subprocess.Popen(
            ["/bin/sh", "-c", _WAIT, "duckflux-guard", *program],
            cwd="/",
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            bufsize=0,
            start_new_session=True,
        )
    except OSError:
        return None

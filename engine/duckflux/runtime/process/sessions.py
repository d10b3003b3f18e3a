"""Finds and ends the processes of a session: everything that a command has started."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
import time
from collections.abc import Callable, Iterable

# Seconds between SIGTERM and SIGKILL.
GRACE_PERIOD = 2.0
_HAS_PROC = sys.platform == "linux"


async def end_sessions(sessions: Iterable[int]) -> None:
    """End every process of these sessions, even if the caller is cancelled meanwhile."""
    await asyncio.gather(*map(end_session, sessions))


async def end_session(session: int, leader_is_alive: Callable[[], bool] = lambda: False) -> None:
    """End every process of a session: SIGTERM, then SIGKILL after the grace period or when cancelled.

    `leader_is_alive` tells whether the session leader has not been reaped yet.
    """
    ending = asyncio.ensure_future(_terminate(session, leader_is_alive))
    while not ending.done():
        try:
            await asyncio.shield(ending)
        except asyncio.CancelledError:
            _signal(session, signal.SIGKILL)


def group_exists(group: int) -> bool:
    """Return whether a process group has a member."""
    try:
        os.killpg(group, 0)
    except (ProcessLookupError, PermissionError):
        return False
    return True


async def _terminate(session: int, leader_is_alive: Callable[[], bool]) -> None:
    for number in (signal.SIGTERM, signal.SIGKILL):
        if not leader_is_alive() and not _is_alive(session):
            return
        _signal(session, number)
        deadline, pause = time.monotonic() + GRACE_PERIOD, 0.002
        while (leader_is_alive() or _is_alive(session)) and time.monotonic() < deadline:
            await asyncio.sleep(pause)
            pause = min(pause * 2, 0.05)


def _is_alive(session: int) -> bool:
    # killpg also finds zombies that nobody has reaped yet, so Linux asks /proc.
    return bool(_session_members(session)) if _HAS_PROC else group_exists(session)


def _signal(session: int, number: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(session, number)
    # `timeout 9 cmd` and shells with job control put their children into groups of their own.
    for pid in _session_members(session):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.kill(pid, number)


def _session_members(session: int) -> list[int]:
    """Return the living processes of a session; none where there is no /proc."""
    if not _HAS_PROC:
        return []
    pids = (entry for entry in os.listdir("/proc") if entry.isdecimal())
    return [int(pid) for pid in pids if _session_of(pid) == session]


def _session_of(pid: str) -> int | None:
    """Return the session of a living process, None for a zombie or a process that has gone."""
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:
            stat = file.read()
    except OSError:
        return None
    # pid (name) state ppid pgrp session ...; the name may hold spaces and brackets.
    state, _, _, session = stat.rpartition(b")")[2].split()[:4]
    return None if state in (b"Z", b"X") else int(session)

"""Finds and ends processes by a mark in their environment, which everything that they start inherits.

A mark is a path with a component for each program and each process that it started, such as `/4f2a/7/`: it begins
with the marks of all programs around. Run as a script, this module is the guard of a program that has ended: it
imports nothing but the standard library.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Callable, Collection, Iterator, Mapping

VARIABLE = "DUCKFLUX_STARTED_BY"
# Seconds between SIGTERM and SIGKILL.
GRACE_PERIOD = 2.0
# A program that is asked to end needs the grace period for what it has started, and some time for itself.
PROGRAM_GRACE_PERIOD = GRACE_PERIOD + 0.6
# After SIGKILL a process may still be held up in the kernel for ever.
_KILL_SECONDS = 2.0
_MAX_PAUSE = 0.05
_READ_SIZE = 64 * 1024
HAS_PROC = sys.platform == "linux"
_ENTRY = f"\0{VARIABLE}=".encode()
# The living processes that this program has sent SIGTERM: a step and its run may be ended at the same time.
_asked: set[int] = set()


def ending(
    mark: str,
    sessions: Collection[int] = (),
    *,
    grace_period: float = GRACE_PERIOD,
    at_once: Callable[[], bool] = lambda: False,
) -> Iterator[float]:
    """End the processes of a mark and of sessions, and all below; yield seconds to wait until none is left.

    SIGTERM, then SIGKILL after the grace period, or once `at_once()`. What a marked program has started itself is
    not sent SIGTERM: the program ends it. Nor is what a living process starts after it was asked: it cleans up.
    """
    deadline, pause = time.monotonic() + grace_period, 0.002
    asked: set[int] = set()
    try:
        while True:
            looked = time.monotonic()
            found, parents = _find(mark.encode(), sessions)
            now = time.monotonic()
            if not found or now > deadline + _KILL_SECONDS:
                return
            if now >= deadline or at_once():
                _signal(found, signal.SIGKILL)
            else:
                # Parents first: one that waits for a child learns of its own end before it sees the child's.
                to_ask = sorted(
                    (pid for pid in found if found[pid] and not _is_asked(pid, parents)),
                    key=lambda pid: len(_lineage(pid, parents)),
                )
                _signal(to_ask, signal.SIGTERM)
                # A stopped process ends when it continues.
                _signal(to_ask, signal.SIGCONT)
                asked.update(to_ask)
                _asked.update(to_ask)
            # Where thousands of processes run, looking takes long.
            yield max(pause, now - looked)
            pause = min(pause * 2, _MAX_PAUSE, max(deadline - now, 0.002))
    finally:
        _asked.difference_update(asked)


def group_exists(group: int) -> bool:
    """Return whether a process group has a member."""
    try:
        os.killpg(group, 0)
    except (ProcessLookupError, PermissionError):
        return False
    return True


def _is_asked(pid: int, parents: Mapping[int, int]) -> bool:
    """Return whether a process, or one that it descends from, has been sent SIGTERM."""
    return any(process in _asked for process in _lineage(pid, parents))


def _lineage(pid: int, parents: Mapping[int, int]) -> list[int]:
    """Return a process and its ancestors. Parents are not read at one moment, so they may form a circle."""
    found = [pid]
    while (parent := parents.get(found[-1])) is not None and parent not in found:
        found.append(parent)
    return found


def _signal(pids: Collection[int], number: int) -> None:
    for pid in pids:
        try:
            os.kill(pid, number)
        except (ProcessLookupError, PermissionError):
            continue


def _find(mark: bytes, sessions: Collection[int]) -> tuple[dict[int, bool], dict[int, int]]:
    """Return the living processes that belong to a mark or a session, and whether each is to be asked to end.

    Beside them the parents of all processes. Where there is no /proc these are the sessions' groups alone, as the
    negative numbers that `kill` takes, without parents.
    """
    if not HAS_PROC:
        return {-session: True for session in sessions if group_exists(session)}, {}
    parents: dict[int, int] = {}
    found: dict[int, bool] = {}
    for name in os.listdir("/proc"):
        if not name.isdecimal() or (stat := _stat(name)) is None:
            continue
        parent, session = stat
        pid = int(name)
        parents[pid] = parent
        _, is_marked, below = _mark_of(name).partition(mark)
        if is_marked:
            # Below its own mark, a process has one component; what it starts as a program has two more.
            found[pid] = below.count(b"/") <= 1
        elif session in sessions:
            found[pid] = True
    _add_descendants(found, parents)
    return found, parents


def _add_descendants(found: dict[int, bool], parents: dict[int, int]) -> None:
    """Add what processes have started with another environment."""
    children: dict[int, list[int]] = {}
    for pid, parent in parents.items():
        children.setdefault(parent, []).append(pid)
    waiting = [*found]
    while waiting:
        parent = waiting.pop()
        for pid in children.get(parent, ()):
            if pid not in found:
                found[pid] = found[parent]
                waiting.append(pid)


def _stat(pid: str) -> tuple[int, int] | None:
    """Return the parent and the session of a living process, None for a zombie or one that has gone."""
    # pid (name) state ppid pgrp session ...; the name may hold spaces and brackets.
    fields = _read(f"/proc/{pid}/stat").rpartition(b")")[2].split()[:4]
    if len(fields) < 4 or fields[0] in (b"Z", b"X"):
        return None
    return int(fields[1]), int(fields[3])


def _mark_of(pid: str) -> bytes:
    """Return the mark of a process, empty for one that has none or is another user's."""
    environment = b"\0" + _read(f"/proc/{pid}/environ")
    return environment.partition(_ENTRY)[2].partition(b"\0")[0]


def _read(path: str) -> bytes:
    # A file object would take twice the time.
    try:
        fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return b""
    try:
        return b"".join(iter(lambda: os.read(fd, _READ_SIZE), b""))
    except OSError:
        return b""
    finally:
        os.close(fd)


def _end_all(mark: str, grace_period: float) -> None:
    # A process that is just starting another program has no environment for a moment, so the second look counts.
    for _ in range(2):
        for pause in ending(mark, grace_period=grace_period):
            time.sleep(pause)
        time.sleep(_MAX_PAUSE)


if __name__ == "__main__":
    _end_all(sys.argv[1], float(sys.argv[2]))

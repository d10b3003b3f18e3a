"""Watches the process of the client, which may die without closing its end of the connection."""

from __future__ import annotations

import asyncio
import os

_POLL_SECONDS = 2.0


async def wait_for_end(pid: int) -> None:
    """Wait until a process has ended."""
    try:
        ended = os.pidfd_open(pid)
    except (AttributeError, OSError):
        # Not Linux, or a kernel without pidfds, or it has ended.
        while is_alive(pid):  # noqa: ASYNC110
            await asyncio.sleep(_POLL_SECONDS)
        return
    loop, is_readable = asyncio.get_running_loop(), asyncio.Event()
    loop.add_reader(ended, is_readable.set)
    try:
        await is_readable.wait()
    finally:
        loop.remove_reader(ended)
        os.close(ended)


def is_alive(pid: int) -> bool:
    """Return whether a process exists; False where it can't be seen, as from inside a container."""
    # On Windows the signal would end the process.
    if os.name != "posix":
        return False
    try:
        os.kill(pid, 0)
    except PermissionError:
        return True
    except (OSError, OverflowError):
        return False
    return True

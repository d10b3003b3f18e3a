"""Watches the process of the client, which may die without closing its end of the connection."""

from __future__ import annotations

import asyncio
import os

_POLL_SECONDS = 2.0


async def wait_for_end(pid: int) -> None:
    """Wait until a process has ended."""
    while is_alive(pid):  # noqa: ASYNC110
        await asyncio.sleep(_POLL_SECONDS)


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

"""Whether the editor is still there: it may die without closing its end of the connection."""

from __future__ import annotations

import asyncio
import os

_LOOK_SECONDS = 2.0


async def until_gone(pid: int) -> None:
    """Wait for the end of a process."""
    while lives(pid):  # noqa: ASYNC110
        await asyncio.sleep(_LOOK_SECONDS)


def lives(pid: int) -> bool:
    """Whether a process is there; False where it can't be seen, as from inside a container."""
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

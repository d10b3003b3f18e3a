"""Waits for a child process and reads its exit code, whoever else may reap child processes."""

from __future__ import annotations

import asyncio
import contextlib
import os
import subprocess
import threading

# `Popen.returncode` of a process whose exit code is unknown; asyncio uses this number too.
_UNKNOWN = 255


def watch_exit(popen: subprocess.Popen[bytes]) -> asyncio.Future[int | None]:
    """Return a future of the exit code; its result is None if the code cannot be known.

    The result is set when the process has ended and has been reaped.
    """
    loop = asyncio.get_running_loop()
    result: asyncio.Future[int | None] = loop.create_future()
    try:
        fd = os.pidfd_open(popen.pid)
    except (AttributeError, OSError):
        # Not Linux, or a kernel without pidfds.
        threading.Thread(target=_wait_in_thread, args=(popen, loop, result), daemon=True).start()
        return result

    def on_exit() -> None:
        loop.remove_reader(fd)
        os.close(fd)
        result.set_result(_reap(popen))

    loop.add_reader(fd, on_exit)
    return result


def _wait_in_thread(
    popen: subprocess.Popen[bytes], loop: asyncio.AbstractEventLoop, result: asyncio.Future[int | None]
) -> None:
    code = _reap(popen)
    with contextlib.suppress(RuntimeError):
        loop.call_soon_threadsafe(result.set_result, code)


def _reap(popen: subprocess.Popen[bytes]) -> int | None:
    """Wait for a process and return its exit code, or None if the code cannot be known.

    `Popen.wait` will not do: it reports 0 for a process that somebody else has reaped.
    """
    try:
        code = os.waitstatus_to_exitcode(os.waitpid(popen.pid, 0)[1])
    except ChildProcessError:
        # Popen must not wait again, and it has no value for "unknown".
        popen.returncode = _UNKNOWN
        return None
    popen.returncode = code
    return code

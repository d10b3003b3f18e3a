"""A command as a child process in a session of its own, so that all it starts can be ended with it. POSIX only.

Popen with a pidfd, not asyncio's subprocess: 0.84 ms against 1.17 ms for `/bin/sh -c true` (docs/performance.md).
"""

from __future__ import annotations

import asyncio
import codecs
import contextlib
import fcntl
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from typing import IO, NamedTuple, TypeAlias

Sink: TypeAlias = Callable[[str, str], None]

STDERR_KEPT = 64 * 1024
GRACE = 2.0
_PIPE_SIZE = 1024 * 1024
_DEFAULT_PIPE_SIZE = 64 * 1024
_READ_SIZE = 256 * 1024
_LINE_KEPT = 8 * 1024
_PAUSE = 0.01
# As asyncio has it.
_NOT_KNOWN = 255
_HAS_PROC = sys.platform == "linux"


class Finished(NamedTuple):
    """How a command ended; `stderr` is the end of it.

    `exit_code` is negative after a signal, as subprocess has it. It is None, not known, if another part of the
    program has reaped the process, or the system because SIGCHLD is ignored.

    `session` is the command's session if something still runs in it: it was started in the background.
    """

    exit_code: int | None
    stdout: bytearray
    stderr: bytes
    session: int | None


async def execute(
    command: str,
    *,
    cwd: str,
    environment: Mapping[str, str],
    stdin: bytes | None,
    sink: Sink | None = None,
    congested: Callable[[], bool] = lambda: False,
) -> Finished:
    """Run `/bin/sh -c command` until it has ended and its output is closed.

    `sink(stream, text)` gets the output as it comes, in whole lines where there are lines; reading pauses while
    `congested()`. When cancelled, everything the command started is ended first: SIGTERM, after 2 s SIGKILL; a
    second cancellation kills at once. After a failure nothing it started is left either. Raises OSError or
    ValueError when it can't be started.
    """
    popen = subprocess.Popen(  # noqa: ASYNC220 - see above
        ["/bin/sh", "-c", command],
        cwd=cwd,
        env=environment,
        stdin=subprocess.DEVNULL if stdin is None else subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        bufsize=0,
        start_new_session=True,
    )
    try:
        child = _Child(popen, stdin, sink, congested)
    except BaseException:
        # No descriptor was left to watch it with.
        popen.kill()
        popen.wait()
        raise
    try:
        code = await child.finished()
        left = popen.pid if code == 0 and _group_exists(popen.pid) else None
        return Finished(code, child.stdout.data, bytes(child.stderr.data[-STDERR_KEPT:]), left)
    except asyncio.CancelledError:
        await child.end()
        raise
    finally:
        child.close()


async def end_sessions(sessions: Iterable[int]) -> None:
    """End everything that runs in these sessions, whatever is cancelled meanwhile."""
    await asyncio.gather(*map(_end_session, sessions))


async def _end_session(session: int, lives: Callable[[], bool] = lambda: False) -> None:
    """SIGTERM, then SIGKILL after a while, or when cancelled. `lives`: its leader has not been reaped yet."""
    ending = asyncio.ensure_future(_ended(session, lives))
    while not ending.done():
        try:
            await asyncio.shield(ending)
        except asyncio.CancelledError:
            _signal(session, signal.SIGKILL)


async def _ended(session: int, lives: Callable[[], bool]) -> None:
    for number in (signal.SIGTERM, signal.SIGKILL):
        if not lives() and not _lives(session):
            return
        _signal(session, number)
        deadline, pause = time.monotonic() + GRACE, 0.002
        while (lives() or _lives(session)) and time.monotonic() < deadline:
            await asyncio.sleep(pause)
            pause = min(pause * 2, 0.05)


class _Child:
    def __init__(
        self,
        popen: subprocess.Popen[bytes],
        stdin: bytes | None,
        sink: Sink | None,
        congested: Callable[[], bool],
    ) -> None:
        self._popen = popen
        self._exit = _exit_of(popen)
        self.stdout = _Reader(popen.stdout, None, _lines(sink, "stdout"), congested)
        self.stderr = _Reader(popen.stderr, STDERR_KEPT, _lines(sink, "stderr"), congested)
        self._stdin = None if stdin is None else _Writer(popen.stdin, stdin)

    async def finished(self) -> int | None:
        """Return the exit code, None if it is not known, once nobody writes any more; after a failure nobody
        is left to write."""
        # Waited for with `wait`: cancelling an `await` of a future would cancel the future itself.
        await asyncio.wait({self._exit})
        code = self._exit.result()
        if code != 0:
            await self.end()
        open_pipes = [pipe.ended for pipe in (self.stdout, self.stderr) if not pipe.ended.done()]
        if open_pipes:
            await asyncio.wait(open_pipes, timeout=None if code == 0 else GRACE)
        return code

    async def end(self) -> None:
        """End everything of the session, whatever else is cancelled meanwhile."""
        await _end_session(self._popen.pid, lambda: not self._exit.done())

    def close(self) -> None:
        self.stdout.close()
        self.stderr.close()
        if self._stdin:
            self._stdin.close()


class _Reader:
    """Reads a pipe to its end; `data` is all of it, or its last `keep` bytes."""

    def __init__(
        self,
        pipe: IO[bytes] | None,
        keep: int | None,
        sink: _Lines | None,
        congested: Callable[[], bool],
    ) -> None:
        self.data = bytearray()
        self._pipe, self._fd = _opened(pipe)
        self._keep = keep
        self._sink = sink
        self._congested = congested
        self._grown = False
        self._loop = asyncio.get_running_loop()
        self.ended: asyncio.Future[None] = self._loop.create_future()
        self._loop.add_reader(self._fd, self._read)

    def close(self) -> None:
        if not self.ended.done():
            self._loop.remove_reader(self._fd)
            self._end()
        self._pipe.close()

    def _end(self) -> None:
        if self._sink:
            self._sink.close()
        if not self.ended.done():
            self.ended.set_result(None)

    def _read(self) -> None:
        try:
            piece = os.read(self._fd, _READ_SIZE)
        except (BlockingIOError, InterruptedError):
            return
        if not piece:
            self._loop.remove_reader(self._fd)
            self._end()
            return
        self.data += piece
        if self._keep is not None and len(self.data) > 2 * self._keep:
            del self.data[: -self._keep]
        if len(piece) >= _DEFAULT_PIPE_SIZE and not self._grown:
            self._grown = True
            _grow(self._fd)
        if self._sink:
            self._sink.feed(piece)
            if self._congested():
                self._loop.remove_reader(self._fd)
                self._loop.call_later(_PAUSE, self._resume)

    def _resume(self) -> None:
        if self.ended.done():
            return
        if self._congested():
            self._loop.call_later(_PAUSE, self._resume)
        else:
            self._loop.add_reader(self._fd, self._read)


class _Writer:
    """Feeds a pipe as fast as it is read. A reader that has gone away is no error: it needed no more."""

    def __init__(self, pipe: IO[bytes] | None, data: bytes) -> None:
        self._pipe, self._fd = _opened(pipe)
        self._rest = memoryview(data)
        self._loop = asyncio.get_running_loop()
        self._waiting = False
        if len(data) > _DEFAULT_PIPE_SIZE:
            _grow(self._fd)
        self._write()

    def close(self) -> None:
        if self._waiting:
            self._loop.remove_writer(self._fd)
            self._waiting = False
        with contextlib.suppress(OSError):
            self._pipe.close()

    def _write(self) -> None:
        try:
            while self._rest:
                self._rest = self._rest[os.write(self._fd, self._rest) :]
        except (BlockingIOError, InterruptedError):
            if not self._waiting:
                self._waiting = True
                self._loop.add_writer(self._fd, self._write)
            return
        except OSError:
            self._rest = memoryview(b"")
        self.close()


class _Lines:
    """Decodes a byte stream and passes it on in whole lines, so that what is masked in lines stays masked."""

    def __init__(self, sink: Callable[[str], None]) -> None:
        self._sink = sink
        self._decode = codecs.getincrementaldecoder("utf-8")("replace").decode
        self._rest = ""

    def feed(self, piece: bytes) -> None:
        text = self._rest + self._decode(piece)
        end = max(text.rfind("\n"), text.rfind("\r")) + 1
        if end == 0 and len(text) > _LINE_KEPT:
            end = len(text)
        self._rest = text[end:]
        if end:
            self._sink(text[:end])

    def close(self) -> None:
        text = self._rest + self._decode(b"", True)
        self._rest = ""
        if text:
            self._sink(text)


def _lines(sink: Sink | None, stream: str) -> _Lines | None:
    return _Lines(lambda text: sink(stream, text)) if sink else None


def _opened(pipe: IO[bytes] | None) -> tuple[IO[bytes], int]:
    """Our end of a pipe and its descriptor, which never blocks."""
    if pipe is None:
        raise ValueError("no pipe was made")
    os.set_blocking(pipe.fileno(), False)
    return pipe, pipe.fileno()


def _grow(fd: int) -> None:
    """A larger pipe for much data; where that is not to be had, the usual one does."""
    if hasattr(fcntl, "F_SETPIPE_SZ"):
        with contextlib.suppress(OSError):
            fcntl.fcntl(fd, fcntl.F_SETPIPE_SZ, _PIPE_SIZE)


def _exit_of(popen: subprocess.Popen[bytes]) -> asyncio.Future[int | None]:
    """The process's exit code, or None if it is not known, once it has ended and been reaped."""
    loop = asyncio.get_running_loop()
    result: asyncio.Future[int | None] = loop.create_future()
    try:
        fd = os.pidfd_open(popen.pid)
    except (AttributeError, OSError):
        # Not Linux, or one without pidfds.
        threading.Thread(target=_wait_in_thread, args=(popen, loop, result), daemon=True).start()
        return result

    def ended() -> None:
        loop.remove_reader(fd)
        os.close(fd)
        result.set_result(_reap(popen))

    loop.add_reader(fd, ended)
    return result


def _wait_in_thread(
    popen: subprocess.Popen[bytes], loop: asyncio.AbstractEventLoop, result: asyncio.Future[int | None]
) -> None:
    code = _reap(popen)
    with contextlib.suppress(RuntimeError):
        loop.call_soon_threadsafe(result.set_result, code)


def _reap(popen: subprocess.Popen[bytes]) -> int | None:
    """Wait for a process. Return its exit code, or None if it is not known.

    Not by `Popen.wait`: for it a process that somebody else has reaped ended with 0.
    """
    try:
        code = os.waitstatus_to_exitcode(os.waitpid(popen.pid, 0)[1])
    except ChildProcessError:
        # Popen must not ask again, and no value of it means "not known".
        popen.returncode = _NOT_KNOWN
        return None
    popen.returncode = code
    return code


def _lives(session: int) -> bool:
    # On Linux not by killpg: it also sees zombies that nobody has reaped yet.
    return bool(_session_members(session)) if _HAS_PROC else _group_exists(session)


def _group_exists(group: int) -> bool:
    try:
        os.killpg(group, 0)
    except (ProcessLookupError, PermissionError):
        return False
    return True


def _signal(session: int, number: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(session, number)
    # `timeout 9 cmd` and shells with job control put their children into groups of their own.
    for pid in _session_members(session):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.kill(pid, number)


def _session_members(session: int) -> list[int]:
    """The living processes of a session, where /proc tells."""
    if not _HAS_PROC:
        return []
    pids = (entry for entry in os.listdir("/proc") if entry.isdecimal())
    return [int(pid) for pid in pids if _session_of(pid) == session]


def _session_of(pid: str) -> int | None:
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:
            stat = file.read()
    except OSError:
        return None
    # pid (name) state ppid pgrp session ...; the name may hold spaces and brackets.
    state, _, _, session = stat.rpartition(b")")[2].split()[:4]
    return None if state in (b"Z", b"X") else int(session)

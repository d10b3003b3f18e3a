"""Runs a shell command as a child process that leads a session of its own. POSIX only.

Everything that the command starts has its mark, or belongs to the session, and can be ended by that. Popen with a
pidfd takes 0.84 ms for `/bin/sh -c true`, asyncio's subprocess 1.17 ms: see docs/performance.md.
"""

from __future__ import annotations

import asyncio
import subprocess
from collections.abc import Callable, Mapping
from typing import TypeAlias

import msgspec

from .exit_status import watch_exit
from .marked_processes import GRACE_PERIOD, VARIABLE, group_exists
from .pipes import LineDecoder, PipeReader, PipeWriter
from .supervisor import end_processes

OutputSink: TypeAlias = Callable[[str, str], None]

MAX_STDERR = 64 * 1024
# A secret that begins before the last 64 KiB must be known whole to be masked.
_KEPT_STDERR = MAX_STDERR + 16 * 1024


class CommandResult(msgspec.Struct, frozen=True):
    """The result of a command.

    `exit_code` is negative after a signal, as in `subprocess`. It is None if it cannot be known: another part
    of the program has reaped the process, or the system has, because SIGCHLD is ignored. `stderr` is at least
    the last 64 KiB. `session` is the command's session if it left processes running in the background, else
    None.
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
    mark: str,
    stdin: bytes | None,
    sink: OutputSink | None = None,
    congested: Callable[[], bool] = lambda: False,
) -> CommandResult:
    """Run `/bin/sh -c command` until it has ended and its output is closed, and return how it ended.

    `mark` is from a supervisor. `sink(stream, text)` receives the output as it comes, in whole lines; reading
    pauses while `congested()`. After a failure, and when cancelled, every process of the command is ended
    first: SIGTERM, after 2 s SIGKILL; a second cancellation kills at once. Raises OSError or ValueError if the
    command cannot be started.
    """
    popen = subprocess.Popen(  # noqa: ASYNC220 - see above
        ["/bin/sh", "-c", command],
        cwd=cwd,
        env={**environment, VARIABLE: mark},
        stdin=subprocess.DEVNULL if stdin is None else subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        bufsize=0,
        start_new_session=True,
    )
    try:
        running = _RunningCommand(popen, mark, stdin, sink, congested)
    except BaseException:
        # No descriptor was left to watch the process with.
        popen.kill()
        popen.wait()
        raise
    try:
        code = await running.wait()
        left_running = popen.pid if code == 0 and group_exists(popen.pid) else None
        return CommandResult(
            code, running.stdout.data, bytes(running.stderr.data[-_KEPT_STDERR:]), left_running
        )
    except asyncio.CancelledError:
        await running.end()
        raise
    finally:
        running.close()


class _RunningCommand:
    """A started command with its pipes."""

    def __init__(
        self,
        popen: subprocess.Popen[bytes],
        mark: str,
        stdin: bytes | None,
        sink: OutputSink | None,
        congested: Callable[[], bool],
    ) -> None:
        self._popen = popen
        self._mark = mark
        self._exit = watch_exit(popen)
        self.stdout = PipeReader(popen.stdout, None, _decoder(sink, "stdout"), congested)
        self.stderr = PipeReader(popen.stderr, _KEPT_STDERR, _decoder(sink, "stderr"), congested)
        self._stdin = None if stdin is None else PipeWriter(popen.stdin, stdin)

    async def wait(self) -> int | None:
        """Return the exit code, None if it cannot be known, once nobody writes to the pipes any more.

        After a failure every process of the command is ended, so that nobody is left to write.
        """
        # Cancelling an `await` of a future would cancel the future itself.
        await asyncio.wait({self._exit})
        code = self._exit.result()
        if code != 0:
            await self.end()
        open_pipes = [pipe.ended for pipe in (self.stdout, self.stderr) if not pipe.ended.done()]
        if open_pipes:
            await asyncio.wait(open_pipes, timeout=None if code == 0 else GRACE_PERIOD)
        return code

    async def end(self) -> None:
        """End every process of the command, even if the caller is cancelled meanwhile."""
        await end_processes(self._mark, (self._popen.pid,))

    def close(self) -> None:
        """Close all pipes."""
        self.stdout.close()
        self.stderr.close()
        if self._stdin:
            self._stdin.close()


def _decoder(sink: OutputSink | None, stream: str) -> LineDecoder | None:
    return LineDecoder(lambda text: sink(stream, text)) if sink else None

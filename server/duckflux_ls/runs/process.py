"""Runs a workflow in a process of its own: a busy or crashed run must not slow down or stop the server."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

import msgspec
from duckflux.runtime.events import Event, decode
from duckflux.runtime.process.duckflux_process import DuckfluxProcess, start

_CHUNK = 256 * 1024
_STDERR_KEPT = 16 * 1024
# The output of steps is most of the stream, and the overlay does not need it.
_OUTPUT_CHUNK = b'{"event":"step.output"'


class RunFiles(NamedTuple):
    """The text of the workflow that is to run, and the outputs of steps that do not run, as JSON."""

    source: BinaryIO
    mocks: BinaryIO | None = None


class RunProcess:
    """A started `duckflux run`. It reads inputs from stdin, and writes events to a pipe of their own."""

    def __init__(self, started: DuckfluxProcess, events: asyncio.StreamReader) -> None:
        self._started = started
        process = self._process = started.process
        self._events = events
        self._stderr = asyncio.create_task(_tail(process.stderr))
        self._stdout = asyncio.create_task(_tail(process.stdout))

    @classmethod
    async def start(
        cls,
        path: Path,
        files: RunFiles,
        inputs: dict[str, Any],
        traces: Path | None,
        *,
        values: bool = True,
        output: bool = True,
        options: Sequence[str] = (),
    ) -> RunProcess:
        """Run the text of `files` as the workflow file `path`. Raises OSError if no process can be started.

        Without `traces`, the folder, it writes no trace. Without `values` the trace has no inputs and outputs;
        with `output` what the steps print is kept with it. `options` are further options of `duckflux run`.
        """
        reading, writing = os.pipe()
        source, mocks = files
        try:
            started = await start(
                *("run", str(path), "--source", f"/dev/fd/{source.fileno()}"),
                *("--quiet", "--input-file", "-", "--progress-events", f"/dev/fd/{writing}"),
                *(
                    ("--no-trace",)
                    if traces is None
                    else ("--trace-dir", str(traces), "--trace-format", "json")
                ),
                *(() if values else ("--trace-no-values",)),
                *(("--trace-output",) if output and values and traces is not None else ()),
                *(("--mock", f"/dev/fd/{mocks.fileno()}") if mocks is not None else ()),
                *options,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.PIPE,
                cwd=path.parent,
                pass_fds=(writing, source.fileno(), *(() if mocks is None else (mocks.fileno(),))),
            )
        except BaseException:
            os.close(reading)
            raise
        finally:
            os.close(writing)
        events = asyncio.StreamReader()
        pipe = os.fdopen(reading, "rb", buffering=0)
        await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(events), pipe)
        stdin = started.process.stdin
        assert stdin is not None  # noqa: S101
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            stdin.write(msgspec.json.encode(inputs))
            await stdin.drain()
        stdin.close()
        return cls(started, events)

    @property
    def pid(self) -> int:
        """The id of the process."""
        return self._process.pid

    async def events(self, *, output: bool = False) -> AsyncIterator[Event]:
        """Yield the run's events until it ends; with `output` also what its steps print."""
        rest = b""
        while chunk := await self._events.read(_CHUNK):
            *lines, rest = (rest + chunk).split(b"\n")
            for line in lines:
                if not output and line.startswith(_OUTPUT_CHUNK):
                    continue
                with contextlib.suppress(msgspec.MsgspecError):
                    yield decode(line)

    async def wait(self) -> tuple[int, str]:
        """Return (exit code, the end of what it wrote to stderr), once it has ended."""
        code = await self._process.wait()
        await self._stdout
        return code, await self._stderr

    def cancel(self) -> None:
        """Ask the run to end; it ends its steps' processes itself."""
        with contextlib.suppress(ProcessLookupError):
            self._process.send_signal(signal.SIGTERM)

    async def end(self) -> None:
        """Make sure that the run has ended: ask, wait, and then end it by force."""
        await self._started.end()


async def _tail(stream: asyncio.StreamReader | None) -> str:
    """Return the last part of a stream, read to its end so that the writer never waits."""
    kept = b""
    while stream is not None and (chunk := await stream.read(_CHUNK)):
        kept = (kept + chunk)[-_STDERR_KEPT:]
    return kept.decode("utf-8", "replace").strip()

"""Executes durable runs, and jobs of runs that other workers have."""

from __future__ import annotations

import asyncio
import contextlib
import os
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from ..runtime.engine.inputs import learn_passwords
from ..runtime.engine.run import Begun
from ..runtime.engine.run_workflow import Result
from ..runtime.engine.run_workflow import run as run_workflow
from ..runtime.errors import StepError
from ..runtime.events import Event, encode
from ..runtime.events.stream import BackgroundListener, Listener, Warn
from ..runtime.hubs import Connect
from ..runtime.participants.job import StepOutput
from ..runtime.participants.runners import performable
from ..runtime.process.supervisor import Supervisor
from ..runtime.secrets import MaskingStream, Secrets
from ..trace.redaction import redact_event
from .bundle import BundleLoader
from .journal import History, JournalController, JournalWriter
from .performer import SpreadPerformer
from .portable import relative_event, relative_text
from .records import (
    Began,
    Failure,
    JobRequest,
    JobResult,
    RunRequest,
    RunResult,
    decode_records,
    from_raw,
    raw,
)
from .store import Jobs, Kept

# What a job wrote is sent with its result, up to this size.
_MAX_OUTPUT = 256 * 1024


class Worker:
    """Executes runs and performs jobs in this program, below the folder `root`.

    `hub` returns how a run connects to a hub, given its id and when it began, in seconds since 1970; `listeners`
    get the events of its runs.
    """

    def __init__(
        self,
        root: str,
        environment: Mapping[str, str],
        warn: Warn,
        hub: Callable[[str, float], Connect] | None = None,
        listeners: Callable[[], list[Listener]] = list,
    ) -> None:
        self.root = root
        self.environment = environment
        self.warn = warn
        self.secrets = Secrets(environment)
        self.supervisor = Supervisor(environment, guard_grace_period=0.0)
        self.shared: dict[str, Any] = {}
        self.at_end: list[Callable[[], Awaitable[None]]] = []
        self._hub = hub
        self._listeners = listeners
        self._running: set[asyncio.Task[Result]] = set()
        self._is_interrupted = False

    async def run(self, text: str, kept: Kept, jobs: Jobs) -> str:
        """Execute a run from where it is, and return its result."""
        request = RunRequest.decode(text)
        history = History(record for batch in await kept.read() for record in decode_records(batch))
        writer = JournalWriter(kept.append)
        began = history.began
        if began is None:
            began = time.time_ns()
            writer.add(Began(began))
            await writer.flush()
        begun = Begun(request.id, began)
        task = asyncio.ensure_future(self._run(request, begun, history, writer, kept, jobs))
        self._running.add(task)
        try:
            result = await task
        except asyncio.CancelledError:
            if self._is_interrupted:
                # The run goes on elsewhere or later: it does not end here, whatever happens to this task.
                await asyncio.get_running_loop().create_future()
            raise
        finally:
            self._running.discard(task)
        if writer.failure is not None:
            # The run is another worker's now, or goes on here later: this is no end.
            raise writer.failure
        return _result(result, self.root).encode()

    async def _run(
        self,
        request: RunRequest,
        begun: Begun,
        history: History,
        writer: JournalWriter,
        kept: Kept,
        jobs: Jobs,
    ) -> Result:
        file = os.path.normpath(os.path.join(self.root, request.file))
        folder = os.path.dirname(file)
        secrets = Secrets(self.environment)
        load = BundleLoader(request.texts, self.root)
        try:
            workflow = load(file)
        except StepError as error:
            return Result(request.id, None, error)
        learn_passwords(workflow.inputs, request.inputs, secrets)
        events = self._publisher(kept, secrets)
        try:
            return await run_workflow(
                workflow,
                file,
                request.inputs,
                load=load,
                listeners=[events, *self._listeners()],
                warn=self.warn,
                controller=JournalController(history, writer, folder),
                hub=self._hub(request.id, (begun.started or 0) / 1e9) if self._hub is not None else None,
                secrets=secrets,
                environment=dict(self.environment),
                cwd=os.path.normpath(os.path.join(self.root, request.cwd)),
                max_parallel=request.max_parallel,
                performer=SpreadPerformer(request, self.root, folder, jobs),
                begun=begun,
            )
        finally:
            events.close()

    def _publisher(self, kept: Kept, secrets: Secrets) -> BackgroundListener:
        """Return a listener that sends events to those who follow the run."""

        def publish(batch: list[Event]) -> None:
            if batch and not self._is_interrupted:
                kept.publish(b"".join(encode(self._told(event, secrets)) for event in batch).decode())

        return BackgroundListener("events of the run", publish, self.warn, wants_output=True)

    def _told(self, event: Event, secrets: Secrets) -> Event:
        return relative_event(redact_event(event, secrets), self.root)

    async def interrupt(self) -> None:
        """End all that runs here, without an end of the runs themselves."""
        self._is_interrupted = True
        tasks = [*self._running]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self.close()

    async def perform(self, text: str) -> str:
        """Perform a job and return its result."""
        request = JobRequest.decode(text)
        parts = performable(request.type)
        job = from_raw(request.job, parts.job)
        job = job.moved(request.root, self.root)
        written = _Written(self.secrets)
        output = StepOutput(written.write) if request.wants_output else StepOutput()
        done = await parts.perform(job, self, output)
        return JobResult(raw(done), written.close()).encode()

    async def close(self) -> None:
        """Close what jobs share, and end what they have started."""
        for close in self.at_end:
            with contextlib.suppress(Exception):
                await close()
        await self.supervisor.end()
        await self.supervisor.release()


class _Written:
    """Keeps what a job writes, with the secrets of this machine masked."""

    def __init__(self, secrets: Secrets) -> None:
        self._streams = {name: MaskingStream(secrets) for name in ("stdout", "stderr")}
        self._parts: list[tuple[str, str]] = []
        self._size = 0

    def write(self, stream: str, text: str) -> None:
        self._add(stream, self._streams[stream].feed(text))

    def close(self) -> tuple[tuple[str, str], ...]:
        for name, stream in self._streams.items():
            self._add(name, stream.close())
        return tuple(self._parts)

    def _add(self, stream: str, text: str) -> None:
        if text and self._size < _MAX_OUTPUT:
            self._parts.append((stream, text))
            self._size += len(text)


def _result(result: Result, root: str) -> RunResult:
    if result.error is None:
        return RunResult(result.output)
    errors = (*result.error.earlier, result.error)
    return RunResult(
        failures=tuple(
            Failure(relative_text(error, root), error.step, error.code, error.exit_code) for error in errors
        )
    )

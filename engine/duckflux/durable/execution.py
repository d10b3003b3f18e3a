"""Executes durable runs, and jobs of runs that other workers have."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Callable, Mapping

from ..runtime.engine.inputs import learn_passwords
from ..runtime.engine.run import Begun
from ..runtime.engine.run_workflow import Result
from ..runtime.engine.run_workflow import run as run_workflow
from ..runtime.errors import StepError
from ..runtime.events import Event, encode
from ..runtime.events.stream import BackgroundListener, Listener, Warn
from ..runtime.hubs import Connect
from ..runtime.participants.job import Done, Problem, StepOutput
from ..runtime.participants.runners import performable, unavailable_reason
from ..runtime.process.supervisor import Supervisor
from ..runtime.secrets import Secrets
from ..trace.redaction import redact_event
from .bundle import BundleLoader
from .job_hosts import JobHosts
from .job_output import JobOutput
from .job_secrets import secrets_at
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
from .store import Jobs, Kept, Send

_NOT_INSTALLED = "not-installed"


class Worker:
    """Executes runs and performs jobs in this program, which is called `name`, below the folder `root`.

    `hub` returns how a run connects to a hub, given its id and when it began, in seconds since 1970; `listeners`
    get the events of its runs.
    """

    def __init__(
        self,
        name: str,
        root: str,
        environment: Mapping[str, str],
        warn: Warn,
        hub: Callable[[str, float], Connect] | None = None,
        listeners: Callable[[], list[Listener]] = list,
    ) -> None:
        self.name = name
        self.root = root
        self.environment = environment
        self.warn = warn
        self.supervisor = Supervisor(environment, guard_grace_period=0.0)
        self._hosts = JobHosts(environment, self.supervisor)
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
            # The run is another worker's now, or goes on here later: this is not an end.
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
        for type_, package in request.packages.items():
            if (reason := self._missing(type_, package)) is not None:
                return Result(request.id, None, StepError(reason, code=_NOT_INSTALLED))
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
                performer=SpreadPerformer(request, self.root, folder, jobs, secrets),
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

    async def perform(self, text: str, send: Send) -> str:
        """Perform a job and return its result; `send` takes what it writes meanwhile."""
        request = JobRequest.decode(text)
        if (reason := self._missing(request.type, request.package)) is not None:
            return JobResult(raw(Done(Problem(reason, code=_NOT_INSTALLED, field="type")))).encode()
        parts = performable(request.type)
        job = from_raw(request.job, parts.job)
        async with self._hosts.host(secrets_at(request.secrets, job)) as host:
            output = JobOutput(host.secrets, send)
            try:
                done = await parts.perform(
                    job.moved(request.root, self.root),
                    host,
                    StepOutput(output.write) if request.wants_output else StepOutput(),
                )
            finally:
                output.stop()
        return JobResult(raw(done), output.rest() if request.wants_output else None).encode()

    def _missing(self, type_: str, package: str | None) -> str | None:
        """Return what this program lacks for a participant type, None if it has all."""
        reason = unavailable_reason(type_)
        if reason is None:
            return None
        advice = f": pip install {package}" if package is not None else ""
        return f"{reason}, on the worker {self.name}{advice}"

    async def close(self) -> None:
        """Close what jobs share, and end what they have started."""
        await self._hosts.close()
        await self.supervisor.end()
        await self.supervisor.release()


def _result(result: Result, root: str) -> RunResult:
    if result.error is None:
        return RunResult(result.output)
    errors = (*result.error.earlier, result.error)
    return RunResult(
        failures=tuple(
            Failure(relative_text(error, root), error.step, error.code, error.exit_code) for error in errors
        )
    )

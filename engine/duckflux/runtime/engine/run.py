"""Holds what all parts of one run share: event stream, hub, controller, secrets, background processes."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING, Any, TypeAlias

import msgspec

from ..clock import Stopwatch
from ..events.stream import EventStream, Warn
from ..ids import new_id
from ..process.supervisor import Supervisor
from ..secrets import Secrets
from .controller import Controller
from .debugging import DebugPort

if TYPE_CHECKING:
    from duckflux.language.model.workflow import Workflow

    from ..hubs import Hub
    from ..participants.job import Performer
    from ..trace_context import TraceContext

LoadWorkflow: TypeAlias = "Callable[[str], Workflow]"


class Begun(msgspec.Struct, frozen=True):
    """Tells how a run began: its id, and when, in nanoseconds since 1970, if that was in another program."""

    id: str
    started: int | None = None


class Run:
    """One run of a workflow and all its sub-workflows.

    `cwd` is the base working directory, absolute; `environment` what every command inherits; `load` returns
    the workflow of a file, and raises StepError for one that cannot run; `supervisor` knows the processes
    that steps start; `shared` is what participants of a type share, and `at_end` the functions that close it;
    `warn` is called with messages for the user; `turns` bounds how many participants run at once;
    `debug` is where debuggers are attached; `has_spans` tells that spans of the steps are recorded;
    `performer` has jobs performed, None for this program itself; `begun` is set where its id is given;
    `number` is what expressions read as `execution.number`.
    """

    def __init__(
        self,
        *,
        stream: EventStream,
        hub: Hub,
        controller: Controller | None,
        secrets: Secrets,
        environment: Mapping[str, str],
        cwd: str,
        load: LoadWorkflow,
        warn: Warn,
        turns: asyncio.Semaphore | None = None,
        debug: DebugPort | None = None,
        has_spans: bool = False,
        performer: Performer | None = None,
        begun: Begun | None = None,
        number: int = 1,
    ) -> None:
        self.id = new_id() if begun is None else begun.id
        self.trace_context = _trace_context(environment, self.id, has_spans)
        self.number = number
        self.watch = Stopwatch(None if begun is None else begun.started)
        self.stream = stream
        self.hub = hub
        self.controller = controller
        self.secrets = secrets
        self.environment = environment
        self.cwd = cwd
        self.load = load
        self.turns = turns
        self.performer = performer
        self.debug = debug or DebugPort()
        self.debug.run = self
        # What may be tried again elsewhere must not outlive this program.
        self.supervisor = Supervisor(environment, guard_grace_period=None if performer is None else 0.0)
        self.shared: dict[str, Any] = {}
        self.at_end: list[Callable[[], Awaitable[None]]] = [hub.close]
        self._steps = 0
        self._warn = warn
        self._warnings: set[str] = set()

    def next_seq(self) -> int:
        """Return the number of the next step, from 1."""
        self._steps += 1
        return self._steps

    def warn_once(self, message: str) -> None:
        """Warn the user, unless this run has given the same warning before."""
        if message not in self._warnings:
            self._warnings.add(message)
            self._warn(message)

    async def close(self, success: bool) -> None:
        """Close what is shared; after a failure also end everything that steps have started.

        A cancellation meanwhile kills the processes at once, and then nothing is waited for.
        """
        closing = asyncio.gather(*(close() for close in self.at_end), return_exceptions=True)
        if not success:
            await self.supervisor.end()
        with contextlib.suppress(asyncio.CancelledError):
            await closing
        with contextlib.suppress(asyncio.CancelledError):
            await self.supervisor.release()


def _trace_context(environment: Mapping[str, str], execution_id: str, has_spans: bool) -> TraceContext | None:
    """Return what tells steps their spans; None where nobody traces."""
    if not has_spans and "TRACEPARENT" not in environment:
        return None
    from ..trace_context import TraceContext

    return TraceContext(environment, execution_id, has_spans=has_spans)

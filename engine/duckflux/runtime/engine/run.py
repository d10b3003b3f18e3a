"""What all parts of one run share: the event stream, the hub, the controller, the processes, the secrets."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING, Any, TypeAlias

from ..clock import Stopwatch, iso, milliseconds
from ..errors import StepError
from ..events import UNSET, Attempt, OutputChunk, SkipReason, Status, StepFinished, StepStarted
from ..events.stream import EventStream
from ..secrets import Secrets
from .controller import PROCEED, Controller, Decision, Identity, StepInfo

if TYPE_CHECKING:
    from duckflux.language.model.workflow import Workflow
    from duckflux.language.syntax import Node

    from ..hubs import Hub
    from .control_thread import ControlThread

StepDefinition: TypeAlias = "Mapping[str, Node | None]"
LoadWorkflow: TypeAlias = "Callable[[str], Workflow]"


class Run:
    """One run of a workflow and all its sub-workflows.

    `cwd` is the base working directory, absolute; `environment` what every command inherits; `load` gives the
    workflow of a file, and raises StepError for one that can't run; `sessions` are those of commands that
    succeeded and left something running; `shared` is what participants of a type share, to be closed `at_end`.
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
    ) -> None:
        self.id = new_id()
        self.number = 1
        self.watch = Stopwatch()
        self.stream = stream
        self.hub = hub
        self.controller = controller
        self.secrets = secrets
        self.environment = environment
        self.cwd = cwd
        self.load = load
        self.sessions: list[int] = []
        self.shared: dict[str, Any] = {}
        self.at_end: list[Callable[[], Awaitable[None]]] = [hub.close]
        self._steps = 0

    def next_seq(self) -> int:
        self._steps += 1
        return self._steps

    async def close(self, success: bool) -> None:
        """Close what is shared; after a failure also end what steps left running in the background."""
        if self.sessions and not success:
            from ..process.command import end_sessions

            await end_sessions(self.sessions)
        for close in self.at_end:
            with contextlib.suppress(Exception):
                await close()

    async def decide(
        self, reporter: StepReporter, name: str | None = None, attempt: int = 1, *, has_fallback: bool = False
    ) -> Decision:
        """What the controller says of a step. A step that it refuses, by a StepError, fails whatever `onError`
        says."""
        if self.controller is None:
            return PROCEED
        try:
            identity, info = reporter.describe(name, attempt)
            return await self.controller.before(identity, info._replace(has_fallback=has_fallback))
        except StepError as error:
            error.step = error.step or reporter.name
            reporter.finish("failure", error=error)
            raise


class StepReporter:
    """One step's life in the event stream, from its start to its end. `definition` are the fields that say what
    the step does."""

    __slots__ = (
        "_definition",
        "_finished",
        "_run",
        "_started",
        "_thread",
        "name",
        "path",
        "seq",
        "type",
        "watch",
    )

    def __init__(
        self, thread: ControlThread, name: str, type_: str, path: str, definition: StepDefinition
    ) -> None:
        self._thread = thread
        self._run = thread.frame.run
        self._started = False
        self._finished = False
        self._definition = definition
        self.name = name
        self.type = type_
        self.path = path
        self.seq = self._run.next_seq()
        self.watch = Stopwatch()

    def describe(self, name: str | None, attempt: int) -> tuple[Identity, StepInfo]:
        """What a controller is told of the step."""
        digest = self._thread.frame.digest(self.path, self._definition)
        return self._thread.identity(self.path, attempt), StepInfo(self.type, name, digest)

    def start(self, attempt: int = 1, input_: Any = UNSET) -> None:
        stream = self._run.stream
        self._started = True
        if stream.silent:
            return
        thread = self._thread
        stream.emit(
            StepStarted(
                seq=self.seq,
                name=self.name,
                type=self.type,
                path=self.path,
                parent=thread.parent,
                workflow=thread.frame.file,
                iterations=thread.loops.indices,
                branch=thread.branch,
                attempt=attempt,
                started_at=iso(self.watch.started if attempt == 1 else Stopwatch().started),
                input=input_,
                digest=thread.frame.digest(self.path, self._definition),
            )
        )

    def output(self, stream: str, text: str) -> None:
        self._run.stream.emit(OutputChunk(self.seq, "stderr" if stream == "stderr" else "stdout", text))

    def finish(
        self,
        status: Status,
        *,
        output: Any = UNSET,
        error: StepError | str | None = None,
        exit_code: int | None = None,
        retries: int = 0,
        attempts: tuple[Attempt, ...] = (),
        reason: SkipReason | None = None,
        reused: bool = False,
    ) -> None:
        """Tell how it ended; only the first call counts."""
        if self._finished or self._run.stream.silent:
            return
        self._finished = True
        if not self._started:
            self.start()
        elapsed = self.watch.elapsed
        failure = error if isinstance(error, StepError) else None
        self._run.stream.emit(
            StepFinished(
                seq=self.seq,
                status=status,
                finished_at=iso(self.watch.started + elapsed),
                duration=milliseconds(elapsed),
                output=failure.output if failure and failure.output is not None else output,
                error=failure.message if failure else error if isinstance(error, str) else None,
                exit_code=failure.exit_code if failure else exit_code,
                stderr=failure.stderr if failure else None,
                retries=retries,
                attempts=attempts,
                reason=reason,
                reused=reused,
            )
        )


def new_id() -> str:
    """A random UUID (version 4); by hand, because importing `uuid` costs more than a small run's every step."""
    bits = bytearray(os.urandom(16))
    bits[6] = bits[6] & 0x0F | 0x40
    bits[8] = bits[8] & 0x3F | 0x80
    digits = bits.hex()
    return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))

"""Reports one execution of a step to the event stream and to the controller."""

from __future__ import annotations

import time
from typing import Any, Literal

from ..clock import Stopwatch, iso, milliseconds
from ..errors import StepError
from ..events import (
    UNSET,
    Attempt,
    ConditionChecked,
    OutputChunk,
    SkipReason,
    Status,
    StepFinished,
    StepStarted,
)
from ..hubs import Arrival
from ..secrets import MaskingStream
from ..values import unicode_text
from .control_thread import ControlThread
from .controller import PROCEED, Decision, Identity, Proceed, Restore, Reuse, StepInfo
from .frame import StepDefinition


class StepReporter:
    """Emits the start, the output and the end of one execution of a step.

    `definition` are the fields that say what the step does. The execution's number, `seq`, and its time count
    from the making of the reporter.
    """

    __slots__ = (
        "_asked",
        "_definition",
        "_is_finished",
        "_is_started",
        "_printed",
        "_run",
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
        self._asked: tuple[Identity, StepInfo] | None = None
        self._is_started = False
        self._is_finished = False
        self._printed: dict[Literal["stdout", "stderr"], MaskingStream] = {}
        self._definition = definition
        self.name = name
        self.type = type_
        self.path = path
        self.seq = self._run.next_seq()
        self.watch = Stopwatch()

    async def ask_controller(
        self, name: str | None = None, attempt: int = 1, *, has_fallback: bool = False
    ) -> Decision:
        """Return what the run's controller decides about an attempt of the step.

        Raises StepError where the controller forbids the step: it fails then, whatever its `onError` says.
        """
        controller = self._run.controller
        if controller is None:
            return PROCEED
        identity = self._thread.identity(self.path, attempt)
        info = StepInfo(self.type, name, self._digest(), has_fallback)
        try:
            decision = await controller.before(identity, info)
            self._asked = None if isinstance(decision, Restore) else (identity, info)
            if isinstance(decision, Proceed) and decision.since is not None:
                self.watch = Stopwatch(decision.since)
            return decision
        except StepError as error:
            error.step = error.step or self.name
            self.finish("failure", error=error)
            raise

    async def tell_controller(
        self,
        status: Status,
        *,
        output: Any = UNSET,
        error: StepError | str | None = None,
        retries: int = 0,
        reason: SkipReason | None = None,
    ) -> None:
        """Tell the controller how a step ended that was not restored."""
        controller = self._run.controller
        if controller is None or self._asked is None:
            return
        failure = error if isinstance(error, StepError) else None
        outcome = Restore(
            status,
            output=output,
            error=failure.message if failure else str(error) if error is not None else None,
            exit_code=failure.exit_code if failure else None,
            retries=retries,
            reason=reason,
            started=self.watch.started,
            elapsed=self.watch.elapsed,
        )
        await controller.ended(*self._asked, outcome)

    async def tell_of_attempt(self, error: StepError) -> None:
        """Tell the controller how an attempt failed that is followed by another."""
        controller = self._run.controller
        if controller is not None and self._asked is not None:
            outcome = Reuse(None, error.message, error.exit_code, time.time_ns())
            await controller.ended(*self._asked, outcome)

    def known_output(self, name: str | None, input_: Any) -> Any:
        """Return the output that the run's controller knows for the step with this input, else UNSET."""
        controller = self._run.controller
        if controller is None:
            return UNSET
        return controller.known_output(StepInfo(self.type, name, self._digest()), input_)

    def redefine(self, definition: StepDefinition) -> None:
        """Report the step as another text of the file defines it."""
        self._definition = definition

    def start(self, attempt: int = 1, input_: Any = UNSET, awaits: str = "") -> None:
        """Report the start of an attempt, with its input (a JSON value) or the event it awaits, if it has one."""
        stream = self._run.stream
        self._is_started = True
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
                workflow=unicode_text(thread.frame.file),
                iterations=thread.loops.indices,
                branch=thread.branch,
                attempt=attempt,
                started_at=iso(self.watch.started if attempt == 1 else Stopwatch().started),
                input=input_,
                digest=self._digest() if stream.wants_digests else "",
                awaits=awaits,
            )
        )

    def output(self, stream: str, text: str) -> None:
        """Report what the step printed, with its secrets masked; `stream` is `stdout` or `stderr`."""
        name: Literal["stdout", "stderr"] = "stderr" if stream == "stderr" else "stdout"
        if name not in self._printed:
            self._printed[name] = MaskingStream(self._run.secrets)
        if masked := self._printed[name].feed(text):
            self._emit_output(name, masked)

    def _emit_output(self, stream: Literal["stdout", "stderr"], masked: str) -> None:
        self._run.stream.emit(OutputChunk(self.seq, stream, masked, iso(time.time_ns())))

    @property
    def is_watched(self) -> bool:
        """Return whether anybody gets what is reported."""
        return not self._run.stream.silent

    def checked(self, values: str) -> None:
        """Report the values that the condition of a wait reads, with their secrets masked."""
        self._run.stream.emit(ConditionChecked(self.seq, values))

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
        queued: int = 0,
        answer: Arrival | None = None,
    ) -> None:
        """Report the end of the step; only the first call counts. `answer` is the event that a wait took."""
        if self._is_finished or self._run.stream.silent:
            return
        self._is_finished = True
        if not self._is_started:
            self.start()
        for name, printed in self._printed.items():
            if rest := printed.close():
                self._emit_output(name, rest)
        elapsed = self.watch.elapsed
        mask = self._run.secrets.mask
        failure = error if isinstance(error, StepError) else None
        if answer is not None and answer.means is None:
            answer = None
        self._run.stream.emit(
            StepFinished(
                seq=self.seq,
                status=status,
                finished_at=iso(self.watch.started + elapsed),
                duration=milliseconds(elapsed),
                output=failure.output if failure and failure.output is not None else output,
                error=mask(failure.message) if failure else error if isinstance(error, str) else None,
                exit_code=failure.exit_code if failure else exit_code,
                stderr=mask(failure.stderr) if failure and failure.stderr else None,
                retries=retries,
                attempts=attempts,
                reason=reason,
                reused=reused,
                queued=queued,
                answered_by=answer.means if answer is not None else None,
                answered_at=answer.time if answer is not None else None,
            )
        )

    def _digest(self) -> str:
        return self._thread.frame.digest(self.path, self._definition)

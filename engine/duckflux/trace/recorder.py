"""Listens to a run and hands its trace to a writer, without ever failing or holding up the run."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import msgspec
from msgspec import UNSET

from duckflux.runtime.events import (
    Attempt,
    Event,
    ExecutionFinished,
    ExecutionStarted,
    OutputChunk,
    StepFinished,
    StepStarted,
)
from duckflux.runtime.secrets import Secrets
from duckflux.runtime.stream import Background, Warn

from .model import Execution, Step, begun, ended, finished, started
from .seal import seal
from .writers import Writer

Format = Literal["json"]
FORMATS: tuple[Format, ...] = ("json",)


def record(directory: Path, format_: Format, secrets: Secrets, warn: Warn) -> Background:
    """A listener that writes `<directory>/<execution id>.<format>`; close it after the run."""
    recorder = Recorder(_writer(directory, format_), secrets)
    return Background("trace", recorder.consume, warn)


class Recorder:
    """Turns events into sealed records. Holds the steps that run; those that finished are the writer's."""

    def __init__(self, writer: Writer, secrets: Secrets) -> None:
        self._writer = writer
        self._secrets = secrets
        self._execution: Execution | None = None
        self._running: dict[int, Step] = {}

    def consume(self, batch: list[Event]) -> None:
        for event in batch:
            self._take(event)
        if self._execution is not None:
            self._writer.flush()

    def _take(self, event: Event) -> None:
        match event:
            case StepStarted():
                self._step_started(event)
            case StepFinished():
                self._step_finished(event)
            case ExecutionStarted():
                self._begun(event)
            case ExecutionFinished():
                self._ended(event)
            case OutputChunk():
                pass

    def _begun(self, event: ExecutionStarted) -> None:
        inputs = seal(event.inputs, self._secrets)
        event = msgspec.structs.replace(event, inputs=inputs.value)
        self._execution = msgspec.structs.replace(
            begun(event), truncated=inputs.truncated, masked=inputs.masked
        )
        self._writer.open(self._execution)
        self._writer.event(event)

    def _ended(self, event: ExecutionFinished) -> None:
        if self._execution is None:
            return
        output = seal(event.output, self._secrets)
        error = self._masked(event.error)
        event = msgspec.structs.replace(event, output=output.value, error=error)
        self._writer.event(event)
        execution = ended(self._execution, event)
        self._writer.close(
            msgspec.structs.replace(
                execution,
                truncated=execution.truncated or output.truncated,
                masked=execution.masked or output.masked or error != event.error,
            )
        )
        self._execution = None

    def _step_started(self, event: StepStarted) -> None:
        input_ = seal(event.input, self._secrets)
        event = event if input_.value is UNSET else msgspec.structs.replace(event, input=input_.value)
        self._writer.event(event)
        earlier = self._running.get(event.seq)
        if earlier is not None:
            self._running[event.seq] = msgspec.structs.replace(earlier, input=input_.value)
            return
        step = started(event, self._execution.workflow_path if self._execution else None)
        if input_.truncated or input_.masked:
            step = msgspec.structs.replace(step, truncated=input_.truncated, masked=input_.masked)
        self._running[event.seq] = step

    def _step_finished(self, event: StepFinished) -> None:
        step = self._running.pop(event.seq, None)
        if step is None:
            return
        output = seal(event.output, self._secrets)
        shown = event if event.output is UNSET else msgspec.structs.replace(event, output=output.value)
        if event.error is not None or event.stderr is not None or event.attempts:
            shown = msgspec.structs.replace(
                shown,
                error=self._masked(event.error),
                stderr=self._masked(event.stderr),
                attempts=tuple(map(self._masked_attempt, event.attempts)),
            )
        self._writer.event(shown)
        masked = output.masked or (shown.error, shown.stderr) != (event.error, event.stderr)
        step = finished(step, shown)
        if output.truncated or masked:
            step = msgspec.structs.replace(
                step, truncated=step.truncated or output.truncated, masked=step.masked or masked
            )
        self._writer.step(step)

    def _masked(self, text: str | None) -> str | None:
        return None if text is None else self._secrets.mask(text)

    def _masked_attempt(self, attempt: Attempt) -> Attempt:
        return msgspec.structs.replace(attempt, error=self._secrets.mask(attempt.error))


def _writer(directory: Path, format_: Format) -> Writer:
    from .writers.json import JsonWriter

    return {"json": JsonWriter}[format_](directory)

"""Listens to a run and hands its trace to a writer, without ever failing or holding up the run."""

from __future__ import annotations

from pathlib import Path
from typing import Literal, TypeAlias, get_args

from duckflux.runtime.events import (
    Event,
    ExecutionFinished,
    ExecutionStarted,
    OutputChunk,
    StepFinished,
    StepStarted,
)
from duckflux.runtime.secrets import Secrets
from duckflux.runtime.stream import Background, Warn

from .model import Execution, Step, begun, ended, finished, restarted, started
from .seal import sealed
from .writers import Writer

Format: TypeAlias = Literal["json"]
FORMATS: tuple[Format, ...] = get_args(Format)


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
        """Take events in. Raises OSError when the trace can't be written."""
        for event in batch:
            if not isinstance(event, OutputChunk):
                self._take(sealed(event, self._secrets))
        if self._execution is not None:
            self._writer.flush()

    def _take(self, event: Event) -> None:
        if isinstance(event, ExecutionStarted):
            self._execution = begun(event)
            self._writer.open(self._execution)
        self._writer.event(event)
        match event:
            case StepStarted():
                earlier = self._running.get(event.seq)
                main = self._execution.workflow_path if self._execution else None
                self._running[event.seq] = restarted(earlier, event) if earlier else started(event, main)
            case StepFinished() if event.seq in self._running:
                self._writer.step(finished(self._running.pop(event.seq), event))
            case ExecutionFinished() if self._execution is not None:
                self._writer.close(ended(self._execution, event))
                self._execution = None
            case _:
                pass


def _writer(directory: Path, format_: Format) -> Writer:
    from .writers.json import JsonWriter

    return {"json": JsonWriter}[format_](directory)

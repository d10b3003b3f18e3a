"""Listens to a run and hands its trace to a writer, without ever failing or holding up the run."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import Literal, TypeAlias

from duckflux.runtime.events import Event, OutputChunk
from duckflux.runtime.events.stream import BackgroundListener, Warn
from duckflux.runtime.secrets import Secrets

from .model import Execution, Step, TraceBuilder
from .redaction import redact_event
from .writers import Writer

Format: TypeAlias = Literal["json", "txt", "sqlite"]

_WRITERS: dict[Format, str] = {"json": "JsonWriter", "txt": "TxtWriter", "sqlite": "SqliteWriter"}


def record_trace(
    directory: Path, format_: Format, secrets: Secrets, warn: Warn, *, values: bool = True
) -> BackgroundListener:
    """A listener that writes `<directory>/<execution id>.<format>`; close it after the run.

    Without `values` inputs and outputs are left out.
    """
    recorder = Recorder(make_writer(directory, format_), secrets, values=values)

    def consume(batch: list[Event]) -> None:
        try:
            recorder.consume(batch)
        except OSError as error:
            reason = error.strerror or str(error)
            where = f" {error.filename}" if error.filename else f" the trace in {directory}"
            raise TraceWriteError(f"can't write{where}: {reason}; the run goes on without it") from error

    return BackgroundListener("trace", consume, warn, durable=True)


def make_writer(directory: Path, format_: Format) -> Writer:
    """The writer of a format."""
    module = import_module(f".writers.{format_}", __package__)
    found: Writer = getattr(module, _WRITERS[format_])(directory)
    return found


class TraceWriteError(Exception):
    """A trace can't be written; the text is for people."""


class Recorder:
    """Turns events into sealed records. Holds the steps that run; those that finished are the writer's."""

    def __init__(self, make_writer: Writer, secrets: Secrets, *, values: bool = True) -> None:
        self._writer = make_writer
        self._secrets = secrets
        self._values = values
        self._records = TraceBuilder()
        self._begun: dict[int, Step] = {}

    def consume(self, batch: list[Event]) -> None:
        """Take events in. Raises OSError when the trace can't be written."""
        for event in batch:
            if not isinstance(event, OutputChunk):
                self._take(self._records.apply(redact_event(event, self._secrets, values=self._values)))
        # That a step has begun is worth writing only when it has not finished since.
        for step in self._begun.values():
            self._writer.step(step)
        self._begun.clear()
        if self._records.execution is not None:
            self._writer.flush()

    def _take(self, record_trace: Execution | Step | None) -> None:
        match record_trace:
            case Step(status="running"):
                self._begun[record_trace.seq] = record_trace
            case Step():
                self._begun.pop(record_trace.seq, None)
                self._writer.step(record_trace)
            case Execution(status="running"):
                self._writer.open(record_trace)
            case Execution():
                self._writer.close(record_trace)
                self._records.execution = None
            case _:
                pass

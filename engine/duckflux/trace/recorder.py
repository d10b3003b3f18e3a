"""Records a run: passes its trace to a writer without ever failing or delaying the run."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Literal, TypeAlias

from duckflux.runtime.events import Event, OutputChunk
from duckflux.runtime.events.stream import BackgroundListener, Warn
from duckflux.runtime.secrets import Secrets

from .model import Execution, Step, TraceBuilder
from .output_log import OutputLog
from .redaction import redact_event
from .writers import Writer

Format: TypeAlias = Literal["json", "txt", "sqlite"]

_WRITER_CLASSES: dict[Format, str] = {"json": "JsonWriter", "txt": "TxtWriter", "sqlite": "SqliteWriter"}


def record_trace(
    directory: Path,
    format_: Format,
    secrets: Secrets,
    warn: Warn,
    *,
    values: bool = True,
    output: bool = False,
) -> BackgroundListener:
    """Return a listener that writes `<directory>/<execution id>.<format>`; close it after the run.

    Without `values`, inputs and outputs are left out. With `output`, what steps print is kept beside the trace.
    """

    def make_log(id_: str) -> OutputLog | None:
        return OutputLog(directory / f"{id_}.{format_}") if output else None

    recorder = Recorder(make_writer(directory, format_), secrets, values=values, make_log=make_log)

    def consume(batch: list[Event]) -> None:
        try:
            recorder.consume(batch)
        except OSError as error:
            reason = error.strerror or str(error)
            target = f" {error.filename}" if error.filename else f" the trace in {directory}"
            raise TraceWriteError(
                f"cannot write{target}: {reason}; the run continues without a trace"
            ) from error

    return BackgroundListener("trace", consume, warn, wants_output=output, durable=True)


def make_writer(directory: Path, format_: Format) -> Writer:
    """Return the writer of a format."""
    module = import_module(f".writers.{format_}", __package__)
    found: Writer = getattr(module, _WRITER_CLASSES[format_])(directory)
    return found


class TraceWriteError(Exception):
    """A trace cannot be written; the message is for users."""


class Recorder:
    """Passes redacted records to a writer. It keeps the running steps; finished ones are the writer's."""

    def __init__(
        self,
        make_writer: Writer,
        secrets: Secrets,
        *,
        values: bool = True,
        make_log: Callable[[str], OutputLog | None] = lambda id_: None,
    ) -> None:
        self._writer = make_writer
        self._make_log = make_log
        self._log: OutputLog | None = None
        self._secrets = secrets
        self._values = values
        self._builder = TraceBuilder()
        self._started: dict[int, Step] = {}

    def consume(self, batch: list[Event]) -> None:
        """Process events. Raises OSError if the trace cannot be written."""
        for event in batch:
            redacted = redact_event(event, self._secrets, values=self._values)
            if not isinstance(redacted, OutputChunk):
                self._write(self._builder.apply(redacted))
            elif self._log is not None:
                self._log.add(redacted)
        # The start of a step is written only if the step has not finished since.
        for step in self._started.values():
            self._writer.step(step)
        self._started.clear()
        if self._log is not None:
            self._log.flush()
        if self._builder.execution is not None:
            self._writer.flush()

    def _write(self, record_trace: Execution | Step | None) -> None:
        match record_trace:
            case Step(status="running"):
                self._started[record_trace.seq] = record_trace
            case Step():
                self._started.pop(record_trace.seq, None)
                self._writer.step(record_trace)
                if self._log is not None:
                    self._log.finish(record_trace.seq)
            case Execution(status="running"):
                self._started.clear()
                self._writer.open(record_trace)
                self._log = self._make_log(record_trace.id)
            case Execution():
                if self._log is not None:
                    self._log.close()
                    self._log = None
                self._writer.close(record_trace)
                self._builder.execution = None
            case _:
                pass

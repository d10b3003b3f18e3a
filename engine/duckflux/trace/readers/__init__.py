"""Reads trace files of this project and of the reference, also those of running and interrupted runs."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

from ...files import TRACE_BYTES, open_regular_file
from ..model import Execution, Trace
from .error import TraceError

__all__ = [
    "SUFFIXES",
    "TraceError",
    "is_being_written",
    "is_interrupted",
    "read",
    "read_execution",
    "recover",
]

SUFFIXES = (".json", ".txt", ".sqlite")
_WORKFLOWS = (".yaml", ".yml")
_STARTS = {b"SQLite format 3\0": ".sqlite", b"# execution": ".txt"}


class _Format(Protocol):
    """A module that reads one format. Its functions raise TraceError."""

    def read(self, path: Path) -> Trace: ...

    def read_execution(self, path: Path) -> Execution: ...

    def is_being_written(self, path: Path) -> bool:
        """Return whether a run is writing the file now."""

    def recover(self, path: Path, trace: Trace) -> None:
        """Complete the file from what an interrupted run left beside it; `trace` was just read from it."""


def read(path: Path) -> Trace:
    """Return the trace of a file, up to the last event of a running or interrupted run. Raises TraceError."""
    return _checked(path, _format_of(path).read(path))


def read_execution(path: Path) -> Execution:
    """Return the execution of a trace without its steps, which is faster. Raises TraceError."""
    return _format_of(path).read_execution(path)


def is_being_written(path: Path) -> bool:
    """Return whether a run is writing the file now."""
    return _format_of(path).is_being_written(path)


def is_interrupted(path: Path, execution: Execution) -> bool:
    """Return whether the run of an execution just read from `path` was interrupted."""
    return execution.status == "running" and not is_being_written(path)


def recover(path: Path) -> Trace:
    """Read a trace, and complete the file if an interrupted run left a part of it beside. Raises TraceError."""
    form = _format_of(path)
    trace = _checked(path, form.read(path))
    form.recover(path, trace)
    return trace


def _checked(path: Path, trace: Trace) -> Trace:
    """Return a trace in which following parents comes to an end. Raises TraceError for one where it does not."""
    parents = {step.seq: step.parent for step in trace.steps}
    done: set[int] = set()
    for seq in parents:
        here: int | None = seq
        followed: set[int] = set()
        while here is not None and here not in done:
            if here in followed:
                raise TraceError(f"{path}: not a duckflux trace: step {here} is within itself")
            followed.add(here)
            here = parents.get(here)
        done |= followed
    return trace


def _format_of(path: Path) -> _Format:
    match path.suffix if path.suffix in SUFFIXES else _guessed(path):
        case ".sqlite":
            from . import sqlite

            return sqlite
        case ".txt":
            from . import txt

            return txt
        case _:
            from . import json

            return json


def _guessed(path: Path) -> str:
    if path.suffix in _WORKFLOWS and path.is_file():
        raise TraceError(f"{path}: is a workflow: name the trace of a run, or a folder of traces")
    try:
        with open_regular_file(path, TRACE_BYTES) as file:
            start = file.read(max(map(len, _STARTS)))
    except OSError as error:
        raise TraceError(f"{path}: {error.strerror}") from None
    return next((suffix for prefix, suffix in _STARTS.items() if start.startswith(prefix)), ".json")

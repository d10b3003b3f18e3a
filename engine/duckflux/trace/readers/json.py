"""Reads JSON traces and the journals beside them."""

from __future__ import annotations

from pathlib import Path
from typing import Any, TypeVar

import msgspec

from duckflux.json_text import JsonError, parse_json

from ...files import TRACE_BYTES, read_file
from ..journal import journal_path, read_journal, read_journal_execution
from ..model import Execution, Trace
from ..writers.json import write_trace
from .abandoned_journals import is_being_written, recover_journal
from .error import TraceError
from .records import parse_execution, parse_trace

__all__ = ["is_being_written", "read", "read_execution", "recover"]

T = TypeVar("T")


class _Document(msgspec.Struct):
    execution: Any = None
    steps: Any = []


class _Parts(msgspec.Struct):
    # The decoder holds all other threads up, so it only divides the text.
    execution: Any = None
    steps: list[msgspec.Raw] = []


class _Head(msgspec.Struct):
    # The decoder skips the steps.
    execution: Any = None


def read(path: Path) -> Trace:
    """Return the trace of a file. Raises TraceError."""
    # The journal first: once it is removed, the file is complete.
    found = read_journal(journal_path(path))
    if found is not None:
        return found
    return parse_trace(path, *_step_by_step(path))


def read_execution(path: Path) -> Execution:
    """Return the execution of a file. Raises TraceError."""
    return read_journal_execution(journal_path(path)) or parse_execution(
        path, _decoded(path, _Head).execution
    )


def recover(path: Path, trace: Trace) -> None:
    """Fold an abandoned journal into the file, where that is possible."""
    recover_journal(path, trace, write_trace)


def _step_by_step(path: Path) -> tuple[Any, Any]:
    """Return the execution and the steps, decoded one by one: a long trace must not hold up the server."""
    try:
        parts = _decoded(path, _Parts)
        return parts.execution, [parse_json(bytes(step)) for step in parts.steps]
    except (TraceError, JsonError):
        # Errors have their places in the whole text.
        document = _decoded(path, _Document)
        return document.execution, document.steps


def _decoded(path: Path, kind: type[T]) -> T:
    try:
        return parse_json(read_file(path, TRACE_BYTES), kind)
    except OSError as error:
        raise TraceError(f"{path}: {error.strerror}") from None
    except msgspec.ValidationError as error:
        raise TraceError(f"{path}: not a duckflux trace: {error}") from None
    except JsonError as error:
        raise TraceError(f"{path}:{error.line}:{error.column}: not a JSON trace: {error.reason}") from None

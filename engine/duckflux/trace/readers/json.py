"""Reads JSON traces, and the journals beside them."""

from __future__ import annotations

from pathlib import Path
from typing import Any, TypeVar

import msgspec

from ..journal import journal_of, read_head, read_journal
from ..model import Execution, Trace
from ..writers.json import write_trace
from .error import TraceError
from .leftover_journals import fold_journal, is_held
from .records import execution_from, trace_from

__all__ = ["fold", "head", "is_held", "read"]

T = TypeVar("T")


class _Document(msgspec.Struct):
    execution: Any = None
    steps: Any = []


class _Head(msgspec.Struct):
    # The steps are skipped by the decoder.
    execution: Any = None


def read(path: Path) -> Trace:
    """Raises TraceError."""
    # The journal first: when it is gone, the file is complete.
    found = read_journal(journal_of(path))
    if found is not None:
        return found
    document = _decoded(path, _Document)
    return trace_from(path, document.execution, document.steps)


def head(path: Path) -> Execution:
    """Raises TraceError."""
    return read_head(journal_of(path)) or execution_from(path, _decoded(path, _Head).execution)


def fold(path: Path, trace: Trace) -> None:
    """Raises TraceError."""
    fold_journal(path, trace, write_trace)


def _decoded(path: Path, kind: type[T]) -> T:
    try:
        return msgspec.json.decode(path.read_bytes(), type=kind)
    except OSError as error:
        raise TraceError(f"{path}: {error.strerror}") from None
    except msgspec.ValidationError as error:
        raise TraceError(f"{path}: not a duckflux trace: {error}") from None
    except (ValueError, RecursionError) as error:
        raise TraceError(f"{path}: not a JSON trace: {error}") from None

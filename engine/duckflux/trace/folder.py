"""The traces in a folder: which there are, the newest of them, and taking them away."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Literal, NamedTuple, TypeAlias

from .journal import journal_path, trace_path
from .model import Execution
from .private_files import temporary_path
from .readers import SUFFIXES, TraceError, is_interrupted, read_execution

State: TypeAlias = Literal["running", "interrupted", "success", "failure"]


class TraceFile(NamedTuple):
    """A trace file; `state` is its execution's status, or says that the run broke off."""

    path: Path
    execution: Execution
    state: State


def list_traces(folder: Path) -> tuple[list[TraceFile], list[Path]]:
    """(the traces, newest first; files that look like traces but are none). Raises TraceError."""
    found, strange = [], []
    for path in _files(folder):
        try:
            execution = read_execution(path)
        except TraceError:
            strange.append(path)
        else:
            found.append(TraceFile(path, execution, state_of(path, execution)))
    # Runs that started in the same millisecond keep an order, too.
    found.sort(key=lambda trace: (trace.execution.started_at, trace.path.name), reverse=True)
    return found, strange


def state_of(path: Path, execution: Execution) -> State:
    """What became of the run of an execution just read from `path`."""
    return "interrupted" if is_interrupted(path, execution) else execution.status


def newest_trace(path: Path) -> Path:
    """The file itself, or the newest trace of a folder. Raises TraceError."""
    if not path.is_dir():
        return path
    found, _ = list_traces(path)
    if not found:
        raise TraceError(f"{path}: there is no trace in this folder")
    return found[0].path


def remove_trace(path: Path) -> None:
    """Take a trace away with all that may lie beside it. Raises OSError."""
    beside = (path.with_name(path.name + ending) for ending in ("-wal", "-shm"))
    for file in (path, journal_path(path), temporary_path(path), temporary_path(journal_path(path)), *beside):
        file.unlink(missing_ok=True)


def _files(folder: Path) -> Iterable[Path]:
    """Trace files, also those of which there is only a journal yet."""
    try:
        names = [path for path in folder.iterdir() if not path.name.startswith(".")]
    except OSError as error:
        raise TraceError(f"{folder}: {error.strerror}") from None
    return {path for name in names if (path := trace_path(name) or name).suffix in SUFFIXES}

"""Lists and removes the traces in a folder."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Literal, NamedTuple, TypeAlias, TypeVar

from .journal import journal_path, trace_path
from .model import Execution, Trace
from .output_log import log_path
from .private_files import temporary_path
from .readers import SUFFIXES, TraceError, is_interrupted, read, read_execution

T = TypeVar("T")
State: TypeAlias = Literal["running", "interrupted", "success", "failure"]


class TraceFile(NamedTuple):
    """A trace file; `state` is the status of its execution, or `interrupted`."""

    path: Path
    execution: Execution
    state: State


def list_traces(folder: Path) -> tuple[list[TraceFile], list[Path]]:
    """Return the traces in a folder, newest first, and the files that are not readable. Raises TraceError."""
    found, unreadable = [], []
    for path in _trace_paths(folder):
        try:
            execution, state = execution_with_state(path)
        except TraceError:
            unreadable.append(path)
        else:
            found.append(TraceFile(path, execution, state))
    # By name too, for runs that started in the same millisecond.
    found.sort(key=lambda trace: (trace.execution.started_at, trace.path.name), reverse=True)
    return found, unreadable


def state_of(path: Path, execution: Execution) -> State:
    """Return the state of the run of an execution just read from `path`."""
    return "interrupted" if is_interrupted(path, execution) else execution.status


def execution_with_state(path: Path) -> tuple[Execution, State]:
    """Return the execution of a trace, without its steps, and the state of its run. Raises TraceError."""
    return _read_with_state(path, read_execution, lambda execution: execution)


def read_with_state(path: Path, read_trace: Callable[[Path], Trace] = read) -> tuple[Trace, State]:
    """Return a trace and the state of its run. Raises TraceError."""
    return _read_with_state(path, read_trace, lambda trace: trace.execution)


def _read_with_state(
    path: Path, read_: Callable[[Path], T], execution_of: Callable[[T], Execution]
) -> tuple[T, State]:
    found = read_(path)
    state = state_of(path, execution_of(found))
    if state == "interrupted":
        # Or it has ended while the file was read.
        found = read_(path)
        state = state_of(path, execution_of(found))
    return found, state


def newest_trace(path: Path, is_meant: Callable[[Execution], bool] = lambda execution: True) -> Path:
    """Return the file itself, or the newest trace in a folder of those that are meant. Raises TraceError."""
    if not path.is_dir():
        return path
    found, _ = list_traces(path)
    if not found:
        raise TraceError(f"{path}: the folder contains no trace")
    newest = next((trace.path for trace in found if is_meant(trace.execution)), None)
    if newest is None:
        raise TraceError(f"{path}: the folder contains no trace of this workflow")
    return newest


def prune_to_size(folders: Iterable[Path], limit: int) -> None:
    """Remove the oldest traces until folders have at most `limit` bytes together.

    The newest one stays, and so do those that are being written or cannot be removed.
    """
    files = [Path(file) for folder in folders if folder.is_dir() for file in os.scandir(folder)]
    sizes = [(stat.st_mtime_ns, stat.st_size, file) for file in files if (stat := _stat(file)) is not None]
    total = 0
    for _, size, path in sorted(sizes, reverse=True):
        is_newest, total = total == 0, total + size
        if total > limit and not is_newest and path.suffix in SUFFIXES:
            with contextlib.suppress(OSError, TraceError):
                if state_of(path, read_execution(path)) != "running":
                    remove_trace(path)


def _stat(file: Path) -> os.stat_result | None:
    """Return what is known of a file, None for one that was removed since."""
    try:
        return file.stat()
    except OSError:
        return None


def remove_trace(path: Path) -> None:
    """Remove a trace and everything that may lie beside it. Raises OSError."""
    sqlite_files = (path.with_name(path.name + ending) for ending in ("-wal", "-shm"))
    for file in (
        path,
        journal_path(path),
        log_path(path),
        temporary_path(path),
        temporary_path(journal_path(path)),
        *sqlite_files,
    ):
        file.unlink(missing_ok=True)


def _trace_paths(folder: Path) -> Iterable[Path]:
    """Return the paths of the trace files in a folder, also of those of which only a journal exists yet."""
    try:
        names = [path for path in folder.iterdir() if not path.name.startswith(".")]
    except OSError as error:
        raise TraceError(f"{folder}: {error.strerror}") from None
    return {path for name in names if (path := trace_path(name) or name).suffix in SUFFIXES}

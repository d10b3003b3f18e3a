"""Reads SQLite traces."""

from __future__ import annotations

import contextlib
import os
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

from duckflux.json_text import parse_json

from ..model import Execution, Trace
from ..sqlite_schema import EXECUTION_VALUES, STEP_ARRAYS, STEP_VALUES
from ..text_values import json_or_text
from .error import TraceError
from .records import parse_execution, parse_trace


def read(path: Path) -> Trace:
    """Return the trace of a file. Raises TraceError."""
    with _open(path) as database:
        execution = _execution(path, database)
        rows = database.execute("SELECT * FROM steps WHERE execution_id = ?", (execution.get("id"),))
        return parse_trace(path, execution, [_fields(row, STEP_VALUES) for row in rows])


def read_execution(path: Path) -> Execution:
    """Return the execution of a file. Raises TraceError."""
    with _open(path) as database:
        return parse_execution(path, _execution(path, database))


def is_being_written(path: Path) -> bool:
    """Return whether a run is writing this file now."""
    return not _leave_wal_mode(path)


def recover(path: Path, trace: Trace) -> None:
    """Merge the files beside a database into it, unless a run is writing it now."""
    _leave_wal_mode(path)


def _leave_wal_mode(path: Path) -> bool:
    """Leave WAL mode and return whether that worked: SQLite allows it only if nobody else has the file open."""
    try:
        with contextlib.closing(_connect(path)) as database:
            return bool(database.execute("PRAGMA journal_mode = DELETE").fetchone() == ("delete",))
    except sqlite3.Error:
        return False


def _execution(path: Path, database: sqlite3.Connection) -> dict[str, Any]:
    row = database.execute("SELECT * FROM executions").fetchone()
    if row is None:
        raise TraceError(f"{path}: not a duckflux trace: it contains no execution")
    return _fields(row, EXECUTION_VALUES)


def _fields(row: sqlite3.Row, values: dict[str, str]) -> dict[str, Any]:
    """Return the columns that are not NULL, as fields with their JSON names."""
    found = {name: row[name] for name in row.keys() if row[name] is not None}  # noqa: SIM118 - no dict
    for name, is_json in values.items():
        has_flag = is_json in row.keys()  # noqa: SIM118 - a row's `in` asks for values
        if name in found and (not has_flag or row[is_json]):
            found[name] = json_or_text(found[name])
        elif has_flag and row[is_json]:
            found[name] = None
    for name in STEP_ARRAYS:
        if name in found:
            found[name] = parse_json(found[name])
    found["duration"] = found.pop("duration_ms", 0)
    return {_camel(name): value for name, value in found.items()}


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(map(str.capitalize, rest))


@contextlib.contextmanager
def _open(path: Path) -> Iterator[sqlite3.Connection]:
    """Give the database for reading. Raises TraceError, also for errors while it is open."""
    if not path.exists():
        raise TraceError(f"{path}: No such file or directory")
    try:
        with _readable(path) as file, contextlib.closing(_connect(file)) as database:
            database.row_factory = sqlite3.Row
            yield database
    except OSError as error:
        raise TraceError(f"{path}: {error.strerror}") from None
    except (sqlite3.Error, ValueError, TypeError, AttributeError) as error:
        raise TraceError(f"{path}: not a duckflux trace: {error}") from None


@contextlib.contextmanager
def _readable(path: Path) -> Iterator[Path]:
    """Give a file that can be read: in WAL mode, SQLite has to write beside it, so elsewhere a copy."""
    if os.access(path.parent, os.W_OK) or not _is_in_wal_mode(path):
        yield path
        return
    with tempfile.TemporaryDirectory() as folder:
        for file in (path, path.with_name(f"{path.name}-wal")):
            if file.exists():
                shutil.copyfile(file, Path(folder, file.name))
        yield Path(folder, path.name)


def _is_in_wal_mode(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(20)[18:19] == b"\2"


def _connect(path: Path) -> sqlite3.Connection:
    """Return a connection, not read-only where possible: the last one to close a file in WAL mode tidies up."""
    database = sqlite3.connect(f"file:{quote(str(path.absolute()))}?mode=rw", uri=True)
    database.execute("PRAGMA trusted_schema = OFF")
    return database

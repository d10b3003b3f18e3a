"""Reads SQLite traces.

A database can hold programs: views and generated columns compute without end, and pages that are used twice make
gigabytes of a small file. So only stored columns of real tables are read, and no more than a trace may hold.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
import struct
import sys
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

from duckflux.json_text import parse_json

from ...files import TRACE_BYTES, check_regular_file, open_regular_file, read_file
from ...temporary_folders import temporary_folder
from ..model import Execution, Trace
from ..sqlite_schema import EXECUTION_COLUMNS, EXECUTION_VALUES, STEP_ARRAYS, STEP_COLUMNS, STEP_VALUES
from ..text_values import json_or_text
from .error import TraceError
from .records import parse_execution, parse_trace

_VALUE_BYTES = 256 * 1024 * 1024
_ROW_SIZE = 100
# The byte of the shared memory file that each connection locks (sqlite.org/walformat.html).
_CONNECTION_LOCK = 128


def read(path: Path) -> Trace:
    """Return the trace of a file. Raises TraceError."""
    with _open(path) as database:
        execution = _execution(path, database)
        query = f"SELECT {_stored_columns(database, 'steps', STEP_COLUMNS)} FROM steps WHERE execution_id = ?"
        rows = _bounded(database.execute(query, (execution.get("id"),)))
        return parse_trace(path, execution, [_fields(row, STEP_VALUES) for row in rows])


def read_execution(path: Path) -> Execution:
    """Return the execution of a file. Raises TraceError."""
    with _open(path) as database:
        return parse_execution(path, _execution(path, database))


def is_being_written(path: Path) -> bool:
    """Return whether a run is writing this file now."""
    if os.access(path, os.W_OK) and os.access(path.parent, os.W_OK):
        return not _leave_wal_mode(path)
    return _has_connection(path.with_name(f"{path.name}-shm"))


def recover(path: Path, trace: Trace) -> None:
    """Merge the files beside a database into it, unless a run is writing it now."""
    _leave_wal_mode(path)


def _has_connection(memory: Path) -> bool:
    """Return whether a process has a database in WAL mode open, by the file that connections share."""
    if sys.platform != "linux":
        return True
    with contextlib.suppress(OSError), open_regular_file(memory, TRACE_BYTES) as file:
        import fcntl

        asked = struct.pack("hhqqi4x", fcntl.F_WRLCK, os.SEEK_SET, _CONNECTION_LOCK, 1, 0)
        return bool(struct.unpack_from("h", fcntl.fcntl(file, fcntl.F_GETLK, asked))[0] != fcntl.F_UNLCK)
    return False


def _leave_wal_mode(path: Path) -> bool:
    """Leave WAL mode and return whether that worked: SQLite allows it only if nobody else has the file open."""
    try:
        with contextlib.closing(_connect(path)) as database:
            return bool(database.execute("PRAGMA journal_mode = DELETE").fetchone() == ("delete",))
    except sqlite3.Error:
        return False


def _execution(path: Path, database: sqlite3.Connection) -> dict[str, Any]:
    columns = _stored_columns(database, "executions", EXECUTION_COLUMNS)
    row = next(_bounded(database.execute(f"SELECT {columns} FROM executions LIMIT 1")), None)
    if row is None:
        raise TraceError(f"{path}: not a duckflux trace: it contains no execution")
    return _fields(row, EXECUTION_VALUES)


def _stored_columns(database: sqlite3.Connection, table: str, names: Collection[str]) -> str:
    """Return those of the columns that a table stores, as SQL. Raises ValueError if it is not a real table."""
    query = "SELECT 1 FROM sqlite_master WHERE name = ? AND type = 'table' AND rootpage > 0"
    if database.execute(query, (table,)).fetchone() is None:
        raise ValueError(f"it contains no table `{table}`")
    # `table_info` leaves out generated columns.
    stored = {row["name"] for row in database.execute(f"PRAGMA table_info({table})")}
    return ", ".join(name for name in names if name in stored)


def _bounded(rows: Iterable[sqlite3.Row]) -> Iterator[sqlite3.Row]:
    """Yield rows as long as they are not more than a trace may hold. Raises ValueError then."""
    size = 0
    for row in rows:
        size += _ROW_SIZE + sum(len(value) for value in row if isinstance(value, str | bytes))
        if size > TRACE_BYTES:
            raise ValueError(f"it holds more than {TRACE_BYTES // 1024 // 1024} MiB")
        yield row


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
    try:
        with _readable(path) as file, contextlib.closing(_connect(file)) as database:
            database.execute("PRAGMA query_only = ON")
            database.row_factory = sqlite3.Row
            yield database
    except OSError as error:
        raise TraceError(f"{path}: {error.strerror}") from None
    except (sqlite3.Error, ValueError, TypeError, AttributeError) as error:
        raise TraceError(f"{path}: not a duckflux trace: {error}") from None


@contextlib.contextmanager
def _readable(path: Path) -> Iterator[Path]:
    """Give a file that can be read: in WAL mode, SQLite needs a file beside it, so without that a copy."""
    wal, memory = (path.with_name(f"{path.name}-{name}") for name in ("wal", "shm"))
    for file in (path, wal, memory):
        if file == path or file.exists():
            check_regular_file(file)
    # Reading the database itself would take this process's locks from it, if it is just writing it.
    if memory.exists() or not _is_in_wal_mode(path):
        yield path
        return
    with temporary_folder() as folder:
        for file in filter(Path.exists, (path, wal)):
            (folder / file.name).write_bytes(read_file(file, TRACE_BYTES))
        copy = folder / path.name
        _leave_wal_mode(copy)
        yield copy


def _is_in_wal_mode(path: Path) -> bool:
    with open_regular_file(path, TRACE_BYTES) as file:
        return file.read(20)[18:19] == b"\2"


def _connect(path: Path) -> sqlite3.Connection:
    """Return a connection, not read-only where possible: the last one to close a file in WAL mode tidies up."""
    database = sqlite3.connect(f"file:{quote(str(path.absolute()))}?mode=rw", uri=True)
    database.execute("PRAGMA trusted_schema = OFF")
    database.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, _VALUE_BYTES)
    return database

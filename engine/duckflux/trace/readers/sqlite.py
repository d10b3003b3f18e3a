"""Reads SQLite traces."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import msgspec

from ..model import Execution, Trace
from ..sqlite_schema import EXECUTION_VALUES, STEP_ARRAYS, STEP_VALUES
from ..text_values import json_or_text
from .error import TraceError
from .records import parse_execution, parse_trace


def read(path: Path) -> Trace:
    """Raises TraceError."""
    with _opened(path) as database:
        execution = _execution(path, database)
        rows = database.execute("SELECT * FROM steps WHERE execution_id = ?", (execution.get("id"),))
        return parse_trace(path, execution, [_fields(row, STEP_VALUES) for row in rows])


def read_execution(path: Path) -> Execution:
    """Raises TraceError."""
    with _opened(path) as database:
        return parse_execution(path, _execution(path, database))


def is_being_written(path: Path) -> bool:
    """Whether a run writes this file now."""
    return not _tidied(path)


def recover(path: Path, trace: Trace) -> None:
    """Make one plain file of it, unless a run writes it now."""
    _tidied(path)


def _tidied(path: Path) -> bool:
    """Leave WAL mode, which SQLite allows only when nobody else has the file open."""
    try:
        with contextlib.closing(_connected(path)) as database:
            return bool(database.execute("PRAGMA journal_mode = DELETE").fetchone() == ("delete",))
    except sqlite3.Error:
        return False


def _execution(path: Path, database: sqlite3.Connection) -> dict[str, Any]:
    row = database.execute("SELECT * FROM executions").fetchone()
    if row is None:
        raise TraceError(f"{path}: not a duckflux trace: there is no execution in it")
    return _fields(row, EXECUTION_VALUES)


def _fields(row: sqlite3.Row, values: dict[str, str]) -> dict[str, Any]:
    """The columns as fields by their names in JSON, without those that are NULL."""
    found = {name: row[name] for name in row.keys() if row[name] is not None}  # noqa: SIM118 - no dict
    for name, is_json in values.items():
        told = is_json in row.keys()  # noqa: SIM118 - a row's `in` asks for values
        if name in found and (not told or row[is_json]):
            found[name] = json_or_text(found[name])
        elif told and row[is_json]:
            found[name] = None
    for name in STEP_ARRAYS:
        if name in found:
            found[name] = msgspec.json.decode(found[name])
    found["duration"] = found.pop("duration_ms", 0)
    return {_camel(name): value for name, value in found.items()}


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(map(str.capitalize, rest))


@contextlib.contextmanager
def _opened(path: Path) -> Iterator[sqlite3.Connection]:
    """The database, to read what is in it now. Raises TraceError, also for what goes wrong while it is open."""
    if not path.exists():
        raise TraceError(f"{path}: No such file or directory")
    try:
        with contextlib.closing(_connected(path)) as database:
            database.row_factory = sqlite3.Row
            yield database
    except (sqlite3.Error, ValueError, TypeError, AttributeError) as error:
        raise TraceError(f"{path}: not a duckflux trace: {error}") from None


def _connected(path: Path) -> sqlite3.Connection:
    """Not read-only, where that is possible: the last one to close a file in WAL mode tidies up beside it."""
    database = sqlite3.connect(f"file:{quote(str(path.absolute()))}?mode=rw", uri=True)
    database.execute("PRAGMA trusted_schema = OFF")
    return database

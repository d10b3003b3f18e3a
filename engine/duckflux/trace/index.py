"""Keeps an index of the traces in a folder, so that listing, filtering and counting them reads none of them.

The index is a SQLite file in the folder, derived from the traces: it is made anew when it is missing or broken,
and kept in memory where the folder can't be written. It has no inputs and no outputs.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
import threading
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Literal, NamedTuple, TypeAlias

from .folder import TraceFile, execution_with_state
from .model import CANCELLED, INTERRUPTED, Execution
from .readers import SUFFIXES, TraceError, is_being_written

_NAME = ".duckflux-index"
_VERSION = 1
_SECONDS_TO_WAIT = 2.0
# A file that is overwritten in place changes no folder, so that all are looked at again from time to time.
_SECONDS_TO_TRUST_FOLDER = 10.0
# Two changes of a folder within the clock's precision can't be told apart.
_CLOCK_PRECISION_NS = 50_000_000
# What belongs to a trace while it is written.
_COMPANIONS = (".journal", "-wal")
_READ_AT_ONCE = 500

_COLUMNS = (
    *("id", "workflow_id", "workflow_name", "workflow_version", "workflow_path"),
    *("started_at", "finished_at", "duration", "status", "error", "resumed_from"),
)
_TABLE = f"""
create table traces (
    file blob primary key, written integer, size integer, state text, shown text, {", ".join(_COLUMNS)}
) without rowid;
create index by_time on traces (started_at desc, file desc);
create index by_workflow on traces (
    workflow_path, workflow_id, started_at desc, file desc, state, shown, duration
);
create index by_id on traces (id);
"""
_ORDER = "order by started_at desc, file desc"

_Stamp: TypeAlias = tuple[int, int]
_UNREADABLE = "unreadable"


class TraceFilter(NamedTuple):
    """A choice of traces: all that meet each condition that is given.

    `statuses` are those that people are told, `cancelled` and `interrupted` among them. `workflow` has the
    paths of a workflow; a trace without a path is of the workflow with its `workflow_id`. `since` and `until`
    are times in ISO 8601; each word of `text` is a part of a name, the id, the file or the error.
    """

    statuses: tuple[str, ...] = ()
    workflow: tuple[str, ...] = ()
    workflow_id: str | None = None
    since: str = ""
    until: str = ""
    text: str = ""


ALL = TraceFilter()


class Change(NamedTuple):
    """A change of a trace since the last look: `finished` says that its run has ended."""

    kind: Literal["new", "updated", "finished"]
    trace: TraceFile


class Statistics(NamedTuple):
    """Counts of runs by their state, and the median duration of those that succeeded, in milliseconds."""

    statuses: dict[str, int]
    median: int | None

    @property
    def runs(self) -> int:
        """The number of all runs."""
        return sum(self.statuses.values())


class TraceIndex:
    """The index of a folder; call `refresh` before the others. It may be used by several threads."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._lock = threading.Lock()
        self._is_closed = False
        self._database = _open_database(folder)
        self._known: dict[str, tuple[_Stamp, str]] = {}
        self._known_version = -1
        self._scanned: tuple[int, float] = (-1, 0.0)

    def close(self) -> None:
        """Close the file. Nothing is looked at any more."""
        with self._lock:
            self._is_closed = True
            self._database.close()

    def refresh(self) -> list[Change]:
        """Read the traces that are new or have changed, and return them. Raises TraceError without a folder."""
        with self._lock:
            if self._is_closed:
                return []
            try:
                return self._refresh()
            except sqlite3.OperationalError:
                # Locked for long, or the disk is full: then this process has an index of its own.
                self._start_again(_prepared(_connection(":memory:")))
            except sqlite3.DatabaseError:
                with contextlib.suppress(OSError):
                    (self.folder / _NAME).unlink()
                self._start_again(_open_database(self.folder))
            return self._refresh()

    def find(
        self, wanted: TraceFilter = ALL, limit: int = -1, offset: int = 0
    ) -> tuple[list[TraceFile], int]:
        """Return the traces that are wanted, newest first and without values, and how many there are in all."""
        where, values = _condition(wanted)
        rows = self._rows(f"where {where} {_ORDER} limit ? offset ?", (*values, limit, offset))
        with self._lock:
            (total,) = self._database.execute(f"select count(*) from traces where {where}", values).fetchone()
        return rows, total

    def get(self, id_: str) -> TraceFile | None:
        """Return the newest trace of the run with an id, without its values, or None."""
        rows = self._rows(f"where id = ? {_ORDER} limit 1", (id_,))
        return rows[0] if rows else None

    def unreadable(self) -> list[Path]:
        """Return the files that are not readable traces."""
        with self._lock:
            query = f"select file from traces where state = '{_UNREADABLE}' order by file"
            return [self.folder / os.fsdecode(file) for (file,) in self._database.execute(query)]

    def statistics(self, wanted: TraceFilter = ALL) -> Statistics:
        """Return the statistics of the traces that are wanted."""
        where, values = _condition(wanted)
        counted = f"select shown, count(*) from traces where {where} group by shown"
        middle = f"from traces where {where} and shown = 'success'"
        with self._lock:
            statuses = dict(self._database.execute(counted, values).fetchall())
            found = self._database.execute(
                f"select duration {middle} order by duration limit 1 offset (select count(*) / 2 {middle})",
                (*values, *values),
            ).fetchone()
        return Statistics(statuses, found[0] if found else None)

    def _rows(self, clause: str, values: Iterable[Any]) -> list[TraceFile]:
        query = f"select file, state, {', '.join(_COLUMNS)} from traces {clause}"
        with self._lock:
            return [self._trace_file(row) for row in self._database.execute(query, tuple(values))]

    def _trace_file(self, row: tuple[Any, ...]) -> TraceFile:
        file, state, *fields = row
        execution = Execution(**dict(zip(_COLUMNS, fields, strict=True)), inputs=None, output=None)
        return TraceFile(self.folder / os.fsdecode(file), execution, state)

    def _refresh(self) -> list[Change]:
        (version,) = self._database.execute("pragma data_version").fetchone()
        if version != self._known_version:
            self._known = self._load_known()
            self._known_version = version
        found = self._changed_files()
        gone = [file for file in self._known if file not in found] if found is not None else []
        stamps = found if found is not None else self._stamps_of_unfinished()
        changes: list[Change] = []
        changed = [file for file, stamp in stamps.items() if self._is_changed(file, stamp)]
        # A part at a time, so that a first reading of many traces that is interrupted is not in vain.
        for start in range(0, len(changed), _READ_AT_ONCE):
            with self._database:
                for file in changed[start : start + _READ_AT_ONCE]:
                    changes += self._update(file, stamps[file])
        if gone:
            with self._database:
                self._database.executemany(
                    "delete from traces where file = ?", [(os.fsencode(file),) for file in gone]
                )
            for file in gone:
                del self._known[file]
        return changes

    def _load_known(self) -> dict[str, tuple[_Stamp, str]]:
        rows = self._database.execute("select file, written, size, state from traces")
        return {os.fsdecode(file): ((written, size), state) for file, written, size, state in rows}

    def _changed_files(self) -> dict[str, _Stamp] | None:
        """Return the stamps of all traces, None if no name was added or taken away since the last look."""
        now = time.monotonic()
        try:
            written = self.folder.stat().st_mtime_ns
            if written == self._scanned[0] and now - self._scanned[1] < _SECONDS_TO_TRUST_FOLDER:
                return None
            found = _stamps(self.folder)
        except OSError as error:
            raise TraceError(f"{self.folder}: {error.strerror}") from None
        is_certain = time.time_ns() - written > _CLOCK_PRECISION_NS
        self._scanned = (written if is_certain else -1, now)
        return found

    def _stamps_of_unfinished(self) -> dict[str, _Stamp]:
        unfinished = [file for file, (_, state) in self._known.items() if state in ("running", INTERRUPTED)]
        return {file: stamp for file in unfinished if (stamp := _stamp_of(self.folder / file)) is not None}

    def _is_changed(self, file: str, stamp: _Stamp) -> bool:
        known = self._known.get(file)
        # A run that was killed changes no file.
        return known is None or known[0] != stamp or known[1] == "running"

    def _update(self, file: str, stamp: _Stamp) -> Iterator[Change]:
        before = self._known.get(file)
        path = self.folder / file
        if before is not None and before[1] == "running" and is_being_written(path):
            if before[0] != stamp:
                self._database.execute(
                    "update traces set written = ?, size = ? where file = ?", (*stamp, os.fsencode(file))
                )
                self._known[file] = (stamp, "running")
                (trace,) = self._database.execute(
                    f"select file, state, {', '.join(_COLUMNS)} from traces where file = ?",
                    (os.fsencode(file),),
                )
                yield Change("updated", self._trace_file(trace))
            return
        try:
            execution, state = execution_with_state(path)
        except TraceError:
            self._insert(file, stamp, _UNREADABLE, None)
            return
        self._insert(file, stamp, state, execution)
        was = before[1] if before is not None else None
        trace_file = TraceFile(path, _without_values(execution), state)
        if was is None or was == _UNREADABLE:
            yield Change("new", trace_file)
        elif was == "running" and state != "running":
            yield Change("finished", trace_file)
        else:
            yield Change("updated", trace_file)

    def _insert(self, file: str, stamp: _Stamp, state: str, execution: Execution | None) -> None:
        shown = CANCELLED if execution is not None and execution.was_cancelled else state
        fields = [_storable(getattr(execution, name, None)) for name in _COLUMNS]
        marks = ", ".join("?" * (5 + len(_COLUMNS)))
        self._database.execute(
            f"insert or replace into traces values ({marks})",
            (os.fsencode(file), *stamp, state, shown, *fields),
        )
        self._known[file] = (stamp, state)

    def _start_again(self, database: sqlite3.Connection) -> None:
        """Begin an index anew, in place of one that is broken or can't be written."""
        self._database.close()
        self._database = database
        self._known, self._known_version, self._scanned = {}, -1, (-1, 0.0)


def _open_database(folder: Path) -> sqlite3.Connection:
    """Return the database of a folder, one in memory where it can't be written there."""
    path = folder / _NAME
    try:
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0), 0o600))
        return _prepared(_connection(str(path)))
    except sqlite3.OperationalError:
        pass
    except sqlite3.DatabaseError:
        with contextlib.suppress(OSError, sqlite3.Error):
            path.unlink()
            os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
            return _prepared(_connection(str(path)))
    except OSError:
        pass
    return _prepared(_connection(":memory:"))


def _connection(name: str) -> sqlite3.Connection:
    return sqlite3.connect(name, timeout=_SECONDS_TO_WAIT, check_same_thread=False)


def _prepared(database: sqlite3.Connection) -> sqlite3.Connection:
    """Return a database that has the table of this version. Raises sqlite3.Error."""
    try:
        # Its journal stays, emptied: a file that comes and goes would change the folder each time.
        database.execute("pragma journal_mode = truncate")
        database.execute("pragma synchronous = off")
        if database.execute("pragma user_version").fetchone() != (_VERSION,):
            with database:
                database.execute("begin immediate")
                database.execute("drop table if exists traces")
                for statement in filter(str.strip, _TABLE.split(";")):
                    database.execute(statement)
                database.execute(f"pragma user_version = {_VERSION}")
    except BaseException:
        database.close()
        raise
    return database


def _stamps(folder: Path) -> dict[str, _Stamp]:
    """Return the stamps of all traces in a folder, each with what lies beside it while it is written."""
    found: dict[str, _Stamp] = {}
    with os.scandir(folder) as entries:
        for entry in entries:
            name = _trace_name(entry.name)
            if name is None:
                continue
            with contextlib.suppress(OSError):
                status = entry.stat()
                written, size = found.get(name, (0, 0))
                found[name] = (max(written, status.st_mtime_ns), size + status.st_size)
    return found


def _trace_name(name: str) -> str | None:
    """Return the name of the trace that a file is, or belongs to; None for other files."""
    if name.startswith("."):
        return None
    for companion in _COMPANIONS:
        name = name.removesuffix(companion)
    return name if name.endswith(SUFFIXES) else None


def _stamp_of(path: Path) -> _Stamp | None:
    """Return the stamp of a trace, None if there is no file of it."""
    written = size = 0
    for name in (path.name, *(path.name + companion for companion in _COMPANIONS)):
        with contextlib.suppress(OSError):
            status = path.with_name(name).stat()
            written, size = max(written, status.st_mtime_ns), size + status.st_size
    return (written, size) if written else None


def _storable(value: Any) -> Any:
    """Return a value without the halves of surrogate pairs, which SQLite does not take."""
    return value.encode("utf-8", "replace").decode() if isinstance(value, str) else value


def _without_values(execution: Execution) -> Execution:
    fields = {name: getattr(execution, name) for name in _COLUMNS}
    return Execution(**fields, inputs=None, output=None)


def _condition(wanted: TraceFilter) -> tuple[str, tuple[Any, ...]]:
    """Return a condition in SQL and its values."""
    parts = [f"state != '{_UNREADABLE}'"]
    values: list[Any] = []
    if wanted.statuses:
        parts.append(f"shown in ({', '.join('?' * len(wanted.statuses))})")
        values += wanted.statuses
    if wanted.workflow or wanted.workflow_id:
        parts.append(
            f"(workflow_path in ({', '.join('?' * len(wanted.workflow))})"
            " or (workflow_path is null and workflow_id = ?))"
        )
        values += (*wanted.workflow, wanted.workflow_id)
    if wanted.since:
        parts.append("started_at >= ?")
        values.append(wanted.since)
    if wanted.until:
        parts.append("started_at < ?")
        values.append(wanted.until)
    for word in wanted.text.split():
        searched = ("cast(file as text)", "id", "workflow_name", "workflow_id", "workflow_path", "error")
        parts.append("(" + " or ".join(f"{column} like ? escape '\\'" for column in searched) + ")")
        pattern = "".join(f"\\{char}" if char in "\\%_" else char for char in word)
        values += [f"%{pattern}%"] * len(searched)
    return " and ".join(parts), tuple(values)


def list_indexed(folder: Path, wanted: TraceFilter = ALL, limit: int = -1) -> list[TraceFile]:
    """Return the traces in a folder that are wanted, newest first and without values. Raises TraceError."""
    with contextlib.closing(TraceIndex(folder)) as index:
        index.refresh()
        return index.find(wanted, limit)[0]

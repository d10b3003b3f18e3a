"""Writes SQLite traces: a commit for each batch of events, one plain file at the end.

The database is in WAL mode while the run lasts. A step gets its row when it has finished; a step that runs at
a commit has a temporary row.
"""

from __future__ import annotations

import contextlib
import errno
import sqlite3
from collections.abc import Iterator
from pathlib import Path

from ..model import Execution, Step
from ..private_files import create_file, make_folder, temporary_path
from ..sqlite_schema import CREATE, PUT_EXECUTION, PUT_STEP, execution_row, step_row

_DROP_STEP = "DELETE FROM steps WHERE id = ?"


class SqliteWriter:
    """Writes `<directory>/<id>.sqlite`."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._finished: list[Step] = []
        self._running_rows: dict[int, int] = {}
        self._id = ""
        self._path: Path
        self._database: sqlite3.Connection

    def open(self, execution: Execution) -> None:
        make_folder(self._directory)
        self._id = execution.id
        self._path = self._directory / f"{execution.id}.sqlite"
        with self._errors():
            _create(self._path, execution)
            self._database = sqlite3.connect(self._path)
            # The run never waits for the disk. Until the checkpoint at its end only the WAL is written, whose
            # frames have checksums: after a power failure its intact part counts.
            self._database.execute("PRAGMA synchronous = OFF")
            self._database.execute("PRAGMA wal_autocheckpoint = 0")
            # Again, because a reader that took the run for interrupted may have left WAL mode.
            self._database.execute("PRAGMA journal_mode = WAL")

    def step(self, step: Step) -> None:
        if step.status != "running":
            self._finished.append(step)
            return
        with self._errors():
            self._drop_rows(step)
            row = self._database.execute(PUT_STEP, step_row(self._id, step)).lastrowid
        if row is not None:
            self._running_rows[step.seq] = row

    def flush(self) -> None:
        # SQLite goes on writing into a file that has been removed.
        self._path.stat()
        with self._errors():
            self._write_finished()
            self._database.commit()

    def close(self, execution: Execution) -> None:
        self._path.stat()
        with self._errors():
            self._write_finished()
            self._database.execute(PUT_EXECUTION, execution_row(execution))
            self._database.commit()
            self._database.execute("PRAGMA synchronous = NORMAL")
            # A reader may prevent that now; then the last one to close the file does it.
            with contextlib.suppress(sqlite3.OperationalError):
                self._database.execute("PRAGMA journal_mode = DELETE")
            self._database.close()

    def _write_finished(self) -> None:
        if self._running_rows:
            self._drop_rows(*self._finished)
        self._database.executemany(PUT_STEP, (step_row(self._id, step) for step in self._finished))
        self._finished.clear()

    def _drop_rows(self, *steps: Step) -> None:
        rows = (self._running_rows.pop(step.seq, None) for step in steps)
        self._database.executemany(_DROP_STEP, [(row,) for row in rows if row is not None])

    @contextlib.contextmanager
    def _errors(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            raise OSError(errno.EIO, str(error), str(self._path)) from error


def _create(path: Path, execution: Execution) -> None:
    """Create a database with an execution and no steps; nobody ever sees it without its tables."""
    temporary = temporary_path(path)
    # SQLite creates the files beside it with the same permissions.
    create_file(temporary).close()
    with contextlib.closing(sqlite3.connect(temporary)) as database:
        database.execute("PRAGMA synchronous = OFF")
        database.execute("PRAGMA journal_mode = WAL")
        for statement in CREATE:
            database.execute(statement)
        database.execute(PUT_EXECUTION, execution_row(execution))
        database.commit()
    temporary.replace(path)

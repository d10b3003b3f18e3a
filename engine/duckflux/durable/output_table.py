"""Keeps the last of what jobs write, in a table of Postgres, for those who wait for the jobs."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any, NamedTuple, ParamSpec, TypeVar

_P = ParamSpec("_P")
_T = TypeVar("_T")

# Of each job.
_MAX_TEXTS = 4
_BATCH = 200
_TABLE = """
CREATE TABLE IF NOT EXISTS duckflux_output (id bigserial PRIMARY KEY, job text NOT NULL, text text NOT NULL);
CREATE INDEX IF NOT EXISTS duckflux_output_job ON duckflux_output (job, id);
"""
_ADD = """
WITH old AS (
    DELETE FROM duckflux_output WHERE job = %(job)s AND id <= (
        SELECT id FROM duckflux_output WHERE job = %(job)s ORDER BY id DESC OFFSET %(kept)s LIMIT 1
    )
)
INSERT INTO duckflux_output (job, text) VALUES (%(job)s, %(text)s)
"""
_READ = """
SELECT output.id, output.job, output.text FROM duckflux_output output
JOIN unnest(%s::text[], %s::bigint[]) AS wanted (job, seen) ON output.job = wanted.job AND output.id > wanted.seen
ORDER BY output.id LIMIT %s
"""


class Text(NamedTuple):
    """A text of a job; later ones have higher ids."""

    id: int
    job: str
    text: str


class OutputTable:
    """The table, on a connection of its own that is opened when it is first needed.

    Methods raise OSError while the store cannot be reached, or is slow.
    """

    def __init__(self, url: str) -> None:
        self._url = url
        self._connection: Any = None
        # One thread: what is slow must not take those of the program.
        self._thread = ThreadPoolExecutor(1, "output")

    async def add(self, job: str, text: str) -> None:
        """Add a text to a job, of which only the last few are kept."""
        await self._in_thread(self._add, job, text)

    async def read(self, seen: Mapping[str, int]) -> list[Text]:
        """Return texts of jobs that came after the given ids: at most some, the next call gives more."""
        return await self._in_thread(self._read, seen)

    def delete(self, jobs: Sequence[str]) -> None:
        """Delete all texts of jobs. Blocks."""
        self._execute("DELETE FROM duckflux_output WHERE job = ANY(%s)", ([*jobs],))

    def close(self) -> None:
        """Disconnect."""
        self._thread.shutdown(wait=False, cancel_futures=True)
        self._disconnect()

    async def _in_thread(self, function: Callable[_P, _T], *args: _P.args, **kwargs: _P.kwargs) -> _T:
        call = partial(function, *args, **kwargs)
        try:
            return await asyncio.get_running_loop().run_in_executor(self._thread, call)
        except RuntimeError as error:
            # It was closed meanwhile.
            raise ConnectionError(str(error)) from None

    def _add(self, job: str, text: str) -> None:
        self._execute(_ADD, {"job": job, "text": text, "kept": _MAX_TEXTS - 1})

    def _read(self, seen: Mapping[str, int]) -> list[Text]:
        rows = self._execute(_READ, ([*seen], [*seen.values()], _BATCH)).fetchall()
        return [Text(*row) for row in rows]

    def _execute(self, query: str, parameters: Any) -> Any:
        import psycopg

        try:
            if self._connection is None or self._connection.closed:
                self._connect()
            return self._connection.execute(query, parameters)
        except psycopg.Error as error:
            self._disconnect()
            raise ConnectionError(str(error).partition("\n")[0]) from None

    def _connect(self) -> None:
        import psycopg

        self._connection = psycopg.connect(self._url, autocommit=True, connect_timeout=2)
        self._connection.execute("SET statement_timeout = '2s'")
        # Another program may create it at the same time.
        with contextlib.suppress(psycopg.errors.UniqueViolation, psycopg.errors.DuplicateTable):
            self._connection.execute(_TABLE)

    def _disconnect(self) -> None:
        if self._connection is not None:
            with contextlib.suppress(Exception):
                self._connection.close()
        self._connection = None

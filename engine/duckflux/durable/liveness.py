"""Tells which workers live: each holds a lock of its own name for as long as it does."""

from __future__ import annotations

import contextlib
import os
import time
import zlib
from collections.abc import Collection, Iterator
from typing import Any, Protocol

# Marks the locks of workers among all advisory locks of a database.
_LOCK_CLASS = 0x6475636B
_HELD = """
SELECT objid FROM pg_locks WHERE locktype = 'advisory' AND granted AND classid = %s
AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
"""
# Who asks whether a lock is held has it for a moment.
_TRIES, _TRY_SECONDS = 5, 0.01


class Liveness(Protocol):
    """The locks of one store. Methods block; they raise OSError while the store cannot be reached."""

    def hold(self, name: str) -> None:
        """Hold the lock of a name from now on, or make sure that it still is held."""

    def taking(self, name: str) -> contextlib.AbstractContextManager[bool]:
        """Take the lock of another name meanwhile, and give whether it was free."""

    def held(self, names: Collection[str]) -> set[str]:
        """Return those of the names whose locks are held, by this process or another."""

    def count(self) -> int:
        """Return how many locks are held."""

    def close(self) -> None:
        """Let go of all locks."""


class PostgresLiveness:
    """Holds advisory locks of a Postgres database on a connection of its own."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._connection: Any = None
        self._held: str | None = None

    def hold(self, name: str) -> None:
        """Hold the lock of a name."""
        import psycopg

        try:
            if self._connection is None or self._connection.closed:
                self._connect()
                self._held = None
            if self._held == name:
                self._connection.execute("SELECT 1")
                return
            self._connection.execute("SELECT pg_advisory_lock(%s, %s)", self._key(name))
            self._held = name
        except psycopg.Error as error:
            self.close()
            raise ConnectionError(str(error).partition("\n")[0]) from None

    @contextlib.contextmanager
    def taking(self, name: str) -> Iterator[bool]:
        """Take a lock meanwhile."""
        import psycopg

        try:
            key = self._key(name)
            row = self._connection.execute("SELECT pg_try_advisory_lock(%s, %s)", key).fetchone()
            try:
                yield bool(row[0])
            finally:
                if row[0]:
                    self._connection.execute("SELECT pg_advisory_unlock(%s, %s)", key)
        except psycopg.Error as error:
            self.close()
            raise ConnectionError(str(error).partition("\n")[0]) from None

    def held(self, names: Collection[str]) -> set[str]:
        """Return those of the names whose locks are held."""
        keys = self._held_keys()
        return {name for name in names if zlib.crc32(name.encode()) in keys}

    def count(self) -> int:
        """Return how many workers live."""
        return len(self._held_keys())

    def _held_keys(self) -> set[int]:
        import psycopg

        try:
            if self._connection is None or self._connection.closed:
                self._connect()
            return {int(row[0]) for row in self._connection.execute(_HELD, (_LOCK_CLASS,))}
        except psycopg.Error as error:
            self.close()
            raise ConnectionError(str(error).partition("\n")[0]) from None

    def close(self) -> None:
        """Close the connection."""
        if self._connection is not None:
            with contextlib.suppress(Exception):
                self._connection.close()
        self._connection = None

    def _connect(self) -> None:
        import psycopg

        self._connection = psycopg.connect(
            self._url,
            autocommit=True,
            connect_timeout=5,
            # A machine that vanished is noticed after 5 + 3 * 2 seconds.
            keepalives=1,
            keepalives_idle=5,
            keepalives_interval=2,
            keepalives_count=3,
        )

    @staticmethod
    def _key(name: str) -> tuple[int, int]:
        unsigned = zlib.crc32(name.encode())
        return _LOCK_CLASS, unsigned - (1 << 32) if unsigned >= 1 << 31 else unsigned


class FileLiveness:
    """Locks files in a folder beside a SQLite database; on a machine that ends a process, its lock is free."""

    def __init__(self, database: str) -> None:
        self._folder = f"{database}.locks"
        self._descriptors: dict[str, int] = {}

    def hold(self, name: str) -> None:
        """Hold the lock of a name. Raises BlockingIOError if another process does."""
        if name in self._descriptors:
            return
        for _ in range(_TRIES - 1):
            with contextlib.suppress(BlockingIOError):
                self._descriptors[name] = self._locked(name)
                return
            time.sleep(_TRY_SECONDS)
        self._descriptors[name] = self._locked(name)

    @contextlib.contextmanager
    def taking(self, name: str) -> Iterator[bool]:
        """Take a lock meanwhile."""
        try:
            descriptor = self._locked(name)
        except BlockingIOError:
            yield False
            return
        try:
            yield True
        finally:
            os.close(descriptor)

    def held(self, names: Collection[str]) -> set[str]:
        """Return those of the names whose locks are held."""
        return {name for name in names if name in self._descriptors or self._is_held(name)}

    def count(self) -> int:
        """Return how many locks this process holds."""
        return len(self._descriptors)

    def close(self) -> None:
        """Let go of all locks, and remove their files."""
        for name, descriptor in self._descriptors.items():
            with contextlib.suppress(OSError):
                os.unlink(self._path(name))
            os.close(descriptor)
        self._descriptors.clear()

    def _is_held(self, name: str) -> bool:
        import fcntl

        try:
            descriptor = os.open(self._path(name), os.O_RDWR | os.O_CLOEXEC)
        except FileNotFoundError:
            return False
        try:
            fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        finally:
            os.close(descriptor)
        return False

    def _locked(self, name: str) -> int:
        import fcntl

        os.makedirs(self._folder, 0o700, exist_ok=True)
        while True:
            descriptor = os.open(self._path(name), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                os.close(descriptor)
                raise
            # Whoever had it may just have removed the file: then the lock is of no file any more.
            with contextlib.suppress(FileNotFoundError):
                if os.stat(self._path(name)).st_ino == os.fstat(descriptor).st_ino:
                    return descriptor
            os.close(descriptor)

    def _path(self, name: str) -> str:
        return os.path.join(self._folder, f"{zlib.crc32(name.encode()):08x}")

"""Implements the hub of durable runs: a table of events, which outlives the runs that read it."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable
from typing import Any, get_args

import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError

from ..json_text import parse_json
from ..runtime.events import Means
from ..runtime.events.stream import Warn
from ..runtime.hubs import Connect, HubError, Log
from ..runtime.values import encode_json
from .dbos_store import Location, reason_of
from .store import StoreError

_POLL_SECONDS = 0.2
_BATCH = 1_000
_metadata = sa.MetaData()
_events = sa.Table(
    "duckflux_events",
    _metadata,
    sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True, autoincrement=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("payload", sa.Text, nullable=False),
    # The run that sent it, which has it already; else `@MEANS`, or `@MEANS/RUN` for one run alone.
    sa.Column("sender", sa.Text, nullable=False),
    sa.Column("at", sa.Float, nullable=False, index=True),
)


def connect(location: Location, run: str, began: float) -> Connect:
    """Return how a run connects that began at seconds since 1970: it sees all events since then."""

    async def connected(warn: Warn) -> TableHub:
        try:
            engine = await asyncio.to_thread(_engine, location)
            hub = TableHub(engine, run, began, warn)
            await hub.catch_up()
        except SQLAlchemyError as error:
            raise HubError(location.problem(error)) from None
        return hub

    return connected


def send(location: Location, event: str, payload: Any, by: Means, run: str | None = None) -> None:
    """Send an event from outside to all runs or to one, and tell by which means. Raises StoreError."""
    try:
        engine = _engine(location)
        try:
            _insert(engine, event, payload, f"@{by}" if run is None else f"@{by}/{run}")
        finally:
            engine.dispose()
    except SQLAlchemyError as error:
        raise StoreError(location.problem(error)) from None


def publisher(location: Location, run: str) -> Callable[[str, Any, Means], Awaitable[None]]:
    """Return what sends an event with a payload from outside to a run. It raises HubError."""

    async def publish(event: str, payload: Any, by: Means) -> None:
        try:
            await asyncio.to_thread(send, location, event, payload, by, run)
        except StoreError as error:
            raise HubError(str(error)) from None

    return publish


def forget(location: Location, before: float) -> None:
    """Delete events that came before a moment, in seconds since 1970. Raises StoreError."""
    try:
        engine = _engine(location)
        try:
            with engine.begin() as connection:
                connection.execute(sa.delete(_events).where(_events.c.at < before))
        finally:
            engine.dispose()
    except SQLAlchemyError as error:
        raise StoreError(location.problem(error)) from None


class TableHub:
    """The connection of one run to the table."""

    def __init__(self, engine: sa.Engine, run: str, began: float, warn: Warn) -> None:
        self.log = Log()
        self.unreachable_reason: str | None = None
        self._engine = engine
        self._run = run
        self._began = began
        self._warn = warn
        self._seen = 0
        self._polling: asyncio.Task[None] | None = None

    async def subscribe(self, event: str) -> None:
        """See to it that events come."""
        if self._polling is None:
            self._polling = asyncio.create_task(self._poll())

    async def publish(self, event: str, payload: Any) -> None:
        """Send an event, and return when it is kept."""
        while True:
            try:
                await asyncio.to_thread(_insert, self._engine, event, payload, self._run)
            except SQLAlchemyError as error:
                self._failed(error)
                await asyncio.sleep(_POLL_SECONDS)
            else:
                self._succeeded()
                self.log.add(event, payload, means=None)
                return

    async def close(self) -> None:
        """Disconnect."""
        if self._polling is not None:
            self._polling.cancel()
            await asyncio.wait({self._polling})
        await asyncio.to_thread(self._engine.dispose)

    async def catch_up(self) -> None:
        """Add what has come since the last time. Raises SQLAlchemyError."""
        while rows := await asyncio.to_thread(self._read):
            for id_, name, payload, sender in rows:
                self._seen = max(self._seen, id_)
                if (means := _means(sender, self._run)) is not None:
                    self.log.add(name, parse_json(payload.encode()), means)
            if len(rows) < _BATCH:
                return

    def _read(self) -> list[Any]:
        query = (
            sa.select(_events.c.id, _events.c.name, _events.c.payload, _events.c.sender)
            .where(_events.c.id > self._seen, _events.c.at >= self._began)
            .order_by(_events.c.id)
            .limit(_BATCH)
        )
        with self._engine.connect() as connection:
            return [tuple(row) for row in connection.execute(query)]

    async def _poll(self) -> None:
        while True:
            await asyncio.sleep(_POLL_SECONDS)
            try:
                await self.catch_up()
            except SQLAlchemyError as error:
                self._failed(error)
            else:
                self._succeeded()

    def _failed(self, error: SQLAlchemyError) -> None:
        reason = f"the store of events can't be reached ({reason_of(error)})"
        if self.unreachable_reason is None:
            self._warn(f"{reason}; trying again")
        self.unreachable_reason = reason

    def _succeeded(self) -> None:
        if self.unreachable_reason is not None:
            self._warn("the store of events can be reached again")
        self.unreachable_reason = None


def _means(sender: str, run: str) -> Means | None:
    """Return by which means an event has come, None if a run has it already, or it is for another run."""
    if sender == run:
        return None
    if not sender.startswith("@"):
        return "hub"
    text, _, addressee = sender[1:].partition("/")
    if addressee not in ("", run):
        return None
    return next((means for means in get_args(Means) if means == text), "hub")


def _engine(location: Location) -> sa.Engine:
    """Return an engine for a store in which the table is."""
    url = location.url.replace("postgresql://", "postgresql+psycopg://", 1)
    engine = sa.create_engine(url, pool_size=1, max_overflow=1, pool_pre_ping=True)
    # Several programs may create it at the same time.
    with contextlib.suppress(sa.exc.IntegrityError, sa.exc.ProgrammingError):
        _metadata.create_all(engine)
    return engine


def _insert(engine: sa.Engine, event: str, payload: Any, sender: str) -> None:
    with engine.begin() as connection:
        text = encode_json(payload).decode()
        connection.execute(sa.insert(_events).values(name=event, payload=text, sender=sender, at=time.time()))

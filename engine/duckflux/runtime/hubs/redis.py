"""Carries events through one Redis stream, `duckflux-events`: fields `event`, `payload` (JSON) and `id`.

A run reads from the entry that was the last one when it began: it sees everything that is published while it
runs, its own events too, and nothing older.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from typing import Any, NamedTuple, TypeAlias
from urllib.parse import unquote, urlsplit

from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import BusyLoadingError, ReadOnlyError, RedisError, ResponseError
from redis.exceptions import ConnectionError as NoConnectionError
from redis.exceptions import TimeoutError as NoAnswerError

from ..events.stream import Warn
from ..ids import new_id
from ..values import encode_json
from . import Connect, HubError, Log, received_payload
from .reconnecting import ServerLink, cancel_all, failure_reason

STREAM = "duckflux-events"
# A run that is disconnected for longer misses events.
KEPT_SECONDS = 7 * 24 * 3600
DEFAULT_ADDRESS = "localhost:6379"
_START_SECONDS = 5.0
_BLOCK_SECONDS = 5.0
_PAGE = 1000
_REMEMBERED_IDS = 10_000
_TRANSIENT_ERRORS = (NoConnectionError, NoAnswerError, BusyLoadingError, ReadOnlyError)

Entry: TypeAlias = tuple[bytes, dict[bytes, bytes]]


class Address(NamedTuple):
    """The address of a server, with its credentials."""

    host: str
    port: int
    user: str | None = None
    password: str | None = None
    tls: bool = False

    def __str__(self) -> str:
        return f"{f'[{self.host}]' if ':' in self.host else self.host}:{self.port}"


def connect(options: Mapping[str, str]) -> Connect:
    """Return how to connect. Raises HubError for invalid options.

    `addr` is HOST, HOST:PORT or a redis:// or rediss:// URL; `db` a number.
    """
    unknown = next((name for name in options if name not in ("addr", "db")), None)
    if unknown is not None:
        raise HubError(f"unknown option '{unknown}' of the redis hub: the options are addr and db")
    address = parse_address(options.get("addr") or DEFAULT_ADDRESS)
    database = options.get("db") or "0"
    if not database.isascii() or not database.isdecimal():
        raise HubError(f"invalid --redis-db {database}: use a number")

    async def start(warn: Warn) -> RedisHub:
        return await _start(address, int(database), warn)

    return start


def parse_address(text: str) -> Address:
    """Return the address in a text. Raises HubError if it is invalid."""
    try:
        parts = urlsplit(text if "://" in text else f"redis://{text}")
        port = parts.port or 6379
    except ValueError:
        parts, port = urlsplit(""), 0
    if parts.scheme not in ("redis", "rediss") or not parts.hostname or parts.path.strip("/"):
        raise HubError(
            "invalid --redis-addr: use HOST:PORT, or a URL such as rediss://USER:PASSWORD@HOST:PORT"
        )
    user, password = (unquote(part) if part else None for part in (parts.username, parts.password))
    return Address(parts.hostname, port, user, password, parts.scheme == "rediss")


async def _start(address: Address, database: int, warn: Warn) -> RedisHub:
    client = Redis(
        host=address.host,
        port=address.port,
        db=database,
        username=address.user,
        password=address.password,
        ssl=address.tls,
        socket_connect_timeout=_START_SECONDS,
        socket_timeout=2 * _BLOCK_SECONDS,
        # ServerLink retries.
        retry=Retry(NoBackoff(), 0),
        protocol=2,
    )
    name = f"redis at {address}"
    try:
        async with asyncio.timeout(_START_SECONDS):
            seconds, microseconds = await client.time()
            newest: Any = await client.xrevrange(STREAM, count=1)
    except (OSError, RedisError) as error:
        await client.aclose()
        kind = "refuses" if isinstance(error, ResponseError) else "can't be reached"
        raise HubError(f"{name} {kind}: {failure_reason(error)}") from None
    except BaseException:
        await client.aclose()
        raise
    clock = seconds + microseconds / 1e6 - time.monotonic()
    return RedisHub(
        client, ServerLink(name, warn, _TRANSIENT_ERRORS), newest[0][0] if newest else b"0-0", clock
    )


class RedisHub:
    """The connection of one run to the stream.

    `start` is the last entry before the run; `clock` the server's time minus our monotonic one, in seconds.
    """

    def __init__(self, client: Redis, link: ServerLink, start: bytes, clock: float) -> None:
        self.log = Log()
        self._client = client
        self._link = link
        self._start = self._read_to = start
        self._clock = clock
        self._subscribed: set[bytes] = set()
        self._lock = asyncio.Lock()
        self._reader: asyncio.Task[None] | None = None
        self._name = new_id()
        self._sent = 0
        self._ids: dict[bytes, None] = {}

    @property
    def unreachable_reason(self) -> str | None:
        return self._link.unreachable_reason

    async def publish(self, event: str, payload: Any) -> None:
        self._sent += 1
        # A failed attempt may have succeeded on the server, so readers take each id only once.
        fields: dict[Any, Any] = {
            "event": event.encode("utf-8", "replace"),
            "payload": encode_json(payload),
            "id": f"{self._name}/{self._sent}",
        }
        oldest = f"{int((time.monotonic() + self._clock - KEPT_SECONDS) * 1000)}-0"
        try:
            await self._link.retry_until_reachable(
                lambda: self._client.xadd(STREAM, fields, minid=oldest, approximate=True)
            )
        except RedisError as error:
            raise HubError(f"{self._link.name} refuses the event: {failure_reason(error)}") from None

    async def subscribe(self, event: str) -> None:
        name = event.encode("utf-8", "replace")
        async with self._lock:
            if name in self._subscribed:
                return
            for _, fields in await self._link.retry_until_reachable(lambda: self._entries_before(name)):
                self._add(fields)
            self._subscribed.add(name)
        if self._reader is None:
            self._reader = asyncio.create_task(self._read())

    async def close(self) -> None:
        await cancel_all([self._reader] if self._reader else [])
        await self._client.aclose()

    async def _entries_before(self, name: bytes) -> list[Entry]:
        """Return the entries of an event that were read before the run subscribed to it."""
        found: list[Entry] = []
        after = self._start
        while after != self._read_to:
            page: Any = await self._client.xrange(STREAM, min=b"(" + after, max=self._read_to, count=_PAGE)
            found += [entry for entry in page if entry[1].get(b"event") == name]
            if len(page) < _PAGE:
                break
            after = page[-1][0]
        return found

    async def _read(self) -> None:
        while True:
            entries = await self._link.retry_until_reachable(self._next)
            async with self._lock:
                for entry_id, fields in entries:
                    self._read_to = entry_id
                    if fields.get(b"event") in self._subscribed:
                        self._add(fields)

    async def _next(self) -> list[Entry]:
        block = int(_BLOCK_SECONDS * 1000)
        try:
            answer: Any = await self._client.xread({STREAM: self._read_to}, count=_PAGE, block=block)
        except ResponseError as error:
            # The key is not a stream, or may not be read: that may change.
            raise NoConnectionError(failure_reason(error)) from None
        return answer[0][1] if answer else []

    def _add(self, fields: dict[bytes, bytes]) -> None:
        id_ = fields.get(b"id")
        if id_ is not None:
            if id_ in self._ids:
                return
            self._ids[id_] = None
            if len(self._ids) > _REMEMBERED_IDS:
                del self._ids[next(iter(self._ids))]
        name = fields[b"event"].decode("utf-8", "replace")
        self.log.add(name, received_payload(fields.get(b"payload", b"null")))

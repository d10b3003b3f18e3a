"""Events through one JetStream stream: subject `<stream>.<event>`, the payload's JSON as the message.

A run reads on from the message that was the last when it began, so it sees all that is published while it runs,
its own events too, and nothing older.
"""

from __future__ import annotations

import asyncio
import contextlib
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlsplit

from nats.aio.client import Client
from nats.errors import Error, MaxPayloadError, NoServersError
from nats.js import JetStreamContext
from nats.js.api import AckPolicy, ConsumerConfig, DeliverPolicy, StorageType, StreamConfig, StreamInfo
from nats.js.errors import APIError, NotFoundError, ServiceUnavailableError

from ..events.stream import Warn
from ..ids import new_id
from ..values import encode_json, parse_output
from . import Connect, HubError, Log
from .reconnecting import ServerLink, cancel_all, failure_reason

DEFAULT_STREAM = "duckflux-events"
# Who is away for longer misses events. A stream that is there already keeps its own limits.
KEPT_SECONDS = 7 * 24 * 3600.0
_START_SECONDS = 5.0
_ANSWER_SECONDS = 2.0
_HEARTBEAT_SECONDS = 1.0
_STREAM_NAME = re.compile(r"[A-Za-z0-9_-]{1,200}")


def connect(options: Mapping[str, str]) -> Connect:
    """`url` is one or more nats:// or tls:// URLs, with commas between; `stream` a name. Raises HubError."""
    unknown = next((name for name in options if name not in ("url", "stream")), None)
    if unknown is not None:
        raise HubError(f"the nats hub has no option '{unknown}': it takes url and stream")
    if not options.get("url"):
        raise HubError("--event-backend nats needs --nats-url, such as nats://localhost:4222")
    servers = [url.strip() if "://" in url else f"nats://{url.strip()}" for url in options["url"].split(",")]
    address = ", ".join(map(_address, servers))
    stream = options.get("stream") or DEFAULT_STREAM
    if not _STREAM_NAME.fullmatch(stream):
        raise HubError(f"--nats-stream must be letters, digits, `-` and `_`, not {stream!r}")

    async def start(warn: Warn) -> NatsHub:
        return await _started(servers, f"nats at {address}", stream, warn)

    return start


def subject(stream: str, event: str) -> str:
    """The subject of an event. Dots part it into tokens; what a token can't hold is written as %XX."""
    quoted = quote(event, safe="/:;,=+@!~()[]{}&$|'#^")
    return f"{stream}.{re.sub(r'(?<![^.])[.]|[.]$', '%2E', quoted)}"


def _address(url: str) -> str:
    try:
        parts = urlsplit(url)
        if parts.scheme in ("nats", "tls", "ws", "wss") and parts.hostname:
            return f"{parts.hostname}:{parts.port or 4222}"
    except ValueError:
        pass
    raise HubError("--nats-url must be a URL such as nats://USER:PASSWORD@HOST:4222")


async def _started(servers: list[str], name: str, stream: str, warn: Warn) -> NatsHub:
    hub = NatsHub(servers, ServerLink(name, warn, (Error,)), stream)
    try:
        async with asyncio.timeout(_START_SECONDS):
            await hub.begin()
    except (OSError, Error) as error:
        await hub.close()
        raise HubError(_why_not(name, stream, error)) from None
    except BaseException:
        await hub.close()
        raise
    return hub


def _why_not(name: str, stream: str, error: Exception) -> str:
    if isinstance(error, ServiceUnavailableError):
        return f"{name} has no JetStream: it must be started with it (nats-server -js)"
    if isinstance(error, APIError):
        return f"{name}: stream '{stream}': {error.description or failure_reason(error)}"
    return f"{name} can't be reached: {failure_reason(error)}"


async def _connection(servers: list[str]) -> Client:
    """A client that from now on reconnects by itself. Raises what the first attempt failed of."""
    client = Client()
    failures: list[Exception] = []

    async def failed(error: Exception) -> None:
        failures[1:] = [error]

    wait: Any = 0.1  # The library says int, and takes any number of seconds.
    try:
        await client.connect(servers, error_cb=failed, max_reconnect_attempts=1, reconnect_time_wait=wait)
    except NoServersError:
        raise failures[0] if failures else ConnectionError("no server answers") from None
    client.options |= {"max_reconnect_attempts": -1, "reconnect_time_wait": 0.25}
    return client


def _jetstream(client: Client) -> JetStreamContext:
    return client.jetstream(timeout=_ANSWER_SECONDS)


class NatsHub:
    def __init__(self, servers: list[str], link: ServerLink, stream: str) -> None:
        self.log = Log()
        self._servers = servers
        self._link = link
        self._stream = stream
        self._client: Client | None = None
        self._connecting = asyncio.Lock()
        self._start = 0
        self._readers: dict[str, asyncio.Task[None]] = {}
        self._name = new_id()
        self._sent = 0

    @property
    def unreachable_reason(self) -> str | None:
        return self._link.unreachable_reason

    async def begin(self) -> None:
        """Take the place in the stream from which on this run reads. Raises HubError for a stream of others."""
        stream = await self._made_stream(_jetstream(await self._connected()))
        subjects = stream.config.subjects or []
        wanted = f"{self._stream}.>"
        if wanted not in subjects and ">" not in subjects:
            raise HubError(f"{self._link.name}: stream '{self._stream}' must take the subjects {wanted}")
        self._start = stream.state.last_seq

    async def publish(self, event: str, payload: Any) -> None:
        self._sent += 1
        message, to = encode_json(payload), subject(self._stream, event)
        # The server drops what it has already, should an attempt that broke off have come through.
        headers = {"Nats-Msg-Id": f"{self._name}/{self._sent}"}
        try:
            await self._link.retry_until_reachable(lambda: self._send(to, message, headers))
        except _RefusedError as refusal:
            raise HubError(f"{self._link.name} refuses the event: {refusal}") from None

    async def subscribe(self, event: str) -> None:
        if event not in self._readers:
            self._readers[event] = asyncio.create_task(self._read(event))

    async def close(self) -> None:
        await cancel_all(self._readers.values())
        if self._client is not None:
            with contextlib.suppress(OSError, Error):
                await self._client.close()

    async def _connected(self) -> Client:
        """Raises OSError or Error while there is no connection."""
        async with self._connecting:
            # Not only at the start: after some errors the library gives a connection up for good.
            if self._client is None or self._client.is_closed:
                self._client = await _connection(self._servers)
        if not self._client.is_connected:
            raise ConnectionError("the connection is lost")
        return self._client

    async def _made_stream(self, jetstream: JetStreamContext) -> StreamInfo:
        with contextlib.suppress(NotFoundError):
            return await jetstream.stream_info(self._stream)
        config = StreamConfig(
            name=self._stream,
            subjects=[f"{self._stream}.>"],
            storage=StorageType.FILE,
            max_age=KEPT_SECONDS,
        )
        # A run that starts at the same time may be quicker; then this changes nothing.
        return await jetstream.add_stream(config)

    async def _send(self, to: str, message: bytes, headers: dict[str, str]) -> None:
        client = await self._connected()
        try:
            await _jetstream(client).publish(to, message, stream=self._stream, headers=dict(headers))
        except MaxPayloadError:
            limit = client.max_payload
            raise _RefusedError(f"it has {len(message)} bytes, the server takes {limit}") from None
        except ServiceUnavailableError:
            raise
        except APIError as error:
            raise _RefusedError(error.description or failure_reason(error)) from None

    async def _read(self, event: str) -> None:
        position = _Position(self._start + 1)
        while True:
            await self._link.retry_until_reachable(lambda: self._deliver(event, position))

    async def _deliver(self, event: str, position: _Position) -> None:
        """Read from a consumer of our own, until it falls silent or has left a message out."""
        client = await self._connected()
        jetstream = _jetstream(client)
        state = (await self._made_stream(jetstream)).state
        if state.last_seq < position.next - 1:
            # The server lost its stream; all that is in the new one is new.
            position.next = 1
        inbox = client.new_inbox()
        subscription = await client.subscribe(inbox)
        try:
            await jetstream.add_consumer(self._stream, self._consumer(event, inbox, position.next))
            await self._take(event, subscription, position)
        finally:
            with contextlib.suppress(OSError, Error):
                await subscription.unsubscribe()

    def _consumer(self, event: str, inbox: str, start: int) -> ConsumerConfig:
        return ConsumerConfig(
            deliver_subject=inbox,
            deliver_policy=DeliverPolicy.BY_START_SEQUENCE,
            opt_start_seq=start,
            filter_subject=subject(self._stream, event),
            ack_policy=AckPolicy.NONE,
            idle_heartbeat=_HEARTBEAT_SECONDS,
            flow_control=True,
            mem_storage=True,
            num_replicas=1,
        )

    async def _take(self, event: str, subscription: Any, position: _Position) -> None:
        taken = 0
        while True:
            try:
                message = await subscription.next_msg(timeout=3 * _HEARTBEAT_SECONDS)
            except TimeoutError:
                return
            if message.headers and "Status" in message.headers:
                if message.reply:
                    await message.respond(b"")
                continue
            sequence = message.metadata.sequence
            if sequence.consumer != taken + 1:
                return
            taken += 1
            position.next = sequence.stream + 1
            self.log.add(event, parse_output(message.data)[0])


class _Position:
    """The sequence number of the message to read next."""

    def __init__(self, next_: int) -> None:
        self.next = next_


class _RefusedError(Exception):
    """The server can be reached and says no."""

"""Carries events through one JetStream stream: subject `<stream>.<event>`, the payload's JSON as the message.

A run reads from the message that was the last one when it began: it sees everything that is published while
it runs, its own events too, and nothing older.
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
from ..values import encode_json
from . import Connect, HubError, Log, received_payload
from .reconnecting import ServerLink, cancel_all, failure_reason

DEFAULT_STREAM = "duckflux-events"
# A run that is disconnected for longer misses events. An existing stream keeps its own limits.
KEPT_SECONDS = 7 * 24 * 3600.0
_START_SECONDS = 5.0
_ANSWER_SECONDS = 2.0
_HEARTBEAT_SECONDS = 1.0
_STREAM_NAME = re.compile(r"[A-Za-z0-9_-]{1,200}")


def connect(options: Mapping[str, str]) -> Connect:
    """Return how to connect. Raises HubError for invalid options.

    `url` is one or more nats:// or tls:// URLs, separated by commas; `stream` a name.
    """
    unknown = next((name for name in options if name not in ("url", "stream")), None)
    if unknown is not None:
        raise HubError(f"unknown option '{unknown}' of the nats hub: the options are url and stream")
    if not options.get("url"):
        raise HubError("--event-backend nats needs a --nats-url such as nats://localhost:4222")
    servers = [url.strip() if "://" in url else f"nats://{url.strip()}" for url in options["url"].split(",")]
    address = ", ".join(map(_address, servers))
    stream = options.get("stream") or DEFAULT_STREAM
    if not _STREAM_NAME.fullmatch(stream):
        raise HubError(f"invalid --nats-stream {stream!r}: use letters, digits, `-` and `_`")

    async def start(warn: Warn) -> NatsHub:
        return await _start(servers, f"nats at {address}", stream, warn)

    return start


def subject(stream: str, event: str) -> str:
    """Return the subject of an event.

    Dots separate its tokens; characters that a token cannot contain become %XX.
    """
    quoted = quote(event, safe="/:;,=+@!~()[]{}&$|'#^")
    return f"{stream}.{re.sub(r'(?<![^.])[.]|[.]$', '%2E', quoted)}"


def _address(url: str) -> str:
    try:
        parts = urlsplit(url)
        if parts.scheme in ("nats", "tls", "ws", "wss") and parts.hostname:
            return f"{parts.hostname}:{parts.port or 4222}"
    except ValueError:
        pass
    raise HubError("invalid --nats-url: use a URL such as nats://USER:PASSWORD@HOST:4222")


async def _start(servers: list[str], name: str, stream: str, warn: Warn) -> NatsHub:
    hub = NatsHub(servers, ServerLink(name, warn, (Error,)), stream)
    try:
        async with asyncio.timeout(_START_SECONDS):
            await hub.begin()
    except (OSError, Error) as error:
        await hub.close()
        raise HubError(_connect_error(name, stream, error)) from None
    except BaseException:
        await hub.close()
        raise
    return hub


def _connect_error(name: str, stream: str, error: Exception) -> str:
    if isinstance(error, ServiceUnavailableError):
        return f"{name} does not have JetStream enabled: start it with nats-server -js"
    if isinstance(error, APIError):
        return f"{name}: stream '{stream}': {error.description or failure_reason(error)}"
    return f"{name} can't be reached: {failure_reason(error)}"


async def _connect_client(servers: list[str]) -> Client:
    """Return a client that reconnects by itself from now on. Raises the error of the first attempt."""
    client = Client()
    failures: list[Exception] = []

    async def failed(error: Exception) -> None:
        failures[1:] = [error]

    wait: Any = 0.1  # Declared as int, but fractions of a second work.
    try:
        await client.connect(servers, error_cb=failed, max_reconnect_attempts=1, reconnect_time_wait=wait)
    except NoServersError:
        raise failures[0] if failures else ConnectionError("no server answers") from None
    client.options |= {"max_reconnect_attempts": -1, "reconnect_time_wait": 0.25}
    return client


def _jetstream(client: Client) -> JetStreamContext:
    return client.jetstream(timeout=_ANSWER_SECONDS)


class NatsHub:
    """The connection of one run to a stream."""

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
        """Find the position in the stream to read from. Raises HubError if the stream takes other subjects."""
        stream = await self._get_or_create_stream(_jetstream(await self._connected_client()))
        subjects = stream.config.subjects or []
        wanted = f"{self._stream}.>"
        if wanted not in subjects and ">" not in subjects:
            raise HubError(
                f"{self._link.name}: stream '{self._stream}' does not accept the subjects {wanted}"
            )
        self._start = stream.state.last_seq

    async def publish(self, event: str, payload: Any) -> None:
        self._sent += 1
        message, to = encode_json(payload), subject(self._stream, event)
        # A failed attempt may have succeeded on the server, which drops messages with the same id.
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

    async def _connected_client(self) -> Client:
        """Return the client. Raises OSError or Error while it is not connected."""
        async with self._connecting:
            # After some errors the library closes a connection for good.
            if self._client is None or self._client.is_closed:
                self._client = await _connect_client(self._servers)
        if not self._client.is_connected:
            raise ConnectionError("the connection is lost")
        return self._client

    async def _get_or_create_stream(self, jetstream: JetStreamContext) -> StreamInfo:
        with contextlib.suppress(NotFoundError):
            return await jetstream.stream_info(self._stream)
        config = StreamConfig(
            name=self._stream,
            subjects=[f"{self._stream}.>"],
            storage=StorageType.FILE,
            max_age=KEPT_SECONDS,
        )
        # Another run may create the stream at the same time; then this changes nothing.
        return await jetstream.add_stream(config)

    async def _send(self, to: str, message: bytes, headers: dict[str, str]) -> None:
        client = await self._connected_client()
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
            await self._link.retry_until_reachable(lambda: self._read_in_order(event, position))

    async def _read_in_order(self, event: str, position: _Position) -> None:
        """Read from a consumer of our own until it falls silent or a message is missing."""
        client = await self._connected_client()
        jetstream = _jetstream(client)
        state = (await self._get_or_create_stream(jetstream)).state
        if state.last_seq < position.next - 1:
            # The stream was created again: all its messages are new.
            position.next = 1
        inbox = client.new_inbox()
        subscription = await client.subscribe(inbox)
        try:
            await jetstream.add_consumer(self._stream, self._consumer(event, inbox, position.next))
            await self._take_messages(event, subscription, position)
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

    async def _take_messages(self, event: str, subscription: Any, position: _Position) -> None:
        last_taken = 0
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
            if sequence.consumer != last_taken + 1:
                return
            last_taken += 1
            position.next = sequence.stream + 1
            self.log.add(event, received_payload(message.data))


class _Position:
    """The sequence number of the next message to read."""

    def __init__(self, next_: int) -> None:
        self.next = next_


class _RefusedError(Exception):
    """The server refuses an event."""

"""Answers those who are connected to a live run, one JSON object a line (docs/live.md#protocol)."""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
import struct
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

import msgspec

from ..json_text import JsonError, parse_json
from ..runtime.events import Event, Means, OutputChunk, encode
from ..runtime.hubs import HubError
from ..trace.redaction import redact_event

if TYPE_CHECKING:
    from ..runtime.events.stream import Gate
    from ..runtime.hubs import Log
    from ..runtime.secrets import Secrets
    from .history import History

PROTOCOL = 1
_MAX_REQUEST = 64 * 1024 * 1024
# A follower that reads more slowly than the run goes is let go.
_MAX_UNREAD = 8 * 1024 * 1024
_MAX_FAREWELL = 1.0
_SENDERS: tuple[Means, ...] = ("cli", "editor", "web")
# A wait that is given an event takes it within so many turns of the event loop.
_TURNS_TO_TAKE = 5


# Serves a debugger on a connection until that ends.
Debug: TypeAlias = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


# Sends an event with a payload to the hub of the run, and tells by which means. Raises HubError.
Publish: TypeAlias = Callable[[str, Any, Means], Awaitable[None]]


class RequestError(Exception):
    """A request cannot be met; the message is for its sender."""


class Host(Protocol):
    """The parts of a run that a connection reaches."""

    secrets: Secrets
    history: History
    gate: Gate | None
    publish: Publish | None
    own_log: Log | None
    cancel: Callable[[], None]
    debug: Debug | None
    trace_of: Callable[[str], str | None]


class _Follower:
    """A connection that gets the events as they come."""

    def __init__(self, writer: asyncio.StreamWriter, wants_output: bool) -> None:
        self.writer = writer
        self.wants_output = wants_output

    def send(self, line: bytes) -> bool:
        """Send a line and return whether the reader keeps up."""
        if self.writer.transport.get_write_buffer_size() > _MAX_UNREAD:
            self.writer.transport.abort()
        if self.writer.is_closing():
            return False
        self.writer.write(line)
        return True


class Sessions:
    """The connections to a run."""

    def __init__(self, host: Host) -> None:
        self._host = host
        self._followers: list[_Follower] = []
        self._tasks: set[asyncio.Task[None]] = set()

    def begin(self, connection: socket.socket) -> None:
        """Serve a connection."""
        task = asyncio.ensure_future(self._run(connection))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def send(self, event: Event) -> None:
        """Send an event to those who follow."""
        is_output = isinstance(event, OutputChunk)
        if any(follower.wants_output or not is_output for follower in self._followers):
            line = encode(redact_event(event, self._host.secrets))
            self._followers = [
                follower
                for follower in self._followers
                if (is_output and not follower.wants_output) or follower.send(line)
            ]

    async def close(self) -> None:
        """Give followers a moment to read the rest, and end all connections."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_MAX_FAREWELL):
                for follower in self._followers:
                    with contextlib.suppress(ConnectionError):
                        await flushed(follower.writer)
        tasks = [*self._tasks]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _run(self, connection: socket.socket) -> None:
        if not _is_same_user(connection):
            connection.close()
            return
        reader, writer = await asyncio.open_unix_connection(sock=connection, limit=_MAX_REQUEST)
        try:
            await self._serve(reader, writer)
        except (ConnectionError, ValueError):
            # Gone, or a line without end.
            pass
        finally:
            writer.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        started = self._host.history.started
        assert started is not None  # noqa: S101
        name = started.workflow_name or started.workflow_id or os.path.basename(started.workflow_path)
        answer: dict[str, Any] = {
            "protocol": PROTOCOL,
            "id": started.id,
            "workflow": self._host.secrets.mask(name),
            "path": started.workflow_path,
            "startedAt": started.started_at,
            "pid": os.getpid(),
            "trace": self._host.trace_of(started.id),
        }
        while True:
            writer.write(msgspec.json.encode(answer) + b"\n")
            await writer.drain()
            if answer.get("answer") == "debug" and self._host.debug is not None:
                await self._host.debug(reader, writer)
                return
            line = await reader.readline()
            if not line:
                return
            try:
                answer = await self._answer(parse_json(line), writer)
            except (RequestError, HubError) as error:
                answer = {"error": str(error)}
            except JsonError as error:
                answer = {"error": f"not JSON: {error.reason}"}

    async def _answer(self, request: Any, writer: asyncio.StreamWriter) -> dict[str, Any]:
        kind = request.get("request") if isinstance(request, dict) else None
        answers: dict[Any, Callable[[dict[str, Any], asyncio.StreamWriter], Awaitable[dict[str, Any]]]] = {
            "status": self._status,
            "history": self._send_history,
            "follow": self._follow,
            "emit": self._emit,
            "cancel": self._cancel_run,
            "pause": self._pause,
            "continue": self._continue,
            "debug": self._debug,
        }
        if not isinstance(kind, str) or kind not in answers:
            raise RequestError(f"unknown request: it must be one of {', '.join(answers)}")
        return {"answer": kind, **await answers[kind](request, writer)}

    async def _status(self, request: dict[str, Any], writer: asyncio.StreamWriter) -> dict[str, Any]:
        running = [*self._host.history.running.values()]
        outer = {step.parent for step in running}
        mask = self._host.secrets.mask
        return {
            "paused": self._host.gate is not None and self._host.gate.is_closed,
            "running": [
                {"seq": step.seq, "name": mask(step.name), "type": step.type, "since": step.started_at}
                for step in running
                if step.seq not in outer
            ],
            "waiting": [
                {"event": mask(step.awaits), "since": step.started_at} for step in running if step.awaits
            ],
        }

    async def _send_history(self, request: dict[str, Any], writer: asyncio.StreamWriter) -> dict[str, Any]:
        self._write_history(request, writer)
        return {"omitted": self._host.history.omitted}

    async def _follow(self, request: dict[str, Any], writer: asyncio.StreamWriter) -> dict[str, Any]:
        # Nothing can happen between the two: no event is missed, none comes twice.
        self._write_history(request, writer)
        self._followers.append(_Follower(writer, request.get("output") is True))
        return {"omitted": self._host.history.omitted}

    def _write_history(self, request: dict[str, Any], writer: asyncio.StreamWriter) -> None:
        for event in self._host.history.events(request.get("output") is True):
            writer.write(encode(redact_event(event, self._host.secrets)))

    async def _emit(self, request: dict[str, Any], writer: asyncio.StreamWriter) -> dict[str, Any]:
        event = request.get("event")
        if not isinstance(event, str) or not event:
            raise RequestError("`event` must be the name of an event")
        if self._host.publish is None:
            raise RequestError("the run has no event hub")
        by = request.get("by", _SENDERS[0])
        if by not in _SENDERS:
            raise RequestError(f"`by` must be one of {', '.join(_SENDERS)}")
        if self._host.own_log is None:
            is_awaited = self._is_awaited(event)
            await self._host.publish(event, request.get("payload"), by)
            return {"awaited": is_awaited, "taken": None}
        arrival = self._host.own_log.add(event, request.get("payload"), by)
        for _ in range(_TURNS_TO_TAKE):
            await asyncio.sleep(0)
        return {"awaited": arrival.is_taken or self._is_awaited(event), "taken": arrival.is_taken}

    def _is_awaited(self, event: str) -> bool:
        """Return whether a step waits for an event now."""
        return any(step.awaits == event for step in self._host.history.running.values())

    async def _cancel_run(self, request: dict[str, Any], writer: asyncio.StreamWriter) -> dict[str, Any]:
        asyncio.get_running_loop().call_soon(self._host.cancel)
        return {}

    async def _pause(self, request: dict[str, Any], writer: asyncio.StreamWriter) -> dict[str, Any]:
        self._gate().close()
        return {}

    async def _continue(self, request: dict[str, Any], writer: asyncio.StreamWriter) -> dict[str, Any]:
        self._gate().open()
        return {}

    def _gate(self) -> Gate:
        if self._host.gate is None:
            raise RequestError("a durable run can't be paused")
        return self._host.gate

    async def _debug(self, request: dict[str, Any], writer: asyncio.StreamWriter) -> dict[str, Any]:
        if self._host.debug is None:
            raise RequestError(
                "a durable run can't be debugged: run the workflow without a store to debug it"
            )
        return {}


async def flushed(writer: asyncio.StreamWriter) -> None:
    """Wait until the system has all that was written."""
    writer.transport.set_write_buffer_limits(high=0)
    await writer.drain()


def _is_same_user(connection: socket.socket) -> bool:
    """Return whether the other end is a process of this user, as far as the system tells."""
    if not hasattr(socket, "SO_PEERCRED"):
        return True
    credentials = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i"))
    return bool(struct.unpack("3i", credentials)[1] == os.getuid())

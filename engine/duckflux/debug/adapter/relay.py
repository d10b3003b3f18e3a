"""Attaches to a live run: its process has the debugger, and messages go through its socket."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

import msgspec

from ...json_text import parse_json
from ...live.client import LiveRun, LiveRunError, find_run
from ..client import DebugError
from .framing import MAX_MESSAGE, FrameError, frame, framed, read_frame
from .lifecycle_requests import check_token
from .messages import Attach
from .session import ENDED

if TYPE_CHECKING:
    from .session import Body, Session

_TIMEOUT = 5.0


class Relay:
    """Passes messages between a client and the session in the process of a run."""

    def __init__(self, session: Session, run: LiveRun) -> None:
        self._session = session
        self._run = run
        self._reader: asyncio.StreamReader
        self._writer: asyncio.StreamWriter
        self._task: asyncio.Task[None] | None = None

    async def open(self, attach: dict[str, Any]) -> None:
        """Begin the session in the run. Raises DebugError if the run refuses."""
        self._reader, self._writer = await asyncio.open_unix_connection(
            sock=self._run.detach(), limit=MAX_MESSAGE
        )
        client = msgspec.to_builtins(self._session.client.arguments)
        try:
            async with asyncio.timeout(_TIMEOUT):
                await self._request("initialize", client)
                await self._request("attach", attach)
        except TimeoutError:
            raise DebugError(f"the run {self._run.id} does not answer: its process may be stopped") from None
        self._task = asyncio.ensure_future(self._pump())

    def forward(self, text: bytes) -> None:
        """Pass a message of the client on."""
        self._writer.write(framed(text))

    async def close(self) -> None:
        """Let the run go on by itself."""
        if self._task is not None:
            self._task.cancel()
        self._writer.close()
        with contextlib.suppress(ConnectionError):
            await self._writer.wait_closed()

    async def cancel_run(self) -> None:
        """Cancel the run."""
        await asyncio.to_thread(_cancel, self._run.id)

    async def _request(self, command: str, arguments: dict[str, Any]) -> None:
        """Send a request of the relay itself and wait for its answer. Raises DebugError."""
        request = {"seq": 0, "type": "request", "command": command, "arguments": arguments}
        self._writer.write(frame(request))
        while True:
            message = await self._next()
            if message is None:
                raise DebugError(f"the run {self._run.id} has ended")
            if message.get("type") == "response":
                if not message.get("success"):
                    raise DebugError(str(message.get("message")))
                return

    async def _pump(self) -> None:
        """Pass what the run says on to the client until the run ends."""
        ended = False
        while (message := await self._next()) is not None:
            ended = ended or message.get("event") == "terminated"
            del message["seq"]
            if message.get("event") != "initialized":
                self._session.send(message)
        if not ended:
            self._session.send_event("terminated")
        self._session.state = ENDED

    async def _next(self) -> dict[str, Any] | None:
        try:
            text = await read_frame(self._reader)
        except (FrameError, ConnectionError):
            return None
        message = parse_json(text) if text is not None else None
        return message if isinstance(message, dict) else None


def attach(token: str | None) -> Callable[[Session, Attach], Awaitable[Body]]:
    """Return what answers `attach` in an adapter; with a token, only a client that gives it is served."""

    async def answer(session: Session, arguments: Attach) -> Body:
        check_token(arguments.token, token)
        session.relay = await _relay(session, arguments)
        session.after_response(lambda: session.send_event("initialized"))
        return None

    return answer


async def _relay(session: Session, arguments: Attach) -> Relay:
    """Return a relay to the live run that a client asks for. Raises DebugError."""
    if not arguments.run:
        raise DebugError("`run` must be the id of a live run: `duckflux ps` lists them")
    try:
        run = await asyncio.to_thread(_open, arguments.run)
    except LiveRunError as error:
        raise DebugError(str(error)) from None
    relay = Relay(session, run)
    attach = {
        "run": run.id,
        "otherBranches": arguments.other_branches,
        "stopOnEntry": arguments.stop_on_entry,
    }
    await relay.open(attach)
    return relay


def _cancel(id_: str) -> None:
    with contextlib.suppress(LiveRunError):
        run = find_run(id_)
        run.ask("cancel")
        run.close()


def _open(id_: str) -> LiveRun:
    run = find_run(id_)
    try:
        run.ask("debug")
    except BaseException:
        run.close()
        raise
    return run

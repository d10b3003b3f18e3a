"""One session of the Debug Adapter Protocol: takes requests, answers each, tells the client what happens."""

from __future__ import annotations

import asyncio
import sys
import traceback
from collections.abc import Awaitable, Callable, Mapping
from inspect import isawaitable
from itertools import count
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol, TypeAlias

import msgspec

from ...cel.errors import CelError
from ...json_text import JsonError, parse_json
from ...terminal_text import printable
from ..breakpoints import Breakpoint
from ..client import DebugError, StackFrame, Stop
from ..evaluation import ExpressionError
from ..values import Container, NotSettableError, key_of
from .conventions import ClientConventions, LoadedFile, described
from .framing import FrameError, frame, read_frame
from .messages import Initialize, Request

if TYPE_CHECKING:
    from ..target import Target

# States of a session.
NEW, READY, CONFIGURING, ACTIVE, ENDED = "new", "ready", "configuring", "active", "ended"
_ERRORS = (DebugError, ExpressionError, NotSettableError, CelError, RecursionError)
_MAX_UNREAD = 8 * 1024 * 1024

Body: TypeAlias = "Mapping[str, Any] | None"


class Handler(NamedTuple):
    """The function that answers a request, its arguments, and the states it is allowed in."""

    arguments: type[Any]
    answer: Callable[[Session, Any], Body | Awaitable[Body]]
    states: tuple[str, ...] = (CONFIGURING, ACTIVE)


class Relay(Protocol):
    """Passes the messages of a session on to a run in another process."""

    def forward(self, text: bytes) -> None:
        """Pass a message of the client on."""

    async def close(self) -> None:
        """Let the run go on by itself."""

    async def cancel_run(self) -> None:
        """Cancel the run."""


class Debuggee(NamedTuple):
    """The target of a session, and how it begins and ends.

    `start` is called when the client has said all breakpoints, `end` ends it for good, `leave` when the client
    goes away.
    """

    target: Target
    start: Callable[[], None]
    end: Callable[[], Awaitable[None]]
    leave: Callable[[], Awaitable[None]]


class Session:
    """A session with one client; `handlers` answer its requests."""

    def __init__(self, writer: asyncio.StreamWriter, handlers: Mapping[str, Handler]) -> None:
        self.state = NEW
        self.client = ClientConventions(Initialize())
        self.debuggee: Debuggee | None = None
        self.frames: dict[int, tuple[int, int]] = {}
        self.containers: dict[int, tuple[int, Container]] = {}
        self.goto_targets: dict[int, tuple[str, str]] = {}
        self.last_stopped = 0
        self.relay: Relay | None = None
        self.is_closing = False
        self.ids = count(1)
        self._writer = writer
        self._handlers = handlers
        self._seq = count(1)
        self._omitted = 0
        self._after: list[Callable[[], None]] = []

    # The protocol.

    async def serve(self, reader: asyncio.StreamReader) -> None:
        """Answer requests until the client is gone, and then leave what it debugs."""
        try:
            while not self.is_closing:
                text = await read_frame(reader)
                if text is None:
                    break
                await self.take(text)
                await self._writer.drain()
        except (FrameError, ConnectionError) as error:
            if isinstance(error, FrameError):
                print(f"duckflux-dap: {error}", file=sys.stderr)  # noqa: T201
        finally:
            await self.leave()

    async def take(self, text: bytes) -> None:
        """Answer the request in a message, or pass it on to the run that the session is attached to."""
        if self.relay is not None and b'"disconnect"' not in text:
            self.relay.forward(text)
            return
        try:
            request = msgspec.convert(parse_json(text), Request)
        except (JsonError, msgspec.ValidationError) as error:
            print(f"duckflux-dap: no request: {error}", file=sys.stderr)  # noqa: T201
            return
        try:
            body = await self._answer(request)
        except _ERRORS as error:
            self._respond(request, error=self._masked(str(error) or "the value is nested too deeply"))
        except Exception as error:
            # A fault in one answer must not end what is debugged.
            self._report(request.command)
            self._respond(request, error=self._masked(f"`{request.command}` has failed: {error!r}"))
        else:
            self._respond(request, body)
        after, self._after = self._after, []
        for action in after:
            action()

    def after_response(self, action: Callable[[], None]) -> None:
        """Do something when the answer to the current request has been sent."""
        self._after.append(action)

    def send_event(self, event: str, body: Body = None) -> None:
        """Send an event to the client."""
        self.send({"type": "event", "event": event, **({"body": body} if body is not None else {})})

    def send(self, message: dict[str, Any]) -> None:
        """Send a message without its number to the client."""
        if not self._writer.is_closing():
            self._writer.write(frame({"seq": next(self._seq), **message}))

    async def leave(self) -> None:
        """Let go of what is debugged, once."""
        debuggee, self.debuggee = self.debuggee, None
        relay, self.relay = self.relay, None
        self.state = ENDED
        if debuggee is not None:
            await debuggee.leave()
        if relay is not None:
            await relay.close()

    async def _answer(self, request: Request) -> Body:
        handler = self._handlers.get(request.command)
        if handler is None:
            raise DebugError(f"the request `{request.command}` is not supported")
        if self.state not in handler.states:
            raise DebugError(_out_of_order(request.command, self.state))
        try:
            arguments = msgspec.convert(request.arguments or {}, handler.arguments)
        except msgspec.ValidationError as error:
            raise DebugError(f"the arguments of `{request.command}` are wrong: {error}") from None
        answer = handler.answer(self, arguments)
        return await answer if isawaitable(answer) else answer

    def _report(self, command: str) -> None:
        """Print where the answer to a request has failed, for a report of this fault."""
        text = self._masked(traceback.format_exc())
        print(f"duckflux-dap: the request `{command}` has failed:\n{text}", file=sys.stderr)  # noqa: T201

    def _respond(self, request: Request, body: Body = None, *, error: str | None = None) -> None:
        response: dict[str, Any] = {
            "type": "response",
            "request_seq": request.seq,
            "command": request.command,
            "success": error is None,
        }
        if error is not None:
            response["message"] = error
            response["body"] = {"error": {"id": 1, "format": error.replace("{", "{{"), "showUser": True}}
        elif body is not None:
            response["body"] = body
        self.send(response)

    # What a debugger tells.

    def stopped(self, stop: Stop) -> None:
        """Tell that a thread has stopped."""
        self.last_stopped = stop.thread
        body: dict[str, Any] = {
            "reason": stop.reason,
            "threadId": stop.thread,
            "allThreadsStopped": stop.others_too,
        }
        if stop.text:
            body |= {"text": stop.text, "description": f"Stopped: {stop.text.partition(chr(10))[0]}"}
        if stop.breakpoints:
            body["hitBreakpointIds"] = list(stop.breakpoints)
        self.send_event("stopped", body)

    def ended(self, code: int) -> None:
        """Tell that what is debugged has ended."""
        self.forget()
        self.state = ENDED
        self.send_event("exited", {"exitCode": code})
        self.send_event("terminated")

    def thread_changed(self, thread: int, started: bool) -> None:
        """Tell that a thread begins or has ended."""
        self.forget(thread)
        self.send_event("thread", {"reason": "started" if started else "exited", "threadId": thread})

    def printed(self, text: str, file: str = "", line: int = 0) -> None:
        """Show a text of the debugger."""
        self.show(f"{text}\n", "console", file, line)

    def show(self, text: str, category: str, file: str = "", line: int = 0) -> None:
        """Show a text in the client's console; one that does not read them misses some."""
        unread = self._writer.transport.get_write_buffer_size()
        if unread > _MAX_UNREAD and category in ("stdout", "stderr"):
            self._omitted += len(text)
            return
        if self._omitted:
            note = f"… {self._omitted} characters of output left out\n"
            self._omitted = 0
            self.send_event("output", {"category": "console", "output": note})
        body: dict[str, Any] = {"category": category, "output": printable(text)}
        if file:
            body |= {"source": self.client.source(file), "line": self.client.line_out(line)}
        self.send_event("output", body)

    def breakpoint_changed(self, file: str, breakpoint_: Breakpoint) -> None:
        """Tell that a breakpoint stands somewhere else."""
        breakpoint_now = described(self.client, file, self.loaded_file(file), breakpoint_)
        self.send_event("breakpoint", {"reason": "changed", "breakpoint": breakpoint_now})

    # What handlers share.

    @property
    def target(self) -> Target:
        """Return the target. Raises DebugError if nothing is."""
        if self.debuggee is None:
            raise DebugError("nothing is being debugged")
        return self.debuggee.target

    def loaded_file(self, file: str) -> LoadedFile | None:
        """Return a file as the target has loaded it, None for one that can't be read."""
        sites = self.target.sites(file)
        return LoadedFile(self.client, file, sites) if sites is not None else None

    def forget(self, thread: int | None = None) -> None:
        """Make the frames and values of a thread, or of all, invalid: it goes on."""
        self.frames = {id_: at for id_, at in self.frames.items() if thread not in (None, at[0])}
        self.containers = {id_: at for id_, at in self.containers.items() if thread not in (None, at[0])}

    def frame_at(self, id_: int | None) -> tuple[int, int, StackFrame]:
        """Return a frame with its thread and index, the last stopped one for no id. Raises DebugError."""
        if id_ is None and not self.last_stopped:
            raise DebugError("no thread has stopped: pause it first")
        if id_ is None:
            thread, index = self.last_stopped, 0
        elif id_ in self.frames:
            thread, index = self.frames[id_]
        else:
            raise DebugError("the frame is gone: its thread has gone on")
        return thread, index, self.frame_of(thread, index)

    def frame_of(self, thread: int, index: int) -> StackFrame:
        """Return a frame of a stopped thread. Raises DebugError."""
        if not self.target.is_stopped(thread):
            raise DebugError("the thread runs: pause it first")
        return self.target.stack(thread)[index]

    def container_at(self, reference: int) -> tuple[int, Container]:
        """Return a value that can be opened with its thread. Raises DebugError."""
        entry = self.containers.get(reference)
        if entry is None:
            raise DebugError("the value is gone: its thread has gone on")
        return entry

    def part_at(self, reference: int, name: str) -> tuple[int, Container, Any]:
        """Return the key of a part of a value, with the value and its thread. Raises DebugError."""
        thread, container = self.container_at(reference)
        try:
            return thread, container, key_of(container, name, self.target.secrets)
        except KeyError:
            raise DebugError(f"there is no value `{name}`") from None

    def _masked(self, text: str) -> str:
        return self.debuggee.target.secrets.mask(text) if self.debuggee is not None else text


def _out_of_order(command: str, state: str) -> str:
    match state:
        case "new":
            return f"`{command}` came before `initialize`"
        case "ready":
            return f"`{command}` came before `launch` or `attach`"
        case "ended":
            return "what was debugged has ended"
        case _:
            return f"`{command}` can't be used any more in this session"

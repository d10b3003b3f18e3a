"""Serves a debugger in the process of a live run, which goes on when the debugger goes away."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from typing import Any

from ...live.sessions import flushed
from ...runtime.engine.debugging import DebugPort
from ...runtime.secrets import Secrets
from ..client import DebugError
from ..run_target import RunTarget
from .handlers import handlers
from .lifecycle_requests import beginning
from .listeners import Console, End
from .messages import Attach
from .session import READY, Debuggee, Handler, Session

_MAX_FAREWELL = 1.0


async def serve_own_run(
    port: DebugPort,
    secrets: Secrets,
    cancel: Callable[[], None],
    reader: asyncio.StreamReader,
    writer: asyncio.StreamWriter,
) -> None:
    """Serve a debugger on a connection until it goes away or the run ends."""
    attach = Handler(Attach, beginning(_attach(port, secrets, cancel)), (READY,))
    session = Session(writer, handlers({"attach": attach}))
    try:
        await session.serve(reader)
    finally:
        # The run may be ending: the client is to read the rest.
        with contextlib.suppress(ConnectionError, TimeoutError):
            async with asyncio.timeout(_MAX_FAREWELL):
                await flushed(writer)


def _attach(
    port: DebugPort, secrets: Secrets, cancel: Callable[[], None]
) -> Callable[[Session, Any], Awaitable[Debuggee]]:
    """Return what answers `attach`."""

    async def attach(session: Session, arguments: Attach) -> Debuggee:
        if port.debugger is not None:
            raise DebugError("the run is being debugged already")
        target = RunTarget(port, session, secrets, arguments.other_branches)
        console = Console(session, target)
        end = End(session)

        def start() -> None:
            target.run.stream.add(console)
            target.run.stream.add(end)
            target.attach(at_entry=arguments.stop_on_entry)

        async def leave() -> None:
            target.detach()
            if port.run is not None:
                port.run.stream.remove(console)
                port.run.stream.remove(end)

        async def cancel_run() -> None:
            target.detach()
            cancel()

        return Debuggee(target, start, cancel_run, leave)

    return attach

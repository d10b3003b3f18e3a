"""Puts the server together, and serves until it is asked to end."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import uvicorn
from starlette.applications import Starlette
from starlette.types import ASGIApp

from ..runtime.signals import on_termination_signal
from ..trace.index import TraceIndex
from .access import Access, Guard
from .api import Api
from .pages import Pages
from .records import change_record
from .runs import RunControl, Runs
from .updates import Updates
from .workflows import Workflows

if TYPE_CHECKING:
    from ..durable.dbos_store import Location
    from .mirror import Mirror

# Who does not read the rest of an answer is cut off.
_SECONDS_TO_END = 2
_MAX_CONNECTIONS = 1_000


class Served(NamedTuple):
    """The workflows of a folder and the traces of another one, which must exist, and a store of durable runs."""

    folder: Path
    traces: Path
    can_run: bool = True
    detach_runs: bool = False
    durable: Location | None = None


class Application(NamedTuple):
    """The server without its connections."""

    app: ASGIApp
    updates: Updates
    runs: RunControl
    traces: TraceIndex
    mirror: Mirror | None


def application(served: Served, access: Access) -> Application:
    """Return the server of a folder."""
    workflows = Workflows(served.folder)
    index = TraceIndex(served.traces)
    updates = Updates(index, lambda change: change_record(change, workflows))
    local = Runs(workflows.folder, served.traces, updates.look_now, detached=served.detach_runs)
    runs, mirror = _durable(served, workflows.folder, local)
    api = Api(workflows, updates, runs, can_run=served.can_run, durable=mirror)
    app = Starlette(routes=[*api.routes(), *Pages(api).routes()])
    return Application(Guard(app, access), updates, runs, index, mirror)


def _durable(served: Served, folder: Path, local: Runs) -> tuple[RunControl, Mirror | None]:
    """Return what starts and reaches runs, and what shows those of a store."""
    if served.durable is None:
        return local, None
    # It takes a while, and few need it.
    from .durable_runs import DurableRuns
    from .mirror import Mirror

    mirror = Mirror(served.durable, folder, served.traces)
    return DurableRuns(served.durable, folder, served.traces, local, mirror), mirror


async def serve(
    served: Served, access: Access, listening: socket.socket, on_ready: Callable[[], None]
) -> int:
    """Serve on a socket until a signal asks to end, end the runs, and return the exit code."""
    made = application(served, access)
    server = _Server(made.app, on_ready)
    codes: list[int] = []

    def end(code: int) -> None:
        codes.append(code)
        made.updates.close()
        server.should_exit = True
        # The second one does not wait for answers.
        server.force_exit = len(codes) > 1

    on_termination_signal(asyncio.get_running_loop(), end)
    # The first page need not wait for the first look at many traces.
    looking = asyncio.create_task(made.updates.look())
    if made.mirror is not None:
        made.mirror.start()
    try:
        await server.serve([listening])
    finally:
        looking.cancel()
        if made.mirror is not None:
            made.mirror.close()
        await made.runs.end()
        made.traces.close()
    return codes[0] if codes else 1


class _Server(uvicorn.Server):
    """Uvicorn's server, with signals of our own, and nothing said but that it is ready."""

    def __init__(self, app: ASGIApp, on_ready: Callable[[], None]) -> None:
        config = uvicorn.Config(
            app,
            http="h11",
            ws="none",
            loop="asyncio",
            lifespan="off",
            log_config=None,
            access_log=False,
            proxy_headers=False,
            server_header=False,
            limit_concurrency=_MAX_CONNECTIONS,
            timeout_graceful_shutdown=_SECONDS_TO_END,
        )
        super().__init__(config)
        self._on_ready = on_ready

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave signals alone: they end the runs too."""
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin to answer, and say so."""
        await super().startup(sockets)
        self._on_ready()

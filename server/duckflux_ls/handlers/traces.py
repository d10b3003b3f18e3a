"""The commands for views of a client: the workflows, their traces, a trace's page, and where a step of one is."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from duckflux.trace.view.annotate import result_lines
from lsprotocol import types

from .. import commands
from ..documents import path_of
from ..positions import to_range
from ..runs import traces as of_runs

if TYPE_CHECKING:
    from ..server import Server

T = TypeVar("T")


def register(server: Server) -> None:
    @server.command(commands.WORKFLOWS)
    async def workflows(arguments: dict[str, Any]) -> list[dict[str, Any]]:
        paths = await asyncio.to_thread(server.files.look)
        return [{"uri": path.as_uri(), "path": str(path)} for path in paths]

    @server.command(commands.TRACES)
    async def traces(arguments: dict[str, Any]) -> list[dict[str, Any]]:
        path = path_of(str(arguments.get("uri")))
        return await asyncio.to_thread(of_runs.traces_of, path, server.settings) if path is not None else []

    @server.command(commands.TRACE_PAGE)
    async def trace_page(arguments: dict[str, Any]) -> dict[str, Any]:
        return {"html": await read(of_runs.page, arguments)}

    @server.command(commands.TRACE_ROWS)
    async def trace_rows(arguments: dict[str, Any]) -> dict[str, Any] | None:
        return await read(of_runs.rows, arguments)

    @server.command(commands.TRACE_STEP)
    async def trace_step(arguments: dict[str, Any]) -> str | None:
        seq = arguments.get("seq")
        return await read(of_runs.step, arguments, seq) if isinstance(seq, int) else None

    async def read(view: Callable[..., T], arguments: dict[str, Any], *more: int) -> T | None:
        """A view of the trace that is meant; None, and people are told why, where it can't be read."""
        from duckflux.trace.readers import TraceError

        try:
            return await asyncio.to_thread(view, Path(str(arguments.get("tracePath"))), *more)
        except TraceError as error:
            server.client.show_error(str(error))
            return None

    @server.command(commands.STEP_RANGE)
    async def step_range(arguments: dict[str, Any]) -> types.Range | None:
        document = server.documents.get(str(arguments.get("uri")))
        if document is None:
            return None
        analysis = await document.analysis()
        wanted = (place for place in result_lines(analysis) if place.path == arguments.get("step"))
        place = next(wanted, None)
        if place is None:
            return None
        return to_range(analysis.document.lines, place.start, place.end, server.encoding)

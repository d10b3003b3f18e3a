"""The commands for views of a client: the workflows, their traces, a trace's page, and where a step of one is."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Any

from duckflux.trace.annotate import places
from lsprotocol import types

from .. import commands
from ..documents import path_of
from ..positions import to_range
from ..runs.traces import page, traces_of

if TYPE_CHECKING:
    from ..server import Server


def register(server: Server) -> None:
    @server.command(commands.WORKFLOWS)
    async def workflows(arguments: dict[str, Any]) -> list[dict[str, Any]]:
        paths = await asyncio.to_thread(server.files.look)
        return [{"uri": path.as_uri(), "path": str(path)} for path in paths]

    @server.command(commands.TRACES)
    async def traces(arguments: dict[str, Any]) -> list[dict[str, Any]]:
        path = path_of(str(arguments.get("uri")))
        return await asyncio.to_thread(traces_of, path, server.settings) if path is not None else []

    @server.command(commands.TRACE_PAGE)
    async def trace_page(arguments: dict[str, Any]) -> dict[str, Any]:
        from duckflux.trace.reader import TraceError

        try:
            html = await asyncio.to_thread(page, Path(str(arguments.get("tracePath"))))
        except TraceError as error:
            server.client.show_error(str(error))
            return {"html": None}
        return {"html": html}

    @server.command(commands.STEP_RANGE)
    async def step_range(arguments: dict[str, Any]) -> types.Range | None:
        document = server.documents.get(str(arguments.get("uri")))
        if document is None:
            return None
        analysis = await document.analysis()
        wanted = (place for place in places(analysis) if place.path == arguments.get("step"))
        place = next(wanted, None)
        if place is None:
            return None
        return to_range(analysis.document.lines, place.start, place.end, server.encoding)

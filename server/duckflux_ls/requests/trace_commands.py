"""Runs the commands for views: the workflows, their traces, the content of a trace, and the range of a step."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from duckflux.trace.view.annotate import result_lines
from lsprotocol import types
from pygls.lsp.server import LanguageServer

from ..runs import traces as run_traces
from ..server_state import ServerState
from ..session import command_names
from ..session.documents import path_of
from ..session.positions import to_range

T = TypeVar("T")


def register(server: LanguageServer, state: ServerState) -> None:
    """Add the commands to the server."""

    @server.command(command_names.WORKFLOWS)
    async def workflows(arguments: dict[str, Any]) -> list[dict[str, Any]]:
        paths = await asyncio.to_thread(state.files.stamps)
        return [{"uri": path.as_uri(), "path": str(path)} for path in paths]

    @server.command(command_names.TRACES)
    async def traces(arguments: dict[str, Any]) -> list[dict[str, Any]]:
        path = path_of(str(arguments.get("uri")))
        return await asyncio.to_thread(run_traces.traces_of, path, state.settings) if path is not None else []

    @server.command(command_names.TRACE_PAGE)
    async def trace_page(arguments: dict[str, Any]) -> dict[str, Any] | None:
        return await read(run_traces.trace_page, arguments)

    @server.command(command_names.TRACE_PAGE_NEWS)
    async def trace_page_news(arguments: dict[str, Any]) -> dict[str, Any] | None:
        return await read(run_traces.trace_page_news, arguments, arguments.get("known"))

    @server.command(command_names.COMPARE_TRACES)
    async def compare_traces(arguments: dict[str, Any]) -> str:
        before, after = (Path(str(arguments.get(name))) for name in ("before", "after"))
        return await run_traces.comparison(before, after)

    @server.command(command_names.REMOVE_TRACE)
    async def remove_trace(arguments: dict[str, Any]) -> bool:
        path = Path(str(arguments.get("tracePath")))
        problem = await asyncio.to_thread(run_traces.remove, path)
        if problem is not None:
            state.client.show_error(problem)
            return False
        state.runs.forget(path)
        state.comparisons.forget(path)
        return True

    @server.command(command_names.TRACE_ROWS)
    async def trace_rows(arguments: dict[str, Any]) -> dict[str, Any] | None:
        return await read(run_traces.trace_rows, arguments)

    @server.command(command_names.TRACE_STEP)
    async def trace_step(arguments: dict[str, Any]) -> str | None:
        seq = arguments.get("seq")
        return await read(run_traces.trace_step, arguments, seq) if isinstance(seq, int) else None

    async def read(view: Callable[..., T], arguments: dict[str, Any], *more: Any) -> T | None:
        """Return a view of the trace; None, after showing an error, if it can't be read."""
        from duckflux.trace.readers import TraceError

        try:
            return await asyncio.to_thread(view, Path(str(arguments.get("tracePath"))), *more)
        except TraceError as error:
            state.client.show_error(str(error))
            return None

    @server.command(command_names.STEP_RANGE)
    async def step_range(arguments: dict[str, Any]) -> types.Range | None:
        document = state.documents.get(str(arguments.get("uri")))
        if document is None:
            return None
        analysis = await document.analysis()
        lines = (line for line in result_lines(analysis) if line.path == arguments.get("step"))
        found = next(lines, None)
        if found is None:
            return None
        return to_range(analysis.document.lines, found.start, found.end, state.encoding)

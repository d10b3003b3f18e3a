"""Runs the commands for the flow diagram of an open workflow."""

from __future__ import annotations

import asyncio
from typing import Any

from pygls.lsp.server import LanguageServer

from ..runs import diagrams
from ..runs.run_actions import step_at_position
from ..server_state import ServerState
from ..session import command_names


def register(server: LanguageServer, state: ServerState) -> None:
    """Add the commands to the server."""

    @server.command(command_names.DIAGRAM_PAGE)
    async def diagram_page(arguments: dict[str, Any]) -> str:
        return await asyncio.to_thread(diagrams.page)

    @server.command(command_names.DIAGRAM)
    async def diagram(arguments: dict[str, Any]) -> dict[str, Any] | None:
        document = state.documents.get(str(arguments.get("uri")))
        if document is None:
            return None
        analysis = await document.analysis()
        results = await _results(document.uri, arguments)
        styled = arguments.get("styled") is True
        return await asyncio.to_thread(diagrams.drawing, analysis, document.uri, results, styled=styled)

    @server.command(command_names.DIAGRAM_RESULTS)
    async def diagram_results(arguments: dict[str, Any]) -> dict[str, Any]:
        return await _results(str(arguments.get("uri")), arguments)

    @server.command(command_names.DIAGRAM_STEP)
    async def diagram_step(arguments: dict[str, Any]) -> str | None:
        document = state.documents.get(str(arguments.get("uri")))
        if document is None:
            return None
        step = await step_at_position(document, arguments, state.encoding)
        if step is None:
            return None
        return diagrams.key_of(await document.analysis(), document.uri, step)

    async def _results(uri: str, arguments: dict[str, Any]) -> dict[str, Any]:
        document, overlay = state.documents.get(uri), state.runs.overlay(uri)
        if document is None or overlay is None:
            return {}
        analysis = await document.analysis()
        await overlay.compare(analysis)
        return diagrams.results(analysis, uri, overlay)

"""Runs the commands that compare two runs on the lines of their workflow."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pygls.lsp.server import LanguageServer

from ..server_state import ServerState
from ..session import command_names


def register(server: LanguageServer, state: ServerState) -> None:
    """Add the commands to the server."""

    @server.command(command_names.COMPARE)
    async def compare(arguments: dict[str, Any]) -> dict[str, Any]:
        document = state.documents.get(str(arguments.get("uri")))
        after = arguments.get("after")
        before = Path(str(arguments.get("before")))
        return await state.comparisons.begin(
            document, before, Path(after) if isinstance(after, str) else None
        )

    @server.command(command_names.COMPARISON_PAGE)
    async def comparison_page(arguments: dict[str, Any]) -> dict[str, Any] | None:
        return await state.comparisons.page(str(arguments.get("uri")))

    @server.command(command_names.STOP_COMPARING)
    def stop_comparing(arguments: dict[str, Any]) -> bool:
        return state.comparisons.end(str(arguments.get("uri")))

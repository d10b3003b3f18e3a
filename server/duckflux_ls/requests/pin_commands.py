"""Runs the commands that pin the output of a step for later runs, and unpin it."""

from __future__ import annotations

from typing import Any

from pygls.lsp.server import LanguageServer

from ..runs.pins import can_be_pinned
from ..server_state import ServerState
from ..session import command_names
from ..session.documents import path_of


def register(server: LanguageServer, state: ServerState) -> None:
    """Add the commands to the server."""

    @server.command(command_names.PIN)
    async def pin(arguments: dict[str, Any]) -> bool:
        uri, name = str(arguments.get("uri")), str(arguments.get("name"))
        document = state.documents.get(uri)
        run = await state.last_run_of(document) if document is not None else None
        outputs = run.outputs(name) if run is not None else ()
        path = document.path if document is not None else None
        if path is None or not outputs or not can_be_pinned(outputs[-1]):
            state.client.show_error(f"no run has an output of `{name}` that can be pinned")
            return False
        problem = await state.runs.pins.pin(path, name, outputs[-1])
        if problem is not None:
            state.client.show_error(f"`{name}` is pinned until the server ends, and then no more: {problem}")
        state.client.refresh_lenses()
        return True

    @server.command(command_names.UNPIN)
    async def unpin(arguments: dict[str, Any]) -> bool:
        path = path_of(str(arguments.get("uri")))
        is_unpinned = path is not None and await state.runs.pins.unpin(path, str(arguments.get("name")))
        state.client.refresh_lenses()
        return is_unpinned

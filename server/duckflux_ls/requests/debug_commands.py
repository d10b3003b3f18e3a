"""Tells a client how to start the debug adapter that belongs to this server."""

from __future__ import annotations

from typing import Any

from duckflux.own_command import module_command
from pygls.lsp.server import LanguageServer

from ..server_state import ServerState
from ..session import command_names


def register(server: LanguageServer, state: ServerState) -> None:
    """Add the command to the server."""

    @server.command(command_names.DEBUG_ADAPTER)
    async def debug_adapter(arguments: dict[str, Any]) -> dict[str, Any]:
        program, *options = module_command("duckflux.dap")
        return {"command": program, "args": options}

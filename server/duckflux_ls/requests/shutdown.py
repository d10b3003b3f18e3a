"""Answers `shutdown`: ends everything that runs."""

from __future__ import annotations

from lsprotocol import types
from pygls.lsp.server import LanguageServer

from ..server_state import ServerState


def register(server: LanguageServer, state: ServerState) -> None:
    """Add the handler to the server."""

    @server.feature(types.SHUTDOWN)
    async def shutdown(params: None) -> None:
        await state.end_processes()

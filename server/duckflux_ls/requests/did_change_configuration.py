"""Handles `workspace/didChangeConfiguration`."""

from __future__ import annotations

from lsprotocol import types
from pygls.lsp.server import LanguageServer

from ..server_state import ServerState
from ..session.settings import SECTION, read_settings


def register(server: LanguageServer, state: ServerState) -> None:
    """Add the handler to the server."""

    @server.feature(types.WORKSPACE_DID_CHANGE_CONFIGURATION)
    async def configuration_changed(params: types.DidChangeConfigurationParams) -> None:
        if isinstance(params.settings, dict):
            state.settings = read_settings(params.settings.get(SECTION))
        await state.read_settings()
        state.refresh_everything()

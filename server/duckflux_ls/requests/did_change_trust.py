"""Handles `duckflux/didChangeTrust`: the user trusts the workspace now, or no longer."""

from __future__ import annotations

from typing import Any

from pygls.lsp.server import LanguageServer

from ..server_state import ServerState


def register(server: LanguageServer, state: ServerState) -> None:
    """Add the handler to the server."""

    @server.feature("duckflux/didChangeTrust")
    def trust_changed(params: Any) -> None:
        state.runs.trusted = isinstance(params, dict) and params.get("trusted") is True
        state.refresh_everything()

"""Handles `workspace/didChangeWorkspaceFolders`."""

from __future__ import annotations

from lsprotocol import types
from pygls.lsp.server import LanguageServer

from ..server_state import ServerState
from ..session.documents import path_of


def register(server: LanguageServer, state: ServerState) -> None:
    """Add the handler to the server."""

    @server.feature(types.WORKSPACE_DID_CHANGE_WORKSPACE_FOLDERS)
    def folders_changed(params: types.DidChangeWorkspaceFoldersParams) -> None:
        state.files.change_roots(
            added=[path for folder in params.event.added if (path := path_of(folder.uri))],
            removed=[path for folder in params.event.removed if (path := path_of(folder.uri))],
        )
        state.client.notify_workflows()
        state.client.refresh_diagnostics()
        state.indexing.start()

"""Handles `workspace/didChangeWatchedFiles`."""

from __future__ import annotations

from duckflux.language.workflow_files import is_workflow_name
from lsprotocol import types
from pygls.lsp.server import LanguageServer

from ..server_state import ServerState
from ..session.documents import path_of


def register(server: LanguageServer, state: ServerState) -> None:
    """Add the handler to the server."""

    @server.feature(types.WORKSPACE_DID_CHANGE_WATCHED_FILES)
    def files_changed(params: types.DidChangeWatchedFilesParams) -> None:
        paths = [path for event in params.changes if (path := path_of(event.uri)) is not None]
        for path in paths:
            state.files.changed(path)
            state.diagnostics.check_callers_soon(path)
        # Other files are settings or MCP servers, on which all documents depend.
        if not all(is_workflow_name(path.name) for path in paths):
            state.checked_files.forget()
            for document in state.documents:
                document.invalidate()
                state.report_invalid_settings(document)
                state.diagnostics.publish_soon(document)
        if any(_changes_list(event) for event in params.changes):
            state.client.notify_workflows()
        state.client.refresh_diagnostics()
        if state.occurrences.is_ready:
            # There may be other callers now.
            state.indexing.start()


def _changes_list(event: types.FileEvent) -> bool:
    """Return whether there is another workflow now, or one less."""
    return event.type != types.FileChangeType.Changed and is_workflow_name(event.uri)

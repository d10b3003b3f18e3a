"""Handles `workspace/didChangeWatchedFiles`."""

from __future__ import annotations

from pathlib import Path

from duckflux.language.lint.settings import FILES
from duckflux.language.semantics.mcp_servers import FILES as SERVER_FILES
from duckflux.language.workflow_files import is_workflow_name
from lsprotocol import types
from pygls.lsp.server import LanguageServer

from ..server_state import ServerState
from ..session.documents import path_of

# The files with settings, and the folders of some of them.
_SETTINGS = frozenset(
    part for file in (*FILES, *(file for file, _ in SERVER_FILES)) for part in Path(file).parts
)


def register(server: LanguageServer, state: ServerState) -> None:
    """Add the handler to the server."""

    @server.feature(types.WORKSPACE_DID_CHANGE_WATCHED_FILES)
    def files_changed(params: types.DidChangeWatchedFilesParams) -> None:
        changed = [(event.type, path) for event in params.changes if (path := path_of(event.uri)) is not None]
        # Of a folder that is gone clients report only the folder.
        gone = [path for type_, path in changed if type_ == types.FileChangeType.Deleted]
        inside = [file for path in gone for file in state.files.inside(path)]
        paths = [path for _, path in changed if is_workflow_name(path.name) or path.name in _SETTINGS]
        if not paths and not inside:
            return
        for path in (*paths, *gone, *inside):
            state.files.changed(path)
        for path in (*paths, *inside):
            state.diagnostics.check_callers_soon(path)
        # Other files are settings or MCP servers, on which all documents depend.
        if not all(is_workflow_name(path.name) for path in paths):
            state.checked_files.forget()
            for document in state.documents:
                document.invalidate()
                state.report_invalid_settings(document)
                state.diagnostics.publish_soon(document)
        if inside or any(_changes_list(event) for event in params.changes):
            state.client.notify_workflows()
        state.client.refresh_diagnostics()
        if state.occurrences.is_ready:
            # There may be other callers now.
            state.indexing.start()


def _changes_list(event: types.FileEvent) -> bool:
    """Return whether there is another workflow now, or one less."""
    return event.type != types.FileChangeType.Changed and is_workflow_name(event.uri)

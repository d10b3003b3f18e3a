"""Handles `workspace/didChangeWatchedFiles`."""

from __future__ import annotations

import asyncio
from pathlib import Path

from duckflux.language.lint.settings import FILES
from duckflux.language.semantics.mcp_servers import FILES as SERVER_FILES
from duckflux.language.workflow_files import is_workflow_name, workflow_files
from lsprotocol import types
from pygls.lsp.server import LanguageServer

from ..server_state import ServerState
from ..session.documents import path_of

_CREATED = types.FileChangeType.Created
# The files with settings, and the folders of some of them.
_SETTINGS = frozenset(
    part for file in (*FILES, *(file for file, _ in SERVER_FILES)) for part in Path(file).parts
)


def register(server: LanguageServer, state: ServerState) -> None:
    """Add the handler to the server."""
    looking: set[asyncio.Task[None]] = set()

    @server.feature(types.WORKSPACE_DID_CHANGE_WATCHED_FILES)
    def files_changed(params: types.DidChangeWatchedFilesParams) -> None:
        changed = [(event.type, path) for event in params.changes if (path := path_of(event.uri)) is not None]
        _take_note(state, changed)
        # Of a folder that appears with files in it clients may report only the folder.
        new = [path for type_, path in changed if type_ == _CREATED and state.files.may_hold_workflows(path)]
        if new:
            task = asyncio.create_task(_look_inside(state, new))
            looking.add(task)
            task.add_done_callback(looking.discard)


async def _look_inside(state: ServerState, paths: list[Path]) -> None:
    """Take note of the workflows in those new paths that are folders."""
    found = await asyncio.to_thread(lambda: [file for path in paths for file in workflow_files(path)])
    _take_note(state, [(_CREATED, file) for file in found])


def _take_note(state: ServerState, changed: list[tuple[types.FileChangeType, Path]]) -> None:
    """Check again what depends on files that have changed, and tell the client."""
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
    if inside or any(_changes_list(*change) for change in changed):
        state.client.notify_workflows()
    state.client.refresh_diagnostics()
    if state.occurrences.is_ready:
        # There may be other callers now.
        state.indexing.start()


def _changes_list(type_: types.FileChangeType, path: Path) -> bool:
    """Return whether there is another workflow now, or one less."""
    return type_ != types.FileChangeType.Changed and is_workflow_name(path.name)

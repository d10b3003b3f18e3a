"""Answers `workspace/willRenameFiles`: paths that name a workflow follow it."""

from __future__ import annotations

from duckflux.ide.moved_files import updated_paths
from duckflux.language.workflow_files import WORKFLOW_SUFFIXES
from lsprotocol import types
from pygls.lsp.server import LanguageServer

from ..server_state import ServerState
from ..session.conversions import reference_range
from ..session.documents import path_of

_WORKFLOWS_AND_FOLDERS = types.FileOperationRegistrationOptions(
    [types.FileOperationFilter(types.FileOperationPattern(f"**/*{suffix}")) for suffix in WORKFLOW_SUFFIXES]
    + [types.FileOperationFilter(types.FileOperationPattern("**", types.FileOperationPatternKind.Folder))]
)


def register(server: LanguageServer, state: ServerState) -> None:
    """Add the handler to the server."""

    @server.feature(types.WORKSPACE_WILL_RENAME_FILES, _WORKFLOWS_AND_FOLDERS)
    async def will_rename_files(params: types.RenameFilesParams) -> types.WorkspaceEdit | None:
        moved = {
            old: new
            for file in params.files
            if (old := path_of(file.old_uri)) is not None and (new := path_of(file.new_uri)) is not None
        }
        changes: dict[str, list[types.TextEdit]] = {}
        for reference, path in updated_paths(moved, await state.occurrences.everywhere()):
            edit = types.TextEdit(reference_range(reference, state.encoding), path)
            changes.setdefault(reference.workflow.uri, []).append(edit)
        return types.WorkspaceEdit(changes=changes) if changes else None

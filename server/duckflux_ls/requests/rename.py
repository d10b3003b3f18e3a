"""Answers `textDocument/rename`."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from duckflux.ide.occurrences import WorkflowOccurrences
from duckflux.ide.rename import RenameError, rename
from lsprotocol import types
from pygls.exceptions import JsonRpcException
from pygls.lsp.server import LanguageServer

from ..server_state import ServerState
from ..session.conversions import reference_range


class _RequestFailedError(JsonRpcException):
    """The request failed; the client shows the message."""

    CODE = types.LSPErrorCodes.RequestFailed.value


@contextmanager
def showing_reason() -> Iterator[None]:
    """Turn a RenameError into an answer whose message the client shows."""
    try:
        yield
    except RenameError as reason:
        raise _RequestFailedError(str(reason)) from None


def register(server: LanguageServer, state: ServerState) -> None:
    """Add the handler to the server."""

    @server.feature(types.TEXT_DOCUMENT_RENAME, types.RenameOptions(prepare_provider=True))
    @state.with_occurrences
    async def renamed(
        params: types.RenameParams, occurrences: WorkflowOccurrences, offset: int
    ) -> types.WorkspaceEdit:
        workflows = await state.workflows_naming(occurrences, offset)
        with showing_reason():
            found = rename(occurrences, offset, params.new_name, workflows)
        changes: dict[str, list[types.TextEdit]] = {}
        for reference in found:
            edit = types.TextEdit(reference_range(reference, state.encoding), params.new_name)
            changes.setdefault(reference.workflow.uri, []).append(edit)
        return types.WorkspaceEdit(changes=changes)

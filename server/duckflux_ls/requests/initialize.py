"""Answers `initialize`, and reads settings and files once the client is `initialized`."""

from __future__ import annotations

import asyncio

from duckflux.language.lint.settings import FILES
from duckflux.language.semantics.mcp_servers import FILES as SERVER_FILES
from duckflux.language.workflow_files import WORKFLOW_SUFFIXES
from lsprotocol import types
from pygls.lsp.server import LanguageServer

from ..server_state import ServerState
from ..session.documents import path_of
from ..session.settings import read_settings

_WATCHED = (
    *(f"**/*{suffix}" for suffix in WORKFLOW_SUFFIXES),
    *(f"**/{name}" for name in (*FILES, *(file for file, _ in SERVER_FILES))),
)


def register(server: LanguageServer, state: ServerState) -> None:
    """Add the handlers to the server."""

    @server.feature(types.INITIALIZE)
    def initialize(params: types.InitializeParams) -> None:
        folders = [folder.uri for folder in params.workspace_folders or ()] or [params.root_uri or ""]
        state.files.roots = tuple(path for path in map(path_of, folders) if path is not None)
        options = params.initialization_options
        if isinstance(options, dict):
            state.runs.trusted = options.get("trusted", True) is not False
            state.settings = read_settings(options)

    @server.feature(types.INITIALIZED)
    async def initialized(params: types.InitializedParams) -> None:
        state.settings_read = asyncio.create_task(state.read_settings())
        state.settings_read.add_done_callback(lambda _: state.refresh_everything())
        state.files.watched = await state.client.watch(_WATCHED)
        state.indexing.start()

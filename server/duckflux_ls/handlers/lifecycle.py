"""The beginning and the end, and the settings in between."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from duckflux.language.lint.settings import FILES
from duckflux.language.semantics.mcp_servers import FILES as SERVER_FILES
from duckflux.language.workflow_files import WORKFLOW_SUFFIXES
from lsprotocol import types

from .. import settings
from ..documents import path_of
from ..liveness import lives

if TYPE_CHECKING:
    from ..server import Server

_WATCHED = (
    *(f"**/*{suffix}" for suffix in WORKFLOW_SUFFIXES),
    *(f"**/{name}" for name in (*FILES, *(file for file, _ in SERVER_FILES))),
)


def register(server: Server) -> None:
    @server.feature(types.INITIALIZE)
    def initialize(params: types.InitializeParams) -> None:
        folders = [folder.uri for folder in params.workspace_folders or ()] or [params.root_uri or ""]
        server.files.roots = tuple(path for path in map(path_of, folders) if path is not None)
        if params.process_id is not None and lives(params.process_id):
            server.watching = asyncio.create_task(server.end_with(params.process_id))
        options = params.initialization_options
        if isinstance(options, dict):
            server.runs.trusted = options.get("trusted", True) is not False
            server.settings = settings.read(options)

    @server.feature(types.INITIALIZED)
    async def initialized(params: types.InitializedParams) -> None:
        server.settings_read = asyncio.create_task(server.read_settings())
        server.settings_read.add_done_callback(lambda _: server.say_again())
        server.files.watched = await server.client.watch(_WATCHED)
        server.indexing.soon()

    @server.feature(types.WORKSPACE_DID_CHANGE_WORKSPACE_FOLDERS)
    def folders_changed(params: types.DidChangeWorkspaceFoldersParams) -> None:
        server.files.change_roots(
            added=[path for folder in params.event.added if (path := path_of(folder.uri))],
            removed=[path for folder in params.event.removed if (path := path_of(folder.uri))],
        )
        server.client.refresh_diagnostics()
        server.indexing.soon()

    @server.feature(types.WORKSPACE_DID_CHANGE_CONFIGURATION)
    async def configuration_changed(params: types.DidChangeConfigurationParams) -> None:
        if isinstance(params.settings, dict):
            server.settings = settings.read(params.settings.get(settings.SECTION))
        await server.read_settings()
        server.say_again()

    @server.feature("duckflux/didChangeTrust")
    def trust_changed(params: Any) -> None:
        server.runs.trusted = isinstance(params, dict) and params.get("trusted") is True

    @server.feature(types.SHUTDOWN)
    async def shutdown(params: None) -> None:
        await server.end_processes()

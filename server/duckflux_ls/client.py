"""What the server says to its client by itself, as far as the client said it understands."""

from __future__ import annotations

import asyncio
import contextlib
import uuid
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from typing import TYPE_CHECKING, Any

from lsprotocol import types

if TYPE_CHECKING:
    from .server import Server

ASK_INPUTS = "duckflux/askInputs"
RUN_CHANGED = "duckflux/runChanged"
RUN_OUTPUT = "duckflux/runOutput"


class Progress:
    """A progress bar with a cancel button; does nothing where the client has none."""

    def __init__(self, server: Server, token: types.ProgressToken | None) -> None:
        self._server = server
        self._token = token

    def report(self, message: str, percentage: int | None = None) -> None:
        if self._token is not None:
            value = types.WorkDoneProgressReport(message=message, percentage=percentage)
            self._server.work_done_progress.report(self._token, value)

    def end(self, message: str) -> None:
        if self._token is not None:
            value = types.WorkDoneProgressEnd(message=message)
            self._server.work_done_progress.end(self._token, value)
            self._server.work_done_progress.tokens.pop(self._token, None)


class Client:
    """The editor at the other end."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._tasks: set[asyncio.Task[Any]] = set()

    def show_error(self, message: str) -> None:
        """Show what a person must know: something they asked for can't be done."""
        self._server.window_show_message(types.ShowMessageParams(types.MessageType.Error, message))

    async def progress(
        self, title: str, on_cancel: Callable[[], None], percentage: int | None = None
    ) -> Progress:
        """Begin a progress bar, with percentages if it begins with one. `on_cancel` is called when the user
        cancels it."""
        window = self._server.client_capabilities.window
        if window is None or not window.work_done_progress:
            return Progress(self._server, None)
        token = str(uuid.uuid4())
        try:
            await self._server.work_done_progress.create_async(token)
        except Exception:
            return Progress(self._server, None)
        self._server.work_done_progress.begin(
            token, types.WorkDoneProgressBegin(title, cancellable=True, percentage=percentage)
        )

        def done(future: Future[Any]) -> None:
            if future.cancelled():
                on_cancel()

        self._server.work_done_progress.tokens[token].add_done_callback(done)
        return Progress(self._server, token)

    def shown_progress(self, token: types.ProgressToken | None, title: str) -> Progress:
        """The progress of a request for which the client itself shows a bar, if it gave a token for one."""
        if token is not None:
            self._server.work_done_progress.begin(token, types.WorkDoneProgressBegin(title, percentage=0))
        return Progress(self._server, token)

    async def ask_inputs(self, uri: str, questions: list[dict[str, Any]]) -> dict[str, Any] | None:
        """The values a person typed in, or None when they gave up. For a client that `can_ask`."""
        answer = await self._server.protocol.send_request_async(ASK_INPUTS, {"uri": uri, "inputs": questions})
        values = answer.get("inputs") if isinstance(answer, dict) else None
        return values if isinstance(values, dict) else None

    def can_ask(self) -> bool:
        """Whether the client has a way to ask for inputs."""
        return self._can("askInputs")

    def shows_runs(self) -> bool:
        """Whether the client wants to be told how runs stand and what their steps print."""
        return self._can("runs")

    def tell_run(self, state: dict[str, Any], text: str) -> None:
        """How a run stands, and what its steps printed since the last time. For a client that `shows_runs`."""
        self._server.protocol.notify(RUN_CHANGED, state)
        if text:
            self._server.protocol.notify(RUN_OUTPUT, {"uri": state["uri"], "text": text})

    def _can(self, what: str) -> bool:
        experimental = self._server.client_capabilities.experimental
        can = experimental.get("duckflux") if isinstance(experimental, dict) else None
        return isinstance(can, dict) and can.get(what) is True

    def can_create_files(self) -> bool:
        """Whether an edit may make a new file."""
        workspace = self._server.client_capabilities.workspace
        edits = workspace.workspace_edit if workspace is not None else None
        operations = edits.resource_operations if edits is not None else None
        return bool(
            edits and edits.document_changes and types.ResourceOperationKind.Create in (operations or ())
        )

    def shows_disabled_actions(self) -> bool:
        """Whether it shows why an action can't be had."""
        text_document = self._server.client_capabilities.text_document
        actions = text_document.code_action if text_document is not None else None
        return bool(actions and actions.disabled_support)

    @property
    def knows_snippets(self) -> bool:
        """Whether completions may have tab stops."""
        text = self._server.client_capabilities.text_document
        item = text.completion.completion_item if text is not None and text.completion is not None else None
        return bool(item and item.snippet_support)

    @property
    def asks_for_tooltips(self) -> bool:
        """Whether it asks for the tooltip of a hint when it shows it."""
        text = self._server.client_capabilities.text_document
        support = (
            text.inlay_hint.resolve_support if text is not None and text.inlay_hint is not None else None
        )
        return support is not None and "tooltip" in support.properties

    def refresh_hints(self) -> None:
        """Say that inlay hints have changed."""
        workspace = self._server.client_capabilities.workspace
        if (
            workspace is not None
            and workspace.inlay_hint is not None
            and workspace.inlay_hint.refresh_support
        ):
            self._send(self._server.workspace_inlay_hint_refresh_async(None))

    def refresh_lenses(self) -> None:
        """Say that lenses have changed."""
        workspace = self._server.client_capabilities.workspace
        if workspace is not None and workspace.code_lens is not None and workspace.code_lens.refresh_support:
            self._send(self._server.workspace_code_lens_refresh_async(None))

    def refresh_all(self, uri: str) -> None:
        """Say that a run has begun or ended: hints, lenses and diagnostics have changed."""
        self.refresh_hints()
        self.refresh_lenses()
        document = self._server.documents.get(uri)
        if document is not None:
            self._server.publish_soon(document)
        self.refresh_diagnostics()

    def can_refresh_diagnostics(self) -> bool:
        """Whether the client can be told to ask for diagnostics again."""
        workspace = self._server.client_capabilities.workspace
        return bool(workspace and workspace.diagnostics and workspace.diagnostics.refresh_support)

    def refresh_diagnostics(self) -> None:
        """Have a client that pulls diagnostics ask for them again."""
        if self.can_refresh_diagnostics():
            self._send(self._server.workspace_diagnostic_refresh_async(None))

    async def watch(self, patterns: Sequence[str]) -> bool:
        """Ask to be told when files that match change. Whether the client tells."""
        workspace = self._server.client_capabilities.workspace
        watching = workspace.did_change_watched_files if workspace is not None else None
        if watching is None or not watching.dynamic_registration:
            return False
        watchers = [types.FileSystemWatcher(pattern) for pattern in patterns]
        options = types.DidChangeWatchedFilesRegistrationOptions(watchers)
        method = types.WORKSPACE_DID_CHANGE_WATCHED_FILES
        registration = types.Registration("watched-workflows", method, options)
        with contextlib.suppress(Exception):
            await self._server.client_register_capability_async(types.RegistrationParams([registration]))
            return True
        return False

    def _send(self, request: Any) -> None:
        async def send() -> None:
            with contextlib.suppress(Exception):
                await request

        task = asyncio.create_task(send())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

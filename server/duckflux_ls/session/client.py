"""Sends messages to the client, as far as its capabilities say that it understands them."""

from __future__ import annotations

import asyncio
import contextlib
import uuid
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from typing import Any

from lsprotocol import types
from pygls.lsp.server import LanguageServer

from .positions import Encoding
from .settings import SECTION

ASK_INPUTS = "duckflux/askInputs"
CHOOSE = "duckflux/choose"
RUN_CHANGED = "duckflux/runChanged"
RUN_OUTPUT = "duckflux/runOutput"
WORKFLOWS_CHANGED = "duckflux/workflowsChanged"
_MAX_BUTTONS = 10


class Progress:
    """A progress bar with a cancel button; does nothing where the client has no such bars."""

    def __init__(self, server: LanguageServer, token: types.ProgressToken | None) -> None:
        self._server = server
        self._token = token

    def report(self, message: str, percentage: int | None = None) -> None:
        """Update the bar."""
        if self._token is not None:
            value = types.WorkDoneProgressReport(message=message, percentage=percentage)
            self._server.work_done_progress.report(self._token, value)

    def end(self, message: str) -> None:
        """Close the bar."""
        if self._token is not None:
            value = types.WorkDoneProgressEnd(message=message)
            self._server.work_done_progress.end(self._token, value)
            self._server.work_done_progress.tokens.pop(self._token, None)


class Client:
    """The client of one server, with its capabilities."""

    def __init__(self, server: LanguageServer) -> None:
        self._server = server
        self._tasks: set[asyncio.Task[Any]] = set()

    @property
    def encoding(self) -> Encoding:
        """The encoding whose units positions count in."""
        return self._server.server_capabilities.position_encoding or types.PositionEncodingKind.Utf16

    def show_error(self, message: str) -> None:
        """Show the user that something they asked for is not possible."""
        self._server.window_show_message(types.ShowMessageParams(types.MessageType.Error, message))

    def show(self, message: str) -> None:
        """Show the user a message."""
        self._server.window_show_message(types.ShowMessageParams(types.MessageType.Info, message))

    async def choose(self, title: str, labels: Sequence[str]) -> int | None:
        """Return the index of the label that the user chooses, or None if they choose none.

        A client that has no list for this shows the first ones as buttons.
        """
        if self._has_extension("choose"):
            chosen = await self._server.protocol.send_request_async(
                CHOOSE, {"title": title, "items": [*labels]}
            )
            return chosen if isinstance(chosen, int) and 0 <= chosen < len(labels) else None
        actions = [types.MessageActionItem(label) for label in labels[:_MAX_BUTTONS]]
        params = types.ShowMessageRequestParams(types.MessageType.Info, title, actions)
        action = await self._server.window_show_message_request_async(params)
        return actions.index(action) if action in actions else None

    async def open(self, uri: str) -> None:
        """Open a document in the editor, if the client can do that."""
        window = self._server.client_capabilities.window
        if window is not None and window.show_document is not None and window.show_document.support:
            await self._server.window_show_document_async(types.ShowDocumentParams(uri, take_focus=False))

    async def edit(self, uri: str, edits: Sequence[types.TextEdit]) -> None:
        """Change a document."""
        edit = types.WorkspaceEdit(changes={uri: [*edits]})
        await self._server.workspace_apply_edit_async(types.ApplyWorkspaceEditParams(edit))

    async def progress(
        self, title: str, on_cancel: Callable[[], None], percentage: int | None = None
    ) -> Progress:
        """Return a new progress bar; it has percentages if it begins with one.

        `on_cancel` is called when the user cancels it.
        """
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

    def request_progress(self, token: types.ProgressToken | None, title: str) -> Progress:
        """Return the progress of a request for which the client shows a bar, if it gave a token for one."""
        if token is not None:
            self._server.work_done_progress.begin(token, types.WorkDoneProgressBegin(title, percentage=0))
        return Progress(self._server, token)

    async def ask_inputs(
        self, uri: str, questions: list[dict[str, Any]], **about: str | None
    ) -> dict[str, Any] | None:
        """Return the values that the user typed in, or None if they cancelled. Needs `can_ask_inputs`.

        `about` says what they are for, where it is not a run: a `title`, and the step that is answered.
        """
        parameters = {"uri": uri, "inputs": questions, **about}
        answer = await self._server.protocol.send_request_async(ASK_INPUTS, parameters)
        values = answer.get("inputs") if isinstance(answer, dict) else None
        return values if isinstance(values, dict) else None

    @property
    def shows_values(self) -> bool:
        """Return whether the client shows the values that the command for one in a scratch answers with."""
        return self._has_extension("scratch")

    @property
    def can_ask_inputs(self) -> bool:
        """Return whether the client can ask the user for inputs."""
        return self._has_extension("askInputs")

    @property
    def shows_runs(self) -> bool:
        """Return whether the client shows the state of runs and what their steps print."""
        return self._has_extension("runs")

    @property
    def shows_step_output(self) -> bool:
        """Return whether the client has a command that shows what a step prints."""
        return self._has_extension("stepOutput")

    @property
    def can_debug(self) -> bool:
        """Return whether the client has a command that debugs a workflow."""
        return self._has_extension("debug")

    @property
    def chooses_iterations(self) -> bool:
        """Return whether links in hovers may run the command that chooses an iteration."""
        return self._has_extension("iterations")

    def notify_run(self, state: dict[str, Any], text: str) -> None:
        """Send the state of a run, and what its steps printed since. For a client that `shows_runs`."""
        self._server.protocol.notify(RUN_CHANGED, state)
        if text:
            self._server.protocol.notify(RUN_OUTPUT, {"uri": state["uri"], "text": text})

    def notify_workflows(self) -> None:
        """Tell a client that lists the workspace's workflows to list them again."""
        if self._has_extension("workflows"):
            self._server.protocol.notify(WORKFLOWS_CHANGED, {})

    def _has_extension(self, name: str) -> bool:
        experimental = self._server.client_capabilities.experimental
        extensions = experimental.get("duckflux") if isinstance(experimental, dict) else None
        return isinstance(extensions, dict) and extensions.get(name) is True

    @property
    def can_create_files(self) -> bool:
        """Return whether an edit may create a file."""
        workspace = self._server.client_capabilities.workspace
        edits = workspace.workspace_edit if workspace is not None else None
        operations = edits.resource_operations if edits is not None else None
        return bool(
            edits and edits.document_changes and types.ResourceOperationKind.Create in (operations or ())
        )

    @property
    def shows_disabled_actions(self) -> bool:
        """Return whether the client shows code actions that are not possible, with the reason."""
        text_document = self._server.client_capabilities.text_document
        actions = text_document.code_action if text_document is not None else None
        return bool(actions and actions.disabled_support)

    @property
    def supports_snippets(self) -> bool:
        """Return whether completions may have tab stops."""
        text = self._server.client_capabilities.text_document
        item = text.completion.completion_item if text is not None and text.completion is not None else None
        return bool(item and item.snippet_support)

    @property
    def resolves_tooltips(self) -> bool:
        """Return whether the client asks for the tooltip of an inlay hint when it shows it."""
        text = self._server.client_capabilities.text_document
        support = (
            text.inlay_hint.resolve_support if text is not None and text.inlay_hint is not None else None
        )
        return support is not None and "tooltip" in support.properties

    def refresh_hints(self) -> None:
        """Have the client ask for inlay hints again."""
        workspace = self._server.client_capabilities.workspace
        if (
            workspace is not None
            and workspace.inlay_hint is not None
            and workspace.inlay_hint.refresh_support
        ):
            self._send(self._server.workspace_inlay_hint_refresh_async(None))

    def refresh_lenses(self) -> None:
        """Have the client ask for lenses again."""
        workspace = self._server.client_capabilities.workspace
        if workspace is not None and workspace.code_lens is not None and workspace.code_lens.refresh_support:
            self._send(self._server.workspace_code_lens_refresh_async(None))

    @property
    def pulls_diagnostics(self) -> bool:
        """Return whether the client asks for diagnostics itself; then they are never pushed."""
        return pulls_diagnostics(self._server.client_capabilities)

    @property
    def can_refresh_diagnostics(self) -> bool:
        """Return whether the client can be told to ask for diagnostics again."""
        workspace = self._server.client_capabilities.workspace
        return bool(workspace and workspace.diagnostics and workspace.diagnostics.refresh_support)

    def refresh_diagnostics(self) -> None:
        """Have a client that pulls diagnostics ask for them again."""
        if self.can_refresh_diagnostics:
            self._send(self._server.workspace_diagnostic_refresh_async(None))

    async def watch(self, patterns: Sequence[str]) -> bool:
        """Ask to be notified when files that match change, or anything appears or goes: folders may hold files.

        Return whether the client will do so.
        """
        workspace = self._server.client_capabilities.workspace
        watching = workspace.did_change_watched_files if workspace is not None else None
        if watching is None or not watching.dynamic_registration:
            return False
        watchers = [types.FileSystemWatcher(pattern) for pattern in patterns]
        watchers.append(types.FileSystemWatcher("**", types.WatchKind.Create | types.WatchKind.Delete))
        options = types.DidChangeWatchedFilesRegistrationOptions(watchers)
        method = types.WORKSPACE_DID_CHANGE_WATCHED_FILES
        registration = types.Registration("watched-workflows", method, options)
        with contextlib.suppress(Exception):
            await self._server.client_register_capability_async(types.RegistrationParams([registration]))
            return True
        return False

    def publish_diagnostics(
        self, uri: str, diagnostics: list[types.Diagnostic], version: int | None = None
    ) -> None:
        """Push the diagnostics of a document."""
        params = types.PublishDiagnosticsParams(uri, diagnostics, version)
        self._server.text_document_publish_diagnostics(params)

    def send_partial_result(self, token: types.ProgressToken, value: Any) -> None:
        """Send a part of the answer to a request."""
        self._server.progress(types.ProgressParams(token, value))

    async def settings(self) -> Any:
        """Return the client's settings as JSON. Raises LookupError if the client does not give them."""
        workspace = self._server.client_capabilities.workspace
        if workspace is not None and workspace.configuration:
            item = types.ConfigurationItem(section=SECTION)
            with contextlib.suppress(Exception):
                answer = await self._server.workspace_configuration_async(types.ConfigurationParams([item]))
                return answer[0] if answer else None
        raise LookupError

    def _send(self, request: Any) -> None:
        async def send() -> None:
            with contextlib.suppress(Exception):
                await request

        task = asyncio.create_task(send())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def pulls_diagnostics(client: types.ClientCapabilities) -> bool:
    """Return whether a client says that it asks for diagnostics."""
    return client.text_document is not None and client.text_document.diagnostic is not None

"""An editor that drives the real server process, and keeps what the server sends."""

from __future__ import annotations

import asyncio
import contextlib
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Collection
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest
import pytest_asyncio
from duckflux_ls.app.language_server import converter
from duckflux_ls.session import command_names
from lsprotocol import types
from pytest_lsp import ClientServerConfig, LanguageClient

DEADLINE = 10.0
SERVER = [sys.executable, "-m", "duckflux_ls", "--stdio"]


class File:
    """A workflow that is open in the editor."""

    def __init__(self, editor: Editor, path: Path, text: str, language: str) -> None:
        self.path = path
        self.uri = path.as_uri()
        self.id = types.TextDocumentIdentifier(self.uri)
        self.text = text
        self.version = 1
        self._editor = editor
        item = types.TextDocumentItem(self.uri, language, 1, text)
        editor.text_document_did_open(types.DidOpenTextDocumentParams(item))

    def replace(self, old: str, new: str) -> None:
        """Change one place of the text, as typing does. The text before it must be ASCII."""
        before, found, after = self.text.partition(old)
        assert found and before.isascii()
        places = [_place(before), _place(before + old)]
        self.text = before + new + after
        self._change(types.TextDocumentContentChangePartial(types.Range(*places), new))

    def rewrite(self, text: str) -> None:
        """Change the whole text."""
        self.text = text
        self._change(types.TextDocumentContentChangeWholeDocument(text))

    def edit(self, edit: types.TextEdit) -> None:
        """Change a part of one line, as the server asked for."""
        lines = self.text.splitlines(keepends=True)
        start, end = edit.range.start, edit.range.end
        assert start.line == end.line
        line = lines[start.line]
        lines[start.line] = line[: start.character] + edit.new_text + line[end.character :]
        self.rewrite("".join(lines))

    def _change(self, change: types.TextDocumentContentChangeEvent) -> None:
        self.version += 1
        version = types.VersionedTextDocumentIdentifier(self.version, self.uri)
        self._editor.text_document_did_change(types.DidChangeTextDocumentParams(version, [change]))

    def close(self) -> None:
        self._editor.text_document_did_close(types.DidCloseTextDocumentParams(self.id))

    def published(self) -> list[types.PublishDiagnosticsParams]:
        """All diagnostics that were pushed for it, the last ones last."""
        return [params for params in self._editor.published if params.uri == self.uri]

    async def diagnostics(self, version: int | None = None) -> list[types.Diagnostic]:
        """The pushed diagnostics of a version, by default the present one."""
        wanted = self.version if version is None else version

        def there() -> bool:
            return any(params.version == wanted for params in self.published())

        await self._editor.until(there)
        return next(list(p.diagnostics) for p in reversed(self.published()) if p.version == wanted)

    async def pull(self) -> list[types.Diagnostic]:
        """The diagnostics that the server answers with."""
        params = types.DocumentDiagnosticParams(self.id)
        report = await self._editor.text_document_diagnostic_async(params)
        return list(report.items)

    async def lenses(self) -> list[types.CodeLens]:
        return list(await self._editor.text_document_code_lens_async(types.CodeLensParams(self.id)) or [])

    async def lens(self) -> types.CodeLens | None:
        """The one that runs the workflow: it needs no resolving."""
        lenses = [lens for lens in await self.lenses() if lens.command is not None]
        assert len(lenses) <= 1
        return lenses[0] if lenses else None

    async def hints(self) -> dict[int, types.InlayHint]:
        """The inlay hints by line."""
        whole = types.Range(types.Position(0, 0), types.Position(len(self.text.splitlines()), 0))
        found = await self._editor.text_document_inlay_hint_async(types.InlayHintParams(self.id, whole)) or []
        assert len({hint.position.line for hint in found}) == len(found)
        return {hint.position.line: hint for hint in found}

    async def labels(self) -> dict[int, str]:
        return {line: str(hint.label) for line, hint in (await self.hints()).items()}

    async def settled(self) -> dict[int, str]:
        """The labels once there are some and no step runs any more."""
        return await self._labels_when(lambda labels: not any(label[0] in "⟳⏸" for label in labels))

    async def waiting(self) -> dict[int, str]:
        """The labels once a step waits."""
        return await self._labels_when(lambda labels: any(label[0] == "⏸" for label in labels))

    async def begun(self) -> dict[int, str]:
        """The labels once there are some."""
        return await self._labels_when(lambda _: True)

    async def _labels_when(self, condition: Callable[[Collection[str]], bool]) -> dict[int, str]:
        while True:
            seen = self._editor.refreshes
            labels = await self.labels()
            if labels and condition(labels.values()):
                return labels
            await self._editor.until(lambda seen=seen: self._editor.refreshes > seen)  # type: ignore[misc]

    async def start(self, **inputs: Any) -> dict[str, Any]:
        """Run it: the answer of the run command."""
        arguments: dict[str, Any] = {"uri": self.uri}
        return await self._editor.command(
            command_names.RUN, arguments | ({"inputs": inputs} if inputs else {})
        )

    async def run(self, **inputs: Any) -> Path:
        """Run it and wait for its end: the path of its trace."""
        ends = len(self._editor.ends)
        answer = await self.start(**inputs)
        assert answer["executionId"], answer
        await self._editor.until(lambda: len(self._editor.ends) > ends)
        return Path(answer["tracePath"])


class Editor(LanguageClient):
    """An editor with a progress bar, and with all that a test may want to look at afterwards."""

    def __init__(self) -> None:
        super().__init__(converter_factory=converter)
        self.published: list[types.PublishDiagnosticsParams] = []
        self.files: dict[str, File] = {}
        self.reports: list[tuple[types.ProgressToken, dict[str, Any]]] = []
        self.ends: list[str] = []
        self.questions: list[dict[str, Any]] = []
        self.answer: dict[str, Any] | None = None
        self.refreshes = 0
        self.diagnostic_refreshes = 0
        self.lens_refreshes = 0
        self.partial: list[tuple[types.ProgressToken, dict[str, Any]]] = []
        self.registrations: list[types.Registration] = []
        self.pick: str | int | None = None
        self.offered_choices: list[str] = []
        self.configured = 0
        self.offered = types.ServerCapabilities()
        self.may_create: asyncio.Event | None = None
        self._news = asyncio.Condition()
        self._on(types.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS, self._on_published)
        self._on(types.PROGRESS, self._on_progress)
        self._on(types.WINDOW_WORK_DONE_PROGRESS_CREATE, self._on_create)
        self._on(types.WINDOW_SHOW_MESSAGE, self._on_message)
        self._on(types.WORKSPACE_INLAY_HINT_REFRESH, self._on_refresh)
        self._on(types.WORKSPACE_CONFIGURATION, self._on_configuration)
        self._on(types.WORKSPACE_DIAGNOSTIC_REFRESH, self._on_diagnostic_refresh)
        self._on(types.WORKSPACE_CODE_LENS_REFRESH, self._on_lens_refresh)
        self._on(types.CLIENT_REGISTER_CAPABILITY, self._on_registration)
        self._on(types.WINDOW_SHOW_MESSAGE_REQUEST, self._on_choice)
        self._on(types.WORKSPACE_APPLY_EDIT, self._on_edit)
        self._on("duckflux/askInputs", self._on_question)

    def open(self, path: Path, text: str, language: str = "duckflux") -> File:
        file = self.files[path.as_uri()] = File(self, path, text, language)
        return file

    def write(self, path: Path, text: str) -> File:
        """A workflow that is saved and open."""
        text = dedent(text).lstrip("\n")
        path.write_text(text, encoding="utf-8")
        return self.open(path, text)

    async def command(self, name: str, arguments: dict[str, Any]) -> Any:
        params = types.ExecuteCommandParams(name, [arguments])
        async with asyncio.timeout(DEADLINE):
            return await self.workspace_execute_command_async(params)

    async def until(self, condition: Callable[[], bool]) -> None:
        """Wait for a message of the server that makes the condition true."""
        async with asyncio.timeout(DEADLINE), self._news:
            await self._news.wait_for(condition)

    async def shown(self, count: int = 1) -> str:
        """The last of so many messages to the user."""
        await self.until(lambda: len(self.messages) >= count)
        return self.messages[-1].message

    def _on(self, method: str, handler: Callable[[Any], Awaitable[Any]]) -> None:
        async def handle(params: Any) -> Any:
            return await handler(params)

        self.feature(method)(handle)

    async def _tell(self) -> None:
        async with self._news:
            self._news.notify_all()

    async def _on_published(self, params: types.PublishDiagnosticsParams) -> None:
        self.published.append(params)
        await self._tell()

    async def _on_progress(self, params: types.ProgressParams) -> None:
        if "kind" not in params.value:
            self.partial.append((params.token, params.value))
            return
        self.reports.append((params.token, params.value))
        if params.value["kind"] == "end":
            self.ends.append(params.value["message"])
        await self._tell()

    async def _on_create(self, params: types.WorkDoneProgressCreateParams) -> None:
        if self.may_create is not None:
            await self.may_create.wait()

    async def _on_message(self, params: types.ShowMessageParams) -> None:
        self.messages.append(params)
        await self._tell()

    async def _on_refresh(self, params: None) -> None:
        self.refreshes += 1
        await self._tell()

    async def _on_diagnostic_refresh(self, params: None) -> None:
        self.diagnostic_refreshes += 1
        await self._tell()

    async def _on_lens_refresh(self, params: None) -> None:
        self.lens_refreshes += 1
        await self._tell()

    async def _on_choice(self, params: types.ShowMessageRequestParams) -> types.MessageActionItem | None:
        """Choose what `pick` says, by its title or its index."""
        actions = list(params.actions or [])
        self.offered_choices = [action.title for action in actions]
        return next((one for n, one in enumerate(actions) if self.pick in (one.title, n)), None)

    async def _on_edit(self, params: types.ApplyWorkspaceEditParams) -> types.ApplyWorkspaceEditResult:
        """Edit the documents that are open."""
        for uri, edits in (params.edit.changes or {}).items():
            for edit in edits:
                self.files[uri].edit(edit)
        await self._tell()
        return types.ApplyWorkspaceEditResult(applied=True)

    async def _on_registration(self, params: types.RegistrationParams) -> None:
        self.registrations += params.registrations
        await self._tell()

    async def _on_configuration(self, params: types.ConfigurationParams) -> list[Any]:
        answer = [self.get_configuration(section=item.section) for item in params.items]
        self.configured += 1
        await self._tell()
        return answer

    async def _on_question(self, params: dict[str, Any]) -> dict[str, Any] | None:
        self.questions.append(params)
        await self._tell()
        return self.answer


def capabilities(**more: Any) -> types.ClientCapabilities:
    """Those of an editor that shows all there is; `more` replaces some."""
    given: dict[str, Any] = {
        "window": types.WindowClientCapabilities(work_done_progress=True),
        "text_document": types.TextDocumentClientCapabilities(
            publish_diagnostics=types.PublishDiagnosticsClientCapabilities(version_support=True)
        ),
        "workspace": types.WorkspaceClientCapabilities(
            inlay_hint=types.InlayHintWorkspaceClientCapabilities(refresh_support=True)
        ),
    }
    return types.ClientCapabilities(**given | more)


async def started(
    folder: Path,
    wanted: types.ClientCapabilities,
    options: Any = None,
    configuration: dict[str, Any] | None = None,
    ignored: str | None = None,
) -> Editor:
    """An editor with a server of its own, which inherits that the signal `ignored` is ignored."""
    ignoring = ["env", f"--ignore-signal={ignored}"] if ignored else []
    editor = await ClientServerConfig(server_command=[*ignoring, *SERVER], client_factory=Editor).start()
    if configuration is not None:
        editor.set_configuration({"duckflux": configuration})
    params = types.InitializeParams(wanted, root_uri=folder.as_uri(), initialization_options=options)
    editor.offered = (await editor.initialize_session(params)).capabilities
    if configuration is not None:
        await editor.until(lambda: editor.configured > 0)
        await editor.command(command_names.LAST_TRACE, {"uri": ""})
    return editor


async def stopped(editor: Editor) -> None:
    if not editor.stopped and editor._server is not None and editor._server.returncode is None:
        async with asyncio.timeout(DEADLINE):
            await editor.shutdown_session()
    await editor.stop()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shared(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Editor]:
    editor = await started(tmp_path_factory.mktemp("workspace"), capabilities())
    yield editor
    await stopped(editor)


@pytest.fixture
def editor(shared: Editor) -> Editor:
    """The editor that all tests of a module share, with nothing remembered."""
    for kept in (shared.published, shared.reports, shared.ends, shared.messages, shared.questions):
        kept.clear()
    return shared


@pytest_asyncio.fixture(loop_scope="module")
async def start(tmp_path: Path) -> AsyncIterator[Callable[..., Any]]:
    """Start an editor with a server of its own: other capabilities, options or settings."""
    editors: list[Editor] = []

    async def one(
        options: Any = None, configuration: Any = None, ignored: str | None = None, **more: Any
    ) -> Editor:
        editors.append(await started(tmp_path, capabilities(**more), options, configuration, ignored))
        return editors[-1]

    yield one
    for editor in editors:
        await stopped(editor)


def processes(folder: Path) -> list[int]:
    """The living processes that work in a folder: a run there, and all that its steps started."""
    found = []
    for process in Path("/proc").iterdir():
        if process.name.isdecimal():
            with contextlib.suppress(OSError):
                if (process / "cwd").readlink() == folder:
                    found.append(int(process.name))
    return found


async def eventually(condition: Callable[[], bool]) -> None:
    """Wait for something outside of the protocol, such as the end of a process."""
    end = time.monotonic() + DEADLINE
    while not condition():
        assert time.monotonic() < end, "it did not come to pass"
        await asyncio.sleep(0.01)


def _place(before: str) -> types.Position:
    return types.Position(before.count("\n"), len(before) - before.rfind("\n") - 1)

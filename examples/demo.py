"""Drives the real language server over stdio, as an editor does: `make demo`, or `demo.py SERVER ARGUMENT...`.

First it opens a workflow with mistakes and prints its diagnostics, then it runs a right one with trace and prints
its text with the inlay hints where an editor would show them.
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from lsprotocol import types
from pygls.lsp.client import LanguageClient

HERE = Path(__file__).parent
BROKEN = HERE / "broken.duck.yaml"
RIGHT = HERE / "hello.duck.yaml"


class Editor(LanguageClient):
    """The least an editor can be: it keeps what the server sends."""

    def __init__(self) -> None:
        super().__init__("demo", "1")
        self.diagnostics: asyncio.Queue[types.PublishDiagnosticsParams] = asyncio.Queue()
        self.ended = asyncio.Event()
        self.feature(types.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS)(
            lambda params: self.diagnostics.put_nowait(params)
        )
        self.feature(types.WINDOW_SHOW_MESSAGE)(lambda params: print(f"! {params.message}"))
        self.feature(types.WINDOW_WORK_DONE_PROGRESS_CREATE)(lambda params: None)
        self.feature(types.PROGRESS)(lambda params: self._progress(params))

    def _progress(self, params: types.ProgressParams) -> None:
        value = params.value
        kind = value.get("kind") if isinstance(value, dict) else getattr(value, "kind", None)
        if kind == "begin":
            print(value["title"] if isinstance(value, dict) else value.title, "...")
        if kind == "end":
            self.ended.set()

    async def open(self, path: Path) -> str:
        """Open a file and return its URI."""
        item = types.TextDocumentItem(path.as_uri(), "duckflux", 1, path.read_text(encoding="utf-8"))
        self.text_document_did_open(types.DidOpenTextDocumentParams(item))
        return item.uri


async def main() -> int:
    """Returns 1 when the run did not succeed."""
    editor = Editor()
    server = sys.argv[1:] or [sys.executable, "-m", "duckflux_ls", "--stdio"]
    await editor.start_io(*server)
    window = types.WindowClientCapabilities(work_done_progress=True)
    capabilities = types.ClientCapabilities(window=window)
    answer = await editor.initialize_async(
        types.InitializeParams(capabilities=capabilities, root_uri=HERE.as_uri())
    )
    editor.initialized(types.InitializedParams())
    info = answer.server_info
    print(f"talking to {info.name} {info.version}\n" if info else "")
    await show_diagnostics(editor, BROKEN)
    failed = await show_run(editor, RIGHT)
    await editor.shutdown_async(None)
    editor.exit(None)
    await editor.stop()
    return failed


async def show_diagnostics(editor: Editor, path: Path) -> None:
    """Print a file with its diagnostics under the lines they belong to."""
    await editor.open(path)
    found = (await editor.diagnostics.get()).diagnostics
    print(f"== {path.name}: {len(found)} diagnostics\n")
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines()):
        print(f"{number + 1:>3} | {line}")
        for diagnostic in found:
            start, end = diagnostic.range.start, diagnostic.range.end
            if start.line != number:
                continue
            width = end.character - start.character if end.line == start.line else len(line) - start.character
            print(
                f"    | {' ' * start.character}{'^' * max(1, width)} {diagnostic.message} [{diagnostic.code}]"
            )


async def show_run(editor: Editor, path: Path) -> int:
    """Run a file with trace and print it with its results on its lines."""
    uri = await editor.open(path)
    print(f"\n== {path.name}: run with trace\n")
    lens = (
        await editor.text_document_code_lens_async(types.CodeLensParams(types.TextDocumentIdentifier(uri)))
    )[0]
    assert lens.command is not None
    print(f"line {lens.range.start.line + 1}: {lens.command.title}")
    arguments = types.ExecuteCommandParams(lens.command.command, lens.command.arguments)
    await editor.workspace_execute_command_async(arguments)
    await editor.ended.wait()
    lines = path.read_text(encoding="utf-8").splitlines()
    whole = types.Range(types.Position(0, 0), types.Position(len(lines), 0))
    params = types.InlayHintParams(types.TextDocumentIdentifier(uri), whole)
    hints = await editor.text_document_inlay_hint_async(params) or []
    labels = {hint.position.line: str(hint.label) for hint in hints}
    width = max(len(lines[number]) for number in labels) if labels else 0
    print()
    for number, line in enumerate(lines):
        shown = f"{line.ljust(width)}  {labels[number]}" if number in labels else line
        print(f"{number + 1:>3} | {shown}")
    return 0 if labels and not any("✗" in label for label in labels.values()) else 1


if __name__ == "__main__":
    raise SystemExit(asyncio.run(main()))

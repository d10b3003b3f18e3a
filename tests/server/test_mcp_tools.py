"""Completion of an MCP server's tools and of their arguments, with a real server."""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path
from typing import Any

import pytest
from lsprotocol import types
from lsprotocol.types import CompletionTriggerKind

from .conftest import Editor, File, eventually, processes

pytest.importorskip("mcp")
pytestmark = pytest.mark.asyncio(loop_scope="module")

SERVER = Path(__file__).parents[1] / "runtime" / "mcp" / "server.py"
TOOL = "participants:\n  add: {type: mcp, server: ducks, tool: |}\nflow: [add]\n"
ARGUMENT = "participants:\n  add: {type: mcp, server: ducks, tool: add, input: {|}}\nflow: [add]\n"
OVERRIDE = (
    "participants:\n  add: {type: mcp, server: ducks, tool: add, input: {a: '1'}}\n"
    "flow:\n  - add:\n      input:\n        |\n"
)


@pytest.fixture
def configured(tmp_path: Path) -> Path:
    """A folder whose server notes each of its starts."""
    command = {"command": sys.executable, "args": [str(SERVER)], "env": {"FOLDER": str(tmp_path)}}
    (tmp_path / ".mcp.json").write_text(json.dumps({"mcpServers": {"ducks": command}}))
    return tmp_path


async def offered(
    editor: Editor, file: File, text: str, trigger: CompletionTriggerKind = CompletionTriggerKind.Invoked
) -> types.CompletionList:
    before, _, after = text.partition("|")
    file.rewrite(before + after)
    place = types.Position(before.count("\n"), len(before) - before.rfind("\n") - 1)
    params = types.CompletionParams(file.id, place, types.CompletionContext(trigger))
    found = await editor.text_document_completion_async(params)
    assert isinstance(found, types.CompletionList)
    return found


async def complete(editor: Editor, file: File, text: str) -> types.CompletionList:
    """Ask as an editor does: again as long as the list is not complete."""
    async with asyncio.timeout(60):
        while (found := await offered(editor, file, text)).is_incomplete:
            pass
        return found


def labels(found: types.CompletionList) -> list[str]:
    return [item.label for item in found.items]


async def test_tools_and_their_arguments(start: Any, configured: Path) -> None:
    editor = await start()
    file = editor.open(configured / "w.duck.yaml", "")
    found = await complete(editor, file, TOOL)
    assert {"add", "say", "ping"} <= set(labels(found))
    add = next(item for item in found.items if item.label == "add")
    resolved = await editor.completion_item_resolve_async(add)
    assert isinstance(resolved.documentation, types.MarkupContent)
    assert resolved.documentation.value == "Add two numbers."
    found = await offered(editor, file, ARGUMENT)
    assert [(item.label, item.detail) for item in found.items[:2]] == [
        ("a", "integer (required)"),
        ("b", "integer (required)"),
    ]
    assert {"a", "b"} <= set(labels(await offered(editor, file, OVERRIDE)))
    assert "a" not in labels(await offered(editor, file, ARGUMENT.replace("{|}", "{a: '1', |}")))


async def test_the_server_is_gone_afterwards(start: Any, configured: Path) -> None:
    editor = await start()
    await complete(editor, editor.open(configured / "w.duck.yaml", ""), TOOL)
    await eventually(lambda: not processes(configured))


async def test_a_server_is_started_only_when_a_person_asks(start: Any, configured: Path) -> None:
    editor = await start()
    file = editor.open(configured / "w.duck.yaml", "")
    found = await offered(editor, file, TOOL, CompletionTriggerKind.TriggerCharacter)
    assert "add" not in labels(found) and not found.is_incomplete
    assert not processes(configured)


@pytest.mark.parametrize("options", [{"trusted": False}, {"mcp": {"tools": False}}])
async def test_a_server_is_started_only_where_that_is_wanted(
    start: Any, configured: Path, options: Any
) -> None:
    editor = await start(options)
    found = await offered(editor, editor.open(configured / "w.duck.yaml", ""), TOOL)
    assert "add" not in labels(found) and not found.is_incomplete
    assert not processes(configured)


async def test_a_server_that_is_none(start: Any, configured: Path) -> None:
    (configured / ".mcp.json").write_text('{"mcpServers": {"ducks": {"command": "no-such-command"}}}')
    editor = await start()
    file = editor.open(configured / "w.duck.yaml", "")
    assert labels(await complete(editor, file, TOOL)) == []
    assert labels(await complete(editor, file, TOOL.replace("ducks", "nobody"))) == []


async def test_typing_goes_on_while_a_server_does_not_answer(start: Any, configured: Path) -> None:
    silent = {"command": sys.executable, "args": ["-c", "import time; time.sleep(600)"]}
    (configured / ".mcp.json").write_text(json.dumps({"mcpServers": {"ducks": silent}}))
    editor = await start()
    file = editor.open(configured / "w.duck.yaml", TOOL.replace("|", "x"))
    place = types.Position(1, TOOL.splitlines()[1].index("|"))
    params = types.CompletionParams(file.id, place, types.CompletionContext(CompletionTriggerKind.Invoked))
    asked = editor.protocol.send_request("textDocument/completion", params)
    file.replace("flow: [add]", "flow: [other]")
    assert [found.code for found in await file.diagnostics()] == ["DF301"]
    assert not asked.done()
    await editor.shutdown_session()
    await eventually(lambda: not processes(configured))

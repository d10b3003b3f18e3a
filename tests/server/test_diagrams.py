"""The flow diagram of a workflow in an editor: it follows the text, the cursor and the run."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path
from typing import Any

import pytest
from duckflux_ls.session import command_names
from lsprotocol import types

from .conftest import Editor, File

pytestmark = pytest.mark.asyncio(loop_scope="module")

WORKFLOW = """\
name: Two steps
participants:
  first: { type: exec, run: exit 3, onError: fix }
  fix: { type: exec, run: echo fixed }
flow:
  - first
  - as: second
    type: exec
    run: while ! test -e go; do sleep 0.02; done
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "w.duck.yaml"


async def results(editor: Editor, file: File) -> dict[str, str]:
    found = await editor.command(command_names.DIAGRAM_RESULTS, {"uri": file.uri})
    return {key: f"{result['status']}: {result['label']}" for key, result in found.items()}


async def keys(editor: Editor, file: File) -> list[str]:
    found = await editor.command(command_names.DIAGRAM, {"uri": file.uri})
    return re.findall(r'data-step="(.*?)"', found["svg"])


async def test_it_is_drawn_and_follows_the_text(start: Any, path: Path) -> None:
    editor = await start()
    file = editor.write(path, WORKFLOW)
    found = await editor.command(command_names.DIAGRAM, {"uri": file.uri})
    assert found["title"] == "Two steps"
    assert "<style>" not in found["svg"]
    assert await keys(editor, file) == ["/flow/0", "/participants/fix", "/flow/1"]
    file.replace("  - first\n", "  - first\n  - fix\n")
    assert await keys(editor, file) == ["/flow/0", "/participants/fix", "/flow/1", "/flow/2"]
    styled = await editor.command(command_names.DIAGRAM, {"uri": file.uri, "styled": True})
    assert "<style>" in styled["svg"]
    assert await editor.command(command_names.DIAGRAM, {"uri": "file:///not-open.duck.yaml"}) is None


async def test_it_follows_the_run(start: Any, path: Path) -> None:
    editor = await start()
    file = editor.write(path, WORKFLOW)
    assert await results(editor, file) == {}
    await file.start()
    async with asyncio.timeout(15):
        while not (found := await results(editor, file)).get("/flow/1"):
            pass
    assert found["/flow/0"].startswith("failure: ✗ exit 3")
    assert found["/participants/fix"].startswith("success: ✓ ")
    assert found["/flow/1"].startswith("running: ⟳ ")
    path.with_name("go").touch()
    await file.settled()
    assert (await results(editor, file))["/flow/1"].startswith("success: ✓ ")
    # The results move with the steps; those that an edit may change are marked.
    file.replace("flow:\n", "flow:\n  - fix\n")
    moved = await results(editor, file)
    assert moved.keys() == {"/flow/1", "/participants/fix", "/flow/2"}
    assert moved["/flow/2"].startswith("success: ~ ✓ ")


async def test_the_cursor_is_in_a_step(start: Any, path: Path) -> None:
    editor = await start()
    file = editor.write(path, WORKFLOW)

    async def step(line: int, character: int = 5) -> Any:
        position = types.Position(line, character)
        return await editor.command(command_names.DIAGRAM_STEP, {"uri": file.uri, "position": position})

    assert [await step(line) for line in (0, 5, 7)] == [None, "/flow/0", "/flow/1"]
    # Its indentation and its dash belong to a step.
    file.replace("  - first\n", "  - parallel:\n    - first\n")
    assert [await step(6, at) for at in (0, 4, 9)] == ["/flow/0/parallel/0"] * 3
    assert await step(5, 0) == "/flow/0"


async def test_the_page_runs_its_own_script_alone(start: Any) -> None:
    editor = await start()
    page = await editor.command(command_names.DIAGRAM_PAGE, {})
    assert re.search(
        r"content=\"default-src 'none'; script-src 'sha256-[^ ]+'; style-src 'sha256-[^ ]+';", page
    )

"""Lenses that count: uses of participants and inputs, callers of a workflow."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from duckflux_ls.session import command_names
from lsprotocol import types

from .conftest import Editor, File

pytestmark = pytest.mark.asyncio(loop_scope="module")

CHILD = """\
id: child
inputs:
  branch: {required: true}
participants:
  build: {type: exec, run: make, input: {BRANCH: workflow.inputs.branch}, onError: clean}
  clean: {type: exec, run: make clean}
  spare: {type: exec, run: make spare}
flow:
  - build
  - build:
      when: build.status == 'success'
"""
CALLER = """\
participants:
  child: {type: workflow, path: ./child.duck.yaml, input: {branch: "'main'"}}
flow:
  - child
  - {type: workflow, path: child.duck.yaml, input: {branch: "'next'"}}
"""
REFRESHES = types.WorkspaceClientCapabilities(
    code_lens=types.CodeLensWorkspaceClientCapabilities(refresh_support=True)
)


ALL = {"lenses": {"references": True}}


async def titles(file: File) -> dict[int, str]:
    """What the lenses say, by line."""
    found = {}
    for lens in await file.lenses():
        resolved = lens if lens.command else await file._editor.code_lens_resolve_async(lens)
        assert resolved.command is not None
        found[lens.range.start.line] = resolved.command.title
    return found


async def read(editor: Editor) -> None:
    """Wait until the workspace has been read."""
    await editor.workspace_symbol_async(types.WorkspaceSymbolParams(""))


async def test_what_they_count(start: Any, tmp_path: Path) -> None:
    (tmp_path / "caller.duck.yaml").write_text(CALLER)
    editor = await start(options=ALL)
    child = editor.write(tmp_path / "child.duck.yaml", CHILD)
    await read(editor)
    assert await titles(child) == {
        0: "2 callers",
        2: "3 references",
        4: "3 references",
        5: "1 reference",
        6: "0 references",
        7: "▶ Run with trace",
    }


async def test_the_places_that_one_counts(start: Any, tmp_path: Path) -> None:
    (tmp_path / "caller.duck.yaml").write_text(CALLER)
    editor = await start(options=ALL)
    child = editor.write(tmp_path / "child.duck.yaml", CHILD)
    await read(editor)
    by_line = {lens.range.start.line: lens for lens in await child.lenses()}
    places = {}
    for line in (0, 2, 5):
        command = (await editor.code_lens_resolve_async(by_line[line])).command
        assert command is not None and command.arguments is not None
        assert command.command == command_names.REFERENCES
        found = await editor.command(command.command, command.arguments[0])
        places[line] = sorted((Path(one["uri"]).name, one["range"]["start"]["line"]) for one in found)
    assert places == {
        0: [("caller.duck.yaml", 1), ("caller.duck.yaml", 4)],
        2: [("caller.duck.yaml", 1), ("caller.duck.yaml", 4), ("child.duck.yaml", 4)],
        5: [("child.duck.yaml", 4)],
    }


async def test_they_follow_what_is_typed(start: Any, tmp_path: Path) -> None:
    editor = await start(options=ALL)
    child = editor.write(tmp_path / "child.duck.yaml", CHILD)
    caller = editor.write(tmp_path / "caller.duck.yaml", CALLER)
    await read(editor)
    assert (await titles(child))[0] == "2 callers"
    caller.rewrite("flow: [{type: workflow, path: child.duck.yaml}]\n")
    lenses = await titles(child)
    assert (lenses[0], lenses[2]) == ("1 caller", "1 reference")
    caller.rewrite("flow: [{type: exec, run: ls}]\n")
    assert 0 not in await titles(child)


async def test_each_kind_can_be_switched_off(start: Any, tmp_path: Path) -> None:
    lenses = {"run": False, "references": False, "callers": False}
    asked = types.WorkspaceClientCapabilities(configuration=True)
    editor = await start(configuration={"lenses": lenses}, workspace=asked)
    child = editor.write(tmp_path / "child.duck.yaml", CHILD)
    assert await child.lenses() == []


async def test_the_client_asks_again_once_the_workspace_was_read(start: Any, tmp_path: Path) -> None:
    editor = await start(workspace=REFRESHES)
    await editor.until(lambda: editor.lens_refreshes > 0)


async def test_the_client_asks_again_when_callers_come(start: Any, tmp_path: Path) -> None:
    watches = types.WorkspaceClientCapabilities(
        code_lens=types.CodeLensWorkspaceClientCapabilities(refresh_support=True),
        did_change_watched_files=types.DidChangeWatchedFilesClientCapabilities(dynamic_registration=True),
    )
    editor = await start(workspace=watches)
    child = editor.write(tmp_path / "child.duck.yaml", CHILD)
    await read(editor)
    assert 0 not in await titles(child)
    before = editor.lens_refreshes
    caller = tmp_path / "caller.duck.yaml"
    caller.write_text(CALLER)
    change = types.FileEvent(caller.as_uri(), types.FileChangeType.Created)
    editor.workspace_did_change_watched_files(types.DidChangeWatchedFilesParams([change]))
    await editor.until(lambda: editor.lens_refreshes > before)
    assert (await titles(child))[0] == "2 callers"


@pytest.mark.parametrize("data", [None, 3, {"uri": 1}, {"uri": "file:///gone", "kind": "step", "name": "x"}])
async def test_what_a_client_makes_up(editor: Editor, data: Any) -> None:
    nowhere = types.Range(types.Position(0, 0), types.Position(0, 0))
    lens = await editor.code_lens_resolve_async(types.CodeLens(nowhere, data=data))
    assert lens.command is None
    assert await editor.command(command_names.REFERENCES, data if isinstance(data, dict) else {}) == []

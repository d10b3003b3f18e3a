"""Runs that build on the last one, from the editor: resume, from here, until here, replay."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Any

import pytest
from duckflux.language.analysis import analyse
from duckflux.language.syntax import LineIndex
from duckflux.trace.view.annotate import ResultLine
from duckflux_ls.requests.code_action import RUN_KIND
from duckflux_ls.runs.overlay import Overlay, _place
from duckflux_ls.session import command_names
from lsprotocol import types

from .conftest import Editor, File

pytestmark = pytest.mark.asyncio(loop_scope="module")

TEXT = """
    defaults: {cwd: .}
    flow:
      - {as: build, type: exec, run: echo build >> ran.txt}
      - {as: test, type: exec, run: echo test >> ran.txt; test -e fixed}
      - {as: ship, type: exec, run: echo ship >> ran.txt}
"""


def ran(folder: Path) -> list[str]:
    path = folder / "ran.txt"
    lines = path.read_text().split() if path.exists() else []
    path.unlink(missing_ok=True)
    return lines


async def actions(editor: Editor, file: File, line: int) -> dict[str, dict[str, Any]]:
    """The code actions asked for by hand on a line: their commands by their titles."""
    place = types.Position(line, 6)
    context = types.CodeActionContext([], [RUN_KIND], types.CodeActionTriggerKind.Invoked)
    params = types.CodeActionParams(file.id, types.Range(place, place), context)
    found = await editor.text_document_code_action_async(params) or ()
    # lsprotocol takes a code action without an edit for a command, and its command for text.
    return {action.title: ast.literal_eval(str(action.command)) for action in found}


async def choose(editor: Editor, file: File, line: int, title: str) -> None:
    """Choose an action and wait for the end of the run that it starts."""
    ends = len(editor.ends)
    command = (await actions(editor, file, line))[title]
    answer = await editor.command(command["command"], command["arguments"][0])
    assert answer["executionId"], answer
    await editor.until(lambda: len(editor.ends) > ends)


async def test_a_failed_run_is_resumed(editor: Editor, tmp_path: Path) -> None:
    file = editor.write(tmp_path / "w.duck.yaml", TEXT)
    assert list(await actions(editor, file, 3)) == ["Run with trace", "Run until here"]
    await file.run()
    assert ran(tmp_path) == ["build", "test"]
    (tmp_path / "fixed").touch()
    await choose(editor, file, 3, "Resume the last run")
    assert ran(tmp_path) == ["test", "ship"]
    assert "Resume the last run" not in await actions(editor, file, 3)
    assert [label[0] for label in (await file.settled()).values()] == ["✓", "✓", "✓"]


async def test_from_here_until_here_and_replay(editor: Editor, tmp_path: Path) -> None:
    (tmp_path / "fixed").touch()
    file = editor.write(tmp_path / "w.duck.yaml", TEXT)
    await choose(editor, file, 3, "Run until here")
    assert ran(tmp_path) == ["build", "test"]
    assert "Run from here, the rest from the last run" not in await actions(editor, file, 4)
    await choose(editor, file, 3, "Run from here, the rest from the last run")
    assert ran(tmp_path) == ["test", "ship"]
    await choose(editor, file, 3, "Replay the last run: no step runs")
    assert ran(tmp_path) == []


async def test_without_a_run_there_is_nothing_to_build_on(editor: Editor, tmp_path: Path) -> None:
    file = editor.write(tmp_path / "w.duck.yaml", TEXT)
    answer = await editor.command(command_names.RESUME, {"uri": file.uri})
    assert answer["executionId"] is None
    assert "run the workflow first" in await editor.shown()


async def test_what_is_refused_is_told(editor: Editor, tmp_path: Path) -> None:
    file = editor.write(tmp_path / "w.duck.yaml", TEXT)
    await file.run()
    file.replace("echo build", "echo built")
    ends = len(editor.ends)
    await editor.command(command_names.RESUME, {"uri": file.uri})
    await editor.until(lambda: len(editor.ends) > ends)
    await editor.until(
        lambda: any("`run` changed since then" in one.message for one in file.published()[-1].diagnostics)
    )


async def test_a_run_that_is_refused_ends(editor: Editor, tmp_path: Path) -> None:
    (tmp_path / "fixed").touch()
    file = editor.write(tmp_path / "w.duck.yaml", TEXT)
    await file.run()
    answer = await editor.command(command_names.RESUME, {"uri": file.uri})
    assert answer["executionId"] is None
    assert "--" not in answer["message"]
    assert "succeeded" in answer["message"]
    assert [label[0] for label in (await file.settled()).values()] == ["✓", "✓", "✓"]


def test_a_refused_run_has_a_final_state(tmp_path: Path) -> None:
    overlay = Overlay(analyse("flow: [{set: {a: '1'}}]\n"), tmp_path)
    assert overlay.state == "running"
    overlay.ended(
        2, "w.duck.yaml: error: input 'n' must be an integer\nw.duck.yaml: error: --from x: no such step"
    )
    assert (overlay.state, overlay.has_ended) == ("failure", True)
    assert overlay.failure == "input 'n' must be an integer\nno such step"
    assert overlay.summary == "input 'n' must be an integer"


@pytest.mark.parametrize("error", ["not an integer (in `int(x) > 2`)", "other"])
def test_an_error_is_underlined_at_its_expression(error: str) -> None:
    text = "flow:\n- if:\n    condition: int(x) > 2\n    then: []\n"
    start, end = _place(error, ResultLine("/flow/0", 8, len(text)), LineIndex(text))
    assert text[start:end] == ("int(x) > 2" if "in `" in error else "if:")

"""Expressions that are typed or selected have the value that they would have had in the last run."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from duckflux_ls.session import command_names
from lsprotocol import types

from .conftest import Editor, File
from .test_recorded_values import TEXT

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(loop_scope="module")
async def ran(editor: Editor, tmp_path: Path) -> File:
    """A workflow that has just run."""
    file = editor.write(tmp_path / "w.duck.yaml", TEXT)
    await file.run()
    return file


async def evaluated(editor: Editor, file: File, place: str, expression: str | None = None) -> Any:
    """The value at a `|` in a part of the text, or of what is between two of them."""
    before, *rest = place.split("|")
    start = file.text.index(place.replace("|", "")) + len(before)
    ends = [position(file, start), position(file, start + len(rest[0]) if len(rest) > 1 else start)]
    arguments = {"uri": file.uri, "range": {"start": ends[0], "end": ends[1]}}
    if expression is not None:
        arguments["expression"] = expression
    return await editor.command(command_names.EVALUATE, arguments)


def position(file: File, offset: int) -> dict[str, int]:
    before = file.text[:offset]
    return {"line": before.count("\n"), "character": offset - before.rfind("\n") - 1}


@pytest.mark.parametrize(
    ("place", "expression", "value", "type_"),
    [
        ("until: |review.output.score|", None, "2", "int"),
        ("until: review.output.sc|ore", None, "true", "bool"),
        ("- rev|iew", "again.iteration * 10", "20", "int"),
        ("as: bu|ild", "has(build.output)", "false", "bool"),
        ("output: review.output.no|tes", "{'n': review.output.notes}", '{\n  "n": [\n    "a"\n  ]\n}', "map"),
        ("fl|ow:", "execution.context", "{}", "map"),
    ],
    ids=["selected", "around the cursor", "at a step", "before a step", "at the end", "outside of steps"],
)
async def test_values(
    editor: Editor, ran: File, place: str, expression: str | None, value: str, type_: str
) -> None:
    found = await evaluated(editor, ran, place, expression)
    assert (found["value"], found["type"], found["error"]) == (value, type_, None)
    assert found["origin"].startswith("Last run (")


async def test_the_iteration_that_was_chosen(editor: Editor, ran: File) -> None:
    await editor.command(command_names.SHOW_ITERATION, {"uri": ran.uri, "iteration": 1})
    found = await evaluated(editor, ran, "- rev|iew", "again.iteration")
    assert found["value"] == "1"
    assert found["origin"].endswith("), iteration 1 of 2")


@pytest.mark.parametrize(
    ("expression", "error"),
    [("review.output.score >", "expected"), ("review.output.level", "level"), ("nobody.output", "nobody")],
)
async def test_what_has_no_value(editor: Editor, ran: File, expression: str, error: str) -> None:
    found = await evaluated(editor, ran, "until: |review", expression)
    assert found["value"] is None
    assert error in found["error"]


async def test_nothing_to_evaluate(editor: Editor, ran: File) -> None:
    assert await evaluated(editor, ran, "fl|ow:") is None


async def test_there_is_no_run(editor: Editor, tmp_path: Path) -> None:
    file = editor.write(tmp_path / "w.duck.yaml", TEXT)
    assert await evaluated(editor, file, "fl|ow:", "1 + 1") is None
    assert "no run to evaluate an expression in yet" in await editor.shown()


async def test_no_values_are_wanted(start: Any, tmp_path: Path) -> None:
    asked = types.WorkspaceClientCapabilities(configuration=True)
    editor = await start(configuration={"trace": {"values": False}}, workspace=asked)
    file = editor.write(tmp_path / "w.duck.yaml", TEXT)
    await file.run()
    assert await evaluated(editor, file, "fl|ow:", "1 + 1") is None
    assert "the setting duckflux.trace.values is off" in await editor.shown()

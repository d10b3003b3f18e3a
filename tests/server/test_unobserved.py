"""With a setting, fields that no recorded run had are marked where they are read."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from lsprotocol import types

from .conftest import Editor, File

pytestmark = pytest.mark.asyncio(loop_scope="module")

TEXT = r"""
    flow:
      - as: review
        type: exec
        run: echo "{\"score\":7,\"by\":{\"name\":\"ann\"}}"
      - as: end
        type: exec
        run: echo done
        when: review.output.score > 5 || has(review.output.verdict)
    output: review.output.by.name
"""


async def hints(file: File) -> list[str]:
    found = [one for one in await file.diagnostics() if one.code == "unobserved-field"]
    assert all(one.severity == types.DiagnosticSeverity.Hint for one in found)
    lines = file.text.splitlines()
    return [
        f"{lines[one.range.start.line][one.range.start.character : one.range.end.character]}: {one.message}"
        for one in found
    ]


async def ran(start: Callable[..., Any], folder: Path, wanted: bool) -> File:
    asked = types.WorkspaceClientCapabilities(configuration=True)
    editor: Editor = await start(configuration={"hints": {"unobserved": wanted}}, workspace=asked)
    file = editor.write(folder / "w.duck.yaml", TEXT)
    await file.run()
    # Diagnostics do not wait for the trace to be read; a hover does.
    await editor.text_document_hover_async(types.HoverParams(file.id, types.Position(1, 9)))
    return file


async def test_reads_of_what_was_never_there(start: Callable[..., Any], tmp_path: Path) -> None:
    file = await ran(start, tmp_path, True)
    file.replace("output.score > 5", "output.grade > 5")
    assert await hints(file) == ["grade: The one recorded output of `review` has no `grade`"]
    file.replace("output.by.name", "output.by.mail")
    assert [hint.partition(":")[0] for hint in await hints(file)] == ["grade", "mail"]
    # Where there was no map, nothing is known of its fields.
    file.replace("output.by.mail", "output.score.mail")
    assert [hint.partition(":")[0] for hint in await hints(file)] == ["grade"]


async def test_it_is_off_by_default(start: Callable[..., Any], tmp_path: Path) -> None:
    file = await ran(start, tmp_path, False)
    file.replace("output.score > 5", "output.grade > 5")
    assert await hints(file) == []

"""Formatting in the editor: whole, range, on type."""

from __future__ import annotations

from pathlib import Path

import pytest
from duckflux.ide.fixes import TextEdit, apply
from duckflux.language.syntax import LineIndex
from duckflux_ls.session.positions import to_offset
from lsprotocol import types

from .conftest import Editor, File

pytestmark = pytest.mark.asyncio(loop_scope="module")

OPTIONS = types.FormattingOptions(tab_size=4, insert_spaces=True)
TEXT = """\
participants:
    build:  # 💡
        type:  exec
        run:  make
flow:
-   build
-   build
"""
NEAT = """\
participants:
  build:  # 💡
    type: exec
    run: make
flow:
  - build
  - build
"""


def after(file: File, edits: list[types.TextEdit] | None) -> str:
    lines = LineIndex(file.text)

    def offset(position: types.Position) -> int:
        return to_offset(lines, position, types.PositionEncodingKind.Utf16)

    return apply(
        file.text,
        [TextEdit(offset(one.range.start), offset(one.range.end), one.new_text) for one in edits or []],
    )


def of_lines(first: int, last: int) -> types.Range:
    return types.Range(types.Position(first, 0), types.Position(last, 99))


async def test_whole(editor: Editor, tmp_path: Path) -> None:
    file = editor.open(tmp_path / "w.duck.yaml", TEXT)
    edits = await editor.text_document_formatting_async(types.DocumentFormattingParams(file.id, OPTIONS))
    assert after(file, edits) == NEAT
    file.rewrite("flow: [a")
    assert not await editor.text_document_formatting_async(types.DocumentFormattingParams(file.id, OPTIONS))


async def test_a_range_is_widened_to_its_section_where_it_must(editor: Editor, tmp_path: Path) -> None:
    file = editor.open(tmp_path / "w.duck.yaml", TEXT)

    async def formatted(first: int, last: int) -> str:
        params = types.DocumentRangeFormattingParams(file.id, of_lines(first, last), OPTIONS)
        return after(file, await editor.text_document_range_formatting_async(params))

    flow = NEAT.index("flow")
    assert await formatted(5, 5) == TEXT[: TEXT.index("flow")] + NEAT[flow:]
    assert await formatted(1, 3) == NEAT[:flow] + TEXT[TEXT.index("flow") :]


async def test_on_type_the_line_that_was_left(editor: Editor, tmp_path: Path) -> None:
    file = editor.open(tmp_path / "w.duck.yaml", "flow:\n  - type:   exec  \n    \n    run:  ls\n")
    params = types.DocumentOnTypeFormattingParams(file.id, types.Position(2, 4), "\n", OPTIONS)
    edits = await editor.text_document_on_type_formatting_async(params)
    assert after(file, edits) == "flow:\n  - type: exec\n    \n    run:  ls\n"

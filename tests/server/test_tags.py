"""What an editor shows by the look of the text: faded where it could go, struck out where it is deprecated."""

from __future__ import annotations

from pathlib import Path

import pytest
from lsprotocol import types

from .conftest import Editor

pytestmark = pytest.mark.asyncio(loop_scope="module")

CHILD = """\
inputs:
  target: {required: true}
  platform: {description: Deprecated}
participants:
  build: {type: exec, run: make, input: {t: workflow.inputs.target, p: workflow.inputs.platform}}
flow: [build]
"""
TEXT = """\
inputs:
  ignored: {type: string}
participants:
  spare: {type: exec, run: ls}
  once: {type: exec, run: ls, retry: {max: 2}}
flow:
  - once
  - {type: workflow, path: child.duck.yaml, input: {target: "'all'", platform: "'x86'"}}
  - nobody  # duckflux-ignore DF999
"""


async def test_what_could_go_and_what_is_deprecated(editor: Editor, tmp_path: Path) -> None:
    (tmp_path / "child.duck.yaml").write_text(CHILD)
    file = editor.write(tmp_path / "w.duck.yaml", TEXT)
    tags = {str(found.code): list(found.tags or ()) for found in await file.diagnostics()}
    faded, struck = [types.DiagnosticTag.Unnecessary], [types.DiagnosticTag.Deprecated]
    assert tags["DF604"] == tags["DF512"] == faded
    assert tags["DF611"] == struck
    assert tags["DF301"] == []
    file.replace("  - nobody  # duckflux-ignore DF999\n", "")
    tags = {str(found.code): list(found.tags or ()) for found in await file.diagnostics()}
    assert tags["DF306"] == faded


async def test_a_deprecated_input_is_offered_as_such(editor: Editor, tmp_path: Path) -> None:
    (tmp_path / "child.duck.yaml").write_text(CHILD)
    text = "flow:\n  - type: workflow\n    path: child.duck.yaml\n    input:\n      \n"
    file = editor.open(tmp_path / "w.duck.yaml", text)
    await file.diagnostics()
    params = types.CompletionParams(file.id, types.Position(4, 6))
    offered = await editor.text_document_completion_async(params)
    assert isinstance(offered, types.CompletionList)
    tags = {item.label: list(item.tags or ()) for item in offered.items}
    assert tags["target"] == [] and tags["platform"] == [types.CompletionItemTag.Deprecated]

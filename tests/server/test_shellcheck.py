"""What shellcheck says, in the editor."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

from .conftest import Editor

pytestmark = [
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.skipif(shutil.which("shellcheck") is None, reason="shellcheck is not installed"),
]


async def test_its_findings_come_after_ours_and_go(editor: Editor, tmp_path: Path) -> None:
    file = editor.open(tmp_path / "w.duck.yaml", "flow:\n  - nobody\n  - {type: exec, run: rm $FILE}\n")
    await editor.until(lambda: any(len(params.diagnostics) == 2 for params in file.published()))
    ours, its = await file.diagnostics()
    assert (ours.code, ours.source) == ("DF301", "duckflux")
    assert (its.code, its.source) == ("SC2086", "shellcheck")
    assert its.code_description is not None
    assert its.code_description.href == "https://www.shellcheck.net/wiki/SC2086"
    assert (its.range.start.line, its.range.start.character, its.range.end.character) == (2, 25, 30)
    file.replace("rm $FILE", "rm '$FILE'")
    assert "SC2086" not in [found.code for found in await file.diagnostics()]


async def test_the_project_can_switch_it_off(editor: Editor, tmp_path: Path) -> None:
    (tmp_path / ".duckflux.toml").write_text("[lint]\nshellcheck = false\n")
    file = editor.open(tmp_path / "off.duck.yaml", "flow:\n  - {type: exec, run: rm $FILE}\n")
    assert await file.diagnostics() == []


async def test_it_does_not_run_where_the_workspace_is_not_trusted(start: Any, tmp_path: Path) -> None:
    editor = await start(options={"trusted": False})
    file = editor.open(tmp_path / "w.duck.yaml", "flow:\n  - {type: exec, run: rm $FILE}\n")
    assert await file.diagnostics() == []
    editor.protocol.notify("duckflux/didChangeTrust", {"trusted": True})
    await editor.until(lambda: any(params.diagnostics for params in file.published()))
    assert file.published()[-1].diagnostics[0].code == "SC2086"

"""After an edit the results that need not hold any more are marked, and can be run again alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from .conftest import Editor, File
from .test_run_again import choose, ran

pytestmark = pytest.mark.asyncio(loop_scope="module")

TEXT = """
    defaults: {cwd: .}
    flow:
      - {as: build, type: exec, run: echo build >>ran.txt}
      - set: {target: "'web'"}
      - {as: check, type: exec, run: echo check >>ran.txt}
      - {as: deploy, type: exec, run: echo deploy >>ran.txt, when: execution.context.target == 'web'}
"""


async def marked(file: File) -> list[str]:
    """The names of the steps whose results are marked, or `set`."""
    lines = file.text.splitlines()
    labels = await file.labels()
    stale = [lines[line] for line, label in labels.items() if label.startswith("~ ")]
    return [line.partition("as: ")[2].partition(",")[0] or "set" for line in stale]


async def run(editor: Editor, folder: Path) -> File:
    file = editor.write(folder / "w.duck.yaml", TEXT)
    await file.run()
    (folder / "ran.txt").unlink()
    return file


@pytest.mark.parametrize(
    ("old", "new", "stale"),
    [
        ("flow:", "# a comment\nflow:", []),
        ("flow:", "name: other\nflow:", []),
        ("- set:", "- {as: more, type: exec, run: echo more}\n  - set:", ["check", "deploy"]),
        ("'web'\"", "'app'\"", ["deploy"]),
        ("defaults: {cwd: .}", "defaults: {cwd: ., timeout: 1m}", ["build", "set", "check", "deploy"]),
    ],
)
async def test_what_an_edit_marks(
    editor: Editor, tmp_path: Path, old: str, new: str, stale: list[str]
) -> None:
    file = await run(editor, tmp_path)
    file.replace(old, new)
    assert await marked(file) == stale
    file.replace(new, old)
    assert await marked(file) == []


async def test_run_what_is_stale(editor: Editor, tmp_path: Path) -> None:
    file = await run(editor, tmp_path)
    file.replace("echo check", "echo checked")
    await choose(editor, file, 1, "Run what is stale")
    assert ran(tmp_path) == ["checked", "deploy"]
    assert await marked(file) == []

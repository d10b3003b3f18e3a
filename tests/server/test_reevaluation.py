"""With a setting, `set`, `if` and `output` have their new values while they are written. Nothing runs for it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from lsprotocol import types

from .conftest import Editor, File, eventually, processes

pytestmark = pytest.mark.asyncio(loop_scope="module")

TEXT = r"""
    defaults: {cwd: .}
    flow:
      - {as: review, type: exec, run: 'echo ran >> ran.txt; echo 7'}
      - set: {grade: review.output * 2}
      - if:
          condition: execution.context.grade > 10
          then:
            - {as: publish, type: exec, run: echo ran >> ran.txt}
    output: execution.context.grade
"""


async def ran(start: Callable[..., Any], folder: Path, wanted: bool) -> File:
    asked = types.WorkspaceClientCapabilities(
        configuration=True, inlay_hint=types.InlayHintWorkspaceClientCapabilities(refresh_support=True)
    )
    editor: Editor = await start(configuration={"trace": {"replay": wanted}}, workspace=asked)
    file = editor.write(folder / "w.duck.yaml", TEXT)
    await file.run()
    return file


async def new_values(file: File, count: int) -> dict[str, str]:
    """The values that are marked as new, by the beginning of their lines, once there are so many."""

    def marked(labels: Any) -> bool:
        return sum(label.startswith("≈") for label in labels) == count

    lines, labels = file.text.splitlines(), await file._labels_when(marked)
    return {lines[line].split(":")[0].strip("- "): label for line, label in labels.items() if label[0] == "≈"}


async def test_values_follow_the_text(start: Callable[..., Any], tmp_path: Path) -> None:
    file = await ran(start, tmp_path, True)
    file.replace("output * 2", "output * 3")
    assert await new_values(file, 3) == {"set": '≈ {"grade": 21}', "if": "≈ true", "output": "≈ 21"}
    file.replace("output * 3", "output - 5")
    assert await new_values(file, 3) == {"set": '≈ {"grade": 2}', "if": "≈ false", "output": "≈ 2"}
    # A step that has not run then stops the replay; what is before it has its value.
    file.replace(
        "- set", "- set: {first: '1'}\n  - {as: other, type: exec, run: echo ran >> ran.txt}\n  - set"
    )
    assert await new_values(file, 1) == {"set": '≈ {"first": 1}'}
    assert (tmp_path / "ran.txt").read_text().count("ran") == 2
    assert len([*(tmp_path / ".duckflux" / "traces").glob("*.json")]) == 1


async def test_typing_on_leaves_no_replay_behind(start: Callable[..., Any], tmp_path: Path) -> None:
    file = await ran(start, tmp_path, True)
    for factor in "3456789":
        file.replace(f"output * {int(factor) - 1}", f"output * {factor}")
        # A little more than the pause: the next key comes when a replay has just begun.
        await asyncio.sleep(0.42)
    assert await new_values(file, 3) == {"set": '≈ {"grade": 63}', "if": "≈ true", "output": "≈ 63"}
    await eventually(lambda: processes(tmp_path) == [])


async def test_it_is_off_by_default(start: Callable[..., Any], tmp_path: Path) -> None:
    file = await ran(start, tmp_path, False)
    file.replace("output * 2", "output * 3")
    await file.diagnostics()
    assert not any("≈" in label for label in (await file.labels()).values())

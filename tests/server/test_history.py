"""The traces of a workspace are kept within a size: after a run the oldest ones are removed."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from duckflux.trace.model import Execution, Trace
from duckflux.trace.writers.json import write_trace
from lsprotocol import types

from .conftest import Editor, eventually

pytestmark = pytest.mark.asyncio(loop_scope="module")

TEXT = "flow: [{as: one, type: exec, run: echo}]\n"


def trace(folder: Path, name: str, day: int, kilobytes: int) -> Path:
    """An old trace of a workflow in a folder."""
    path = folder / ".duckflux" / "traces" / f"{name}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    time = f"2026-01-{day:02}T00:00:00.000Z"
    write_trace(path, Trace(Execution(name, time, time, 1, "success", {}, "x" * kilobytes * 1024), ()))
    os.utime(path, (day * 86_400, day * 86_400))
    return path


async def workspace(start: Callable[..., Any], folder: Path, limit: int | None) -> Editor:
    for name in ("here", "there"):
        (folder / name).mkdir()
        (folder / name / "w.duck.yaml").write_text(TEXT)
    asked = types.WorkspaceClientCapabilities(configuration=True)
    editor: Editor = await start(configuration={"trace": {"maxMegabytes": limit}}, workspace=asked)
    return editor


async def test_the_oldest_traces_of_all_folders_go(start: Callable[..., Any], tmp_path: Path) -> None:
    editor = await workspace(start, tmp_path, 1)
    here, there = tmp_path / "here", tmp_path / "there"
    oldest, old, new = trace(there, "a", 1, 600), trace(here, "b", 2, 600), trace(there, "c", 3, 600)
    last = await editor.open(here / "w.duck.yaml", TEXT).run()
    await eventually(lambda: not oldest.exists() and not old.exists())
    assert new.exists() and last.exists()


async def test_without_a_limit_all_stay(start: Callable[..., Any], tmp_path: Path) -> None:
    editor = await workspace(start, tmp_path, None)
    kept = [trace(tmp_path / "here", str(day), day, 600) for day in (1, 2, 3)]
    file = editor.open(tmp_path / "here" / "w.duck.yaml", TEXT)
    await file.run()
    await file.run()
    assert all(path.exists() for path in kept)

"""A trace file on the workflow in the editor: ours, those of runs that broke off, and the reference's."""

from __future__ import annotations

import contextlib
import re
import shutil
import sqlite3
from pathlib import Path

import pytest
from duckflux.trace.model import Execution, Step, Trace
from duckflux.trace.writers.json import write_trace
from duckflux_ls.session import command_names

from .conftest import Editor

pytestmark = pytest.mark.asyncio(loop_scope="module")

DATA = Path(__file__).parent.parent / "data" / "traces"
TIME = "2026-01-01T00:00:00.000Z"
TEXT = "flow:\n  - as: one\n    type: exec\n    run: echo\n"


def reference(folder: Path, form: str) -> Path:
    if form != "sqlite":
        return Path(shutil.copy(DATA / f"reference.{form}", folder))
    path = folder / "reference.sqlite"
    with contextlib.closing(sqlite3.connect(path)) as database:
        database.executescript((DATA / "reference.sql").read_text())
    return path


def written(folder: Path, *steps: Step, **fields: str) -> Path:
    given = {"status": "success", "finished_at": TIME, "workflow_path": str(folder / "w.duck.yaml")} | fields
    path = folder / "x.json"
    write_trace(path, Trace(Execution("x", TIME, duration=5, inputs={}, output=None, **given), steps))  # type: ignore[arg-type]
    return path


def step(**fields: str) -> Step:
    given = {"status": "success", "path": "/flow/0"} | fields
    return Step(1, "one", "exec", TIME, TIME, 5, **given)  # type: ignore[arg-type]


@pytest.mark.parametrize("form", ["json", "txt", "sqlite"])
async def test_the_references_files_open(editor: Editor, tmp_path: Path, form: str):
    file = editor.write(tmp_path / "release.duck.yaml", (DATA / "reference.duck.yaml").read_text())
    answer = await editor.command(
        command_names.SHOW_TRACE, {"uri": file.uri, "tracePath": str(reference(tmp_path, form))}
    )
    assert answer["executionId"] == "5e3c6f0e-90a1-4f6b-8e0b-2f1d6a7f4c11"
    lines = file.text.splitlines()
    found = {lines[line].strip(): label for line, label in (await file.labels()).items()}
    assert found == {
        "- build": "✓ 338ms",
        """- set: { tag: "'v' + workflow.version" }""": "✓ 0ms",
        "- loop:": "✓ ×2 · 1.1s",
        "- test": "✓ ×2 · 1.1s · 1 retry",
        "- parallel:": "✓ 239ms",
        "- lint": "✓ 99ms",
        "- type: exec": "✓ 239ms",
        "- if:": "✓ 61ms",
        "- notify": "⊘ skipped (onError)",
        '- notify: { when: "false" }': "⊘ skipped (when)",
    }
    last = await editor.command(command_names.LAST_TRACE, {"uri": file.uri})
    assert last["tracePath"] == answer["tracePath"]


async def test_a_trace_of_another_text_is_marked(editor: Editor, tmp_path: Path):
    file = editor.write(tmp_path / "w.duck.yaml", TEXT)
    path = written(tmp_path, step(), workflow_hash="0" * 64)
    await editor.command(command_names.SHOW_TRACE, {"uri": file.uri, "tracePath": str(path)})
    assert await file.labels() == {1: "~ ✓ 5ms"}


async def test_a_run_that_broke_off_does_not_run_on_the_lines(editor: Editor, tmp_path: Path):
    file = editor.write(tmp_path / "w.duck.yaml", TEXT)
    path = written(tmp_path, step(status="running"), status="running", finished_at="")
    await editor.command(command_names.SHOW_TRACE, {"uri": file.uri, "tracePath": str(path)})
    assert await file.labels() == {1: "✗ interrupted"}


async def test_a_sub_workflow_shows_its_own_steps(editor: Editor, tmp_path: Path):
    file = editor.write(tmp_path / "child.duck.yaml", TEXT)
    path = written(tmp_path, step(workflow=str(tmp_path / "child.duck.yaml")))
    await editor.command(command_names.SHOW_TRACE, {"uri": file.uri, "tracePath": str(path)})
    assert await file.labels() == {1: "✓ 5ms"}


@pytest.mark.parametrize(
    ("name", "what"),
    [
        ("away.json", "No such file"),
        ("broken.json", "not a JSON trace"),
        ("x.json", "this trace is of .*w.duck.yaml, not of other.duck.yaml"),
    ],
)
async def test_what_cannot_be_shown_is_said(editor: Editor, tmp_path: Path, name: str, what: str):
    (tmp_path / "broken.json").write_text("{")
    written(tmp_path, step())
    file = editor.write(tmp_path / "other.duck.yaml", TEXT)
    answer = await editor.command(
        command_names.SHOW_TRACE, {"uri": file.uri, "tracePath": str(tmp_path / name)}
    )
    assert answer["executionId"] is None
    assert re.search(what, answer["message"])
    assert await file.labels() == {}

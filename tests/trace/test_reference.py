"""The reference's files (tests/data/traces, written by hand in its three formats) are read like ours."""

from __future__ import annotations

import contextlib
import sqlite3
from pathlib import Path

import pytest
from duckflux.runtime.events import UNSET
from duckflux.trace.readers import is_interrupted, read, read_execution

DATA = Path(__file__).parent.parent / "data" / "traces"


@pytest.fixture(params=["json", "txt", "sqlite"])
def reference(request, tmp_path) -> Path:
    if request.param != "sqlite":
        return DATA / f"reference.{request.param}"
    path = tmp_path / "reference.sqlite"
    with contextlib.closing(sqlite3.connect(path)) as database:
        database.executescript((DATA / "reference.sql").read_text())
    return path


def test_the_execution(reference):
    execution = read(reference).execution
    assert (execution.id, execution.status) == ("5e3c6f0e-90a1-4f6b-8e0b-2f1d6a7f4c11", "success")
    assert (execution.workflow_name, execution.workflow_version) == ("Release", "3")
    assert (execution.started_at, execution.duration) == ("2026-03-01T10:00:00.000Z", 1703)
    assert (execution.inputs, execution.output) == ({"target": "prod"}, ["ok\n", ""])
    assert read_execution(reference).duration == 1703
    assert not is_interrupted(reference, execution)


def test_the_steps(reference):
    steps = read(reference).steps
    assert [step.seq for step in steps] == list(range(1, 12))
    build, assign, loop, test, *_ = steps
    assert (build.name, build.type, build.input, build.output) == ("build", "exec", UNSET, "built\n3 files\n")
    assert assign.output == {"tag": "v3"}
    assert (loop.name, loop.type, loop.duration) == ("round", "loop", 1058)
    assert (test.retries, test.loop_index, test.input) == (1, 0, "built\n3 files\n")
    assert test.output == {"passed": 12, "failed": 0}
    assert (steps[7].name, steps[7].status) == ("<anonymous>", "success")
    assert (steps[9].status, steps[9].error) == (
        "skipped",
        "Command failed with exit code 127\nsh: notify: not found",
    )
    assert all(step.path is None for step in steps)


def test_a_run_that_broke_off(tmp_path):
    path = tmp_path / "x.txt"
    whole = (DATA / "reference.txt").read_text()
    ending = "status: success\nfinishedAt: 2026-03-01T10:00:01.703Z\nduration: 1703.4180000000001ms\n"
    path.write_text(whole[: whole.index("## [6]")].replace(ending, "status: running\n"))
    trace = read(path)
    assert trace.execution.status == "running" and is_interrupted(path, trace.execution)
    assert trace.execution.output is None
    assert [step.seq for step in trace.steps] == [1, 2, 3, 4, 5, 7, 8]

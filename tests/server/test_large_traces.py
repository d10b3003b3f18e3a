"""A trace of 100 MB is read beside the typing: requests are answered meanwhile."""

from __future__ import annotations

import asyncio
import statistics
import time
from pathlib import Path

import pytest
from duckflux.trace.model import Execution, Step, Trace
from duckflux.trace.writers.json import write_trace
from duckflux_ls.session import command_names
from lsprotocol import types

from .conftest import Editor

pytestmark = pytest.mark.asyncio(loop_scope="module")

TEXT = """
    flow:
      - loop:
          max: 60000
          steps:
            - {as: step, type: exec, run: echo, when: loop.index < 7}
"""
TIME = "2026-01-01T00:00:00.000Z"
STEPS = 60_000
# A pause that nobody feels while typing, on a machine that does other things too.
MEDIAN_SECONDS = 0.1
LONGEST_SECONDS = 1.0


def written(workflow: Path) -> Path:
    output = {"numbers": [1, 2, 3] * 30, "log": "a line of text\n" * 100}
    steps = [
        Step(
            index + 1,
            *("step", "exec", TIME, TIME, 1, "success"),
            output=output,
            path="/flow/0/loop/steps/0",
            iterations=(index,),
        )
        for index in range(STEPS)
    ]
    path = workflow.parent / "large.json"
    execution = Execution("large", TIME, TIME, 1, "success", {}, None, workflow_path=str(workflow))
    write_trace(path, Trace(execution, tuple(steps)))
    return path


async def test_a_hover_is_answered_while_a_trace_is_read(editor: Editor, tmp_path: Path) -> None:
    file = editor.write(tmp_path / "w.duck.yaml", TEXT)
    path = await asyncio.to_thread(written, file.path)
    assert path.stat().st_size > 100_000_000
    asked = types.HoverParams(file.id, types.Position(4, 50))
    await editor.text_document_hover_async(asked)
    arguments = {"uri": file.uri, "tracePath": str(path)}
    params = types.ExecuteCommandParams(command_names.SHOW_TRACE, [arguments])
    reading = asyncio.ensure_future(editor.workspace_execute_command_async(params))
    times = []
    while not reading.done():
        begin = time.perf_counter()
        assert await editor.text_document_hover_async(asked) is not None
        times.append(time.perf_counter() - begin)
        await asyncio.sleep(0.02)
    assert (await reading)["executionId"] == "large"
    assert len(times) > 5
    assert statistics.median(times) < MEDIAN_SECONDS
    assert max(times) < LONGEST_SECONDS
    assert await file.settled()

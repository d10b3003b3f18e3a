"""What is new in a trace, asked for again and again while its run goes on, is the trace."""

from __future__ import annotations

import time

import msgspec
import pytest
from duckflux.trace.follow import Known, read_news
from duckflux.trace.journal import Journal
from duckflux.trace.model import Execution, Step
from duckflux.trace.output_log import read_pieces
from duckflux.trace.readers import read

from .conftest import trace_file

WORKFLOW = """
flow:
  - loop:
      max: 40
      steps:
        - parallel:
            - {type: exec, run: echo printed by one; sleep 0.01}
            - loop: {max: 3, steps: [{set: {x: loop.index}}]}
  - {as: last, type: exec, run: echo the end}
"""


@pytest.mark.parametrize("form", ["json", "txt", "sqlite"])
def test_news_make_the_trace(command, tmp_path, form):
    process = command(WORKFLOW, "--trace-format", form, "--trace-output")
    path = trace_file(tmp_path / "traces", form, process)
    known, steps, printed, questions = Known(), {}, [], 0
    while True:
        news = read_news(path, known)
        steps |= {step.seq: step for step in news.steps}
        printed += news.printed
        known, questions = news.known, questions + 1
        if news.state != "running":
            break
        time.sleep(0.02)
    assert process.wait() == 0
    assert questions > 3
    assert news.state == "success" and news.end is not None and known.open == ()
    whole = read(path)
    assert news.execution == whole.execution
    assert [steps[seq] for seq in sorted(steps)] == [*whole.steps]
    assert printed == [*read_pieces(path)]
    assert sum(piece.text.count("printed by one") for piece in printed) == 40


def test_a_step_that_is_missing_among_later_ones_is_still_to_come(tmp_path):
    def step(seq, status, **fields):
        return Step(seq, f"step {seq}", "exec", "2026-01-01T00:00:00Z", "", 0, status, **fields)

    path = tmp_path / "t.json"
    journal = Journal(path)
    journal.write(Execution("id", "2026-01-01T00:00:00Z", "", 0, "running", {}, None))
    journal.write(step(2, "success", parent=1))
    journal.flush()
    first = read_news(path, Known())
    assert [found.seq for found in first.steps] == [2]
    assert (first.state, first.known.last, first.known.open) == ("running", 2, (1,))
    journal.write(step(1, "success"))
    journal.flush()
    second = read_news(path, first.known)
    assert [found.seq for found in second.steps] == [1]
    assert (second.known.last, second.known.open) == (2, ())
    assert read_news(path, second.known).steps == ()
    assert msgspec.convert(msgspec.to_builtins(second.known), Known) == second.known
    journal.remove()

"""Measures hover and completion with the values of a run of 10,000 steps.

    .venv/bin/python benchmarks/lsp/last_run.py

Goals: a hover in at most 5 ms, also the first one at a step; completion in at most 1.2 times its time without.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from duckflux.ide.completion import completions
from duckflux.ide.hover import hover
from duckflux.language.analysis import analyse
from duckflux.trace.model import Execution, Step, Trace
from duckflux_ls.runs.last_run import LastRun, ShownRun
from duckflux_ls.runs.overlay import Overlay

ITERATIONS = 5_000
REPEATS = 50
TEXT = """\
flow:
  - loop:
      as: rounds
      max: 5000
      steps:
        - {as: score, type: exec, run: ./score}
        - {as: act, type: exec, run: ./act, when: score.output.level > 2 && rounds.index < 4999}
output: score.output.level
"""
TIME = "2026-01-01T00:00:00.000Z"


def recorded() -> Trace:
    """Return a trace of 10,001 steps."""
    steps = [Step(1, "rounds", "loop", TIME, TIME, 1, "success", path="/flow/0")]
    for index in range(ITERATIONS):
        for number, name in enumerate(("score", "act")):
            path = f"/flow/0/loop/steps/{number}"
            output = {"level": index, "text": "x" * 100}
            step = Step(len(steps) + 1, name, "exec", TIME, TIME, 1, "success", output=output, path=path)
            steps.append(_inside(step, index))
    return Trace(Execution("1", TIME, TIME, 1, "success", {}, None), tuple(steps))


def _inside(step: Step, index: int) -> Step:
    import msgspec

    return msgspec.structs.replace(step, parent=1, iterations=(index,), loop_index=index)


def milliseconds(run: Callable[[], Any]) -> float:
    """Return the median CPU time of a call."""
    times = []
    for _ in range(REPEATS):
        begin = time.process_time()
        run()
        times.append(time.process_time() - begin)
    return statistics.median(times) * 1000


def main() -> None:
    """Print the times."""
    analysis, trace = analyse(TEXT), recorded()
    outputs = {"score": [step.output for step in trace.steps if step.name == "score"][-200:]}
    run = LastRun(Path("/trace.json"), trace, analysis.workflow, None, outputs, {})
    overlay = Overlay(analysis, None)
    offset = TEXT.index("level >")
    hover(analysis, offset, ShownRun(run, overlay, 1, None))
    iterations = iter(range(2, ITERATIONS))

    def first() -> None:
        hover(analysis, offset, ShownRun(run, overlay, ITERATIONS - next(iterations), None))

    shown = ShownRun(run, overlay, None, None)
    path, lines = Path("/w.duck.yaml"), analysis.document.lines
    print(f"hover without a run            {milliseconds(lambda: hover(analysis, offset)):6.2f} ms")
    print(f"hover, the first in an iteration {milliseconds(first):4.2f} ms")
    print(f"hover, again                   {milliseconds(lambda: hover(analysis, offset, shown)):6.2f} ms")
    plain = milliseconds(lambda: completions(lines, offset, path, analysis))
    observed = milliseconds(lambda: completions(lines, offset, path, analysis, run=shown))
    print(f"completion without a run       {plain:6.2f} ms")
    print(f"completion with what was observed {observed:3.2f} ms, {observed / plain:.2f} times")


if __name__ == "__main__":
    main()

"""Two runs are put into one trace, as if they had begun together."""

from __future__ import annotations

from duckflux.trace.model import Execution, Step, Trace
from duckflux.trace.view.merged_runs import merged_runs


def at(hour: int, milliseconds: int) -> str:
    return f"2026-01-01T{hour:02}:00:{milliseconds / 1000:06.3f}Z"


def run(hour: int, status: str, *lengths: int) -> Trace:
    """A run of a loop at an hour, whose iterations take so long."""
    steps = [
        Step(1, "again", "loop", at(hour, 0), at(hour, sum(lengths)), sum(lengths), "success", path="/flow/0")
    ]
    done = 0
    for index, length in enumerate(lengths):
        begin, done = done, done + length
        times = at(hour, begin), at(hour, done), length
        path = "/flow/0/loop/steps/0"
        one = Step(index + 2, "try", "exec", *times, "success", path=path, parent=1, iterations=(index,))
        steps.append(one)
    execution = Execution(str(hour), at(hour, 0), at(hour, done), done, status, {}, None, workflow_name="W")  # type: ignore[arg-type]
    return Trace(execution, tuple(steps))


def test_both_begin_with_the_later_one() -> None:
    merged = merged_runs(run(3, "failure", 100, 50), run(5, "success", 200))
    assert (merged.execution.started_at, merged.execution.duration) == (at(5, 0), 200)
    assert merged.execution.status == "success"
    assert [
        (step.seq, step.parent, step.name, step.started_at, step.finished_at) for step in merged.steps
    ] == [
        (1, None, "before: W", at(5, 0), at(5, 150)),
        (2, 1, "again", at(5, 0), at(5, 150)),
        (3, 2, "try", at(5, 0), at(5, 100)),
        (4, 2, "try", at(5, 100), at(5, 150)),
        (5, None, "after: W", at(5, 0), at(5, 200)),
        (6, 5, "again", at(5, 0), at(5, 200)),
        (7, 6, "try", at(5, 0), at(5, 200)),
    ]
    assert [step.status for step in merged.steps if step.parent is None] == ["failure", "success"]

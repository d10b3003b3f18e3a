"""A run that loses its program goes on where it was.

`DUCKFLUX_LOSSES=300 pytest tests/durable` tries so many random workflows; a failure names its seed.
"""

from __future__ import annotations

import asyncio
import os
import random
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from duckflux.durable.records import Began, Decided, Ended, Failed, Record

from ..replay.workflows import Maker
from .memory import LostError, MemoryKept, execute, request

LOSSES = int(os.environ.get("DUCKFLUX_LOSSES", "25"))


class Runs:
    """A workflow, and what has been kept of its run."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.kept = MemoryKept()

    def write(self, **texts: str) -> None:
        for name, text in texts.items():
            (self.folder / f"{name}.duck.yaml").write_text(text)

    def lose_after(self, is_last: Callable[[Record], bool]) -> None:
        """Execute the run, and lose it once a record is kept."""
        kept = self.kept

        class Losing(MemoryKept):
            async def append(self, text: str) -> None:
                await super().append(text)
                if any(map(is_last, self.records)):
                    raise LostError("gone")

        losing = Losing()
        losing.texts = kept.texts
        with pytest.raises(LostError):
            asyncio.run(execute(self.folder, losing))

    def finish(self) -> object:
        result = asyncio.run(execute(self.folder, self.kept))
        return [failure.message for failure in result.failures] or result.output

    @property
    def log(self) -> list[str]:
        path = self.folder / "ran.txt"
        return path.read_text().split() if path.exists() else []


@pytest.fixture
def runs(tmp_path: Path) -> Runs:
    return Runs(tmp_path)


def ends(name: str) -> Callable[[Record], bool]:
    """Whether it is the end of a step that gave this text."""
    return lambda record: isinstance(record, Ended) and str(record.output).strip() == name


def logging(name: str, more: str = "") -> str:
    return f'{{as: {name}, type: exec, cwd: ".", run: "echo {name} >> ran.txt; echo {name}{more}"}}'


def test_a_step_that_ended_is_not_run_again(runs: Runs) -> None:
    runs.write(w=f'flow:\n- {logging("a")}\n- {logging("b")}\noutput: \'{{"a": a.output, "b": b.output}}\'\n')
    runs.lose_after(ends("a"))
    assert runs.finish() == {"a": "a\n", "b": "b\n"}
    assert runs.log == ["a", "b"]


def test_the_run_keeps_its_id_and_start(runs: Runs) -> None:
    runs.write(
        w=f"flow:\n- {logging('a')}\n- {logging('b')}\noutput: '[execution.id, execution.startedAt]'\n"
    )
    runs.lose_after(ends("a"))
    began = next(record.at for record in runs.kept.records if isinstance(record, Began))
    id_, started = runs.finish()  # type: ignore[misc]
    assert id_ == "r"
    assert started[:19] == time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(began / 1e9))


def test_a_loop_goes_on_in_its_iteration(runs: Runs) -> None:
    step = '{as: s, type: exec, cwd: ".", input: {N: loop.index}, run: "echo s$N >> ran.txt; echo s$N"}'
    runs.write(w=f"flow:\n- loop:\n    max: 3\n    steps:\n    - {step}\n    - {{type: exec, run: 'true'}}\n")
    runs.lose_after(ends("s1"))
    runs.finish()
    assert runs.log == ["s0", "s1", "s2"]


def test_a_condition_on_the_time_gives_what_it_gave(runs: Runs) -> None:
    runs.write(
        w=f"""
flow:
- if:
    condition: "now < timestamp('2100-01-01T00:00:00Z') && env['LOST_AND_FOUND'] == 'before'"
    then: [{logging("a")}, {logging("b")}]
    else: [{logging("c")}]
"""
    )
    os.environ["LOST_AND_FOUND"] = "before"
    try:
        runs.lose_after(ends("a"))
        assert any(isinstance(record, Decided) for record in runs.kept.records)
        os.environ["LOST_AND_FOUND"] = "after"
        runs.finish()
    finally:
        del os.environ["LOST_AND_FOUND"]
    assert runs.log == ["a", "b"]


def test_a_value_of_the_time_is_kept(runs: Runs) -> None:
    runs.write(
        w=f"flow:\n- set: {{at: now}}\n- {logging('a')}\n- {logging('b')}\noutput: execution.context.at\n"
    )
    runs.lose_after(ends("a"))
    lost = next(record for record in runs.kept.records if isinstance(record, Ended))
    assert runs.finish() == lost.output["at"]


def test_a_wait_keeps_its_deadline(runs: Runs) -> None:
    runs.write(
        w="flow:\n- wait: {event: never, timeout: 400ms, onTimeout: skip}\n"
        "output: string(now - execution.startedAt < duration('1s'))\n"
    )
    runs.lose_after(lambda record: isinstance(record, Began) and record.key != "")
    time.sleep(0.3)
    begin = time.monotonic()
    runs.finish()
    assert time.monotonic() - begin < 0.35


def test_failed_attempts_count_and_their_delay_goes_on(runs: Runs) -> None:
    runs.write(
        w="flow:\n- {as: a, type: exec, cwd: '.', run: 'echo a >> ran.txt; exit 3', onError: retry, "
        "retry: {max: 2, backoff: 300ms}}\n"
    )
    runs.lose_after(lambda record: isinstance(record, Failed))
    time.sleep(0.3)
    begin = time.monotonic()
    assert "exit code 3" in str(runs.finish())
    # One delay had passed, the other is 300 ms.
    assert time.monotonic() - begin < 0.55
    assert runs.log == ["a", "a", "a"]


def test_a_fallback_goes_on(runs: Runs) -> None:
    runs.write(
        w=f"""
participants:
  rescue: {logging("rescue").replace("as: rescue, ", "")}
flow:
- {{as: a, type: exec, cwd: ".", run: "echo a >> ran.txt; exit 1", onError: rescue}}
- {logging("b")}
"""
    )
    runs.lose_after(lambda record: isinstance(record, Ended) and record.status == "failure")
    runs.finish()
    assert runs.log == ["a", "rescue", "b"]


def test_a_sub_workflow_goes_on_inside(runs: Runs) -> None:
    runs.write(
        child=f"flow:\n- {logging('c1')}\n- {logging('c2')}\n",
        w=f"flow:\n- {{as: sub, type: workflow, path: child.duck.yaml}}\n- {logging('b')}\n",
    )
    runs.lose_after(ends("c1"))
    runs.finish()
    assert runs.log == ["c1", "c2", "b"]


def test_a_sub_workflow_that_is_tried_again_begins_anew(runs: Runs) -> None:
    runs.write(
        child=f"flow:\n- {logging('c1')}\n"
        "- {type: exec, cwd: '.', run: 'test -e ok || { touch ok; exit 1; }'}\n",
        w="flow:\n- {as: sub, type: workflow, path: child.duck.yaml, "
        "onError: retry, retry: {max: 1, backoff: 1ms}}\n",
    )
    runs.lose_after(lambda record: isinstance(record, Failed))
    runs.finish()
    assert runs.log == ["c1", "c1"]


def test_the_files_may_have_changed_or_gone(runs: Runs) -> None:
    runs.write(
        child=f"flow:\n- {logging('c1')}\n- {logging('c2')}\n",
        w="flow:\n- {as: sub, type: workflow, path: child.duck.yaml}\n",
    )
    about = request(runs.folder)
    runs.lose_after(ends("c1"))
    (runs.folder / "child.duck.yaml").unlink()
    (runs.folder / "w.duck.yaml").write_text("flow: []\n")
    assert asyncio.run(execute(runs.folder, runs.kept, about)).failures == ()
    assert runs.log == ["c1", "c2"]


def test_a_failure_says_where(runs: Runs) -> None:
    runs.write(w="flow:\n- {as: a, type: exec, run: 'exit 4'}\n")
    (message,) = runs.finish()  # type: ignore[misc]
    assert message.endswith("w.duck.yaml:2:28: error: run: step 'a': exit code 4 [exec-failed]")


@pytest.mark.parametrize("seed", range(LOSSES))
def test_random_runs_are_lost_again_and_again(tmp_path: Path, seed: int) -> None:
    maker, rng = Maker(seed), random.Random(seed)
    (tmp_path / "w.duck.yaml").write_text(maker.workflow)
    (tmp_path / "child.duck.yaml").write_text(maker.child)
    ran = tmp_path / "ran.txt"
    expected_result = asyncio.run(execute(tmp_path, MemoryKept()))
    expected = Counter(ran.read_text().split())
    ran.unlink()
    kept, losses = MemoryKept(), 0
    while True:
        kept.lives = rng.randint(1, 12)
        try:
            result = asyncio.run(execute(tmp_path, kept))
            break
        except LostError:
            losses += 1
    assert result == expected_result, seed
    did = Counter(ran.read_text().split())
    assert not expected - did, seed
    # Each loss may have one step in flight, of each branch.
    assert (did - expected).total() <= losses * (3 if "parallel" in maker.workflow else 1), seed

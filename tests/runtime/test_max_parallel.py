"""`--max-parallel`: one budget for all steps of a run."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

# Each step says when it begins and ends, and needs a moment.
STEP = "echo + >> {log}; sleep 0.05; echo - >> {log}"
NESTED = """
    participants:
      work: {{type: exec, run: "{step}"}}
      below: {{type: workflow, path: below.duck.yaml}}
    flow:
      - parallel:
          - parallel: [work, work, below]
          - loop:
              max: 2
              steps:
                - parallel: [work, below]
          - below
"""
BELOW = """
    participants:
      inner: {{type: exec, run: "{step}"}}
      deepest: {{type: workflow, path: deepest.duck.yaml}}
    flow:
      - parallel: [inner, inner, deepest]
"""
DEEPEST = "flow: [{{type: exec, run: '{step}'}}]"


def most_at_once(log: Path) -> int:
    running = most = 0
    for line in log.read_text().split():
        running += 1 if line == "+" else -1
        most = max(most, running)
    return most


@pytest.mark.parametrize("limit", [1, 2, 3])
def test_no_more_run_at_once_and_all_run(limit: int, flow, tmp_path: Path) -> None:
    log = tmp_path / "log"
    step = STEP.format(log=log)
    flow.write("below.duck.yaml", BELOW.format(step=step))
    flow.write("deepest.duck.yaml", DEEPEST.format(step=step))
    ran = flow(NESTED.format(step=step), max_parallel=limit)
    assert ran.result.success
    assert log.read_text().count("+") == 16
    assert most_at_once(log) == limit


def test_without_a_limit_all_run_at_once(flow, tmp_path: Path) -> None:
    log = tmp_path / "log"
    step = f"echo + >> {log}; while test $(grep -c + {log}) -lt 4; do sleep 0.01; done; echo - >> {log}"
    assert flow(f"""
        participants: {{work: {{type: exec, run: "{step}"}}}}
        flow: [{{parallel: [work, work, work, work]}}]
    """).result.success
    assert most_at_once(log) == 4


def test_those_who_wait_longest_come_first_and_waiting_is_recorded(flow, tmp_path: Path) -> None:
    log = tmp_path / "log"
    branches = "\n".join(
        f"              - {{as: s{number}, type: exec, run: 'echo {number} >> {log}; sleep 0.05'}}"
        for number in range(4)
    )
    ran = flow(
        f"""
        flow:
          - parallel:
{branches}
    """,
        max_parallel=1,
    )
    assert log.read_text().split() == ["0", "1", "2", "3"]
    queued = [ran.step(f"s{number}").queued for number in range(4)]
    # The last waits for three times 50 ms, but those that the branches start later.
    assert queued[0] < queued[1] < queued[2] < queued[3] >= 100


def test_a_timeout_does_not_count_the_waiting_nor_does_a_retry_hold_its_turn(flow) -> None:
    ran = flow(
        """
        flow:
          - parallel:
              - {as: first, type: exec, run: "sleep 1.2; test -e ok || { touch ok; exit 1; }",
                 onError: retry, retry: {max: 1, backoff: 200ms}}
              - {as: second, type: exec, run: sleep 0.1, timeout: 1s}
              - {as: third, type: exec, run: sleep 0.1, timeout: 1s}
    """,
        cwd=str(flow.folder),
        max_parallel=1,
    )
    assert ran.statuses()[1:] == [("first", "success"), ("second", "success"), ("third", "success")]


def test_who_is_cancelled_while_waiting_takes_no_turn(flow) -> None:
    ran = flow(
        """
        flow:
          - as: all
            type: workflow
            path: all.duck.yaml
            onError: skip
          - {as: after, type: exec, run: echo after}
    """
        if flow.write(
            "all.duck.yaml",
            """
        flow:
          - parallel:
              - {as: fails, type: exec, run: exit 1}
              - {as: waits, type: exec, run: sleep 60}
              - {as: waits2, type: exec, run: sleep 60}
    """,
        )
        else "",
        max_parallel=1,
    )
    assert ran.output == "after\n"


@pytest.mark.parametrize("form", ["json", "txt", "sqlite"])
def test_on_the_command_line(form: str, tmp_path: Path) -> None:
    (tmp_path / "w.duck.yaml").write_text(
        "flow:\n  - parallel:\n"
        "      - {as: a, type: exec, run: sleep 0.1}\n      - {as: b, type: exec, run: sleep 0.1}\n"
    )
    command = [
        sys.executable,
        "-m",
        "duckflux",
        "run",
        "w.duck.yaml",
        "--trace-dir",
        "t",
        "--trace-format",
        form,
    ]
    subprocess.run([*command, "--max-parallel", "1", "--quiet"], cwd=tmp_path, check=True)
    (trace,) = (tmp_path / "t").iterdir()
    show = [sys.executable, "-m", "duckflux", "trace", "show", trace]
    shown = subprocess.run([*show, "--json"], capture_output=True, check=True).stdout
    assert [step.get("queued", 0) >= 50 for step in json.loads(shown)["steps"]] == [False, False, True]
    assert b" for its turn" in subprocess.run(show, capture_output=True, check=True).stdout
    for wrong in ("0", "-1", "x", "1.5", "10001"):
        done = subprocess.run(
            [*command, "--max-parallel", wrong], cwd=tmp_path, capture_output=True, check=False
        )
        assert done.returncode == 1
        assert b"is not a number from 1 to 10000" in done.stderr or wrong == "-1"

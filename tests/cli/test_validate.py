"""`duckflux validate FILE [inputs]`: what a run would say before its first step."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

WORKFLOW = """\
inputs:
  who: {type: string, required: true}
  times: {type: integer, minimum: 1, default: 1}
flow:
  - {type: exec, input: workflow.inputs, run: "touch ran"}
"""


def validate(folder: Path, *arguments: str, text: str = WORKFLOW) -> tuple[int, str]:
    (folder / "w.duck.yaml").write_text(text)
    command = [sys.executable, "-m", "duckflux", "validate", "w.duck.yaml", *arguments]
    done = subprocess.run(
        command, cwd=folder, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=30, check=False
    )
    assert "Traceback" not in done.stderr
    return done.returncode, done.stdout


def test_right_inputs_are_valid_and_nothing_runs(tmp_path: Path) -> None:
    assert validate(tmp_path, "-i", "who=you", "-i", "times=3") == (0, "valid\n")
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "'who' is required: give it with --input NAME=VALUE"),
        (("-i", "who=you", "-i", "times=0"), "times"),
        (("-i", "who=you", "-i", "times=often"), "times"),
        (("--input-file", "missing.json"), "No such file"),
    ],
)
def test_wrong_inputs_are_named(tmp_path: Path, arguments: tuple[str, ...], said: str) -> None:
    code, printed = validate(tmp_path, *arguments)
    assert code == 1
    assert said in printed


def test_all_wrong_inputs_are_said_at_once(tmp_path: Path) -> None:
    code, printed = validate(tmp_path, "-i", "times=0")
    assert code == 1
    assert "who" in printed and "times" in printed


def test_a_broken_workflow_is_not_valid(tmp_path: Path) -> None:
    code, printed = validate(tmp_path, "-i", "who=you", text=WORKFLOW.replace("run:", "rum:"))
    assert code == 1
    assert "w.duck.yaml:5:42: error: flow[0].rum" in printed

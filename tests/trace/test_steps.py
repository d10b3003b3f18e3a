"""Every step of a run is in its trace, with its place in the file and in the run."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from duckflux.trace.model import Step
from duckflux.trace.readers import read

from .conftest import trace_file

FORMATS = ("json", "txt", "sqlite")

MAIN = """
participants:
  child: {type: workflow, path: child.duck.yaml}
  flaky: {type: exec, run: 'test -e ready || { touch ready; exit 7; }', onError: retry, retry: {max: 2}}
  broken: {type: exec, run: 'exit 3', onError: repair}
  repair: {type: exec, run: echo fixed}
  unmergeable: {type: exec, run: 'true', input: "[1]", onError: skip}
flow:
  - {type: exec, run: 'true', when: 'false'}
  - loop:
      as: outer
      max: 2
      steps:
        - loop:
            max: 2
            steps:
              - set: {x: outer.index}
        - parallel:
            - {type: exec, run: echo a}
            - if: {condition: outer.first, then: [{set: {y: '1'}}]}
  - flaky
  - broken
  - unmergeable
  - child
  - wait: {timeout: 1ms}
"""
CHILD = """
inputs: {input: }
participants:
  last: {type: exec, run: 'exit 9', onError: skip}
flow:
  - {type: exec, run: 'true', when: 'false'}
  - last
"""


def summary(step: Step) -> tuple[Any, ...]:
    return step.path, step.type, step.status, step.parent, step.iterations, step.branch


@pytest.mark.parametrize("form", FORMATS)
def test_every_step_is_there(command, tmp_path, form):
    (tmp_path / "child.duck.yaml").write_text(CHILD)
    process = command(MAIN, "--trace-format", form, "--cwd", str(tmp_path))
    stderr = process.communicate()[1].decode()
    assert process.returncode == 0, stderr
    path = trace_file(tmp_path / "traces", form, process)
    assert path is not None
    steps = read(path).steps
    body = "/flow/1/loop/steps"
    inner = f"{body}/0/loop/steps/0"
    branches = f"{body}/1/parallel"
    assert [summary(step) for step in steps] == [
        ("/flow/0", "exec", "skipped", None, (), None),
        ("/flow/1", "loop", "success", None, (), None),
        (f"{body}/0", "loop", "success", 2, (0,), None),
        (inner, "set", "success", 3, (0, 0), None),
        (inner, "set", "success", 3, (0, 1), None),
        (f"{body}/1", "parallel", "success", 2, (0,), None),
        (f"{branches}/0", "exec", "success", 6, (0,), "0"),
        (f"{branches}/1", "if", "success", 6, (0,), "1"),
        (f"{branches}/1/if/then/0", "set", "success", 8, (0,), "1"),
        (f"{body}/0", "loop", "success", 2, (1,), None),
        (inner, "set", "success", 10, (1, 0), None),
        (inner, "set", "success", 10, (1, 1), None),
        (f"{body}/1", "parallel", "success", 2, (1,), None),
        (f"{branches}/0", "exec", "success", 13, (1,), "0"),
        (f"{branches}/1", "if", "success", 13, (1,), "1"),
        ("/flow/2", "exec", "success", None, (), None),
        ("/flow/3", "exec", "failure", None, (), None),
        ("/participants/repair", "exec", "success", 17, (), None),
        ("/flow/4", "exec", "skipped", None, (), None),
        ("/flow/5", "workflow", "success", None, (), None),
        ("/flow/0", "exec", "skipped", 20, (), None),
        ("/flow/1", "exec", "skipped", 20, (), None),
        ("/flow/6", "wait", "success", None, (), None),
    ]
    assert [step.seq for step in steps] == list(range(1, 24))
    by_seq = {step.seq: step for step in steps}
    assert by_seq[4].loop_index == 0 and by_seq[5].loop_index == 1 and by_seq[6].loop_index == 0
    flaky, broken, unmergeable = by_seq[16], by_seq[17], by_seq[19]
    assert flaky.retries == 1 and [(a.attempt, a.exit_code) for a in flaky.attempts] == [(1, 7)]
    assert (broken.exit_code, broken.error) == (3, "exit code 3")
    assert unmergeable.reason == "onError" and "can't be merged" in (unmergeable.error or "")
    assert by_seq[1].reason == "when"
    child = str(tmp_path / "child.duck.yaml")
    assert [step.seq for step in steps if step.workflow is not None] == [21, 22]
    assert by_seq[22].workflow == child and by_seq[22].exit_code == 9


SECRET = "hunter2-hunter2"
LEAKING = """
inputs:
  password: {type: string, format: password, required: true}
participants:
  shout:
    type: exec
    input: {TEXT: workflow.inputs.password}
    run: 'echo "$TEXT $A_TOKEN"; echo "$TEXT $A_TOKEN" >&2; exit 1'
flow:
  - shout
"""


@pytest.mark.parametrize("form", FORMATS)
def test_no_secret_is_in_a_trace_nor_in_an_error(command, tmp_path, form, monkeypatch):
    monkeypatch.setenv("A_TOKEN", SECRET)
    events = tmp_path / "events"
    given = ("--input", "password=open-sesame", "--verbose", "--progress-events", str(events))
    process = command(LEAKING, "--trace-format", form, *given)
    stderr = process.communicate()[1].decode()
    assert process.returncode == 2
    path = trace_file(tmp_path / "traces", form, process)
    assert path is not None
    for text in (stderr, path.read_bytes().decode(errors="replace"), events.read_text()):
        assert "*** ***" in text
        assert SECRET not in text and "open-sesame" not in text
    (step,) = read(path).steps
    assert (step.input, step.output) == ({"TEXT": "***"}, "*** ***\n")
    assert step.error == "exit code 1: *** ***" and step.stderr == "*** ***\n" and step.masked


@pytest.mark.parametrize("form", FORMATS)
def test_no_values_on_request(command, tmp_path, form):
    process = command(LEAKING, "--trace-format", form, "--trace-no-values", "--input", "password=open-sesame")
    process.communicate()
    path = trace_file(tmp_path / "traces", form, process)
    assert path is not None
    trace = read(path)
    assert trace.execution.inputs is None and trace.execution.error == "exit code 1"
    (step,) = trace.steps
    assert (step.name, step.status, step.error, step.exit_code) == ("shout", "failure", "exit code 1", 1)
    assert "***" not in json.dumps(Path(path).read_bytes().decode(errors="replace"))

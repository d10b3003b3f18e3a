"""A test that is written from a run passes, and fails after a change of what the run did."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

import pytest
from duckflux.cli.main import main
from duckflux.language.analysis import analyse
from duckflux.testing.recorded_test import NotRecordedError, recorded_mocks, recorded_test
from duckflux.trace.folder import newest_trace
from duckflux.trace.model import Trace
from duckflux.trace.readers import read

WORKFLOW = r"""
    inputs: {limit: {type: integer, default: 2}}
    participants:
      review:
        type: exec
        run: 'echo "{\"score\": $n}"'
        output: {score: {type: integer}}
      shaky:
        type: exec
        run: test -e ran || { touch ran; exit 3; }
        cwd: .
        onError: retry
        retry: {max: 2, backoff: 1ms}
      rescue: {type: exec, run: 'echo rescued: fine'}
    flow:
      - loop:
          as: again
          max: 5
          until: review.output.score >= workflow.inputs.limit
          steps:
            - review: {input: {n: again.iteration}}
            - set: {last: review.output.score}
      - shaky
      - {as: broken, type: exec, run: exit 1, onError: rescue}
      - {as: never, type: exec, run: 'true', when: execution.context.last > 5}
    output: {score: review.output.score, end: broken.status}
"""


def recorded(folder: Path, text: str, status: int = 0) -> Trace:
    path = folder / "w.duck.yaml"
    path.write_text(dedent(text), encoding="utf-8")
    assert main(["run", str(path), "--trace-dir", str(folder / "traces"), "--quiet"]) == status
    return read(newest_trace(folder / "traces"))


def written(folder: Path, text: str, status: int = 0) -> Path:
    """The test of a run of a workflow."""
    trace = recorded(folder, text, status)
    path = folder / "w.ducktest.yaml"
    path.write_text(recorded_test(trace, analyse(dedent(text)).workflow, "w.duck.yaml"), encoding="utf-8")
    return path


def test_it_says_what_the_run_did(tmp_path: Path) -> None:
    lines = written(tmp_path, WORKFLOW).read_text().splitlines()
    assert lines[2].startswith("  - name: as on 20")
    assert lines[3:] == [
        '    inputs: {"limit": 2}',
        "    mocks:",
        '      review: {"$each": [{"score": 1}, {"score": 2}]}',
        '      shaky: {"$each": [{"$error": "exit code 3"}, ""]}',
        '      broken: {"$error": "exit code 1"}',
        '      rescue: "rescued: fine\\n"',
        "    expect:",
        '      output: {"score": 2, "end": "failure"}',
        "      steps:",
        "        review: {status: success, executions: 2}",
        "        shaky: {status: success, executions: 1}",
        "        broken: {status: failure, executions: 1}",
        "        rescue: {status: success, executions: 1}",
    ]


def test_it_passes_until_the_workflow_does_something_else(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = written(tmp_path, WORKFLOW)
    (tmp_path / "ran").unlink()
    assert main(["test", str(path)]) == 0
    assert not (tmp_path / "ran").exists()
    workflow = tmp_path / "w.duck.yaml"
    workflow.write_text(workflow.read_text().replace(">= workflow", "< workflow"), encoding="utf-8")
    assert main(["test", str(path)]) == 1


def test_a_run_that_failed(tmp_path: Path) -> None:
    path = written(tmp_path, "flow:\n  - {as: a, type: exec, run: exit 4}\n", status=2)
    assert "      status: failure\n" in path.read_text()
    assert main(["test", str(path)]) == 0


def test_the_same_outputs_as_mocks(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    trace = recorded(tmp_path, WORKFLOW)
    mocks = tmp_path / "w.mocks.yaml"
    mocks.write_text(recorded_mocks(trace, analyse(dedent(WORKFLOW)).workflow), encoding="utf-8")
    (tmp_path / "ran").unlink()
    assert main(["run", str(tmp_path / "w.duck.yaml"), "--mock", str(mocks), "--quiet"]) == 0
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("flow: [{type: exec, run: 'true'}]\n", "a step without a name has run"),
        (
            "inputs: {key: {format: password, default: s3cret-value}}\n"
            "flow: [{as: a, type: exec, run: cat, input: workflow.inputs.key}]\n",
            "masked or cut",
        ),
    ],
)
def test_what_no_test_can_say(tmp_path: Path, text: str, reason: str) -> None:
    with pytest.raises(NotRecordedError, match=reason):
        written(tmp_path, text)

"""`duckflux graph`: a picture, a Mermaid flowchart or a DOT graph, with the results of a run."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from duckflux.cli.main import main

WORKFLOW = """\
name: Twice
participants:
  flaky: { type: exec, run: exit 3, onError: fix }
  fix: { type: exec, run: echo fixed }
flow:
  - loop:
      as: times
      max: 2
      steps: [flaky]
  - type: exec
    run: echo "$HOME"
    when: times.index > 5
"""


@pytest.fixture
def duckflux(capsysbinary: pytest.CaptureFixture[bytes]) -> Callable[..., tuple[int, str, str]]:
    """Runs the command in this process: (exit code, stdout, stderr)."""

    def run(*arguments: object) -> tuple[int, str, str]:
        code = main([str(argument) for argument in arguments])
        out, err = capsysbinary.readouterr()
        return code, out.decode(), err.decode()

    return run


@pytest.fixture
def workflow(tmp_path: Path) -> Path:
    file = tmp_path / "twice.duck.yaml"
    file.write_text(WORKFLOW)
    return file


def test_svg_goes_to_stdout_or_a_file(duckflux: Callable[..., tuple[int, str, str]], workflow: Path) -> None:
    code, out, err = duckflux("graph", workflow)
    assert (code, err) == (0, "")
    assert out.startswith('<svg xmlns="http://www.w3.org/2000/svg"')
    assert "<title>Flow of Twice</title>" in out
    file = workflow.with_name("twice.svg")
    assert duckflux("graph", workflow, "--to", "svg", "-o", file) == (0, "", "")
    assert file.read_text("utf-8") == out


def test_a_trace_colors_the_steps(duckflux: Callable[..., tuple[int, str, str]], workflow: Path) -> None:
    traces = workflow.with_name("traces")
    assert duckflux("run", workflow, "--quiet", "--trace-dir", traces)[0] == 0
    code, out, err = duckflux("graph", workflow, "--to", "mermaid", "--trace", traces)
    assert (code, err) == (0, "")
    assert 's1(["loop times<br/>max 2<br/>✓ ×2 · ' in out
    assert '  s2["flaky<br/>exit 3<br/>✗ ×2 · exit 3 · ' in out
    assert 's3["fix<br/>instead, onError<br/>✓ ×2 · ' in out
    assert "⊘ skipped #40;when#41;" in out
    assert "class s2 failure" in out
    workflow.write_text(WORKFLOW.replace("exit 3", "exit 4"))
    assert "has changed since this run" in duckflux("graph", workflow, "--trace", traces)[2]


def test_a_trace_of_another_workflow_is_refused(
    duckflux: Callable[..., tuple[int, str, str]], workflow: Path
) -> None:
    traces = workflow.with_name("traces")
    duckflux("run", workflow, "--quiet", "--trace-dir", traces)
    other = workflow.with_name("other.duck.yaml")
    other.write_text("flow: [{type: exec, run: echo}]")
    code, out, err = duckflux("graph", other, "--trace", traces)
    assert (code, out) == (1, "")
    assert err == f"error: this trace is of {workflow}, not of other.duck.yaml\n"


def test_mistakes_are_told(duckflux: Callable[..., tuple[int, str, str]], workflow: Path) -> None:
    workflow.write_text("participants: {}\n")
    assert duckflux("graph", workflow) == (
        1,
        "",
        f"{workflow}: error: there is no step to draw: see `duckflux lint`\n",
    )
    code, _, err = duckflux("graph", workflow.with_name("missing.duck.yaml"))
    assert (code, err.partition("missing.duck.yaml")[2]) == (1, ": error: file does not exist\n")
    workflow.write_text(WORKFLOW)
    code, _, err = duckflux("graph", workflow, "-o", workflow.with_name("no") / "folder.svg")
    assert (code, err.endswith("folder.svg: error: cannot be written: No such file or directory\n")) == (
        1,
        True,
    )

"""`duckflux cel`."""

from __future__ import annotations

import io
from pathlib import Path
from textwrap import dedent

import pytest
from duckflux.cli.main import main


def test_value(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["cel", "'a' + 'b'"]) == 0
    assert capsys.readouterr().out == '"ab"\n'


def test_data(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    data = tmp_path / "data.json"
    data.write_text('{"a": {"b": [1, 2]}}', encoding="utf-8")
    assert main(["cel", "a.b.map(x, x * 2) == [2, 4]", "--data", str(data)]) == 0
    assert capsys.readouterr().out == "true\n"


def test_data_from_stdin(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b'{"a": 1}')))
    assert main(["cel", "a + 1", "--data", "-"]) == 0
    assert capsys.readouterr().out == "2\n"


def test_check_prints_the_type(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["cel", "--check", "x.y == 'a' ? [1] : [2]"]) == 0
    assert capsys.readouterr().out == "list(int)\n"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["1 +"], "EXPR:1:4: error: expected an expression, found the end [syntax]"),
        (["1 + a"], "EXPR:1:5: error: undeclared reference to `a` [undeclared]"),
        (["true &&\n 1 + 'a'"], "EXPR:2:2: error: `+` does not take int and string [no-such-overload]"),
        (
            ["--check", "size(1)"],
            "EXPR:1:6: error: `size` takes string or bytes or list or map here, not int",
        ),
        (["1", "--data", "nowhere.json"], "nowhere.json: error: "),
    ],
)
def test_errors(arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["cel", *arguments]) == 1
    captured = capsys.readouterr()
    assert captured.err.startswith(message)
    assert captured.out == ""


def test_the_wrong_part_is_underlined(capsys: pytest.CaptureFixture[str]) -> None:
    main(["cel", "a == 1"])
    assert capsys.readouterr().err.splitlines()[1:] == ["  a == 1", "  ^"]


RUN = r"""
    inputs: {target: {default: web}}
    flow:
      - as: build
        type: exec
        run: 'echo "{\"files\": 3}"'
        output: {files: {type: integer}}
      - loop:
          as: again
          max: 3
          until: again.index == 1
          steps:
            - {as: check, type: exec, run: printf pass}
            - set: {seen: again.iteration}
      - {as: late, type: exec, run: 'true', when: execution.context.seen > 9}
"""


@pytest.fixture
def trace(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Path:
    """Return the folder with the trace of a run."""
    file = tmp_path / "w.duck.yaml"
    file.write_text(dedent(RUN), encoding="utf-8")
    assert main(["run", str(file), "--trace-dir", str(tmp_path / "traces"), "--quiet"]) == 0
    capsys.readouterr()
    return tmp_path / "traces"


@pytest.mark.parametrize(
    ("at", "expression", "value"),
    [
        ([], "workflow.inputs.target", '"web"'),
        ([], "build.output.files + 1", "4"),
        ([], "late.status", '"skipped"'),
        ([], "execution.context.seen", "2"),
        (["--at", "build"], "build == {}", "true"),
        (["--at", "check"], "again.index", "1"),
        (["--at", "check@0"], "loop.first && input == build.output", "true"),
        (["--at", "check@1"], "input == 'pass' && execution.context.seen == 1", "true"),
        (["--at", "/flow/2"], "execution.context.seen > 9", "false"),
    ],
)
def test_state_of_a_run(
    at: list[str], expression: str, value: str, trace: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["cel", "--trace", str(trace), *at, expression]) == 0
    assert capsys.readouterr().out == f"{value}\n"


@pytest.mark.parametrize(
    ("at", "message"),
    [
        ("buidl", "error: the run has not come to a step `buidl`"),
        ("build@0", "error: the step `build` is in no loop: leave out its iteration"),
        (
            "check@2",
            "error: the step `check` has not run in that iteration: iterations count from 0, "
            "and its last one is `check@1`",
        ),
    ],
)
def test_no_such_point_of_a_run(
    at: str, message: str, trace: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["cel", "--trace", str(trace), "--at", at, "1"]) == 1
    assert capsys.readouterr().err.startswith(message)


def test_a_run_whose_workflow_is_gone(trace: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (trace.parent / "w.duck.yaml").unlink()
    assert main(["cel", "--trace", str(trace), "1"]) == 1
    assert "the workflow of the trace, can't be read: No such file" in capsys.readouterr().err


def test_a_step_without_a_run(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["cel", "--at", "build", "1"]) == 1
    assert capsys.readouterr().err == "error: --at names a step of a run: give its trace with --trace\n"

"""`duckflux run --reuse`: marked steps are not run again on the same input, wherever they stand."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from duckflux.cli.main import main

from .test_replay_options import ran
from .test_run import Command, command

__all__ = ["command"]

TEXT = """
    inputs: {items: {type: array, default: [a, b]}}
    defaults: {cwd: .}
    participants:
      # duckflux-reuse
      embed: {type: exec, run: 'echo "embed $WHAT" >> ran.txt; printf "<$WHAT>"'}
    flow:
      - as: prepare
        type: exec
        run: echo prepare >> ran.txt
      - loop:
          as: each
          max: size(workflow.inputs.items)
          steps:
            - embed: {input: {WHAT: 'workflow.inputs.items[each.index]'}}
            - {type: exec, run: 'true'}
    output: embed.output
"""


def run(command: Command, text: str, *arguments: str) -> tuple[int, str, str]:
    return command(text, "--quiet", "--trace-dir", "traces", *arguments)


def executions(command: Command) -> list[str]:
    return [line for line in ran(command) if line != "embed"]


def test_only_new_input_runs(command: Command) -> None:
    run(command, TEXT)
    assert executions(command) == ["prepare", "a", "b"]
    code, out, _ = run(command, TEXT, "--reuse", "traces", "-i", 'items=["b", "c", "a"]')
    assert (code, out) == (0, "<a>")
    # What is not marked runs again.
    assert executions(command) == ["prepare", "c"]
    newest = max(Path("traces").glob("*.json"), key=lambda path: path.stat().st_mtime_ns)
    steps = [step for step in json.loads(newest.read_text())["steps"] if step["name"] == "embed"]
    assert [step.get("reused", False) for step in steps] == [True, False, True]
    # The results of both runs are known now.
    run(command, TEXT, "--reuse", "traces", "-i", 'items=["c", "b"]')
    assert executions(command) == ["prepare"]


@pytest.mark.parametrize(
    ("old", "new", "runs"),
    [
        ("# duckflux-reuse", "# a comment", True),
        ("embed: {input", "embed: {when: 'true', onError: skip, input", False),
        ('printf "<$WHAT>"', 'printf "[$WHAT]"', True),
        ("inputs:", "name: renamed\n    inputs:", False),
        ("      - as: prepare", "      - {type: exec, run: 'true'}\n      - as: prepare", False),
        ("embed: {input: {WHAT: 'workflow", "embed: {input: {MORE: '1', WHAT: 'workflow", True),
    ],
    ids=["no mark", "other handling", "another command", "another name", "another place", "more input"],
)
def test_what_counts_is_definition_and_input(command: Command, old: str, new: str, runs: bool) -> None:
    run(command, TEXT)
    ran(command)
    assert TEXT.count(old) == 1
    assert run(command, TEXT.replace(old, new), "--reuse", "traces")[0] == 0
    assert ("a" in executions(command)) == runs


@pytest.mark.parametrize(
    ("step", "runs"),
    [
        ("- {as: one, type: exec, run: echo one >> ran.txt; echo 1}  # duckflux-reuse", False),
        ("# duckflux-reuse\n      - {as: one, type: exec, run: echo one >> ran.txt; echo 1}", False),
        ("- {as: one, type: exec, run: 'echo one >> ran.txt; echo \"# duckflux-reuse\"'}", True),
        ("- {as: one, type: exec, run: echo one >> ran.txt; exit 1, onError: skip} # duckflux-reuse", True),
        (
            "# duckflux-reuse\n      - {as: one, type: exec, cwd: 'workflow.inputs.here', "
            "run: echo one >> ran.txt; echo 1}",
            True,
        ),
    ],
    ids=["on its line", "above it", "in a text", "a failure", "more than the input is read"],
)
def test_which_steps_may_be_reused(command: Command, step: str, runs: bool) -> None:
    text = f"""
    inputs: {{here: {{default: '.'}}}}
    defaults: {{cwd: .}}
    flow:
      {step}
    """
    run(command, text)
    ran(command)
    assert run(command, text, "--reuse", "traces")[0] == 0
    assert (ran(command) == ["one"]) == runs


def test_events_are_sent_and_waited_for_again(command: Command) -> None:
    text = """
    flow:
      - {type: emit, event: ready, payload: '1'}  # duckflux-reuse
      # duckflux-reuse
      - wait: {event: ready, timeout: 5s}
    """
    run(command, text)
    assert run(command, text, "--reuse", "traces")[0] == 0
    for path in Path("traces").glob("*.json"):
        assert not any(step.get("reused") for step in json.loads(path.read_text())["steps"])


def test_steps_of_called_workflows_are_reused(command: Command) -> None:
    (command.folder / "child.duck.yaml").write_text(
        "defaults: {cwd: .}\nflow: [{as: one, type: exec, run: echo one >> ran.txt; echo 1}]  # duckflux-reuse\n"
    )
    text = "flow: [{as: child, type: workflow, path: child.duck.yaml}]"
    run(command, text)
    ran(command)
    code, out, _ = run(command, text, "--reuse", "traces")
    assert (code, out, ran(command)) == (0, "1\n", [])


def test_masked_results_are_not_reused(command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("THE_TOKEN", "correct horse battery")
    text = """
    defaults: {cwd: .}
    flow:
      - {as: one, type: exec, run: 'echo one >> ran.txt; echo "$THE_TOKEN"'}  # duckflux-reuse
    """
    run(command, text)
    assert "correct horse" not in next(Path("traces").glob("*.json")).read_text()
    ran(command)
    code, out, _ = run(command, text, "--reuse", "traces")
    assert (code, ran(command)) == (0, ["one"])
    assert "***" not in out


def test_marks_are_missed(command: Command) -> None:
    text = "flow: [{as: one, type: exec, run: echo 1}]"
    run(command, text)
    _, _, err = command(text, "--trace-dir", "traces", "--reuse", "traces")
    assert "warning: nothing is reused: no step has the comment `# duckflux-reuse`" in err


def test_a_trace_that_is_not_there(command: Command) -> None:
    code, _, err = run(command, TEXT, "--reuse", "nowhere.json")
    assert code == 1 and "nowhere.json: No such file" in err


def test_reuse_is_shown(command: Command, capfd: pytest.CaptureFixture[str]) -> None:
    run(command, TEXT)
    run(command, TEXT, "--reuse", "traces")
    assert main(["trace", "show", "traces"]) == 0
    line = next(line for line in capfd.readouterr().out.splitlines() if "- embed" in line)
    assert line.endswith("· reused")


def test_what_does_not_go_together(command: Command) -> None:
    run(command, TEXT)
    assert "give one of them" in run(command, TEXT, "--reuse", "traces", "--replay", "traces")[2]

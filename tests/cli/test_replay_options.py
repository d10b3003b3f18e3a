"""`duckflux run` on an earlier run: --resume, --from, --replay, --mock, --until."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from .test_run import Command, command

__all__ = ["command"]

PIPELINE = """
    inputs: {who: }
    defaults: {cwd: .}
    flow:
      - {as: build, type: exec, run: 'echo build >> ran.txt; printf built'}
      - {as: test, type: exec, run: 'echo test >> ran.txt; test -e fixed && printf tested'}
      - {as: ship, type: exec, run: 'echo ship >> ran.txt; printf shipped'}
    output: {all: '[build.output, test.output, ship.output]', who: workflow.inputs.who}
"""


def ran(command: Command) -> list[str]:
    path = command.folder / "ran.txt"
    lines = path.read_text().split() if path.exists() else []
    path.unlink(missing_ok=True)
    return lines


def trace(command: Command, text: str = PIPELINE, *arguments: str) -> str:
    """Run once with a trace: its path."""
    command(text, "--trace-dir", "traces", "--quiet", "-i", "who=you", *arguments)
    (path,) = Path("traces").glob("*.json")
    ran(command)
    return str(path)


def test_resume_goes_on_with_the_inputs_of_then(command) -> None:
    path = trace(command)
    (command.folder / "fixed").touch()
    code, out, _ = command(PIPELINE, "--resume", path, "--quiet", "--trace-dir", "again")
    assert code == 0 and json.loads(out) == {"all": ["built", "tested", "shipped"], "who": "you"}
    assert ran(command) == ["test", "ship"]
    (new,) = Path("again").glob("*.json")
    document = json.loads(new.read_text())
    assert document["execution"]["resumedFrom"] == Path(path).stem
    assert [step.get("reused", False) for step in document["steps"]] == [True, False, False]


@pytest.mark.parametrize("format_", ["json", "txt", "sqlite"])
def test_every_format_can_be_resumed(command, format_) -> None:
    command(PIPELINE, "--trace-dir", "traces", "--trace-format", format_, "--quiet", "-i", "who=you")
    (path,) = (path for path in Path("traces").iterdir() if path.suffix == f".{format_}")
    ran(command)
    (command.folder / "fixed").touch()
    code, out, err = command(PIPELINE, "--resume", str(path), "--quiet")
    assert (code, err) == (0, "")
    assert json.loads(out)["who"] == "you"
    assert ran(command) == ["test", "ship"]


def test_from_runs_a_part_again(command) -> None:
    (command.folder / "fixed").touch()
    path = trace(command)
    assert command(PIPELINE, "--resume", path)[0] == 1
    assert command(PIPELINE, "--resume", path, "--from", "ship", "--quiet")[0] == 0
    assert ran(command) == ["ship"]
    assert command(PIPELINE, "--resume", path, "--from", "/flow/1", "--quiet")[0] == 0
    assert ran(command) == ["test", "ship"]


def test_until_ends_the_run(command) -> None:
    code, out, _ = command(PIPELINE, "--until", "build", "--quiet", "-i", "who=x")
    assert (code, out, ran(command)) == (0, "built", ["build"])
    text = (
        "defaults: {cwd: .}\nflow: [{loop: {max: 3, steps: [{as: s, type: exec, run: 'echo s >> ran.txt'}]}}]"
    )
    assert command(text, "--until", "s@1", "--quiet", "--trace-dir", "traces")[0] == 0
    assert ran(command) == ["s", "s"]
    (path,) = Path("traces").glob("*.json")
    document = json.loads(path.read_text())
    assert document["execution"]["status"] == "success"
    assert {step["status"] for step in document["steps"]} == {"success"}
    _, _, err = command(text, "--until", "s@7")
    assert "before it reached s@7" in err


def test_replay_runs_nothing_but_looks_at_everything_anew(command) -> None:
    (command.folder / "fixed").touch()
    path = trace(command)
    changed = PIPELINE.replace("[build.output, test.output, ship.output]", 'ship.output + "!"')
    code, out, _ = command(changed, "--replay", path, "--quiet")
    assert code == 0 and json.loads(out)["all"] == "shipped!"
    changed = PIPELINE.replace("as: ship,", "as: ship, when: test.output == 'other',")
    code, out, _ = command(changed, "--replay", path, "--quiet")
    assert code == 2, out
    assert ran(command) == []


def test_replay_fails_where_the_run_failed(command) -> None:
    path = trace(command)
    code, out, err = command(PIPELINE, "--replay", path, "--quiet")
    assert (code, out) == (2, "") and "step 'test': exit code 1" in err
    assert ran(command) == []


def test_mocks_by_name_and_for_each_execution(command) -> None:
    text = """
        participants:
          review: {type: exec, run: 'echo review >> ran.txt'}
          publish: {type: exec, run: 'echo publish >> ran.txt', onError: skip}
        flow:
          - loop: {max: 5, until: review.output.approved, steps: [review]}
          - publish
        output: {rounds: loop.iteration, status: publish.status, error: publish.error}
    """
    mocks = command.folder / "mocks.yaml"
    mocks.write_text(
        "review: {$each: [{approved: false}, {approved: true}]}\npublish: {$error: no network}\n"
    )
    code, out, _ = command(text, "--mock", "mocks.yaml", "--quiet")
    assert code == 0
    assert json.loads(out) == {"rounds": 2, "status": "skipped", "error": "no network"}
    assert ran(command) == []
    mocks.write_text("review: {$each: [{approved: false}]}\npublish: x\n")
    code, _, err = command(text, "--mock", "mocks.yaml", "--quiet")
    assert code == 2 and "more often than the `$each` of its mock has values (1)" in err


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (["--resume", "none.json"], "none.json: No such file"),
        (["--resume", "TRACE", "--replay", "TRACE"], "cannot be used together"),
        (["--from", "test"], "--from needs --resume TRACE"),
        (
            ["--resume", "TRACE", "--from", "deploy"],
            "--from deploy: this step did not run; the steps that ran are build, test",
        ),
        (["--until", "biuld"], "--until biuld: the workflow has no such step: did you mean `build`?"),
        (["--mock", "none.yaml"], "--mock none.yaml: No such file"),
        (["--mock", "mocks.yaml"], "--mock mocks.yaml:2: the workflow has no step 'other'"),
        (["--resume", "OTHER"], "is the trace of another workflow"),
        (["--resume", "REFERENCE"], "it was not written by duckflux"),
    ],
)
def test_what_can_not_be_built_on(command, arguments, why) -> None:
    path = trace(command)
    (command.folder / "mocks.yaml").write_text("build: x\nother: y\n")
    document = json.loads(Path(path).read_text())
    other = document | {"execution": document["execution"] | {"workflowPath": "/x/y", "workflowHash": "0"}}
    Path("other.json").write_text(json.dumps(other))
    steps = [{key: value for key, value in step.items() if key != "path"} for step in document["steps"]]
    Path("reference.json").write_text(json.dumps(document | {"steps": steps}))
    names = {"TRACE": path, "OTHER": "other.json", "REFERENCE": "reference.json"}
    code, out, err = command(PIPELINE, *(names.get(one, one) for one in arguments), "-i", "who=x")
    assert (code, out) == (1, "")
    assert why in err and "Traceback" not in err


def test_a_trace_without_values_is_refused(command) -> None:
    path = trace(command, PIPELINE, "--trace-no-values")
    code, _, err = command(PIPELINE, "--resume", path)
    assert code == 1 and "--trace-no-values" in err
    code, _, err = command(PIPELINE, "--resume", path, "-i", "who=x", "--quiet")
    assert code != 0 and "--trace-no-values" in err

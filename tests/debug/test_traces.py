"""The trace of a run is walked forwards and backwards; nothing is executed."""

from __future__ import annotations

from pathlib import Path

import pytest

from .conftest import Debugging
from .dap_client import DapClient, RefusedError

TEXT = """\
inputs: {who: {default: ann}}
participants:
  rescue: {type: exec, run: 'printf x >> ran.txt; printf rescued'}
flow:
  - {as: first, type: exec, run: 'printf x >> ran.txt; printf first'}
  - loop:
      as: rounds
      max: 2
      steps:
        - {as: inner, type: exec, run: 'printf x >> ran.txt; printf "$(cat)+"'}
        - set: {at: rounds.index}
  - {as: handled, type: exec, run: exit 1, onError: rescue}
  - {as: call, type: workflow, path: child.duck.yaml}
  - {as: bad, type: exec, run: 'echo broken >&2; exit 3'}
"""
CHILD = "flow:\n  - {as: deep, type: exec, run: 'printf x >> ran.txt; printf deep'}\n"


@pytest.fixture
def trace(debugging: Debugging) -> Path:
    """Return the trace of a run that has failed."""
    debugging.write(CHILD, "child.duck.yaml")
    client = debugging.launch(TEXT.replace("call, ", "call, onError: fail, "), traceDir="traces")
    assert client.finish() == 2
    debugging.write(TEXT.replace("call, ", "call, onError: fail, "))
    (debugging.folder / "ran.txt").unlink()
    (found,) = (debugging.folder / "traces").glob("*.json")
    return found


def walk(debugging: Debugging, trace: Path, *lines: int, filters=("unhandled",), **options) -> DapClient:
    client = debugging.client()
    client.initialize()
    client.request("launch", trace=str(trace), **options)
    assert client.event("capabilities")["capabilities"]["supportsStepBack"] is True
    path = debugging.folder / "main.duck.yaml"
    client.configure({path: list(lines)} if lines else None, list(filters))
    return client


def test_a_walk_comes_to_the_failure(debugging: Debugging, trace: Path) -> None:
    client = walk(debugging, trace)
    client.stopped(reason="exception")
    assert client.at() == "14 bad (exec)"
    assert client.request("exceptionInfo", threadId=1)["details"]["stackTrace"].strip() == "broken"
    assert client.evaluate("inner.output") == '"first++"'
    assert client.evaluate("exitCode") == "3"
    client.move("continue")
    client.stopped()
    assert "the end of the recorded run" in client.all[-2]["body"]["text"]
    client.move("continue")
    assert client.finish() == 0
    assert not (debugging.folder / "ran.txt").exists()


def test_a_walk_goes_step_by_step_and_back(debugging: Debugging, trace: Path) -> None:
    client = walk(debugging, trace, stopOnEntry=True, filters=[])
    client.stopped(reason="entry")
    seen = [client.at()]
    while not seen[-1].startswith("14"):
        client.move("stepIn")
        client.stopped()
        seen.append(client.at())
    assert seen == [
        "5 first (exec)",
        "6 loop rounds",
        "10 inner (exec)",
        "11 set",
        "10 inner (exec)",
        "11 set",
        "12 handled (exec)",
        "12 handled (exec)",
        "3 rescue (fallback)",
        "13 call (workflow)",
        "2 deep (exec)",
        "14 bad (exec)",
    ]
    back = []
    for _ in range(len(seen) - 1):
        client.move("stepBack")
        client.stopped()
        back.append(client.at())
    assert back == seen[-2::-1]


def test_values_are_those_of_the_moment(debugging: Debugging, trace: Path) -> None:
    client = walk(debugging, trace, 10, filters=[])
    client.stopped(reason="breakpoint")
    assert client.scope("Step")["chain"] == '"first"'
    assert client.scope("Inputs") == {"who": '"ann"'}
    assert client.scope("Context") == {}
    client.move("continue")
    client.stopped()
    assert client.scope("Step")["rounds"] == "{index: 1, iteration: 2, first: false, last: true}"
    assert client.scope("Context") == {"at": "0"}
    assert client.evaluate("first.output + string(rounds.index)") == '"first1"'
    client.move("reverseContinue")
    client.stopped(reason="breakpoint")
    assert client.evaluate("rounds.index") == "0"
    client.move("reverseContinue")
    client.stopped(reason="entry")
    assert client.at() == "5 first (exec)"


def test_steps_over_and_out_work_as_in_a_run(debugging: Debugging, trace: Path) -> None:
    client = walk(debugging, trace, 10, filters=[])
    client.stopped()
    client.move("stepOut")
    client.stopped()
    assert client.at() == "12 handled (exec)"
    for _ in range(3):
        client.move("next")
        client.stopped()
    assert client.at() == "14 bad (exec)"


def test_conditions_and_log_points_see_the_values_of_then(debugging: Debugging, trace: Path) -> None:
    wanted = {"line": 10, "condition": "rounds.index == 1", "logMessage": "at {rounds.index}"}
    client = walk(debugging, trace, wanted, filters=[{"filterId": "all", "condition": "exitCode == 1"}])
    client.stopped(reason="exception")
    assert client.at() == "12 handled (exec)"
    assert "at 1\n" in client.output()


def test_nothing_can_be_changed(debugging: Debugging, trace: Path) -> None:
    client = walk(debugging, trace)
    client.stopped()
    for command, arguments in (
        ("recover", {"threadId": 1, "how": "tryAgain"}),
        ("restartFrame", {"frameId": client.stack()[0]["id"]}),
    ):
        with pytest.raises(RefusedError, match="this is the trace of a run that has ended"):
            client.request(command, **arguments)
    with pytest.raises(RefusedError, match="can't be set"):
        client.request(
            "setVariable", variablesReference=client.scope_reference("Step"), name="chain", value="1"
        )


def test_the_newest_trace_of_a_folder_is_taken_and_a_changed_file_is_noted(
    debugging: Debugging, trace: Path
) -> None:
    path = debugging.folder / "main.duck.yaml"
    path.write_text(path.read_text() + "# changed\n")
    client = walk(debugging, trace.parent)
    client.stopped()
    assert "has changed since the run" in client.output()


def test_a_trace_of_the_reference_is_walked(debugging: Debugging) -> None:
    debugging.write(
        "flow:\n  - {as: one, type: exec, run: printf one}\n  - {as: two, type: exec, run: printf two}\n"
    )
    (debugging.folder / "t.json").write_text(
        """{"execution": {"id": "x", "startedAt": "2026-01-01T00:00:00.000Z", "finishedAt":
        "2026-01-01T00:00:01.000Z", "duration": 1000, "status": "success", "inputs": {}, "output": "two"},
        "steps": [
        {"seq": 1, "name": "one", "type": "exec", "startedAt": "2026-01-01T00:00:00.000Z", "finishedAt":
        "2026-01-01T00:00:00.500Z", "duration": 500, "status": "success", "output": "one"},
        {"seq": 2, "name": "two", "type": "exec", "startedAt": "2026-01-01T00:00:00.500Z", "finishedAt":
        "2026-01-01T00:00:01.000Z", "duration": 500, "status": "success", "output": "two"}]}"""
    )
    path = debugging.folder / "main.duck.yaml"
    client = walk(debugging, debugging.folder / "t.json", 3, program=str(path))
    client.stopped(reason="breakpoint")
    assert (client.at(), client.evaluate("one.output")) == ("3 two (exec)", '"one"')

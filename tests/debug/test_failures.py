"""A thread that stops at a failure goes on as the user says; frames begin again; steps are skipped over."""

from __future__ import annotations

import pytest

from .conftest import Debugging
from .dap_client import RefusedError

TEXT = """\
participants:
  rescue: {type: exec, run: printf rescued}
flow:
  - {as: before, type: exec, run: 'echo run >> before.txt; printf before'}
  - {as: bad, type: exec, run: 'cat >> bad.txt; test -e ok && printf repaired', onError: fail}
  - {as: after, type: exec, run: cat}
output: '{"after": after.output, "bad": bad.status}'
"""


def stopped_at_failure(debugging: Debugging, text: str = TEXT, **options):
    client = debugging.launch(text, filters=["unhandled"], **options)
    client.stopped(reason="exception")
    return client


def test_the_failure_is_told_before_it_is_handled(debugging: Debugging) -> None:
    client = stopped_at_failure(debugging)
    assert client.at() == "5 bad (exec)"
    info = client.request("exceptionInfo", threadId=1)
    assert (info["exceptionId"], info["description"]) == ("exec-failed", "exit code 1")
    assert client.evaluate("error + ' ' + string(exitCode)") == '"exit code 1 1"'
    assert client.scope("Step")["input"] == '"before"'
    client.move("continue")
    assert client.finish() == 2


def test_the_step_is_tried_again(debugging: Debugging) -> None:
    client = stopped_at_failure(debugging, traceDir=str(debugging.folder / "traces"))
    client.evaluate(":retry", context="repl")
    client.stopped(reason="exception")
    (debugging.folder / "ok").touch()
    client.request("recover", threadId=1, how="tryAgain")
    assert client.finish() == 0
    assert (debugging.folder / "bad.txt").read_text() == "before" * 3
    assert client.output().endswith('{"after":"repaired","bad":"success"}\n')
    (trace,) = (debugging.folder / "traces").glob("*.json")
    assert '"retries":2' in trace.read_text().replace(" ", "")


def test_the_step_is_tried_again_as_the_edited_text_says(debugging: Debugging) -> None:
    client = stopped_at_failure(debugging)
    edited = TEXT.replace("flow:\n", "flow:\n  # a new line\n").replace("test -e ok && ", "")
    client.request("recover", threadId=1, how="tryAgain", text=edited)
    assert client.finish() == 0
    assert client.output().endswith('{"after":"repaired","bad":"success"}\n')


def test_the_step_is_tried_again_as_its_file_says(debugging: Debugging) -> None:
    client = stopped_at_failure(debugging)
    debugging.write(TEXT.replace("test -e ok && ", ""))
    client.evaluate(":edit", context="repl")
    assert client.finish() == 0


def test_an_edited_step_that_fails_again_is_located_in_its_text(debugging: Debugging) -> None:
    client = stopped_at_failure(debugging)
    client.request("recover", threadId=1, how="tryAgain", text=TEXT.replace("flow:\n", "flow:\n\n\n"))
    client.stopped(reason="exception")
    client.evaluate(":fail", context="repl")
    assert client.finish() == 2
    assert "main.duck.yaml:7:" in client.output()


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (TEXT.replace("bad", "other"), "has no step `bad`"),
        (TEXT.replace("type: exec", "type: exce"), "has an error in line"),
    ],
)
def test_a_text_without_the_step_is_refused(debugging: Debugging, text: str, why: str) -> None:
    client = stopped_at_failure(debugging)
    with pytest.raises(RefusedError, match=why):
        client.request("recover", threadId=1, how="tryAgain", text=text)
    assert client.at() == "5 bad (exec)"


def test_an_output_is_used_instead(debugging: Debugging) -> None:
    client = stopped_at_failure(debugging)
    client.evaluate(":use before.output + '!'", context="repl")
    assert client.finish() == 0
    assert client.output().endswith('{"after":"before!","bad":"success"}\n')


def test_the_step_is_skipped(debugging: Debugging) -> None:
    client = stopped_at_failure(debugging)
    client.request("recover", threadId=1, how="skip")
    assert client.finish() == 0
    assert client.output().endswith('{"after":"before","bad":"skipped"}\n')


def test_the_error_path_is_taken(debugging: Debugging) -> None:
    client = debugging.launch(TEXT.replace("onError: fail", "onError: rescue"), filters=["all"])
    client.stopped(reason="exception")
    client.move("stepIn")
    client.stopped(reason="step")
    assert client.at() == "2 rescue (fallback)"
    client.move("continue")
    assert client.finish() == 0
    assert client.output().endswith('{"after":"rescued","bad":"failure"}\n')


@pytest.mark.parametrize(
    ("fields", "filters", "stops"),
    [
        ("onError: rescue", ["unhandled"], 0),
        ("onError: rescue", ["all"], 1),
        ("onError: skip", ["all"], 1),
        ("onError: retry, retry: {max: 2}", ["retried"], 2),
        ("onError: retry, retry: {max: 2}", ["unhandled"], 1),
        ("onError: retry, retry: {max: 2}", ["all"], 3),
        ("onError: fail", ["timeout"], 0),
        ("onError: fail", [{"filterId": "all", "condition": "exitCode == 1"}], 1),
        ("onError: fail", [{"filterId": "all", "condition": "exitCode == 2"}], 0),
        ("onError: retry, retry: {max: 2}", [{"filterId": "all", "condition": "attempt == 2"}], 1),
    ],
)
def test_filters_choose_the_failures_that_stop(debugging: Debugging, fields, filters, stops) -> None:
    client = debugging.launch(TEXT.replace("onError: fail", fields), filters=filters)
    for _ in range(stops):
        client.stopped(reason="exception")
        client.move("continue")
    client.finish()


def test_a_timeout_stops(debugging: Debugging) -> None:
    text = "flow:\n  - {as: slow, type: exec, run: sleep 30, timeout: 100ms, onError: skip}\n"
    client = debugging.launch(text, filters=["timeout"])
    client.stopped(reason="exception")
    assert client.request("exceptionInfo", threadId=1)["exceptionId"] == "timeout"
    client.move("continue")
    assert client.finish() == 0


def test_failures_of_constructs_stop_once_and_can_be_passed(debugging: Debugging) -> None:
    text = """\
    flow:
      - if:
          condition: workflow.inputs.n > 1
          then:
            - set: {a: 1 / workflow.inputs.zero}
            - {as: reached, type: exec, run: printf reached}
    """
    client = debugging.launch(
        text.replace("flow:", "inputs: {n: {type: integer}, zero: {type: integer}}\n    flow:"),
        filters=["unhandled"],
        inputs={"n": 2, "zero": 0},
    )
    client.stopped(reason="exception")
    assert client.at() == "6 set"
    client.evaluate(":skip", context="repl")
    assert client.finish() == 0
    assert "reached" in client.output()


def test_failures_in_sub_workflows_that_a_caller_handles_are_not_unhandled(debugging: Debugging) -> None:
    debugging.write("flow:\n  - {as: one, type: exec, run: exit 1}\n", "child.duck.yaml")
    text = "flow:\n  - {as: call, type: workflow, path: child.duck.yaml, onError: skip}\n"
    client = debugging.launch(text, filters=["unhandled"])
    assert client.finish() == 0
    client = debugging.launch(text, filters=["all"])
    client.stopped(reason="exception")
    assert client.at() == "2 one (exec)"
    client.move("continue")
    assert client.finish() == 0


def test_recovering_without_a_failure_is_refused(debugging: Debugging) -> None:
    client = debugging.launch(TEXT, 4)
    client.stopped()
    for how in ("tryAgain", "useOutput", "skip", "fail"):
        with pytest.raises(RefusedError, match="not stopped at a failure"):
            client.request("recover", threadId=1, how=how)
    with pytest.raises(RefusedError, match="`:help` lists them"):
        client.evaluate(":reset", context="repl")
    assert ":retry" in client.evaluate(":help", context="repl")


RESTART = """\
flow:
  - {as: first, type: exec, run: 'printf 1 >> ran.txt; printf first'}
  - loop:
      max: 3
      steps:
        - {as: a, type: exec, run: 'printf a >> ran.txt; printf a'}
        - set: {n: "has(execution.context.n) ? execution.context.n + 1 : 1"}
        - {as: b, type: exec, run: 'printf b >> ran.txt; printf b'}
  - {as: last, type: exec, run: 'printf l >> ran.txt; printf last'}
output: execution.context.n
"""


@pytest.mark.parametrize(
    ("frame", "lands", "ran", "n"),
    [
        ("b (exec)", "8 b (exec)", "1abababl", "3"),
        ("iteration 2", "6 a (exec)", "1abaababl", "3"),
        ("loop", "3 loop", "1abaabababl", "3"),
        ("workflow", "2 first (exec)", "1aba1abababl", "3"),
    ],
)
def test_a_frame_begins_again_with_the_values_of_then(
    debugging: Debugging, frame: str, lands: str, ran: str, n: str
) -> None:
    client = debugging.launch(RESTART, {"line": 8, "hitCondition": "2"})
    client.stopped()
    stack = {found["name"]: found["id"] for found in client.stack()}
    client.request("restartFrame", frameId=stack[frame])
    client.stopped(reason="restart")
    assert client.at() == lands
    client.move("continue")
    assert client.finish() == 0
    assert (debugging.folder / "ran.txt").read_text() == ran
    assert client.output().endswith(f"{n}\n")


def test_a_thread_goes_on_at_an_earlier_or_later_step(debugging: Debugging) -> None:
    client = debugging.launch(RESTART, 9)
    client.stopped()
    path = debugging.folder / "main.duck.yaml"
    (target,) = client.request("gotoTargets", source={"path": str(path)}, line=2)["targets"]
    client.request("goto", threadId=1, targetId=target["id"])
    client.stopped(reason="goto")
    assert client.at() == "2 first (exec)"
    assert client.scope("Results")["a"] == "has not run"
    (target,) = client.request("gotoTargets", source={"path": str(path)}, line=9)["targets"]
    client.request("goto", threadId=1, targetId=target["id"])
    client.stopped(reason="goto")
    assert client.at() == "9 last (exec)"
    (inside,) = client.request("gotoTargets", source={"path": str(path)}, line=6)["targets"]
    with pytest.raises(RefusedError, match="only to steps of the lists that it is in"):
        client.request("goto", threadId=1, targetId=inside["id"])


def test_a_step_begins_again_from_its_fallback(debugging: Debugging) -> None:
    text = TEXT.replace("onError: fail", "onError: rescue")
    client = debugging.launch(text, 2)
    client.stopped(reason="breakpoint")
    frames = {found["name"]: found for found in client.stack()}
    assert frames["rescue (fallback)"]["canRestart"] is False
    with pytest.raises(RefusedError, match="restart the step that failed"):
        client.request("restartFrame", frameId=frames["rescue (fallback)"]["id"])
    (debugging.folder / "ok").touch()
    client.request("restartFrame", frameId=frames["bad (exec)"]["id"])
    client.stopped(reason="restart")
    assert [found["name"] for found in client.stack()] == ["bad (exec)", "workflow"]
    client.move("continue")
    assert client.finish() == 0
    assert client.output().endswith('{"after":"repaired","bad":"success"}\n')


def test_a_construct_around_branches_begins_again(debugging: Debugging) -> None:
    text = """\
    flow:
      - parallel:
          - {as: left, type: exec, run: 'printf l >> left.txt; printf l'}
          - {as: right, type: exec, run: 'printf r >> right.txt; printf r'}
      - {as: after, type: exec, run: printf after}
    """
    client = debugging.launch(text, 3)
    thread = client.stopped()
    client.set_breakpoints(debugging.folder / "main.duck.yaml")
    frame = next(found["id"] for found in client.stack(thread) if found["name"] == "parallel")
    client.request("restartFrame", frameId=frame)
    assert client.stopped(reason="restart") == 1
    client.move("continue", 1)
    assert client.finish() == 0
    assert (debugging.folder / "left.txt").read_text() == "l"

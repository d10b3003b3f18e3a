"""Breakpoints stand on steps, participants and expressions, with conditions, hit counts and messages."""

from __future__ import annotations

import pytest

from .conftest import Debugging
from .dap_client import RefusedError

TEXT = """\
inputs:
  who: {default: ann}
participants:
  build:
    type: exec
    run: |
      # says hello

      echo hello
flow:
  # the first step
  - build: {when: "workflow.inputs.who == 'ann'"}
  - loop:
      max: 4
      until: >-
        loop.index == 5
      steps:
        - as: inner
          type: exec
          run: printf in

        - set:
            at: loop.index
            twice: loop.index * 2
  - if:
      condition: execution.context.at == 3
      then: [build]
output:
  at: execution.context.at
"""


@pytest.mark.parametrize(
    ("line", "stands"),
    [
        (1, 12),
        (5, 4),
        (7, 4),
        (8, 4),
        (11, 12),
        (12, 12),
        (14, 13),
        (16, 15),
        (17, 13),
        (20, 18),
        (21, 22),
        (23, 23),
        (26, 26),
        (28, 29),
        (29, 29),
    ],
)
def test_a_breakpoint_is_moved_to_what_it_can_stand_on(debugging: Debugging, line: int, stands: int) -> None:
    path = debugging.write(TEXT)
    client = debugging.client()
    client.initialize()
    client.request("launch", program=str(path))
    (found,) = client.set_breakpoints(path, line)
    assert (found["verified"], found["line"]) == (True, stands)


def test_a_breakpoint_after_the_last_step_can_not_stand(debugging: Debugging) -> None:
    path = debugging.write(TEXT + "# the end\n")
    client = debugging.client()
    client.initialize()
    client.request("launch", program=str(path))
    (found,) = client.set_breakpoints(path, 30)
    assert (found["verified"], found["message"]) == (False, "no step runs at this line or after it")


def test_the_places_on_a_line_are_told_and_chosen_by_column(debugging: Debugging) -> None:
    path = debugging.write(
        "flow:\n  - parallel: [{as: ä, type: exec, run: printf 1}, {type: exec, run: printf 2}]\n"
    )
    client = debugging.client()
    client.initialize()
    client.request("launch", program=str(path))
    found = client.request("breakpointLocations", source={"path": str(path)}, line=2)["breakpoints"]
    assert [place["column"] for place in found] == [5, 16, 52]
    (second,) = client.set_breakpoints(path, {"line": 2, "column": 52})
    assert (second["line"], second["column"]) == (2, 52)


@pytest.mark.parametrize(
    ("line", "at"),
    [
        (4, "4 build (participant)"),
        (12, "12 build (exec)"),
        (15, "15 loop: until"),
        (23, "23 set: at"),
        (24, "24 set: twice"),
        (26, "26 if: condition"),
        (29, "29 output.at"),
    ],
)
def test_threads_stop_at_participants_and_expressions(debugging: Debugging, line: int, at: str) -> None:
    client = debugging.launch(TEXT, line)
    client.stopped(reason="breakpoint")
    assert client.at() == at


def test_a_condition_decides_whether_a_breakpoint_stops(debugging: Debugging) -> None:
    client = debugging.launch(TEXT, {"line": 18, "condition": "loop.index == 2"})
    client.stopped()
    assert client.evaluate("loop.index") == "2"
    client.move("continue")
    assert client.finish() == 0


def test_a_condition_that_fails_says_so_and_does_not_stop(debugging: Debugging) -> None:
    client = debugging.launch(TEXT, {"line": 12, "condition": "build.output == 'x'"})
    assert client.finish() == 0
    assert "breakpoint: the condition `build.output == 'x'` fails: " in client.output()


@pytest.mark.parametrize(
    ("hits", "indices"),
    [("2", ["1"]), (">= 3", ["2", "3"]), ("% 2", ["1", "3"]), ("== 1", ["0"]), ("<2", ["0"])],
)
def test_hit_counts_are_counted(debugging: Debugging, hits: str, indices: list[str]) -> None:
    client = debugging.launch(TEXT, {"line": 18, "hitCondition": hits})
    for index in indices:
        client.stopped()
        assert client.evaluate("loop.index") == index
        client.move("continue")
    assert client.finish() == 0


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("condition", "1 +", "expected"),
        ("hitCondition", "many", "the hit count `many` must be a number such as `3`, or `>= 3`, or `% 2`"),
        ("logMessage", "{1 +}", "expected"),
    ],
)
def test_a_wrong_breakpoint_says_what_is_wrong(debugging: Debugging, field, value, message) -> None:
    path = debugging.write(TEXT)
    client = debugging.client()
    client.initialize()
    client.request("launch", program=str(path))
    (found,) = client.set_breakpoints(path, {"line": 12, field: value})
    assert found["verified"] is False
    assert message in found["message"]


def test_log_points_print_values_and_do_not_stop(debugging: Debugging) -> None:
    message = "at {loop.index} of { {'a': size('xyz')}.a }: {nothing}, {{literally}}"
    client = debugging.launch(TEXT, {"line": 18, "logMessage": message, "condition": "loop.index < 2"})
    assert client.finish() == 0
    printed = [found["body"] for found in client.all if found.get("event") == "output"]
    logged = [body for body in printed if body["output"].startswith("at ")]
    assert [body["output"][:9] for body in logged] == ["at 0 of 3", "at 1 of 3"]
    assert logged[0]["output"].endswith("), {literally}\n")
    assert logged[0]["line"] == 18


def test_a_breakpoint_stops_when_its_condition_changes_its_value(debugging: Debugging) -> None:
    text = """\
    flow:
      - loop:
          max: 4
          steps:
            - {as: tick, type: exec, when: loop.index > 1, run: printf t}
    """
    client = debugging.launch(text, {"line": 5, "column": 42, "mode": "changed"})
    client.stopped()
    assert client.evaluate("loop.index") == "2"
    client.move("continue")
    assert client.finish() == 0


def test_a_value_that_changes_stops_the_thread(debugging: Debugging) -> None:
    path = debugging.write(TEXT)
    client = debugging.client()
    client.initialize()
    client.request("launch", program=str(path))
    watched = "has(execution.context.at) && execution.context.at > 1"
    info = client.request("dataBreakpointInfo", name=watched)
    client.request("setDataBreakpoints", breakpoints=[{"dataId": info["dataId"]}])
    client.request("configurationDone")
    client.stopped(reason="data breakpoint")
    assert client.evaluate("execution.context.at") == "2"


def test_breakpoints_on_names_stop_before_the_step_of_that_name(debugging: Debugging) -> None:
    path = debugging.write(TEXT)
    client = debugging.client()
    client.initialize()
    client.request("launch", program=str(path))
    client.request("setFunctionBreakpoints", breakpoints=[{"name": "inner", "hitCondition": "2"}])
    client.request("configurationDone")
    client.stopped(reason="breakpoint")
    assert (client.at(), client.evaluate("loop.index")) == ("18 inner (exec)", "1")


def test_breakpoints_on_lines_that_moved_since_stand_on_the_same_step(debugging: Debugging) -> None:
    client = debugging.launch(TEXT, 12)
    client.stopped()
    path = debugging.write("# new\n# lines\n" + TEXT)
    assert client.at() == "14 build (exec)"
    (found,) = client.set_breakpoints(path, 20)
    assert found["line"] == 20
    client.move("continue")
    client.stopped()
    assert client.at() == "20 inner (exec)"


def test_unknown_filters_of_failures_are_answered(debugging: Debugging) -> None:
    path = debugging.write(TEXT)
    client = debugging.client()
    client.initialize()
    client.request("launch", program=str(path))
    options = [{"filterId": "all", "condition": "1 +"}]
    found = client.request("setExceptionBreakpoints", filters=["sometimes"], filterOptions=options)
    assert [answer["verified"] for answer in found["breakpoints"]] == [False, False]
    with pytest.raises(RefusedError, match="wrong"):
        client.request("setBreakpoints", source={"path": str(path)}, breakpoints=[{"line": "x"}])

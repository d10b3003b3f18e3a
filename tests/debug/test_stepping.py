"""Threads stop where breakpoints and steps say; frames name constructs, iterations and sub-workflows."""

from __future__ import annotations

import time

from .conftest import Debugging
from .dap_client import RefusedError

LOOP = """\
flow:
  - {as: first, type: exec, run: printf 1}
  - loop:
      as: rounds
      max: 2
      steps:
        - {as: inner, type: exec, run: printf in}
        - set: {last: rounds.index}
  - if:
      condition: execution.context.last == 1
      then:
        - {as: yes, type: exec, run: printf yes}
  - {as: final, type: exec, run: printf done}
output: final.output
"""


def test_a_run_stops_at_its_entry_and_at_each_step(debugging: Debugging) -> None:
    client = debugging.launch(LOOP, stopOnEntry=True)
    seen = [(client.stopped(reason="entry"), client.at())]
    for _ in range(8):
        client.move("stepIn")
        seen.append((client.stopped(reason="step"), client.at()))
    assert [at for _, at in seen] == [
        "2 first (exec)",
        "3 loop rounds",
        "7 inner (exec)",
        "8 set",
        "7 inner (exec)",
        "8 set",
        "9 if",
        "12 yes (exec)",
        "13 final (exec)",
    ]
    client.move("stepIn")
    client.stopped()
    assert client.at() == "14 output"
    client.move("next")
    assert client.finish() == 0
    assert client.output().endswith("done\n")


def test_a_step_over_a_loop_passes_its_iterations(debugging: Debugging) -> None:
    client = debugging.launch(LOOP, 3)
    client.stopped(reason="breakpoint")
    client.move("next")
    client.stopped(reason="step")
    assert client.at() == "9 if"


def test_a_step_out_of_an_iteration_leaves_the_loop(debugging: Debugging) -> None:
    client = debugging.launch(LOOP, 7)
    client.stopped()
    assert [frame["name"] for frame in client.stack()] == [
        "inner (exec)",
        "iteration 1",
        "loop rounds",
        "workflow",
    ]
    client.set_breakpoints(debugging.folder / "main.duck.yaml")
    client.move("stepOut")
    client.stopped(reason="step")
    assert client.at() == "9 if"


def test_frames_have_the_ranges_of_their_steps(debugging: Debugging) -> None:
    client = debugging.launch(LOOP, 8)
    client.stopped()
    ranges = [
        (frame["line"], frame["column"], frame["endLine"], frame["endColumn"]) for frame in client.stack()
    ]
    assert ranges[0] == (8, 11, 8, 36)
    assert ranges[1] == (3, 5, 8, 36)


def test_sub_workflows_are_stepped_into_and_out_of(debugging: Debugging) -> None:
    child = debugging.write(
        """\
        id: child
        inputs: {n: {type: integer}}
        flow:
          - {as: one, type: exec, run: printf one}
          - {as: two, type: exec, run: printf two}
        """,
        "child.duck.yaml",
    )
    client = debugging.launch(
        """\
        id: parent
        flow:
          - {as: call, type: workflow, path: child.duck.yaml, input: {n: "7"}}
          - {as: after, type: exec, run: printf after}
        """,
        3,
    )
    client.stopped()
    client.move("stepIn")
    client.stopped()
    assert [frame["name"] for frame in client.stack()] == ["one (exec)", "child", "call (workflow)", "parent"]
    assert client.stack()[0]["source"]["path"] == str(child)
    assert client.scope("Inputs") == {"n": "7"}
    assert client.scope("Inputs", frame=3) == {}
    client.move("stepOut")
    client.stopped()
    assert client.at() == "4 after (exec)"


def test_breakpoints_stand_in_files_that_are_not_loaded_yet(debugging: Debugging) -> None:
    child = debugging.write("flow:\n  - {as: one, type: exec, run: printf one}\n", "child.duck.yaml")
    path = debugging.write("flow:\n  - {as: call, type: workflow, path: child.duck.yaml}\n")
    client = debugging.client()
    client.launch(path, breakpoints={child: [1]})
    client.stopped(reason="breakpoint")
    assert client.at() == "2 one (exec)"
    client.move("continue")
    assert client.finish() == 0


def test_fallbacks_are_stepped_into_and_over(debugging: Debugging) -> None:
    text = """\
    participants:
      rescue: {type: exec, run: printf rescued}
    flow:
      - {as: bad, type: exec, run: exit 1, onError: rescue}
      - {as: after, type: exec, run: printf after}
    """
    client = debugging.launch(text, 4)
    client.stopped()
    client.move("stepIn")
    client.stopped()
    assert [frame["name"] for frame in client.stack()] == ["rescue (fallback)", "bad (exec)", "workflow"]
    assert client.at() == "2 rescue (fallback)"
    again = debugging.launch(text, 4)
    again.stopped()
    again.move("next")
    again.stopped()
    assert again.at() == "5 after (exec)"


PARALLEL = """\
flow:
  - parallel:
      - loop:
          max: 2
          steps:
            - {as: left, type: exec, run: printf l}
      - {as: right, type: exec, run: printf r}
  - {as: after, type: exec, run: printf after}
"""


def test_branches_are_threads(debugging: Debugging) -> None:
    client = debugging.launch(PARALLEL, 6)
    thread = client.stopped()
    names = {found["id"]: found["name"] for found in client.request("threads")["threads"]}
    assert names[thread] == "branch 1: loop"
    assert names[1] == "main"
    assert [frame["name"] for frame in client.stack(thread)] == [
        "left (exec)",
        "iteration 1",
        "loop",
        "branch 1",
        "parallel",
        "workflow",
    ]
    client.move("continue", thread)
    assert client.stopped() == thread
    client.set_breakpoints(debugging.folder / "main.duck.yaml")
    client.move("next", thread)
    assert client.stopped() == 1
    assert client.at() == "8 after (exec)"


def test_a_step_into_a_parallel_stops_in_each_branch(debugging: Debugging) -> None:
    client = debugging.launch(PARALLEL, 2)
    client.stopped()
    client.move("stepIn")
    threads = {client.stopped(), client.stopped()}
    assert {client.at(thread) for thread in threads} == {"3 loop", "7 right (exec)"}
    for thread in sorted(threads):
        client.move("continue", thread, singleThread=True)
    assert client.finish() == 0


def test_other_branches_are_held_where_it_is_set(debugging: Debugging) -> None:
    text = """\
    flow:
      - parallel:
          - {as: left, type: exec, run: printf l}
          - loop:
              max: 3
              steps:
                - {as: right, type: exec, run: printf r >> right.txt}
    """
    client = debugging.launch(text, 3, otherBranches="hold")
    assert client.event("stopped")["allThreadsStopped"] is True
    left = client.all[-1]["body"]["threadId"]
    other = next(
        found["id"] for found in client.request("threads")["threads"] if found["id"] not in (1, left)
    )
    while True:
        # Held before its next step, the branch has frames and can be stepped by itself.
        try:
            client.move("stepIn", other)
            break
        except RefusedError as error:
            assert "runs" in str(error)
    assert client.stopped(reason="step") == other
    assert client.at(other) == "7 right (exec)"
    assert not (debugging.folder / "right.txt").exists()
    client.move("continue", other)
    assert client.finish() == 0
    assert (debugging.folder / "right.txt").read_text() == "rrr"


def test_a_pause_stops_before_the_next_step_and_says_so(debugging: Debugging) -> None:
    text = """\
    flow:
      - {as: slow, type: exec, run: 'echo started; while [ ! -e go ]; do sleep 0.01; done'}
      - {as: after, type: exec, run: printf after}
    """
    client = debugging.launch(text)
    while "started" not in client.output():
        client.event("output")
    client.request("pause", threadId=1)
    assert "stops before the next step" in client.event("output")["output"]
    (debugging.folder / "go").touch()
    client.stopped(reason="pause")
    assert client.at() == "3 after (exec)"


def test_a_run_without_debugging_ignores_breakpoints(debugging: Debugging) -> None:
    client = debugging.launch(LOOP, 2, noDebug=True)
    assert client.finish() == 0


def test_timeouts_do_not_run_while_a_thread_inside_is_stopped(debugging: Debugging) -> None:
    debugging.write("flow:\n  - {as: one, type: exec, run: printf one}\n", "child.duck.yaml")
    text = "flow:\n  - {as: call, type: workflow, path: child.duck.yaml, timeout: 300ms}\n"
    path = debugging.write(text)
    client = debugging.client()
    client.launch(path, breakpoints={debugging.folder / "child.duck.yaml": [2]})
    client.stopped()
    # Longer than the timeout: there is nothing to wait for where nothing is to happen.
    time.sleep(0.5)
    client.move("continue")
    assert client.finish() == 0

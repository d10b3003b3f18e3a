"""Issue 7: a run that broke off goes on where it was."""

from __future__ import annotations

import pytest
from duckflux.replay.resume import Resume
from duckflux.runtime.events import StepFinished

from .conftest import before, cut

DEFAULTS = "defaults: {cwd: .}\n"


def note(name: str, then: str = "") -> str:
    return f"echo {name} >> ran.txt{'; ' + then if then else ''}"


def test_steps_that_succeeded_are_not_run_again(again):
    text = (
        DEFAULTS
        + f"""
participants:
  a: {{type: exec, run: '{note("a", "printf A")}'}}
  b: {{type: exec, run: '{note("b", "printf %sB $(cat)")}'}}
flow:
  - a
  - set: {{seen: a.output}}
  - b
  - set: {{slow: 'a.duration > duration("10s")'}}
output: {{all: b.output, seen: execution.context.seen, slow: execution.context.slow, retries: a.retries}}
"""
    )
    first = again(text)
    assert again.ran == ["a", "b"]
    trace = cut(first, before("b"))
    second = again(text, controller=Resume(again.history(trace)), resumed_from=trace.execution.id)
    assert again.ran == ["b"]
    assert second.output == first.output == {"all": "AB", "seen": "A", "slow": False, "retries": 0}
    assert second.trace.execution.resumed_from == first.trace.execution.id
    assert [(step.name, step.reused) for step in second.trace.steps] == [
        *(("a", True), ("set", True), ("b", False), ("set", False)),
    ]


def test_the_part_of_a_pause_that_has_passed_counts(again):
    text = DEFAULTS + f"flow:\n- wait: {{timeout: 600ms}}\n- {{as: b, type: exec, run: '{note('b')}'}}\n"
    first = again(text)
    trace = cut(first, lambda event: not isinstance(event, StepFinished))
    assert [step.status for step in trace.steps] == ["running"]
    second = again(text, controller=Resume(again.history(trace)), resumed_from=trace.execution.id)
    assert second.trace.steps[0].started_at == trace.steps[0].started_at
    assert second.trace.execution.duration < 400


def test_who_waits_for_an_event_gets_the_whole_time(again):
    text = DEFAULTS + "flow:\n- wait: {event: e, timeout: 300ms, onTimeout: skip}\n"
    trace = cut(again(text), lambda event: not isinstance(event, StepFinished))
    second = again(text, controller=Resume(again.history(trace)), resumed_from=trace.execution.id)
    assert second.trace.execution.duration >= 300


def test_loops_go_on_in_their_round(again):
    text = (
        DEFAULTS
        + f"""
flow:
  - loop:
      as: round
      max: 4
      until: last.output == 2
      steps:
        - {{as: first, type: exec, run: '{note("f")}'}}
        - {{as: last, type: exec, input: {{N: round.index}}, run: '{note("l$N", 'echo "$N"')}'}}
output: {{n: last.output, rounds: round.iteration}}
"""
    )
    first = again(text)
    assert again.ran == ["f", "l0", "f", "l1", "f", "l2"]
    trace = cut(first, before("last", (1,)))
    second = again(text, controller=Resume(again.history(trace)))
    assert again.ran == ["l1", "f", "l2"]
    assert second.output == first.output == {"n": 2, "rounds": 3}


def test_decisions_stay_what_they_were(again):
    """The conditions give something else now; the part that is done is not done otherwise."""
    text = (
        DEFAULTS
        + f"""
flow:
  - if:
      condition: '!(env.HOME == "now")'
      then: [{{as: yes_, type: exec, run: '{note("then")}'}}]
      else: [{{as: no_, type: exec, run: '{note("else")}'}}]
  - {{as: guarded, type: exec, when: 'env.HOME != "now"', run: '{note("guarded")}'}}
  - {{as: end, type: exec, run: '{note("end")}'}}
"""
    )
    first = again(text, environment={"HOME": "then", "PATH": "/usr/bin:/bin"})
    assert again.ran == ["then", "guarded", "end"]
    trace = cut(first, before("end"))
    again(
        text,
        controller=Resume(again.history(trace)),
        environment={"HOME": "now", "PATH": "/usr/bin:/bin"},
    )
    assert again.ran == ["end"]


def test_parallel_branches_go_on_each_where_it_was(again):
    text = (
        DEFAULTS
        + f"""
flow:
  - parallel:
      - loop: {{max: 3, steps: [{{as: a, type: exec, input: {{N: loop.index}}, run: '{note("a$N")}'}}]}}
      - {{as: slow, type: exec, run: '{note("slow", "sleep 0.3; printf slow")}'}}
  - {{as: end, type: exec, run: '{note("end", "cat")}'}}
"""
    )
    first = again(text)
    assert sorted(again.ran) == ["a0", "a1", "a2", "end", "slow"]
    trace = cut(first, before("a", (2,)))
    second = again(text, controller=Resume(again.history(trace)))
    assert sorted(again.ran) == ["a2", "end", "slow"]
    assert second.output == first.output


def test_sub_workflows_go_on_inside(again):
    again.write(
        "child.yaml",
        DEFAULTS
        + f"""
inputs: {{input: }}
flow:
  - {{as: one, type: exec, run: '{note("one", "printf p")}'}}
  - {{as: two, type: exec, run: '{note("two", "printf %sq $(cat)")}'}}
output: two.output + workflow.inputs.input
""",
    )
    text = (
        DEFAULTS
        + f"""
participants: {{child: {{type: workflow, path: child.yaml, input: "'x'"}}}}
flow: [child, child, {{as: end, type: exec, run: '{note("end", "cat")}'}}]
"""
    )
    first = again(text)
    assert again.ran == ["one", "two", "one", "two", "end"]
    seen = []

    def keep(event) -> bool:
        if type(event).__name__ == "StepStarted" and event.name == "two":
            seen.append(event)
        return len(seen) < 2

    trace = cut(first, keep)
    second = again(text, controller=Resume(again.history(trace)))
    assert again.ran == ["two", "end"]
    assert second.output == first.output == "pqx"


def test_events_that_were_taken_are_not_taken_again(again):
    text = (
        DEFAULTS
        + f"""
flow:
  - {{type: emit, event: e, payload: {{n: "1"}}}}
  - {{type: emit, event: e, payload: {{n: "2"}}}}
  - loop:
      max: 2
      steps:
        - wait: {{event: e, timeout: 1s}}
        - {{as: s, type: exec, input: {{N: event.n}}, run: '{note("s$N", 'echo "$N"')}'}}
"""
    )
    first = again(text)
    assert again.ran == ["s1", "s2"]
    second = again(text, controller=Resume(again.history(cut(first, before("s", (0,))))))
    assert again.ran == ["s1", "s2"]
    assert second.output == first.output
    third = again(text, controller=Resume(again.history(cut(first, before("s", (1,))))))
    assert again.ran == ["s2"]
    assert third.output == first.output


def test_handled_failures_stay_handled_and_the_failed_step_runs_again(again):
    text = (
        DEFAULTS
        + f"""
participants:
  rescue: {{type: exec, run: '{note("rescue", "printf rescued")}'}}
flow:
  - {{as: skipped, type: exec, onError: skip, run: '{note("skipped", "exit 1")}'}}
  - {{as: failed, type: exec, onError: rescue, run: '{note("failed", "exit 2")}'}}
  - {{as: bad, type: exec, run: '{note("bad", "cat; test -e fixed")}'}}
output: {{skipped: skipped.error, status: failed.status, error: failed.error, all: bad.output}}
"""
    )
    first = again(text)
    assert first.error.step == "bad"
    assert again.ran == ["skipped", "failed", "rescue", "bad"]
    (again.folder / "fixed").touch()
    second = again(text, controller=Resume(again.history(first.trace)))
    assert again.ran == ["bad"]
    assert second.output == {
        "skipped": "exit code 1",
        "status": "failure",
        "error": "exit code 2",
        "all": "rescued",
    }


def test_from_a_step_on_everything_runs_again(again):
    text = (
        DEFAULTS
        + f"""
flow:
  - {{as: a, type: exec, run: '{note("a")}'}}
  - loop: {{max: 2, steps: [{{as: b, type: exec, input: {{N: loop.index}}, run: '{note("b$N", "true")}'}}]}}
  - {{as: c, type: exec, run: '{note("c")}'}}
"""
    )
    first = again(text)
    assert again.ran == ["a", "b0", "b1", "c"]
    step = first.steps("b")[1]
    again(text, controller=Resume(again.history(first.trace), step.seq))
    assert again.ran == ["b1", "c"]
    again(text, controller=Resume(again.history(first.trace), first.step("a").seq))
    assert again.ran == ["a", "b0", "b1", "c"]


# What is refused

BASE = """
flow:
  - {as: a, type: exec, run: printf a}
  - {as: b, type: exec, run: printf b}
  - {as: c, type: exec, run: exit 1}
"""


@pytest.mark.parametrize(
    ("changed", "step", "why"),
    [
        (BASE.replace("printf a", "printf other"), "a", "`run` changed since then"),
        (BASE.replace("run: printf b", "timeout: 5s, run: printf b"), "b", "`timeout` changed since then"),
        (
            BASE.replace("{as: b, type: exec, run: printf b}", "set: {x: '1'}"),
            "set",
            "its type was exec then",
        ),
        (BASE.replace("  - {as: b", "  - {as: n, type: exec, run: 'true'}\n  - {as: b"), "n", "changed"),
    ],
)
def test_a_workflow_that_changed_before_that_point_is_refused(again, changed, step, why):
    first = again(BASE)
    second = again(changed, controller=Resume(again.history(first.trace)))
    assert second.error.step == step
    assert why in second.error.message


def test_a_change_after_that_point_is_the_reason_to_resume(again):
    first = again(BASE)
    second = again(BASE.replace("exit 1", "printf c"), controller=Resume(again.history(first.trace)))
    assert second.output == "c"


def test_a_new_step_in_a_part_that_was_done_is_refused(again):
    text = """
flow:
  - loop: {max: 1, steps: [{as: a, type: exec, run: printf a}]}
  - {as: c, type: exec, run: exit 1}
"""
    first = again(text)
    changed = text.replace("run: printf a}", "run: printf a}, {as: n, type: exec, run: 'true'}")
    second = again(changed, controller=Resume(again.history(first.trace)))
    assert second.error.step == "n" and "it is new" in second.error.message


@pytest.mark.parametrize(
    ("output", "why"), [("x" * 1_100_000, "is truncated"), ("supersecret1", "is masked")]
)
def test_a_result_that_is_not_whole_is_refused(again, output, why):
    from duckflux.runtime.secrets import Secrets
    from duckflux.trace.model import trace_from_events
    from duckflux.trace.redaction import redact_event

    secrets = Secrets({"TOKEN": "supersecret1"})
    first = again(
        """
        inputs: {text: }
        flow:
          - {as: a, type: exec, input: workflow.inputs.text, run: cat}
          - {as: c, type: exec, run: exit 1}
        """,
        {"text": output},
    )
    from duckflux.runtime.events import decode, encode

    trace = trace_from_events(decode(encode(redact_event(event, secrets))) for event in first.events)
    second = again(
        (again.folder / "main.duck.yaml").read_text(),
        {"text": output},
        controller=Resume(again.history(trace)),
    )
    assert second.error.step == "a" and why in second.error.message


def test_times_and_durations_keep_their_types(again):
    text = """
flow:
  - set: {at: now, long: 'duration("90s")'}
  - {as: c, type: exec, run: exit 1}
output: {later: 'execution.context.at + execution.context.long > execution.context.at'}
"""
    first = again(text)
    second = again(text.replace("exit 1", "'true'"), controller=Resume(again.history(first.trace)))
    assert second.output == {"later": True}

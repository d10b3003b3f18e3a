"""Constructs."""

from __future__ import annotations

import time

import pytest


def test_max_alone_runs_exactly_so_often(flow):
    ran = flow("""
        flow: [{loop: {max: 3, steps: [{as: s, type: exec, run: 'true'}]}}]
    """)
    assert [step.iterations for step in ran.steps("s")] == [(0,), (1,), (2,)]
    assert [step.loop_index for step in ran.steps("s")] == [0, 1, 2]


def test_until_is_looked_at_after_the_steps(flow):
    ran = flow("""
        flow:
          - loop:
              until: s.output == 2
              steps: [{as: s, type: exec, input: string(loop.iteration), run: cat}, {type: exec, run: 'true'}]
    """)
    assert [step.output for step in ran.steps("s")] == [1, 2]


def test_loop_variables_and_their_name(flow):
    ran = flow("""
        flow:
          - loop:
              as: outer
              max: 2
              steps:
                - loop:
                    max: 2
                    steps:
                      - as: s
                        type: exec
                        input: string(outer.index) + string(loop.index) + string(loop.first) + string(loop.last)
                        run: cat
                - as: after
                  type: exec
                  input: string(loop.iteration) + string(outer.iteration)
                  run: printf '%s.' "$(cat)"
    """)
    assert [step.output for step in ran.steps("s")] == [
        "00truefalse",
        "01falsetrue",
        "10truefalse",
        "11falsetrue",
    ]
    assert [step.iterations for step in ran.steps("s")] == [(0, 0), (0, 1), (1, 0), (1, 1)]
    assert [step.output for step in ran.steps("after")] == ["11.", "22."]


def test_loop_means_the_innermost_one_also_when_it_has_a_name(flow):
    assert (
        flow("""
        flow: [{loop: {as: round, max: 2, steps: [{set: {n: loop.iteration + round.iteration}}]}}]
        output: execution.context.n
    """).output
        == 4
    )


def test_a_loops_last_values_stay_readable(flow):
    assert flow("""
        flow: [{loop: {as: round, max: 3, steps: [{set: {a: '1'}}]}}]
        output: {rounds: round.iteration, same: loop.iteration, last: round.last}
    """).output == {"rounds": 3, "same": 3, "last": True}


def test_max_may_be_an_expression(flow):
    ran = flow("""
        inputs: {n: {type: integer, default: 2}}
        flow: [{loop: {max: workflow.inputs.n, steps: [{as: s, type: exec, run: 'true'}]}}]
    """)
    assert len(ran.steps("s")) == 2


@pytest.mark.parametrize("maximum", ["-1", "1.5", "'3'", "true"])
def test_max_must_be_an_integer_of_at_least_0(flow, maximum):
    ran = flow(
        f"""flow: [{{loop: {{max: "{maximum}", steps: [{{type: exec, run: 'true'}}]}}}}]""", unchecked=True
    )
    assert ran.error.field == "loop.max"


@pytest.mark.parametrize(
    "text",
    [
        "flow: [{if: {condition: given, then: [{type: exec, run: 'true'}]}}]",
        "flow: [{as: s, type: exec, when: given, run: 'true'}]",
        "flow: [{loop: {until: given, steps: [{type: exec, run: 'true'}]}}]",
        "flow: [{wait: {until: given, timeout: 1s}}]",
    ],
)
def test_conditions_must_give_a_bool(flow, text):
    text = text.replace("given", "workflow.inputs.x")
    ran = flow(f"inputs: {{x: {{default: hi}}}}\n{text}", unchecked=True)
    assert ran.error.code == "not-a-bool"
    assert "hi" not in str(ran.error)


def test_if_else(flow):
    text = """
        inputs: {{x: {{type: integer, default: {x}}}}}
        flow:
          - if:
              condition: workflow.inputs.x > 1
              then: [{{type: exec, run: printf then}}]
              else: [{{type: exec, run: printf else}}]
    """
    assert flow(text.format(x=2)).output == "then"
    assert flow(text.format(x=1)).output == "else"


def test_when_comes_before_everything_else_of_the_step(flow):
    ran = flow("""
        flow:
          - as: s
            type: exec
            when: 'false'
            input: {a: 1 / (execution.number - 1)}
            run: 'true'
    """)
    assert ran.step("s").status == "skipped"
    assert ran.step("s").reason == "when"


def test_parallel_runs_at_the_same_time(flow):
    # Each branch ends only when all five have begun.
    run = "touch here.$$; until [ $(ls here.* | wc -l) = 5 ]; do sleep 0.02; done"
    branches = [f"{{type: exec, cwd: ./, timeout: 30s, run: '{run}'}}"] * 5
    ran = flow("flow: [{parallel: [" + ", ".join(branches) + "]}]")
    assert [status for _, status in ran.statuses()] == ["success"] * 6


def test_parallel_branches_have_their_own_input_output_and_loops(flow):
    ran = flow("""
        flow:
          - loop:
              as: outer
              max: 2
              steps:
                - parallel:
                    - loop:
                        max: 3
                        steps:
                          - {type: exec, run: sleep 0.02}
                          - {as: a, type: exec, input: {N: loop.index}, run: echo "$N"}
                    - loop:
                        max: 2
                        steps:
                          - {type: exec, run: sleep 0.03}
                          - {as: b, type: exec, input: {N: loop.index + 10 * outer.index}, run: echo "$N"}
    """)
    assert [step.output for step in ran.steps("a")] == [0, 1, 2, 0, 1, 2]
    assert [step.output for step in ran.steps("b")] == [0, 1, 10, 11]
    assert {step.branch for step in ran.steps("b")} == {"1"}
    assert ran.output == [2, 11]


def test_the_first_failure_ends_the_other_branches(flow):
    begin = time.monotonic()
    ran = flow("""
        flow:
          - parallel:
              - {as: slow, type: exec, run: sleep 30}
              - {as: bad, type: exec, run: sleep 0.1; exit 3}
              - {as: done, type: exec, run: printf ok}
    """)
    assert time.monotonic() - begin < 20
    assert ran.error.step == "bad"
    assert ran.statuses() == [
        ("parallel", "failure"),
        ("slow", "failure"),
        ("bad", "failure"),
        ("done", "success"),
    ]
    assert ran.step("slow").error == "cancelled"


def test_set_sees_the_keys_set_before_it(flow):
    ran = flow("""
        flow:
          - set: {a: "1", b: execution.context.a + 1}
          - set: {a: execution.context.b * 10}
        output: execution.context
    """)
    assert ran.output == {"a": 20, "b": 2}
    assert ran.steps("set")[0].output == {"a": 1, "b": 2}


def test_a_set_value_may_be_the_context_itself(flow):
    assert flow("""
        flow: [{set: {a: "1"}}, {set: {all: execution.context}}]
        output: execution.context
    """).output == {"a": 1, "all": {"a": 1}}


def test_sleep(flow):
    ran = flow("flow: [{wait: {timeout: 50ms}}]")
    assert ran.step("wait").status == "success"
    assert 50 <= ran.step("wait").duration < 500


def test_defaults_apply_to_participants_only(flow):
    ran = flow("""
        defaults: {timeout: 10ms, onError: skip}
        flow:
          - wait: {timeout: 50ms}
          - wait: {event: never, timeout: 20ms}
    """)
    assert [step.status for step in ran.trace.steps] == ["success", "failure"]


def test_poll_tries_at_once_and_then_again(flow):
    ran = flow("""
        flow:
          - parallel:
              - wait: {until: has(done.output), poll: 10ms, timeout: 5s}
              - {as: done, type: exec, run: sleep 0.1}
    """)
    assert 100 <= ran.step("wait").duration < 1000
    assert flow("flow: [{wait: {until: 'true', poll: 1h, timeout: 5s}}]").step("wait").duration < 1000


@pytest.mark.parametrize("fields", ["until: 'false', poll: 10ms", "event: never"])
def test_a_wait_that_times_out_fails(flow, fields):
    ran = flow(f"flow: [{{wait: {{{fields}, timeout: 50ms}}}}]")
    assert ran.error.code == "timeout"
    assert "50ms" in ran.error.message


def test_a_wait_that_times_out_may_be_skipped(flow):
    ran = flow("""
        flow:
          - {type: exec, run: printf x}
          - wait: {event: never, timeout: 20ms, onTimeout: skip}
    """)
    assert ran.output == "x"
    assert ran.step("wait").status == "skipped"
    assert ran.step("wait").reason == "onTimeout"


def test_a_wait_that_times_out_may_run_a_participant_instead(flow):
    ran = flow("""
        participants: {instead: {type: exec, run: 'printf "%s instead" "$(cat)"'}}
        flow:
          - {type: exec, run: printf x}
          - wait: {event: never, timeout: 20ms, onTimeout: instead}
    """)
    assert ran.output == "x instead"
    assert ran.step("wait").status == "skipped"
    assert ran.step("instead").parent == ran.step("wait").seq


def test_emit_then_wait_gives_the_payload(flow):
    ran = flow("""
        flow:
          - {as: told, type: emit, event: e, payload: {n: 1 + 1, at: timestamp("2024-01-02T03:04:05Z")}}
          - wait: {event: e, timeout: 1s}
        output: {event: event, chain: input, told: told.output}
    """)
    payload = {"n": 2, "at": "2024-01-02T03:04:05Z"}
    assert ran.output == {
        "event": payload,
        "chain": payload,
        "told": {"event": "e", "payload": payload, "ack": True},
    }


def test_match_takes_the_first_event_that_fits_and_leaves_the_others(flow):
    ran = flow("""
        flow:
          - {type: emit, event: e, payload: {n: '1'}}
          - {type: emit, event: e, payload: {n: '2'}}
          - wait: {event: e, match: event.n == 2, timeout: 1s}
          - set: {second: event.n}
          - wait: {event: e, timeout: 1s}
        output: {second: execution.context.second, other: event.n}
    """)
    assert ran.output == {"second": 2, "other": 1}


def test_a_wait_in_a_loop_never_takes_an_event_twice(flow):
    ran = flow("""
        flow:
          - {type: emit, event: e, payload: {n: '1'}}
          - {type: emit, event: e, payload: {n: '2'}}
          - loop:
              max: 2
              steps:
                - wait: {event: e, timeout: 1s}
                - {as: s, type: exec, input: {n: event.n}, run: echo "$n"}
          - wait: {event: e, timeout: 20ms, onTimeout: skip}
    """)
    assert [step.output for step in ran.steps("s")] == [1, 2]
    # Another wait has a place of its own in the history.
    assert ran.steps("wait")[-1].output == {"n": 1}


def test_one_that_did_not_match_stays_available_in_the_loop(flow):
    ran = flow("""
        flow:
          - {type: emit, event: e, payload: {n: '1'}}
          - {type: emit, event: e, payload: {n: '0'}}
          - loop:
              max: 2
              steps: [{wait: {event: e, match: event.n == loop.index, timeout: 1s}}]
    """)
    assert [step.output for step in ran.steps("wait")] == [{"n": 0}, {"n": 1}]


def test_a_wait_hears_an_event_of_another_branch(flow):
    ran = flow("""
        flow:
          - parallel:
              - wait: {event: e, timeout: 5s}
              - wait: {event: e, timeout: 5s}
              - {type: emit, event: e, payload: "'hello'"}
    """)
    assert ran.output[:2] == ["hello", "hello"]


def test_an_acknowledged_emit_and_its_timeout(flow):
    from duckflux.runtime.hubs.memory import MemoryHub

    class Silent(MemoryHub):
        async def publish(self, event, payload):
            import asyncio

            await asyncio.sleep(60)

    async def silent(warn):
        return Silent([])

    text = """
        flow:
          - {{type: exec, run: printf x}}
          - {{as: s, type: emit, event: e, payload: "1", ack: true, timeout: 20ms, {choice}}}
    """
    ran = flow(text.format(choice="onTimeout: skip"), hub=silent)
    assert ran.output == "x"
    assert ran.step("s").status == "skipped"
    assert ran.step("s").output == {"event": "e", "payload": 1, "ack": False}
    assert "not confirmed" in flow(text.format(choice="onTimeout: fail"), hub=silent).error.message


def test_a_sub_workflow_gets_its_inputs_and_gives_its_output(flow):
    flow.write(
        "sub/child.duck.yaml",
        """
        inputs: {n: {type: integer, required: true}, m: {default: dflt}}
        flow:
          - {type: exec, cwd: ., run: basename "$PWD"}
        output: {n: workflow.inputs.n + 1, m: workflow.inputs.m, dir: output}
        """,
    )
    ran = flow("""
        flow:
          - {as: child, type: workflow, path: sub/child.duck.yaml, input: {n: "41"}}
    """)
    assert ran.output == {"n": 42, "m": "dflt", "dir": "sub\n"}
    inner = ran.step("exec")
    assert inner.parent == ran.step("child").seq
    assert inner.workflow and inner.workflow.endswith("sub/child.duck.yaml")
    assert ran.step("child").workflow is None


def test_a_string_becomes_the_childs_input(flow):
    flow.write("child.yaml", "flow: [{type: exec, run: 'true'}]\noutput: workflow.inputs.input")
    assert (
        flow("""
        flow: [{type: exec, run: printf text}, {type: workflow, path: child.yaml}]
    """).output
        == "text"
    )


def test_a_sub_workflow_has_its_own_context_and_shares_events(flow):
    flow.write(
        "child.yaml",
        """
        flow: [{set: {a: "'child'"}}, {type: emit, event: e, payload: "'from child'"}]
        """,
    )
    assert flow("""
        flow:
          - set: {a: "'parent'"}
          - {type: workflow, path: child.yaml}
          - wait: {event: e, timeout: 1s}
        output: {a: execution.context.a, event: event}
    """).output == {"a": "parent", "event": "from child"}


def test_bad_inputs_of_a_sub_workflow_are_the_steps_error(flow):
    flow.write(
        "child.yaml", "inputs: {n: {type: integer, required: true}}\nflow: [{type: exec, run: 'true'}]"
    )
    ran = flow("""flow: [{as: c, type: workflow, path: child.yaml, input: {n: "'x'"}, onError: skip}]""")
    assert "input 'n' must be an integer" in ran.step("c").error


def test_a_failing_sub_workflow_says_where(flow):
    flow.write("child.yaml", "flow:\n  - {as: inner, type: exec, run: exit 7}")
    ran = flow("flow: [{as: outer, type: workflow, path: child.yaml}]")
    assert "step 'outer': sub-workflow failed: step 'inner': exit code 7" in str(ran.error)
    assert str(ran.error).startswith(f"{flow.folder}/child.yaml:2:")


def test_a_sub_workflow_that_can_not_be_read_is_the_steps_error(flow):
    ran = flow("flow: [{as: c, type: workflow, path: gone.yaml}]", unchecked=True)
    assert "gone.yaml: No such file" in ran.error.message
    assert str(ran.error.location).endswith("main.duck.yaml:1:38")
    flow.write("broken.yaml", "flow: []")
    ran = flow("flow: [{as: c, type: workflow, path: broken.yaml}]", unchecked=True)
    assert "broken.yaml:1:" in str(ran.error)


def test_sub_workflow_cycles_are_an_error(flow):
    flow.write("a.yaml", "flow: [{type: workflow, path: b.yaml}]")
    flow.write("b.yaml", "flow: [{type: workflow, path: a.yaml}]")
    ran = flow("flow: [{type: workflow, path: a.yaml}]", unchecked=True)
    assert "circular workflow calls" in str(ran.error)


def test_the_same_child_in_two_branches_is_fine(flow):
    flow.write("child.yaml", "flow: [{as: s, type: exec, run: 'sleep 0.05; echo 1'}]")
    ran = flow("""
        flow: [{parallel: [{type: workflow, path: child.yaml}, {type: workflow, path: child.yaml}]}]
    """)
    assert ran.output == [1, 1]
    assert {step.branch for step in ran.steps("s")} == {"0", "1"}


def test_deeply_nested_sub_workflows(flow):
    depth = 60
    for level in range(depth):
        flow.write(f"w{level}.yaml", f"flow: [{{type: workflow, path: w{level + 1}.yaml}}]")
    flow.write(f"w{depth}.yaml", "flow: [{type: exec, run: printf deep}]")
    assert flow("flow: [{type: workflow, path: w0.yaml}]").output == "deep"


def test_working_directories(flow):
    (flow.folder / "own").mkdir()
    (flow.folder / "dflt").mkdir()
    (flow.folder / "base").mkdir()
    text = """
        %s
        flow:
          - {as: a, type: exec, cwd: ./own, run: basename "$PWD"}
          - {as: b, type: exec, run: basename "$PWD"}
        output: {a: a.output, b: b.output, cwd: b.cwd == execution.cwd}
    """
    base = str(flow.folder / "base")
    assert flow(text % "defaults: {cwd: dflt}", cwd=base).output == {
        "a": "own\n",
        "b": "dflt\n",
        "cwd": False,
    }
    assert flow(text % "", cwd=base).output == {"a": "own\n", "b": "base\n", "cwd": True}


def test_a_working_directory_that_is_not_there(flow):
    ran = flow("flow: [{as: s, type: exec, cwd: ./missing, run: 'true'}]")
    assert ran.error.code == "cwd"
    assert "missing" in ran.error.message

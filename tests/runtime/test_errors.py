"""onError, retry, fallback, timeout."""

from __future__ import annotations

import time

import pytest


def test_a_failure_says_exit_code_and_the_end_of_stderr(flow):
    ran = flow("""
        flow:
          - as: build
            type: exec
            run: echo out; echo why >&2; exit 3
    """)
    assert ran.error.message == "exit code 3: why"
    assert (
        str(ran.error)
        == f"{flow.folder}/main.duck.yaml:5:10: error: run: step 'build': exit code 3: why [exec-failed]"
    )
    step = ran.step("build")
    assert (step.exit_code, step.stderr, step.output) == (3, "why\n", "out\n")
    assert ran.trace.execution.status == "failure"
    assert ran.trace.execution.error == "exit code 3: why"


def test_nothing_runs_after_a_failure(flow):
    ran = flow("flow: [{type: exec, run: exit 1}, {as: never, type: exec, run: 'true'}]")
    assert ran.steps("never") == []


def test_only_the_end_of_stderr_is_kept(flow):
    ran = flow(
        "flow: [{as: s, type: exec, run: head -c 300000 /dev/zero | tr '\\0' x >&2; echo end >&2; exit 1}]"
    )
    stderr = ran.step("s").stderr
    assert stderr is not None and stderr.endswith("xend\n") and len(stderr) <= 64 * 1024


def test_skip_keeps_the_error_and_goes_on(flow):
    ran = flow("""
        flow: [{as: s, type: exec, onError: skip, run: exit 4}]
        output: {status: s.status, error: s.error}
    """)
    assert ran.output == {"status": "skipped", "error": "exit code 4"}
    assert ran.trace.execution.status == "success"


def test_override_beats_participant_beats_defaults(flow):
    ran = flow("""
        defaults: {onError: skip}
        participants:
          a: {type: exec, run: exit 1}
          b: {type: exec, run: exit 1, onError: other}
          other: {type: exec, run: printf other}
        flow:
          - a
          - b
          - b: {onError: fail}
    """)
    assert ran.statuses() == [
        ("a", "skipped"),
        ("b", "failure"),
        ("other", "success"),
        ("b", "failure"),
    ]


def test_retry_tries_again_until_it_succeeds(flow):
    ran = flow("""
        flow:
          - as: s
            type: exec
            onError: retry
            retry: {max: 3}
            run: echo x >> tries; test $(wc -l < tries) = 3
            cwd: ./
        output: {retries: s.retries, status: s.status}
    """)
    assert ran.output == {"retries": 2, "status": "success"}
    step = ran.step("s")
    assert step.retries == 2
    assert [(a.attempt, a.error, a.exit_code) for a in step.attempts] == [
        (1, "exit code 1", 1),
        (2, "exit code 1", 1),
    ]
    starts = [e for e in ran.events if type(e).__name__ == "StepStarted"]
    assert [e.attempt for e in starts] == [1, 2, 3]
    assert {e.seq for e in starts} == {1}


def test_max_counts_re_executions(flow):
    ran = flow("""
        flow: [{as: s, type: exec, onError: retry, retry: {max: 2}, cwd: ./, run: echo x >> tries; exit 1}]
    """)
    assert (flow.folder / "tries").read_text() == "x\n" * 3
    assert ran.step("s").retries == 2
    assert ran.error.message == "exit code 1"


def test_backoff_grows_by_factor(flow):
    begin = time.monotonic()
    flow("""
        flow:
          - {type: exec, onError: retry, retry: {max: 3, backoff: 50ms, factor: 2}, run: exit 1}
    """)
    assert 0.35 <= time.monotonic() - begin < 10


def test_defaults_retry_applies_to_the_strategy(flow):
    ran = flow("""
        defaults: {onError: retry, retry: {max: 1}}
        flow: [{as: s, type: exec, run: exit 1}]
    """)
    assert ran.step("s").retries == 1


def test_merge_and_schema_errors_are_retried(flow):
    ran = flow("""
        flow:
          - {type: exec, run: printf text}
          - {as: merge, type: exec, onError: retry, retry: {max: 1}, input: {a: "'b'"}, run: 'true'}
    """)
    assert ran.step("merge").retries == 1
    ran = flow("""
        flow:
          - {as: s, type: exec, onError: retry, retry: {max: 1}, run: echo 1, output: {a: {type: string}}}
    """)
    assert ran.step("s").retries == 1


def test_a_fallback_gets_the_same_chain_and_gives_the_result(flow):
    ran = flow("""
        participants: {rescue: {type: exec, run: 'printf "%s rescued" "$(cat)"'}}
        flow:
          - {type: exec, run: printf chain}
          - {as: s, type: exec, onError: rescue, run: exit 1}
        output: {result: output, status: s.status, error: s.error}
    """)
    assert ran.output == {"result": "chain rescued", "status": "failure", "error": "exit code 1"}
    assert ran.step("rescue").parent == ran.step("s").seq
    assert ran.step("rescue").path == "/participants/rescue"


def test_fallbacks_chain_and_cycles_are_an_error(flow):
    text = """
        participants:
          a: {type: exec, run: exit 1, onError: b}
          b: {type: exec, run: exit 2, onError: %s}
          c: {type: exec, run: printf c}
        flow: [a]
    """
    assert flow(text % "c").output == "c"
    ran = flow(text % "a")
    assert ran.error.code == "fallback-cycle"
    assert "cycle" in ran.error.message and ran.error.step == "b"


def test_the_participant_named_by_defaults_fails_by_default(flow):
    ran = flow("""
        defaults: {onError: rescue}
        participants: {rescue: {type: exec, run: exit 9}}
        flow: [{type: exec, run: exit 1}]
    """)
    assert ran.error.message == "exit code 9"


def test_a_handled_failure_does_not_fail_the_parent_workflow(flow):
    flow.write("child.yaml", "flow: [{type: exec, onError: skip, run: exit 1}, {type: exec, run: printf ok}]")
    assert flow("flow: [{type: workflow, path: child.yaml}]").output == "ok"


def test_a_timeout_is_the_steps_error(flow):
    begin = time.monotonic()
    ran = flow("flow: [{as: s, type: exec, timeout: 100ms, run: sleep 30}]")
    assert ran.error.message == "timed out after 100 ms"
    assert ran.error.code == "timeout"
    assert time.monotonic() - begin < 20


def test_timeouts_of_override_participant_and_defaults(flow):
    ran = flow("""
        defaults: {timeout: 50ms, onError: skip}
        participants: {a: {type: exec, timeout: 100ms, run: sleep 5}}
        flow:
          - a
          - a: {timeout: 150ms}
          - {as: b, type: exec, run: sleep 5}
    """)
    assert [step.error for step in ran.trace.steps] == [
        "timed out after 100 ms",
        "timed out after 150 ms",
        "timed out after 50 ms",
    ]


def test_a_timeout_applies_to_each_attempt(flow):
    ran = flow("""
        flow:
          - {as: s, type: exec, timeout: 100ms, onError: retry, retry: {max: 2}, run: sleep 30}
    """)
    assert ran.step("s").retries == 2
    assert 300 <= ran.step("s").duration < 2500


def test_a_sub_workflow_is_cancelled_by_its_timeout(flow):
    flow.write("child.yaml", "flow: [{as: inner, type: exec, run: sleep 30}]")
    ran = flow("flow: [{as: s, type: workflow, timeout: 100ms, path: child.yaml}]")
    assert ran.error.message == "timed out after 100 ms"
    assert ran.step("inner").error == "cancelled"


def test_a_read_of_a_step_that_has_not_run_says_so(flow):
    ran = flow(
        """
        flow:
          - {as: a, type: exec, input: {x: b.output}, run: 'true'}
          - {as: b, type: exec, run: 'true'}
        """,
        unchecked=True,
    )
    assert "step 'b' has not run yet" in ran.error.message


def test_an_evaluation_error_names_place_and_field_but_no_values(flow):
    ran = flow(
        """
        inputs: {secret: {default: hidden-value}}
        flow: [{as: s, type: exec, input: {x: int(workflow.inputs.secret)}, run: 'true'}]
        """
    )
    assert ran.error.field == "input.x"
    assert str(ran.error.location).endswith(":3:39")
    assert "hidden-value" not in str(ran.error)


@pytest.mark.parametrize(
    ("written", "place"),
    [
        (">-\n  1 +\n  int(env.PATH)", "5:3"),
        ("|\n  1 +\n  int(env.PATH)", "5:3"),
        ('"\\u0031 + int(env.PATH)"', "3:19"),
    ],
)
def test_an_evaluation_error_stands_where_it_is_in_the_file(flow, written, place):
    ran = flow(f"flow: [{{type: exec, run: 'true'}}]\n\noutput: {written}\n")
    assert str(ran.error.location).endswith(f":{place}")


def test_a_handled_failure_in_a_branch_leaves_the_others(flow):
    ran = flow("""
        participants: {rescue: {type: exec, run: printf rescued}}
        flow:
          - parallel:
              - {type: exec, run: sleep 0.1; printf slow}
              - {type: exec, onError: rescue, run: exit 1}
              - {type: exec, onError: skip, run: exit 1}
    """)
    assert ran.output == ["slow", "rescued", None]


def test_a_fallback_that_fails_is_the_end(flow):
    ran = flow("""
        participants: {rescue: {type: exec, run: exit 5}}
        flow: [{as: s, type: exec, onError: rescue, run: exit 1}]
    """)
    assert (ran.error.step, ran.error.message) == ("rescue", "exit code 5")
    assert ran.statuses() == [("s", "failure"), ("rescue", "failure")]


def test_a_fallback_with_a_merge_error_fails_as_itself(flow):
    ran = flow("""
        participants: {rescue: {type: exec, input: {a: "'b'"}, run: 'true'}}
        flow: [{type: exec, run: printf text}, {as: s, type: exec, onError: rescue, run: exit 1}]
    """)
    assert (ran.error.step, ran.error.code) == ("rescue", "merge")


def test_a_participant_instead_of_a_wait_may_fail(flow):
    ran = flow("""
        participants: {instead: {type: exec, run: exit 5}}
        flow: [{wait: {event: never, timeout: 10ms, onTimeout: instead}}]
    """)
    assert ran.error.step == "instead"
    assert ran.statuses() == [("wait", "skipped"), ("instead", "failure")]


def test_a_failing_guard_follows_on_error(flow):
    ran = flow("""
        inputs: {a: {type: object, default: {}}}
        flow: [{as: s, type: exec, onError: skip, when: workflow.inputs.a.missing == 1, run: 'true'}]
    """)
    assert ran.step("s").reason == "onError"


def test_an_override_may_carry_any_field(flow):
    ran = flow("""
        participants: {p: {type: exec, run: exit 1}}
        flow: [{p: {run: printf replaced}}]
    """)
    assert ran.output == "replaced"

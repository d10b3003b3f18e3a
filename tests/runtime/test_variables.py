"""What expressions see at run time."""

from __future__ import annotations

import os
import re


def test_workflow_execution_and_env(flow):
    ran = flow(
        """
        id: the-id
        name: The name
        version: 3
        inputs: {a: {default: x}}
        flow: [{set: {k: "1"}}]
        output:
          id: workflow.id
          name: workflow.name
          version: workflow.version
          inputs: workflow.inputs
          execution: execution.id
          number: execution.number
          status: execution.status
          age: now - execution.startedAt < duration("1m")
          context: execution.context
          env: env.GIVEN
          cwd: execution.cwd
        """,
        environment={"GIVEN": "value", "PATH": os.environ["PATH"]},
        cwd=str(flow.folder),
    )
    assert ran.output == {
        "id": "the-id",
        "name": "The name",
        "version": "3",
        "inputs": {"a": "x"},
        "execution": ran.result.id,
        "number": 1,
        "status": "running",
        "age": True,
        "context": {"k": 1},
        "env": "value",
        "cwd": str(flow.folder),
    }
    assert re.fullmatch(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", ran.result.id)


def test_the_version_is_0_7_by_default(flow):
    ran = flow("flow: [{set: {k: '1'}}]\noutput: workflow.version")
    assert ran.output == "0.7"
    assert ran.trace.execution.workflow_version is None


def test_a_steps_fields(flow):
    ran = flow("""
        flow: [{as: s, type: exec, cwd: ./, run: sleep 0.05; echo 1}]
        output:
          status: s.status
          output: s.output
          times: s.finishedAt - s.startedAt == s.duration
          slow: s.duration >= duration("50ms")
          retries: s.retries
          error: has(s.error)
          cwd: s.cwd
    """)
    assert ran.output == {
        "status": "success",
        "output": 1,
        "times": True,
        "slow": True,
        "retries": 0,
        "error": False,
        "cwd": str(flow.folder),
    }


def test_a_failed_step_has_an_error_and_no_output(flow):
    ran = flow("""
        participants: {rescue: {type: exec, run: 'true'}}
        flow: [{as: s, type: exec, onError: rescue, run: echo x; exit 1}]
        output: {status: s.status, error: s.error, output: has(s.output)}
    """)
    assert ran.output == {"status": "failure", "error": "exit code 1", "output": False}


def test_a_step_that_has_not_run_is_an_empty_map(flow):
    assert (
        flow("""
        flow:
          - if: {condition: 'false', then: [{as: s, type: exec, run: 'true'}]}
        output: has(s.output)
    """).output
        is False
    )


def test_the_last_execution_counts(flow):
    assert (
        flow("""
        participants: {s: {type: exec, run: echo "$N"}}
        flow: [{s: {input: {N: "'1'"}}}, {set: {x: '0'}}, {type: exec, run: 'true'}, {s: {input: {N: "'2'"}}}]
        output: s.output
    """).output
        == 2
    )


def test_input_and_output_at_the_start_are_null(flow):
    assert flow("""
        flow: [{set: {i: input == null, o: output == null}}]
        output: execution.context
    """).output == {"i": True, "o": True}


def test_output_is_the_last_finished_steps_value(flow):
    assert flow("""
        flow: [{type: exec, run: printf a}, {type: exec, run: 'true'}, {type: exec, when: 'false', run: echo b}]
        output: {output: output, input: input == null}
    """).output == {"output": "", "input": True}


def test_values_become_json(flow):
    assert flow("""
        flow:
          - set:
              t: timestamp("2024-01-02T03:04:05.5Z")
              d: duration("1500ms")
              b: b"ab"
              i: "9007199254740993"
        output: execution.context
    """).output == {"t": "2024-01-02T03:04:05.5Z", "d": "1.5s", "b": "YWI=", "i": 9007199254740993}


def test_a_literal_cwd_that_looks_like_a_step_is_a_folder(flow):
    (flow.folder / "build").mkdir()
    assert (
        flow("""
        flow:
          - {as: build, type: exec, run: echo nowhere}
          - {type: exec, cwd: build, run: basename "$PWD"}
    """).output
        == "build\n"
    )

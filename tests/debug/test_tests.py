"""A test of a workflow is debugged with its inputs, mocks and events, and judged at its end."""

from __future__ import annotations

import pytest

from .conftest import Debugging
from .dap_client import RefusedError

WORKFLOW = """\
inputs: {who: {default: ann}}
flow:
  - {as: greet, type: exec, run: exit 1}
  - set: {said: greet.output + workflow.inputs.who}
output: execution.context.said
"""
TESTS = """\
workflow: main.duck.yaml
tests:
  - name: it greets
    inputs: {who: bob}
    mocks: {greet: "hello "}
    expect: {output: hello bob}
  - name: it greets loudly
    mocks: {greet: "hello "}
    expect: {output: HELLO}
"""


def test_a_test_is_stopped_in_and_judged(debugging: Debugging) -> None:
    workflow, tests = debugging.write(WORKFLOW), debugging.write(TESTS, "main.ducktest.yaml")
    client = debugging.client()
    client.launch(tests, breakpoints={workflow: [4]}, test="it greets")
    client.stopped(reason="breakpoint")
    assert client.evaluate("greet.output + workflow.inputs.who") == '"hello bob"'
    client.move("continue")
    assert client.finish() == 0
    assert "✓ it greets" in client.output()


def test_what_is_not_as_expected_is_told(debugging: Debugging) -> None:
    debugging.write(WORKFLOW)
    client = debugging.client()
    client.launch(debugging.write(TESTS, "main.ducktest.yaml"), test="it greets loudly")
    assert client.finish() == 2
    assert "✗ it greets loudly\nthe output differs" in client.output()


def test_a_test_that_is_not_there_is_told(debugging: Debugging) -> None:
    debugging.write(WORKFLOW)
    client = debugging.client()
    client.initialize()
    path = debugging.write(TESTS, "main.ducktest.yaml")
    with pytest.raises(RefusedError, match="has no test `it sings`"):
        client.request("launch", program=str(path), test="it sings")

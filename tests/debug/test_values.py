"""Values are shown by scopes, opened part by part, evaluated, completed and set; secrets stay masked."""

from __future__ import annotations

import json

import pytest

from .conftest import Debugging
from .dap_client import RefusedError

TEXT = """\
inputs:
  who: {default: ann}
flow:
  - {as: build, type: exec, run: 'printf "{\\"list\\": [1, 2, {\\"deep\\": true}], \\"n\\": 1}"'}
  - loop:
      max: 3
      as: rounds
      steps:
        - set: {total: "has(execution.context.total) ? execution.context.total + 1 : 1"}
        - {as: step, type: exec, run: 'cat > in.txt; printf "{\\"n\\": $((1 + 1))}"'}
  - {as: last, type: exec, run: cat}
output: '{"chain": last.output, "total": execution.context.total, "build": build.output}'
"""


def test_before_the_first_step_nothing_flows(debugging: Debugging) -> None:
    client = debugging.launch(TEXT, 4)
    client.stopped()
    step = client.scope("Step")
    assert (step["chain"], step["input"]) == ("null", "null")
    client.move("continue")
    assert client.finish() == 0


def test_scopes_group_the_values(debugging: Debugging) -> None:
    client = debugging.launch(TEXT, {"line": 10, "condition": "rounds.index == 2"})
    client.stopped()
    step = client.scope("Step")
    assert step["chain"] == "{n: 2}"
    assert step["rounds"] == "{index: 2, iteration: 3, first: false, last: true}"
    assert client.scope("Inputs") == {"who": '"ann"'}
    assert client.scope("Context") == {"total": "3"}
    assert client.scope("Results")["last"] == "has not run"
    assert client.scope("Run")["status"] == '"running"'
    assert "PATH" in client.scope("Environment")


def test_results_open_to_their_parts_and_iterations(debugging: Debugging) -> None:
    client = debugging.launch(TEXT, 11)
    client.stopped()
    results = {part["name"]: part for part in client.variables(client.scope_reference("Results"))}
    build = {part["name"]: part for part in client.variables(results["build"]["variablesReference"])}
    assert build["status"]["value"] == '"success"'
    assert build["startedAt"]["type"] == "timestamp"
    output = client.variables(build["output"]["variablesReference"])
    assert [(part["name"], part["value"], part["type"], part["evaluateName"]) for part in output] == [
        ("list", "[1, 2, {deep: true}]", "list", "build.output.list"),
        ("n", "1", "int", "build.output.n"),
    ]
    items = client.variables(output[0]["variablesReference"], start=2, count=1)
    assert [(item["name"], item["evaluateName"]) for item in items] == [("2", "build.output.list[2]")]
    step = {part["name"]: part for part in client.variables(results["step"]["variablesReference"])}
    iterations = client.variables(step["iterations"]["variablesReference"])
    assert [part["name"] for part in iterations] == ["iteration 1 (1)", "iteration 2 (2)", "iteration 3 (3)"]


def test_large_values_come_in_pages(debugging: Debugging) -> None:
    text = """\
    flow:
      - set: {many: "lists.range(1)"}
      - {as: big, type: exec, run: 'python3 -c "import json; print(json.dumps(list(range(5000))))"'}
      - {as: last, type: exec, run: printf last}
    """.replace('      - set: {many: "lists.range(1)"}\n', "")
    client = debugging.launch(text, 3)
    client.stopped()
    shown = client.request("evaluate", expression="big.output", context="watch")
    assert shown["indexedVariables"] == 5000
    assert len(shown["result"]) < 120
    page = client.variables(shown["variablesReference"], start=4000, count=3)
    assert [part["value"] for part in page] == ["4000", "4001", "4002"]
    whole = client.variables(shown["variablesReference"])
    assert (len(whole), whole[-1]["value"]) == (1001, "4000 more")


def test_expressions_are_evaluated_and_completed(debugging: Debugging) -> None:
    client = debugging.launch(TEXT, 11)
    client.stopped()
    assert client.evaluate("build.output.n + 1") == "2"
    assert client.evaluate("build", context="hover").startswith("{status: ")
    assert client.evaluate("build.output.list", context="clipboard") == '[1,2,{"deep":true}]'
    with pytest.raises(RefusedError, match="no such key"):
        client.evaluate("build.nothing")
    with pytest.raises(RefusedError, match="expected"):
        client.evaluate("1 +")
    found = client.request("completions", text="build.output.l", column=15)["targets"]
    item = next(target for target in found if target["label"] == "list")
    assert (item["start"], item["length"]) == (13, 1)
    names = client.request("completions", text="", column=1)["targets"]
    assert {"build", "execution", "rounds"} <= {target["label"] for target in names}


def test_chain_context_and_outputs_are_set(debugging: Debugging) -> None:
    client = debugging.launch(TEXT, 11)
    client.stopped()
    set_ = client.request(
        "setVariable", variablesReference=client.scope_reference("Context"), name="total", value="40 + 2"
    )
    assert set_["value"] == "42"
    client.request(
        "setVariable",
        variablesReference=client.scope_reference("Step"),
        name="chain",
        value='"by hand"',
    )
    results = {part["name"]: part for part in client.variables(client.scope_reference("Results"))}
    build = results["build"]["variablesReference"]
    output = next(part for part in client.variables(build) if part["name"] == "output")
    client.request("setVariable", variablesReference=output["variablesReference"], name="n", value="[7]")
    client.move("continue")
    assert client.finish() == 0
    result = json.loads(client.output()[client.output().rindex('{"chain"') :])
    assert result == {"chain": "by hand", "total": 42, "build": {"list": [1, 2, {"deep": True}], "n": [7]}}


@pytest.mark.parametrize(
    ("scope", "name", "why"),
    [
        ("Inputs", "who", "set the chain, a key of the context, or the output of a step"),
        ("Step", "input", "set the chain"),
        ("Context", "nothing", "there is no value"),
    ],
)
def test_other_values_can_not_be_set(debugging: Debugging, scope: str, name: str, why: str) -> None:
    client = debugging.launch(TEXT, 11)
    client.stopped()
    with pytest.raises(RefusedError, match=why):
        client.request("setVariable", variablesReference=client.scope_reference(scope), name=name, value="1")


def test_values_of_a_thread_that_went_on_are_gone(debugging: Debugging) -> None:
    client = debugging.launch(TEXT, 10)
    client.stopped()
    reference, frame = client.scope_reference("Step"), client.stack()[0]["id"]
    client.move("continue")
    client.stopped()
    with pytest.raises(RefusedError, match="gone"):
        client.variables(reference)
    with pytest.raises(RefusedError, match="gone"):
        client.request("scopes", frameId=frame)


def test_secrets_are_masked_in_every_message(debugging: Debugging) -> None:
    text = """\
    inputs:
      key: {format: password}
    flow:
      - {as: leak, type: exec, run: 'echo "$API_TOKEN"; echo "$KEY" >&2', input: '{"KEY": workflow.inputs.key}'}
      - set: {copied: 'env.API_TOKEN + "!"'}
      - {as: bad, type: exec, run: 'echo "$API_TOKEN" >&2; exit 1', input: '{"a": workflow.inputs.key}'}
    """
    path = debugging.write(text)
    client = debugging.client()
    client.launch(
        path,
        breakpoints={path: [{"line": 6, "logMessage": "{env.API_TOKEN} {workflow.inputs.key}"}, 5]},
        filters=["unhandled"],
        env={"API_TOKEN": "tok-123456789"},
        inputs={"key": "pass-987654321"},
    )
    client.stopped()
    client.evaluate("env.API_TOKEN")
    client.evaluate("{'a': env.API_TOKEN, 'b': [workflow.inputs.key]}")
    client.evaluate("leak.output", context="clipboard")
    for scope in ("Step", "Inputs", "Results", "Environment"):
        client.scope(scope)
    with pytest.raises(RefusedError):
        client.evaluate("int(env.API_TOKEN)")
    client.request("completions", text='"', column=2)
    client.move("continue")
    client.stopped(reason="exception")
    client.request("exceptionInfo", threadId=1)
    client.scope("Step")
    client.move("continue")
    assert client.finish() == 2
    said = json.dumps(client.all)
    assert "***" in said
    assert "tok-123456789" not in said
    assert "pass-987654321" not in said

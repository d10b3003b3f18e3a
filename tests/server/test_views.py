"""What a client with views of its own is told: how runs stand, what steps print, workflows, traces, pages."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest
from duckflux_ls.session import command_names
from duckflux_ls.session.client import RUN_CHANGED, RUN_OUTPUT
from lsprotocol import types

from .conftest import Editor, eventually, processes

pytestmark = pytest.mark.asyncio(loop_scope="module")

TEXT = """
    inputs:
      who: {required: true}
      times: {type: integer, minimum: 1, default: 2}
      tags: {type: array, default: []}
      key: {format: password, default: unsaid}
    flow:
      - {as: greet, type: exec, run: 'echo "hello $WHO"; echo careful >&2', input: {WHO: workflow.inputs.who}}
      - {as: tagged, type: exec, run: 'true', when: workflow.inputs.tags.size() > 1}
    output: greet.output
"""


class Told:
    """What the server said of runs."""

    def __init__(self, editor: Editor) -> None:
        self.states: list[dict[str, Any]] = []
        self.text = ""

        @editor.feature(RUN_CHANGED)
        def changed(params: dict[str, Any]) -> None:
            self.states.append(params)

        @editor.feature(RUN_OUTPUT)
        def printed(params: dict[str, Any]) -> None:
            self.text += params["text"]


async def test_a_run_is_told_with_what_its_steps_print(start: Callable[..., Any], tmp_path: Path) -> None:
    editor = await start(experimental={"duckflux": {"runs": True}})
    told = Told(editor)
    file = editor.write(tmp_path / "w.duck.yaml", TEXT)
    trace = await file.run(who="you")
    last = told.states[-1]
    assert (last["state"], last["uri"], last["tracePath"]) == ("success", file.uri, str(trace))
    assert last["summary"].startswith("success in ")
    lines = told.text.splitlines()
    assert lines[0].startswith("── w.duck.yaml, 20")
    assert {"▸ greet", "greet | hello you", "greet | careful", "⊘ tagged skipped (when)"} <= set(lines)
    assert f"── {last['summary']}" in lines
    assert lines[-2:] == ["hello you", ""]


async def test_a_run_is_told_while_it_goes_on(start: Callable[..., Any], tmp_path: Path) -> None:
    editor = await start(experimental={"duckflux": {"runs": True}})
    told = Told(editor)
    file = editor.write(tmp_path / "w.duck.yaml", "flow:\n  - {as: nap, type: exec, run: sleep 60}\n")
    await file.start()
    await eventually(lambda: any(state["current"] == "nap" for state in told.states))
    assert {state["state"] for state in told.states} == {"running"}
    assert await editor.command(command_names.CANCEL, {"uri": file.uri}) is True
    await editor.until(lambda: bool(editor.ends))
    assert told.states[-1]["state"] == "cancelled"
    assert told.states[-1]["summary"].startswith("cancelled after ")
    assert told.text.endswith("cancelled\n\n")


async def test_much_output_is_shortened(start: Callable[..., Any], tmp_path: Path) -> None:
    editor = await start(experimental={"duckflux": {"runs": True}})
    told = Told(editor)
    run = "seq 100000 > /dev/null; head -c 2000000 /dev/zero | tr '\\0' x"
    file = editor.write(tmp_path / "w.duck.yaml", f"flow:\n  - {{type: exec, run: {run!r}}}\n")
    await file.run()
    assert "characters left out" in told.text
    assert len(told.text) < 1_000_000


async def test_a_client_that_does_not_ask_is_told_nothing(editor: Editor, tmp_path: Path) -> None:
    told = Told(editor)
    file = editor.write(tmp_path / "w.duck.yaml", "flow:\n  - {type: exec, run: echo hi}\n")
    await file.run()
    assert (told.states, told.text) == ([], "")


async def test_all_inputs_are_asked_for_when_wanted(start: Callable[..., Any], tmp_path: Path) -> None:
    editor = await start({"inputs": {"w.duck.yaml": {"times": 3, "key": "secret in the settings"}}}, **ASKS)
    file = editor.write(tmp_path / "w.duck.yaml", TEXT)
    editor.answer = {"inputs": {"who": "all", "tags": '["a", "b"]'}}
    ends = len(editor.ends)
    await editor.command(command_names.RUN, {"uri": file.uri, "ask": "all"})
    await editor.until(lambda: len(editor.ends) > ends)
    [question] = editor.questions
    asked = {input_["name"]: input_ for input_ in question["inputs"]}
    assert list(asked) == ["who", "times", "tags", "key"]
    assert [input_["required"] for input_ in asked.values()] == [True, False, False, False]
    assert (asked["times"]["default"], asked["key"]["default"]) == (3, None)
    assert (await file.labels())[7].startswith("✓")


ASKS = {"experimental": {"duckflux": {"askInputs": True}}}


@pytest.mark.parametrize(
    ("name", "value", "wrong"),
    [
        ("times", "3", None),
        ("times", "0", "1"),
        ("times", "many", "integer"),
        ("tags", '["a"]', None),
        ("tags", "a", "array"),
        ("unknown", "a", None),
    ],
)
async def test_a_value_for_an_input_is_checked(
    editor: Editor, tmp_path: Path, name: str, value: str, wrong: str | None
) -> None:
    file = editor.write(tmp_path / "w.duck.yaml", TEXT)
    found = await editor.command(command_names.CHECK_INPUT, {"uri": file.uri, "name": name, "value": value})
    assert found is None if wrong is None else wrong in found


async def test_workflows_and_their_traces_are_listed(start: Callable[..., Any], tmp_path: Path) -> None:
    one, other = tmp_path / "one.duck.yaml", tmp_path / "sub" / "other.flow.yaml"
    other.parent.mkdir()
    for path in (one, other, tmp_path / "no-workflow.yaml"):
        path.write_text("flow:\n  - {type: exec, run: exit 3}\n")
    editor = await start()
    found = await editor.command(command_names.WORKFLOWS, {})
    assert [Path(workflow["path"]) for workflow in found] == [one, other]
    assert await editor.command(command_names.TRACES, {"uri": one.as_uri()}) == []

    file = editor.open(one, one.read_text())
    first, second = await file.run(), await file.run()
    listed = await editor.command(command_names.TRACES, {"uri": one.as_uri()})
    assert [Path(trace["tracePath"]) for trace in listed] == [second, first]
    assert {trace["state"] for trace in listed} == {"failure"}
    assert all(trace["duration"] and "exit code 3" in trace["error"] for trace in listed)


async def test_a_trace_is_a_page_and_its_steps_have_lines(editor: Editor, tmp_path: Path) -> None:
    file = editor.write(tmp_path / "w.duck.yaml", TEXT)
    trace = await file.run(who="<script>")
    page = (await editor.command(command_names.TRACE_PAGE, {"tracePath": str(trace)}))["html"]
    assert page.startswith("<!doctype html>")
    assert "default-src 'none'" in page
    assert "hello <script>" not in page

    file.replace("flow:", "# moved\nflow:")
    place = await editor.command(command_names.STEP_RANGE, {"uri": file.uri, "step": "/flow/0"})
    assert (place["start"]["line"], place["start"]["character"]) == (7, 4)
    assert await editor.command(command_names.STEP_RANGE, {"uri": file.uri, "step": "/flow/7"}) is None

    missing = await editor.command(command_names.TRACE_PAGE, {"tracePath": str(tmp_path / "none.json")})
    assert missing is None
    assert "none.json" in await editor.shown()


GATE = """
    flow:
      - {as: gate, type: exec, run: 'echo closed; while [ ! -e open ]; do sleep 0.02; done'}
      - {as: last, type: exec, run: exit 3}
    """


async def test_the_page_of_a_run_that_goes_on_is_told_what_is_new(editor: Editor, tmp_path: Path) -> None:
    file = editor.write(tmp_path / "w.duck.yaml", GATE)
    ends = len(editor.ends)
    trace = (await editor.command(command_names.RUN, {"uri": file.uri}))["tracePath"]
    await editor.until(Path(trace).exists)
    data = data_of((await editor.command(command_names.TRACE_PAGE, {"tracePath": trace}))["html"])
    assert data["state"] == "running"
    (tmp_path / "open").touch()
    known, steps = data["known"], {}
    while known is not None:
        told = {"tracePath": trace, "known": known}
        news = await editor.command(command_names.TRACE_PAGE_NEWS, told)
        steps |= {step["name"]: step["status"] for step in news["steps"]}
        known = news["known"]
    assert steps == {"gate": "success", "last": "failure"}
    assert (news["state"], news["execution"]["status"]) == ("failure", "failure")
    # Whatever else is said to be known, all is told.
    for known in (None, {"journal": -1}, "all"):
        everything = await editor.command(command_names.TRACE_PAGE_NEWS, {"tracePath": trace, "known": known})
        assert len(everything["steps"]) == 2 and everything["printed"] != {}
    await editor.until(lambda: len(editor.ends) > ends)


async def test_the_page_of_a_resumed_run_knows_the_run_before(editor: Editor, tmp_path: Path) -> None:
    file = editor.write(tmp_path / "w.duck.yaml", GATE)
    (tmp_path / "open").touch()
    first = await file.run()
    ends = len(editor.ends)
    resumed = (await editor.command(command_names.RESUME, {"uri": file.uri}))["tracePath"]
    page = (await editor.command(command_names.TRACE_PAGE, {"tracePath": resumed}))["html"]
    assert data_of(page)["earlier"] == str(first)
    await editor.until(lambda: len(editor.ends) > ends)


def data_of(page: str) -> dict[str, Any]:
    found = re.search(r'<script id="data" type="application/json">(.*?)</script>', page)
    assert found is not None
    read: dict[str, Any] = json.loads(found[1])
    return read


async def test_a_trace_is_lines_of_text(editor: Editor, tmp_path: Path) -> None:
    inner = tmp_path / "inner.duck.yaml"
    inner.write_text("flow:\n  - {as: deep, type: exec, run: echo deep}\n")
    text = """
        id: w
        participants:
          part: {type: workflow, path: inner.duck.yaml}
        flow:
          - loop: {max: 2, steps: [{as: say, type: exec, run: 'echo "n: 1"'}]}
          - part
          - {as: stop, type: exec, run: exit 4}
    """
    trace = {"tracePath": str(await editor.write(tmp_path / "w.duck.yaml", text).run())}
    shown = await editor.command(command_names.TRACE_ROWS, trace)
    assert shown["title"].startswith("w: failure in ")
    assert [("  " * row["depth"] + row["title"], row["status"]) for row in shown["rows"]] == [
        ("loop (loop)", "success"),
        ("  iteration 1", None),
        ("    say (exec)", "success"),
        ("  iteration 2", None),
        ("    say (exec)", "success"),
        ("part (workflow)", "success"),
        ("  deep (exec)", "success"),
        ("stop (exec)", "failure"),
    ]
    assert shown["rows"][-1]["label"].startswith("✗ exit 4")
    assert [(row["step"], row["workflow"]) for row in shown["rows"][-2:]] == [
        ("/flow/0", inner.as_uri()),
        ("/flow/2", None),
    ]
    say = await editor.command(command_names.TRACE_STEP, trace | {"seq": shown["rows"][2]["seq"]})
    assert "status: success\n" in say
    assert "output: 'n: 1" in say
    assert await editor.command(command_names.TRACE_STEP, trace | {"seq": 99}) == ""
    assert await editor.command(command_names.TRACE_ROWS, {"tracePath": str(tmp_path / "none.json")}) is None
    assert "none.json" in await editor.shown()


async def test_the_step_at_the_cursor_is_the_one_to_run_until(editor: Editor, tmp_path: Path) -> None:
    file = editor.write(tmp_path / "w.duck.yaml", TEXT)
    ends = len(editor.ends)
    here = {"line": 6, "character": 4}
    arguments = {"uri": file.uri, "position": here, "inputs": {"who": "you"}}
    assert (await editor.command(command_names.RUN_UNTIL, arguments))["executionId"]
    await editor.until(lambda: len(editor.ends) > ends)
    assert list(await file.labels()) == [6]
    before_its_text = await editor.command(
        command_names.RUN_UNTIL, arguments | {"position": {"line": 6, "character": 0}}
    )
    assert before_its_text["executionId"]
    await editor.until(lambda: len(editor.ends) > ends + 1)
    nowhere = await editor.command(
        command_names.RUN_UNTIL, arguments | {"position": {"line": 0, "character": 0}}
    )
    assert nowhere == {"executionId": None, "tracePath": None}
    assert "no step of the flow" in await editor.shown()


TESTS = """
    workflow: ./w.duck.yaml
    tests:
      - name: it greets
        inputs: {who: you}
        mocks: {greet: hi}
        expect: {output: hi}
      - name: it says more
        inputs: {who: you}
        mocks: {greet: hi}
        expect: {output: hello}
"""


async def test_tests_of_a_workflow_are_listed_and_run(start: Callable[..., Any], tmp_path: Path) -> None:
    editor = await start()
    (tmp_path / "w.duck.yaml").write_text(dedent(TEXT).lstrip("\n"))
    path = tmp_path / "w.ducktest.yaml"
    path.write_text(dedent(TESTS).lstrip("\n"))
    assert await editor.command(command_names.TEST_FILES, {}) == [path.as_uri()]
    listed = await editor.command(command_names.TESTS, {"uri": path.as_uri()})
    assert [(test["name"], test["range"]["start"]["line"]) for test in listed] == [
        ("it greets", 2),
        ("it says more", 6),
    ]
    answer = await editor.command(command_names.RUN_TESTS, {"uri": path.as_uri()})
    good, bad = answer["outcomes"]
    assert (good["name"], good["problem"], answer["message"]) == ("it greets", None, None)
    assert '+"hi"' in bad["problem"]

    path.write_text("workflow: ./none.duck.yaml\ntests: [{name: none}]\n")
    answer = await editor.command(command_names.RUN_TESTS, {"uri": path.as_uri()})
    assert answer["outcomes"] == []
    assert "none.duck.yaml" in answer["message"]


async def test_tests_do_not_run_where_nothing_may(start: Callable[..., Any], tmp_path: Path) -> None:
    editor = await start({"trusted": False})
    path = tmp_path / "w.ducktest.yaml"
    path.write_text(dedent(TESTS).lstrip("\n"))
    answer = await editor.command(command_names.RUN_TESTS, {"uri": path.as_uri()})
    assert "not trusted" in answer["message"]


@pytest.mark.parametrize("ignored", [None, "INT", "TERM"])
async def test_tests_end_with_the_server(
    start: Callable[..., Any], tmp_path: Path, ignored: str | None
) -> None:
    editor = await start(ignored=ignored)
    (tmp_path / "w.duck.yaml").write_text("flow: [{as: long, type: exec, run: sleep 61 & sleep 62}]\n")
    path = tmp_path / "w.ducktest.yaml"
    path.write_text("workflow: ./w.duck.yaml\ntests: [{name: it works long, run: true}]\n")
    asked = editor.protocol.send_request(
        "workspace/executeCommand",
        types.ExecuteCommandParams(command_names.RUN_TESTS, [{"uri": path.as_uri()}]),
    )
    await eventually(lambda: len(processes(tmp_path)) >= 4)
    assert not asked.done()
    await editor.shutdown_session()
    await eventually(lambda: not processes(tmp_path))


async def test_a_trace_of_elsewhere_that_names_its_files_in_part(editor: Editor, tmp_path: Path) -> None:
    at = "2026-01-01T00:00:00.000Z"
    of_time = {"startedAt": at, "finishedAt": at, "duration": 0, "status": "success"}
    step = {
        "seq": 1,
        "name": "deep",
        "type": "exec",
        "path": "/flow/0",
        "workflow": "inner.duck.yaml",
        **of_time,
    }
    trace = {"execution": {"id": "x", "inputs": {}, "output": None, **of_time}, "steps": [step]}
    (tmp_path / "x.json").write_text(json.dumps(trace))
    shown = await editor.command(command_names.TRACE_ROWS, {"tracePath": str(tmp_path / "x.json")})
    (row,) = shown["rows"]
    assert (row["title"], row["step"], row["workflow"]) == ("deep (exec)", None, None)

"""`Run with trace` in the editor: from the lens to the results on the lines, and to the end of every process."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import re
import signal
from pathlib import Path
from typing import Any

import pytest
from duckflux_ls.session import command_names
from lsprotocol import types
from pygls.exceptions import JsonRpcMethodNotFound

from .conftest import DEADLINE, Editor, File, eventually, processes

pytestmark = pytest.mark.asyncio(loop_scope="module")

BASIC = """\
flow:
  - as: one
    type: exec
    run: printf '{"a":1}'
  - loop:
      as: round
      max: 3
      steps:
        - {as: inner, type: exec, run: "true"}
  - as: never
    type: exec
    when: one.output.a == 2
    run: echo no
  - as: bad
    type: exec
    run: echo partial; echo why >&2; exit 3
  - as: after
    type: exec
    run: "true"
"""
QUICK = "flow:\n  - {as: quick, type: exec, run: touch ran}\n"
# A shell with children and grandchildren; with the run itself that is 6 processes.
LONG = """\
flow:
  - as: long
    type: exec
    run: |
      sh -c 'sleep 61 & sleep 62 & wait' &
      sleep 63 & wait
"""
LONG_PROCESSES = 6
INPUTS = """\
inputs:
  name: {type: string, required: true, description: Whom}
  word: {type: string, format: password, required: true}
  more: {type: integer, default: 7}
flow:
  - {as: say, type: exec, input: {name: workflow.inputs.name}, run: printf "$name" >said}
"""
ASKING = {"duckflux": {"askInputs": True}}
CONFIGURED = types.WorkspaceClientCapabilities(configuration=True)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "w.duck.yaml"


def without_times(labels: dict[int, str]) -> dict[int, str]:
    """Labels with their durations, and before them the dot, left away."""
    return {line: label.rpartition(" ")[0].removesuffix(" ·") for line, label in labels.items()}


def trace(path: Path) -> dict[str, Any]:
    return json.loads(path.read_text())


async def long_run(editor: Editor, path: Path) -> tuple[File, Path]:
    """A run with all its processes, going on."""
    file = editor.write(path, LONG)
    answer = await file.start()
    await editor.until(lambda: any(value["kind"] == "begin" for _, value in editor.reports))
    await eventually(lambda: len(processes(path.parent)) == LONG_PROCESSES)
    return file, Path(answer["tracePath"])


async def test_the_lens_above_flow_runs_it(editor: Editor, path: Path):
    file = editor.write(path, "id: x\n" + QUICK)
    lens = await file.lens()
    assert lens is not None and lens.command is not None
    assert lens.range == types.Range(types.Position(1, 0), types.Position(1, 4))
    assert (lens.command.title, lens.command.command) == ("▶ Run with trace", command_names.RUN)
    assert list(lens.command.arguments or []) == [{"uri": file.uri}]
    await file.run()
    assert (path.parent / "ran").exists()


async def test_without_a_flow_or_a_file_there_is_no_lens(editor: Editor, path: Path):
    assert await editor.write(path, "id: x\n").lens() is None
    uri = "untitled:Untitled-1"
    item = types.TextDocumentItem(uri, "duckflux", 1, QUICK)
    editor.text_document_did_open(types.DidOpenTextDocumentParams(item))
    params = types.CodeLensParams(types.TextDocumentIdentifier(uri))
    assert not await editor.text_document_code_lens_async(params)
    answer = await editor.command(command_names.RUN, {"uri": uri})
    assert (
        answer["message"]
        == await editor.shown()
        == "save the workflow first: steps run relative to its folder"
    )


@pytest.mark.parametrize(
    ("line", "trigger", "only", "offered"),
    [
        (0, types.CodeActionTriggerKind.Invoked, None, True),
        (1, types.CodeActionTriggerKind.Invoked, None, True),
        (0, types.CodeActionTriggerKind.Automatic, None, True),
        (1, types.CodeActionTriggerKind.Automatic, None, False),
        (0, types.CodeActionTriggerKind.Invoked, ["duckflux"], True),
        (0, types.CodeActionTriggerKind.Invoked, ["quickfix"], False),
        (0, types.CodeActionTriggerKind.Automatic, ["source.fixAll"], False),
    ],
)
async def test_the_code_action(editor: Editor, path: Path, line: int, trigger: Any, only: Any, offered: bool):
    file = editor.write(path, QUICK)
    place = types.Range(types.Position(line, 0), types.Position(line, 0))
    context = types.CodeActionContext([], only, trigger)
    found = await editor.text_document_code_action_async(types.CodeActionParams(file.id, place, context))
    assert [action.title for action in found or []] == (["Run with trace"] if offered else [])
    for action in found or []:
        # lsprotocol takes a code action without an edit for a command, and its command for text.
        assert command_names.RUN in str(action.command) and file.uri in str(action.command)


async def test_results_stand_on_the_lines_of_their_steps(editor: Editor, path: Path):
    file = editor.write(path, BASIC)
    traced = await file.run()
    labels = await file.labels()
    assert all(len(label) < 43 for label in labels.values())
    assert without_times(labels) == {
        1: "✓",
        4: "✓ ×3",
        8: "✓ ×3",
        9: "⊘ skipped",
        13: "✗ exit 3",
    }
    assert labels[9] == "⊘ skipped (when)"
    hints = await file.hints()
    lines = BASIC.splitlines()
    assert all(hint.position.character == len(lines[line]) for line, hint in hints.items())
    tooltips = {line: hint.tooltip.value for line, hint in hints.items()}  # type: ignore[union-attr]
    assert "**one** (exec): success" in tooltips[1]
    assert '"a": 1' in tooltips[1]
    assert "The last of 3 executions." in tooltips[8]
    assert "error\n```\n" in tooltips[13] and "partial" in tooltips[13]
    assert traced.as_uri() in tooltips[13] and traced.exists()
    assert trace(traced)["execution"]["status"] == "failure"
    last = await editor.command(command_names.LAST_TRACE, {"uri": file.uri})
    assert last == {"tracePath": str(traced)}


async def test_tooltips_are_asked_for_where_the_editor_can(start: Any, path: Path):
    resolve = types.ClientInlayHintResolveOptions(properties=["tooltip"])
    text = types.TextDocumentClientCapabilities(
        inlay_hint=types.InlayHintClientCapabilities(resolve_support=resolve)
    )
    editor = await start(text_document=text)
    file = editor.write(path, BASIC)
    await file.run()
    await file.settled()
    hints = await file.hints()
    assert all(hint.tooltip is None for hint in hints.values())
    hint = await editor.inlay_hint_resolve_async(hints[1])
    assert "**one** (exec): success" in hint.tooltip.value
    file.rewrite("flow: []\n")
    assert (await editor.inlay_hint_resolve_async(hints[1])).tooltip is None


async def test_hints_are_of_the_lines_asked_for(editor: Editor, path: Path):
    file = editor.write(path, BASIC)
    await file.run()
    some = types.Range(types.Position(4, 0), types.Position(9, 0))
    found = await editor.text_document_inlay_hint_async(types.InlayHintParams(file.id, some))
    assert [hint.position.line for hint in found or []] == [4, 8, 9]


async def test_progress_begins_and_ends(editor: Editor, path: Path):
    await editor.write(path, QUICK).run()
    values = [value for _, value in editor.reports]
    assert (values[0]["kind"], values[0]["title"]) == ("begin", "Running w.duck.yaml")
    assert values[0]["cancellable"] is True
    assert [value["kind"] for value in values].count("begin") == 1
    assert values[-1]["kind"] == "end" and values[-1]["message"].startswith("success in ")
    assert len({token for token, _ in editor.reports}) == 1


async def test_the_trace_folder_keeps_itself_out_of_version_control(editor: Editor, path: Path):
    traced = await editor.write(path, QUICK).run()
    assert traced.parent == path.parent / ".duckflux" / "traces"
    assert (path.parent / ".duckflux" / ".gitignore").read_text() == "*\n"


async def test_the_text_in_the_editor_runs_saved_or_not(editor: Editor, path: Path):
    file = editor.write(path, QUICK)
    file.replace("touch ran", "touch typed")
    await file.run()
    assert (path.parent / "typed").exists() and not (path.parent / "ran").exists()
    assert path.read_text() == QUICK


async def test_python_files_beside_the_workflow_are_not_imported(editor: Editor, path: Path):
    for name in ("duckflux", "msgspec", "asyncio"):
        (path.parent / f"{name}.py").write_text("raise SystemExit('not yours')\n")
    await editor.write(path, QUICK).run()
    assert (path.parent / "ran").exists()


async def test_nothing_runs_by_itself(editor: Editor, path: Path):
    file = editor.write(path, QUICK)
    place = types.Range(types.Position(0, 0), types.Position(1, 0))
    with contextlib.suppress(JsonRpcMethodNotFound):
        await editor.text_document_hover_async(types.HoverParams(file.id, types.Position(1, 30)))
    file.replace("flow", "id: x\nflow")
    path.write_text(file.text)
    editor.text_document_did_save(types.DidSaveTextDocumentParams(file.id, file.text))
    await file.diagnostics()
    await file.lens()
    await file.hints()
    automatic = types.CodeActionContext([], None, types.CodeActionTriggerKind.Automatic)
    await editor.text_document_code_action_async(types.CodeActionParams(file.id, place, automatic))
    file.close()
    assert await editor.command(command_names.LAST_TRACE, {"uri": file.uri}) == {"tracePath": None}
    assert processes(path.parent) == []
    assert [found.name for found in path.parent.iterdir()] == [path.name]


@pytest.mark.parametrize("way", ["progress", "command"])
async def test_cancel_ends_every_process(editor: Editor, path: Path, way: str):
    file, traced = await long_run(editor, path)
    lens = await file.lens()
    assert lens is not None and lens.command is not None
    assert (lens.command.title, lens.command.command) == ("■ Cancel run", command_names.CANCEL)
    assert re.fullmatch(r"⟳ \d+s", (await file.begun())[1])
    if way == "progress":
        (token,) = {token for token, _ in editor.reports}
        editor.window_work_done_progress_cancel(types.WorkDoneProgressCancelParams(token))
    else:
        assert await editor.command(lens.command.command, lens.command.arguments[0]) is True  # type: ignore
    await editor.until(lambda: len(editor.ends) == 1)
    await eventually(lambda: processes(path.parent) == [])
    execution = trace(traced)["execution"]
    assert (execution["status"], execution["error"]) == ("failure", "cancelled")
    assert without_times(await file.labels()) == {1: "⊘ cancelled"}
    assert await file.diagnostics() == []
    lens = await file.lens()
    assert lens is not None and lens.command is not None and lens.command.command == command_names.RUN


async def test_cancel_without_a_run(editor: Editor, path: Path):
    file = editor.write(path, QUICK)
    assert await editor.command(command_names.CANCEL, {"uri": file.uri}) is False


async def test_one_run_of_a_file_at_a_time(editor: Editor, path: Path):
    file, _ = await long_run(editor, path)
    answer = await file.start()
    assert answer["executionId"] is None
    assert await editor.shown() == "w.duck.yaml is already running"
    await editor.command(command_names.CANCEL, {"uri": file.uri})
    await editor.until(lambda: len(editor.ends) == 1)


async def test_a_killed_run_is_told(editor: Editor, path: Path):
    file, _ = await long_run(editor, path)
    (runner,) = [
        number
        for number in processes(path.parent)
        if b"duckflux" in Path(f"/proc/{number}/cmdline").read_bytes()
    ]
    os.kill(runner, signal.SIGKILL)
    await editor.until(lambda: len(editor.ends) == 1)
    assert editor.ends == ["interrupted"]
    lens = await file.lens()
    assert lens is not None and lens.command is not None and lens.command.command == command_names.RUN
    for left in processes(path.parent):
        os.kill(left, signal.SIGKILL)


async def test_the_failed_step_has_a_diagnostic_until_it_is_edited(editor: Editor, path: Path):
    file = editor.write(path, BASIC)
    await file.run()
    await editor.until(lambda: bool(file.published()) and bool(file.published()[-1].diagnostics))
    (found,) = await file.diagnostics()
    assert (found.source, found.code) == ("duckflux run", "run-failed")
    assert found.range.start == types.Position(13, 4) and found.range.end.line == 13
    assert found.message.startswith("failed in the last run: ")
    file.replace("flow:", "\n\nflow:")
    (moved,) = await file.diagnostics()
    assert moved.range.start == types.Position(15, 4)
    file.replace("exit 3", "exit 4")
    assert await file.diagnostics() == []


async def test_a_server_that_was_started_with_sigchld_ignored_knows_how_runs_end(start: Any, path: Path):
    editor = await start(ignored="CHLD")
    file = editor.write(path, BASIC)
    steps = trace(await file.run())["steps"]
    assert (steps[-1]["name"], steps[-1]["error"]) == ("bad", "exit code 3: why")
    (ended,) = editor.ends
    assert ended.startswith("failure in ")


async def test_the_next_run_takes_the_diagnostic_away(editor: Editor, path: Path):
    file = editor.write(path, "flow:\n  - {as: a, type: exec, run: test -e ok}\n")
    await file.run()
    await editor.until(lambda: bool(file.published()[-1].diagnostics))
    (path.parent / "ok").touch()
    await file.run()
    await editor.until(lambda: not file.published()[-1].diagnostics)
    assert without_times(await file.labels()) == {1: "✓"}


async def test_edits_elsewhere_move_results(editor: Editor, path: Path):
    file = editor.write(path, BASIC)
    await file.run()
    fresh = await file.labels()
    file.replace("flow:", "# a comment\nflow:")
    assert await file.labels() == {line + 1: label for line, label in fresh.items()}
    file.replace("printf", "echo")
    assert set(await file.labels()) == {line + 1 for line in fresh if line != 1}
    file.replace("echo", "printf")
    file.replace("# a comment\nflow:", "flow:")
    assert await file.labels() == fresh


async def test_results_of_a_file_that_is_opened_again(editor: Editor, path: Path):
    file = editor.write(path, QUICK)
    await file.run()
    fresh = await file.labels()
    file.replace("flow:", "# never saved\nflow:")
    file.close()
    assert await editor.open(path, QUICK).labels() == fresh
    again = editor.open(path, "id: x\n" + QUICK)
    assert await again.labels() == {2: fresh[1]}


async def test_edits_while_a_run_goes_on(editor: Editor, path: Path):
    file, _ = await long_run(editor, path)
    file.replace("flow:", "# more\nflow:")
    assert re.fullmatch(r"⟳ \d+s", (await file.begun())[2])
    await editor.command(command_names.CANCEL, {"uri": file.uri})
    await editor.until(lambda: len(editor.ends) == 1)


async def test_inputs_from_the_arguments(editor: Editor, path: Path):
    traced = await editor.write(path, INPUTS).run(name="Ada", word="w")
    assert (path.parent / "said").read_text() == "Ada"
    assert trace(traced)["execution"]["inputs"]["more"] == 7


async def test_inputs_from_the_file_beside_it_and_arguments_win(editor: Editor, path: Path):
    path.with_name("w.duck.yaml.inputs.json").write_text('{"name": "file", "word": "w"}')
    file = editor.write(path, INPUTS)
    await file.run()
    assert (path.parent / "said").read_text() == "file"
    await file.run(name="argument")
    assert (path.parent / "said").read_text() == "argument"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("{", "w.duck.yaml.inputs.json:1:2 is not JSON: it ends too early"),
        ("[]", "w.duck.yaml.inputs.json must hold a JSON object"),
    ],
)
async def test_a_broken_inputs_file_is_told(editor: Editor, path: Path, content: str, message: str):
    path.with_name("w.duck.yaml.inputs.json").write_text(content)
    answer = await editor.write(path, INPUTS).start()
    assert answer["executionId"] is None
    assert (await editor.shown()).startswith(message)


async def test_missing_inputs_are_told(editor: Editor, path: Path):
    answer = await editor.write(path, INPUTS).start(word="w")
    assert answer["executionId"] is None
    assert await editor.shown() == (
        "w.duck.yaml needs the input `name`: give values in w.duck.yaml.inputs.json beside it, "
        "or in the setting duckflux.inputs"
    )
    assert not (path.parent / "said").exists()


async def test_a_wrong_input_is_told(editor: Editor, path: Path):
    answer = await editor.write(path, INPUTS).start(name="a", word="w", more="many")
    assert answer["executionId"] is None
    assert "more" in await editor.shown()


async def test_inputs_from_the_settings(start: Any, path: Path):
    settings = {"inputs": {"*": {"name": "any", "word": "w"}, "w.duck.yaml": {"name": "set"}}}
    path.with_name("w.duck.yaml.inputs.json").write_text('{"name": "file"}')
    editor = await start(workspace=CONFIGURED, configuration=settings)
    file = editor.write(path, INPUTS)
    await file.run()
    assert (path.parent / "said").read_text() == "set"
    editor.set_configuration({"duckflux": {"inputs": {"w.duck.yaml": {"name": "new", "word": "w"}}}})
    editor.workspace_did_change_configuration(types.DidChangeConfigurationParams(None))
    await editor.until(lambda: editor.configured == 2)
    await file.lens()
    await file.run()
    assert (path.parent / "said").read_text() == "new"


async def test_settings_that_are_pushed(start: Any, path: Path):
    editor = await start()
    file = editor.write(path, INPUTS)
    settings = {"inputs": {"w.duck.yaml": {"name": "x", "word": "w"}}, "trace": {"directory": "t"}}
    editor.workspace_did_change_configuration(types.DidChangeConfigurationParams({"duckflux": settings}))
    traced = await file.run()
    assert traced.parent == path.parent / "t"


async def test_inputs_are_asked_for(start: Any, path: Path):
    editor = await start(experimental=ASKING)
    file = editor.write(path, INPUTS)
    editor.answer = {"inputs": {"word": "typed"}}
    await file.run(name="Ada")
    (question,) = editor.questions
    assert question["uri"] == file.uri
    (asked,) = question["inputs"]
    assert (asked["name"], asked["type"], asked["secret"]) == ("word", "string", True)
    editor.answer = None
    answer = await file.start()
    assert (answer["executionId"], answer["message"]) == (None, "")
    assert [asked["name"] for asked in editor.questions[1]["inputs"]] == ["name", "word"]
    assert editor.messages == []
    await file.run(name="again", word="w")


async def test_a_file_with_errors_is_refused(editor: Editor, path: Path):
    answer = await editor.write(path, QUICK + "  - nobody\n").start()
    assert answer["executionId"] is None
    assert await editor.shown() == ("w.duck.yaml has an error: line 3: unknown participant `nobody`")
    assert not (path.parent / "ran").exists()


async def test_a_file_that_is_not_open_is_refused(editor: Editor, path: Path):
    answer = await editor.command(command_names.RUN, {"uri": path.as_uri()})
    assert answer["executionId"] is None
    assert await editor.shown() == "only a workflow that is open in the editor can be run"


async def test_nothing_runs_where_the_workspace_is_not_trusted(start: Any, path: Path):
    editor = await start(options={"trusted": False})
    file = editor.write(path, QUICK)
    assert (await file.start())["executionId"] is None
    assert await editor.shown() == "this workspace is not trusted: workflows can't run here"
    assert not (path.parent / "ran").exists()
    editor.protocol.notify("duckflux/didChangeTrust", {"trusted": True})
    await file.run()
    assert (path.parent / "ran").exists()


async def test_a_run_that_ends_before_the_editor_has_a_progress_bar(start: Any, path: Path):
    editor = await start()
    editor.may_create = asyncio.Event()
    file = editor.write(path, QUICK)
    await file.start()
    await editor.until(lambda: editor.refreshes >= 2)
    assert without_times(await file.settled()) == {1: "✓"}
    editor.may_create.set()
    await editor.until(lambda: len(editor.ends) == 1)


async def test_a_client_without_a_progress_bar(start: Any, path: Path):
    editor = await start(window=types.WindowClientCapabilities())
    file = editor.write(path, QUICK)
    await file.start()
    assert without_times(await file.settled()) == {1: "✓"}
    assert editor.reports == []


async def test_shutdown_ends_runs(start: Any, path: Path):
    editor = await start()
    _, traced = await long_run(editor, path)
    async with asyncio.timeout(DEADLINE):
        await editor.shutdown_async(None)
    assert processes(path.parent) == []
    assert trace(traced)["execution"]["status"] == "failure"
    editor.exit(None)
    async with asyncio.timeout(DEADLINE):
        assert await editor._server.wait() == 0


async def test_the_end_of_stdin_ends_the_server_and_its_runs(start: Any, path: Path):
    editor = await start()
    _, traced = await long_run(editor, path)
    editor._server.stdin.close()
    async with asyncio.timeout(DEADLINE):
        await editor._server.wait()
    await eventually(lambda: processes(path.parent) == [])
    assert trace(traced)["execution"]["status"] == "failure"

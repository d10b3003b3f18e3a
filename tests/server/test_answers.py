"""A run that waits for an event is answered in the editor, wherever it was started."""

from __future__ import annotations

import asyncio
import json
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from duckflux.trace.readers import read
from duckflux_ls.session import command_names
from lsprotocol import types

from .conftest import Editor, File

pytestmark = pytest.mark.asyncio(loop_scope="module")

ASKING = {"duckflux": {"askInputs": True, "runs": True}}
WAITING = """\
flow:
  - wait: {event: approved, match: event.by != "" && event.count > 1}
  - {as: last, type: exec, run: "true"}
output: event
"""


@pytest.fixture(autouse=True)
def runtime(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    # The path of a socket is short.
    folder = Path(tempfile.mkdtemp(prefix="dfs"))
    monkeypatch.setenv("DUCKFLUX_RUNTIME_DIR", str(folder / "duckflux"))
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "w.duck.yaml"


async def in_a_terminal(path: Path, *options: str) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "duckflux", "run", path.name, "--quiet", *options),
        cwd=path.parent,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )


async def answer_lens(file: File) -> types.Command:
    (command,) = [
        lens.command
        for lens in await file.lenses()
        if lens.command and lens.command.command.endswith("answer")
    ]
    return command


async def execute(editor: Editor, command: types.Command) -> Any:
    return await editor.command(command.command, (command.arguments or [])[0])


async def is_answered_by_its_lens(editor: Editor, file: File) -> None:
    """Run WAITING and answer it by the lens; the trace tells how."""
    started = await file.start()
    label = (await file.waiting())[1]
    assert label.startswith("⏸ waits for approved · ")
    assert label.endswith("s")
    lens = await answer_lens(file)
    assert lens.title == "⏸ Answer approved…"
    editor.answer = {"inputs": {"by": "eve", "count": "2"}}
    assert await execute(editor, lens) == {"event": "approved"}
    (form,) = editor.questions
    assert (form["title"], form["wait"]) == ("Answer approved", "/flow/0")
    assert [(field["name"], field["type"], field["required"]) for field in form["inputs"]] == [
        ("by", "string", True),
        ("count", "number", True),
    ]
    assert "answered in the editor" in (await file.settled())[1]
    await editor.until(lambda: bool(editor.ends))
    recorded = json.loads(Path(started["tracePath"]).read_text())
    step = recorded["steps"][0]
    assert (step["awaits"], step["answeredBy"], step["output"]) == (
        "approved",
        "editor",
        {"by": "eve", "count": 2},
    )
    assert step["startedAt"] <= step["answeredAt"] <= step["finishedAt"]
    answer = await execute(editor, lens)
    assert answer == {"event": None, "message": "no run of this workflow waits for an answer"}


async def test_a_wait_is_answered_by_a_form(start: Any, path: Path) -> None:
    editor = await start(experimental=ASKING)
    await is_answered_by_its_lens(editor, editor.write(path, WAITING))


async def test_what_is_typed_in_is_checked(start: Any, path: Path) -> None:
    editor = await start(experimental=ASKING)
    file = editor.write(path, WAITING)
    await file.start()
    await file.waiting()

    async def problem(name: str, value: str) -> str | None:
        arguments = {"uri": file.uri, "wait": "/flow/0", "name": name, "value": value}
        return await editor.command(command_names.CHECK_INPUT, arguments)

    assert await problem("count", "2") is None
    assert "number" in str(await problem("count", "two"))
    await editor.command(command_names.CANCEL, {"uri": file.uri})


async def test_a_payload_that_is_not_accepted_leaves_the_run_waiting(start: Any, path: Path) -> None:
    editor = await start()
    file = editor.write(path, WAITING)
    await file.start()
    await file.waiting()
    arguments = {"uri": file.uri, "payload": {"by": "", "count": 2}}
    await editor.command(command_names.ANSWER, arguments)
    assert await editor.shown() == (
        "the run goes on waiting for approved: its condition "
        '`event.by != "" && event.count > 1` does not accept this'
    )
    arguments["payload"]["by"] = "eve"
    await editor.command(command_names.ANSWER, arguments)
    assert "✓" in (await file.settled())[1]


async def test_an_editor_that_cannot_ask_says_what_to_type(start: Any, path: Path) -> None:
    editor = await start()
    file = editor.write(path, WAITING)
    await file.start()
    await file.waiting()
    answer = await editor.command(command_names.ANSWER, {"uri": file.uri})
    assert answer["message"] == (
        "this editor can't ask for the payload of approved: answer in a terminal with `duckflux emit approved`"
    )
    await editor.command(command_names.CANCEL, {"uri": file.uri})


async def test_the_code_actions_answer_first(start: Any, path: Path) -> None:
    editor = await start()
    file = editor.write(path, WAITING)
    await file.start()
    await file.waiting()
    place = types.Range(types.Position(1, 6), types.Position(1, 6))
    context = types.CodeActionContext([], trigger_kind=types.CodeActionTriggerKind.Invoked)
    found = await editor.text_document_code_action_async(types.CodeActionParams(file.id, place, context))
    assert [action.title for action in found or []][:2] == ["Answer approved…", "Cancel run"]
    await editor.command(command_names.CANCEL, {"uri": file.uri})


async def test_a_condition_shows_the_values_that_it_reads(start: Any, path: Path) -> None:
    editor = await start()
    file = editor.write(
        path,
        """\
        flow:
          - set: {ready: "1"}
          - wait: {until: execution.context.ready == 2, poll: 20ms, timeout: 1m}
        """,
    )
    await file.start()
    assert (await file.waiting())[2].startswith("⏸ waits, now ready = 1")
    await editor.command(command_names.CANCEL, {"uri": file.uri})


@pytest.mark.parametrize("form", ["json", "txt", "sqlite"])
async def test_a_run_of_a_terminal_is_shown_answered_and_ends(start: Any, path: Path, form: str) -> None:
    editor = await start(experimental=ASKING)
    file = editor.write(path, WAITING)
    terminal = await in_a_terminal(path, "--trace-dir", "traces", "--trace-format", form)
    assert (await file.waiting())[1].startswith("⏸ waits for approved · ")
    editor.answer = {"inputs": {"by": "eve", "count": "2"}}
    assert await execute(editor, await answer_lens(file)) == {"event": "approved"}
    assert json.loads((await terminal.communicate())[0]) == {"by": "eve", "count": 2}
    labels = await file.settled()
    assert "answered in the editor" in labels[1]
    assert labels[2].startswith("✓")
    last = await editor.command(command_names.LAST_TRACE, {"uri": file.uri})
    trace = Path(last["tracePath"])
    assert (trace.parent, trace.suffix) == (path.parent / "traces", f".{form}")
    step = read(trace).steps[0]
    assert (step.awaits, step.answered_by, step.output) == ("approved", "editor", {"by": "eve", "count": 2})
    assert step.started_at <= str(step.answered_at) <= step.finished_at


async def test_a_run_of_a_terminal_is_cancelled_in_the_editor(start: Any, path: Path) -> None:
    editor = await start()
    file = editor.write(path, WAITING)
    terminal = await in_a_terminal(path)
    await file.waiting()
    await editor.command(command_names.CANCEL, {"uri": file.uri})
    assert "cancelled" in (await file.settled())[1]
    assert "cancelled" in (await terminal.communicate())[1].decode()


async def test_a_run_of_a_terminal_goes_on_when_one_of_the_editor_begins(start: Any, path: Path) -> None:
    editor = await start()
    file = editor.write(path, WAITING)
    terminal = await in_a_terminal(path)
    await file.waiting()
    assert (await file.start())["executionId"]
    await file.waiting()
    await editor.command(command_names.CANCEL, {"uri": file.uri})
    assert "cancelled" in (await file.settled())[1]
    assert terminal.returncode is None
    terminal.terminate()
    await terminal.communicate()


async def test_a_run_of_a_terminal_that_is_killed_is_interrupted(start: Any, path: Path) -> None:
    editor = await start(experimental=ASKING)
    file = editor.write(path, WAITING)
    terminal = await in_a_terminal(path)
    await file.waiting()
    terminal.kill()
    await terminal.communicate()
    await editor.until(lambda: editor.ends == ["interrupted"])

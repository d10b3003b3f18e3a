"""What the server knows of runs before it was started: results, traces, and the inputs of the last run."""

from __future__ import annotations

import asyncio
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from duckflux_ls.session import command_names
from duckflux_ls.session.client import WORKFLOWS_CHANGED
from lsprotocol import types

from .conftest import DEADLINE, Editor, File, eventually
from .test_views import ASKS, Told

pytestmark = pytest.mark.asyncio(loop_scope="module")

TEXT = """
    id: stages
    flow:
      - {as: build, type: exec, run: echo build >>ran.txt, cwd: .}
      - {as: check, type: exec, run: echo check >>ran.txt; test -e fixed, cwd: .}
"""
VIEWS = {"experimental": {"duckflux": {"runs": True, "workflows": True}}}


async def ran_before(start: Callable[..., Any], folder: Path) -> tuple[Path, Path]:
    """A workflow, and the trace of a run of it that failed in a session before."""
    file = (await start()).write(folder / "w.duck.yaml", TEXT)
    trace = await file.run()
    (folder / "ran.txt").unlink()
    return file.path, trace


async def reopened(start: Callable[..., Any], path: Path, text: str) -> tuple[Editor, File, Told]:
    editor = await start(**VIEWS)
    told = Told(editor)
    return editor, editor.open(path, text), told


async def test_results_are_back_in_a_new_session(start: Callable[..., Any], tmp_path: Path) -> None:
    path, trace = await ran_before(start, tmp_path)
    _, file, told = await reopened(start, path, path.read_text())
    await eventually(lambda: bool(told.states))
    [state] = told.states
    assert (state["state"], state["restored"], state["tracePath"]) == ("failure", True, str(trace))
    labels = await file.settled()
    assert [label[:1] for label in labels.values()] == ["✓", "✗"]
    assert any("failed in the last run" in found.message for found in await file.diagnostics())


async def test_results_of_another_text_are_not(start: Callable[..., Any], tmp_path: Path) -> None:
    path, trace = await ran_before(start, tmp_path)
    _, file, told = await reopened(start, path, path.read_text().replace("echo build", "echo built"))
    await eventually(lambda: bool(told.states))
    assert told.states[0]["tracePath"] == str(trace)
    assert await file.labels() == {}


async def test_a_run_is_resumed_in_a_new_session(start: Callable[..., Any], tmp_path: Path) -> None:
    path, trace = await ran_before(start, tmp_path)
    (tmp_path / "fixed").touch()
    editor = await start()
    file = editor.open(path, path.read_text())
    found = await editor.command(command_names.LAST_TRACE, {"uri": file.uri})
    assert found == {"tracePath": str(trace)}
    await editor.command(command_names.RESUME, {"uri": file.uri})
    await editor.until(lambda: bool(editor.ends))
    assert (tmp_path / "ran.txt").read_text().split() == ["check"]


async def test_a_trace_is_removed(start: Callable[..., Any], tmp_path: Path) -> None:
    path, trace = await ran_before(start, tmp_path)
    editor, file, told = await reopened(start, path, path.read_text())
    await eventually(lambda: bool(told.states))
    assert await editor.command(command_names.REMOVE_TRACE, {"tracePath": str(trace)}) is True
    assert not trace.exists()
    assert await file.labels() == {}
    assert await editor.command(command_names.REMOVE_TRACE, {"tracePath": str(path)}) is False
    assert path.exists()
    assert "can't be removed" in await editor.shown()


async def test_two_runs_are_compared(start: Callable[..., Any], tmp_path: Path) -> None:
    editor = await start()
    file = editor.write(tmp_path / "w.duck.yaml", TEXT)
    before = await file.run()
    (tmp_path / "fixed").touch()
    after = await file.run()
    traces = {"before": str(before), "after": str(after)}
    text = await editor.command(command_names.COMPARE_TRACES, traces)
    assert re.search(r"^check .*failure → success", text, re.MULTILINE), text


async def test_a_page_says_whether_there_is_a_newer_run(editor: Editor, tmp_path: Path) -> None:
    file = editor.write(tmp_path / "w.duck.yaml", TEXT)
    older, newest = await file.run(), await file.run()
    pages = [
        await editor.command(command_names.TRACE_PAGE, {"tracePath": str(trace)}) for trace in (older, newest)
    ]
    assert ['"isNewest":true' in page["html"] for page in pages] == [False, True]
    assert {page["workflow"] for page in pages} == {file.uri}
    assert all(page["title"].startswith("w.duck.yaml, ") for page in pages)


async def test_the_form_has_the_values_of_the_last_run(start: Callable[..., Any], tmp_path: Path) -> None:
    text = """
        inputs:
          who: {required: true}
          key: {format: password, default: unsaid}
        flow:
          - {as: greet, type: exec, run: 'true', input: {WHO: workflow.inputs.who}}
    """
    editor = await start(**ASKS)
    file = editor.write(tmp_path / "w.duck.yaml", text)
    editor.answer = {"inputs": {"who": "Ada", "key": "said only once"}}
    for runs in (1, 2):
        await editor.command(command_names.RUN, {"uri": file.uri, "ask": "all"})
        await editor.until(lambda runs=runs: len(editor.ends) == runs)
    first, second = ({one["name"]: one["default"] for one in asked["inputs"]} for asked in editor.questions)
    assert (first, second) == ({"who": None, "key": None}, {"who": "Ada", "key": None})


@pytest.mark.parametrize("kind", types.FileChangeType)
async def test_a_view_learns_of_new_workflows(
    start: Callable[..., Any], tmp_path: Path, kind: types.FileChangeType
) -> None:
    editor = await start(**VIEWS)
    told: list[Any] = []

    @editor.feature(WORKFLOWS_CHANGED)
    def changed(params: Any) -> None:
        told.append(params)

    event = types.FileEvent((tmp_path / "new.duck.yaml").as_uri(), kind)
    editor.workspace_did_change_watched_files(types.DidChangeWatchedFilesParams([event]))
    await editor.command(command_names.WORKFLOWS, {})
    assert bool(told) == (kind != types.FileChangeType.Changed)


async def test_a_view_learns_of_a_deleted_folder(start: Callable[..., Any], tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    (folder / "in").mkdir(parents=True)
    (folder / "in" / "w.duck.yaml").write_text(TEXT)
    (folder / "plain.txt").touch()
    (tmp_path / "left.duck.yaml").write_text(TEXT)
    watches = types.DidChangeWatchedFilesClientCapabilities(dynamic_registration=True)
    editor = await start(
        **VIEWS, workspace=types.WorkspaceClientCapabilities(did_change_watched_files=watches)
    )
    await editor.until(lambda: bool(editor.registrations))
    told: list[Any] = []

    @editor.feature(WORKFLOWS_CHANGED)
    def changed(params: Any) -> None:
        told.append(params)

    assert len(await editor.command(command_names.WORKFLOWS, {})) == 2
    for path, expected in ((folder / "plain.txt", False), (folder, True)):
        shutil.rmtree(path) if path.is_dir() else path.unlink()
        event = types.FileEvent(path.as_uri(), types.FileChangeType.Deleted)
        editor.workspace_did_change_watched_files(types.DidChangeWatchedFilesParams([event]))
        left = await editor.command(command_names.WORKFLOWS, {})
        assert bool(told) == expected
    assert [workflow["path"] for workflow in left] == [str(tmp_path / "left.duck.yaml")]


async def test_a_view_learns_of_a_folder_that_appears_with_its_workflows(
    start: Callable[..., Any], tmp_path: Path
) -> None:
    watches = types.DidChangeWatchedFilesClientCapabilities(dynamic_registration=True)
    editor = await start(
        **VIEWS, workspace=types.WorkspaceClientCapabilities(did_change_watched_files=watches)
    )
    await editor.until(lambda: bool(editor.registrations))
    told = asyncio.Event()

    @editor.feature(WORKFLOWS_CHANGED)
    def changed(params: Any) -> None:
        told.set()

    for name in ("folder/in/w.duck.yaml", "node_modules/in/w.duck.yaml", "plain.txt"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(TEXT)
    new = [types.FileEvent(path.as_uri(), types.FileChangeType.Created) for path in tmp_path.iterdir()]
    editor.workspace_did_change_watched_files(types.DidChangeWatchedFilesParams(new))
    await asyncio.wait_for(told.wait(), DEADLINE)
    found = await editor.command(command_names.WORKFLOWS, {})
    assert [workflow["path"] for workflow in found] == [str(tmp_path / "folder" / "in" / "w.duck.yaml")]


async def test_nothing_is_offered_that_can_not_run(start: Callable[..., Any], tmp_path: Path) -> None:
    editor = await start()
    lens = await editor.write(tmp_path / "w.duck.yaml", "flow:\n  - biuld\n  - tset\n").lens()
    assert lens is not None and lens.command is not None
    assert lens.command.title == "Can't run: 2 errors"
    untrusted = await start(options={"trusted": False})
    assert await untrusted.write(tmp_path / "w.duck.yaml", TEXT).lens() is None


async def test_a_trace_opens_as_a_text(editor: Editor, tmp_path: Path) -> None:
    trace = await editor.write(tmp_path / "w.duck.yaml", TEXT).run()
    title = quote("w.duck.yaml, 12:00")
    text = await opened(editor, f"duckflux-trace:{title}?{quote(str(trace))}")
    assert text.startswith("# stages") and re.search(r"as: build.*  ✓", text), text
    moved = shutil.move(trace, tmp_path / "moved & renamed ä.json")
    assert await opened(editor, f"duckflux-trace:{title}?{quote(str(moved))}") == text
    missing = await opened(editor, f"duckflux-trace:{title}?{quote(str(tmp_path / 'none.json'))}")
    assert missing.startswith("error: ") and "none.json" in missing and len(missing.splitlines()) == 1


async def opened(editor: Editor, uri: str) -> str:
    answer = await editor.workspace_text_document_content_async(types.TextDocumentContentParams(uri))
    return answer.text

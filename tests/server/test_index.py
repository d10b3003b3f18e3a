"""The index of the workspace's workflows: read in the background, with progress, each file once."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from duckflux.language.workflow_files import workflow_files
from duckflux_ls.index import workspace_files
from duckflux_ls.index.occurrence_index import OccurrenceIndex
from duckflux_ls.index.workspace_files import WorkspaceFiles
from duckflux_ls.session.documents import Documents
from lsprotocol import types

from .conftest import Editor, eventually

pytestmark = pytest.mark.asyncio(loop_scope="module")

MANY = 250
WATCHES = types.WorkspaceClientCapabilities(
    did_change_watched_files=types.DidChangeWatchedFilesClientCapabilities(dynamic_registration=True),
)


def written(folder: Path, count: int) -> list[Path]:
    """So many workflows, each with a participant of its own."""
    paths = [folder / f"w{number}.duck.yaml" for number in range(count)]
    for number, path in enumerate(paths):
        path.write_text(f"participants:\n  step{number}: {{type: emit, event: done}}\nflow: [step{number}]\n")
    return paths


def index_of(folder: Path) -> tuple[WorkspaceFiles, OccurrenceIndex]:
    files = WorkspaceFiles()
    files.change_roots([folder], [])
    return files, OccurrenceIndex(Documents(), files, lambda: "utf-16")


async def read_by(index: OccurrenceIndex) -> int:
    """How many files an update reads."""
    read = 0

    async def report(done: int, total: int) -> None:
        nonlocal read
        read = done
        assert done <= total

    await index.update(report)
    return read


async def titles(editor: Editor, query: str) -> set[str]:
    symbols = await editor.workspace_symbol_async(types.WorkspaceSymbolParams(query))
    return {symbol.name for symbol in symbols or []}


@pytest.mark.parametrize("watched", [False, True])
async def test_each_file_is_read_once_for_as_long_as_it_stays(tmp_path: Path, watched: bool) -> None:
    paths = written(tmp_path, 30)
    files, index = index_of(tmp_path)
    files.watched = watched
    assert await read_by(index) == 30
    assert await read_by(index) == 0
    paths[3].write_text("id: changed\nflow: [{type: exec, run: ls}]\n")
    paths[4].unlink()
    (tmp_path / "new.duck.yaml").write_text("id: new\nflow: []\n")
    if watched:
        assert await read_by(index) == 0
        for path in (paths[3], paths[4], tmp_path / "new.duck.yaml"):
            files.changed(path)
    assert await read_by(index) == 2
    found = {names.title for names in await index.everywhere()}
    assert len(await index.everywhere()) == 30
    assert {"changed", "new"} <= found


async def test_what_the_editor_tells_of(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    inside = written(tmp_path / "sub", 3)
    files, _ = index_of(tmp_path)
    files.watched = True
    first = files.stamps()
    assert set(first) == set(inside)
    other = tmp_path / "node_modules" / "w.duck.yaml"
    other.parent.mkdir()
    other.write_text("flow: []\n")
    for path in (other, tmp_path / "notes.txt", Path("/elsewhere/w.duck.yaml")):
        files.changed(path)
    assert files.stamps() is first
    shutil.rmtree(tmp_path / "sub")
    files.changed(tmp_path / "sub")
    assert files.stamps() == {}


async def test_what_is_told_while_folders_are_looked_at(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    for folder in (first, second):
        folder.mkdir()
        written(folder, 2)
    files, index = index_of(first)
    files.watched = True

    def told_meanwhile(folder: Path) -> Iterator[Path]:
        monkeypatch.undo()
        yield from workflow_files(folder)
        files.change_roots([second], [])

    monkeypatch.setattr(workspace_files, "workflow_files", told_meanwhile)
    assert await read_by(index) == 2
    assert await read_by(index) == 2
    (first / "new.duck.yaml").write_text("flow: []\n")
    files.changed(first / "new.duck.yaml")
    looks = await asyncio.gather(*(asyncio.to_thread(files.stamps) for _ in range(8)))
    assert all(len(look) == 5 for look in looks)


async def test_an_open_text_counts_and_not_its_file(tmp_path: Path) -> None:
    (path,) = written(tmp_path, 1)
    files = WorkspaceFiles()
    files.change_roots([tmp_path], [])
    documents = Documents()
    index = OccurrenceIndex(documents, files, lambda: "utf-16")
    documents.open(types.TextDocumentItem(path.as_uri(), "duckflux", 1, "id: typed\nflow: [a]\n"))
    assert [names.title for names in await index.everywhere()] == ["typed"]
    documents.close(path.as_uri())
    assert [names.title for names in await index.everywhere()] == [None]


async def test_it_is_made_in_the_background_with_progress(start: Any, tmp_path: Path) -> None:
    written(tmp_path, MANY)
    editor = await start()
    await editor.until(lambda: bool(editor.ends))
    begin, *reports, end = [value for _, value in editor.reports]
    assert (begin["title"], begin["percentage"], end["kind"]) == ("Reading workflows", 0, "end")
    assert reports[-1]["message"] == f"{MANY} of {MANY}"
    shown = [report["percentage"] for report in reports]
    assert shown == sorted(shown)
    assert await titles(editor, "step249") == {"step249"}


async def test_a_question_that_comes_early_waits_for_the_answer(start: Any, tmp_path: Path) -> None:
    written(tmp_path, MANY)
    editor = await start(window=types.WindowClientCapabilities())
    assert await titles(editor, "step249") == {"step249"}
    assert not editor.reports


async def test_cancelled_the_rest_is_read_when_it_is_asked_for(start: Any, tmp_path: Path) -> None:
    written(tmp_path, MANY)
    editor = await start()
    await editor.until(lambda: bool(editor.reports))
    (token, _), *_ = editor.reports
    editor.window_work_done_progress_cancel(types.WorkDoneProgressCancelParams(token))
    await editor.until(lambda: bool(editor.ends))
    assert await titles(editor, "step249") == {"step249"}


async def test_files_that_change_on_disk(start: Any, tmp_path: Path) -> None:
    (path,) = written(tmp_path, 1)
    editor = await start(workspace=WATCHES)
    await editor.until(lambda: bool(editor.registrations))
    assert await titles(editor, "step") == {"step0"}
    path.write_text("participants:\n  step_two: {type: exec, run: ls}\nflow: [step_two]\n")
    event = types.FileEvent(path.as_uri(), types.FileChangeType.Changed)
    editor.workspace_did_change_watched_files(types.DidChangeWatchedFilesParams([event]))
    assert await titles(editor, "step") == {"step_two"}


async def test_the_client_that_goes_in_the_middle(start: Any, tmp_path: Path) -> None:
    written(tmp_path, MANY)
    editor = await start()
    await editor.until(lambda: bool(editor.reports))
    await editor.shutdown_session()
    await eventually(lambda: editor._server.returncode == 0)


async def test_the_workspace_is_checked_with_progress(start: Any, tmp_path: Path) -> None:
    written(tmp_path, 3)
    editor = await start()
    params = types.WorkspaceDiagnosticParams([], work_done_token="checking")
    reports = list((await editor.workspace_diagnostic_async(params)).items)
    assert len(reports) == 3
    values = [value for token, value in editor.reports if token == "checking"]
    assert [value["kind"] for value in values] == ["begin", "report", "report", "report", "end"]


async def test_an_update_is_not_made_twice_at_once(tmp_path: Path) -> None:
    written(tmp_path, 20)
    _, index = index_of(tmp_path)
    assert sorted(await asyncio.gather(*(read_by(index) for _ in range(3)))) == [0, 0, 20]


async def test_folders_come_and_go(start: Any, tmp_path: Path) -> None:
    outside = tmp_path.with_name(f"{tmp_path.name}-other")
    outside.mkdir()
    (outside / "other.duck.yaml").write_text(
        "participants: {elsewhere: {type: exec, run: ls}}\nflow: [elsewhere]\n"
    )
    written(tmp_path, 1)
    editor = await start()
    assert await titles(editor, "e") == {"step0", "done"}
    folder = types.WorkspaceFolder(outside.as_uri(), "other")
    for event, there in (
        (types.WorkspaceFoldersChangeEvent(added=[folder], removed=[]), True),
        (types.WorkspaceFoldersChangeEvent(added=[], removed=[folder]), False),
    ):
        editor.workspace_did_change_workspace_folders(types.DidChangeWorkspaceFoldersParams(event))
        found = await titles(editor, "e")
        assert "step0" in found and ("elsewhere" in found) is there


async def test_an_open_file_has_the_uri_of_the_client(tmp_path: Path) -> None:
    path = tmp_path / "x(1).duck.yaml"
    path.write_text("inputs: {q: }\nflow: [{set: {a: workflow.inputs.q}}]\n")
    files = WorkspaceFiles()
    files.change_roots([tmp_path], [])
    documents = Documents()
    index = OccurrenceIndex(documents, files, lambda: "utf-16")
    spelled = f"file://{path}"
    assert spelled != path.as_uri()
    opened = documents.open(types.TextDocumentItem(spelled, "duckflux", 1, path.read_text()))
    assert [workflow.uri for workflow in await index.everywhere()] == [spelled]
    assert documents.get(path.as_uri()) is opened
    assert documents.uri_of(path) == spelled

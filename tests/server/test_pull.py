"""Diagnostics that the client pulls: for a text, for the workspace; and what happens when files change."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from lsprotocol import types

from .conftest import Editor, File

pytestmark = pytest.mark.asyncio(loop_scope="module")

WRONG = "flow:\n  - missing\n"
RIGHT = "flow:\n  - {type: exec, run: ls}\n"
PULLS = types.TextDocumentClientCapabilities(diagnostic=types.DiagnosticClientCapabilities())
WATCHES = types.WorkspaceClientCapabilities(
    did_change_watched_files=types.DidChangeWatchedFilesClientCapabilities(dynamic_registration=True),
    diagnostics=types.DiagnosticWorkspaceClientCapabilities(refresh_support=True),
)


async def pull(editor: Editor, file: File, known: str | None = None) -> Any:
    params = types.DocumentDiagnosticParams(file.id, previous_result_id=known)
    return await editor.text_document_diagnostic_async(params)


async def pull_all(editor: Editor, known: dict[str, str] | None = None, token: str | None = None) -> Any:
    told = [types.PreviousResultId(uri, value) for uri, value in (known or {}).items()]
    params = types.WorkspaceDiagnosticParams(told, partial_result_token=token)
    return list((await editor.workspace_diagnostic_async(params)).items)


async def test_the_same_is_not_sent_twice(start: Any, tmp_path: Path) -> None:
    editor = await start(text_document=PULLS)
    file = editor.open(tmp_path / "w.duck.yaml", WRONG)
    first = await pull(editor, file)
    assert [found.code for found in first.items] == ["DF301"]
    again = await pull(editor, file, first.result_id)
    assert (again.kind, again.result_id) == ("unchanged", first.result_id)
    file.replace("missing", "missing ")
    assert (await pull(editor, file, first.result_id)).kind == "unchanged"
    file.replace("missing", "absent")
    assert (await pull(editor, file, first.result_id)).kind == "full"


async def test_the_workspace_has_open_and_closed_files_each_once(start: Any, tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    for name, text in {"a.duck.yaml": RIGHT, "sub/b.duck.yaml": WRONG, "other.yaml": WRONG}.items():
        (tmp_path / name).write_text(text)
    editor = await start(text_document=PULLS)
    file = editor.open(tmp_path / "a.duck.yaml", WRONG)
    reports = await pull_all(editor)
    assert [(Path(r.uri).name, r.version, len(r.items)) for r in reports] == [
        ("a.duck.yaml", 1, 1),
        ("b.duck.yaml", None, 1),
    ]
    known = {report.uri: report.result_id for report in reports}
    assert {report.kind for report in await pull_all(editor, known)} == {"unchanged"}
    assert (await pull(editor, file, known[file.uri])).kind == "unchanged"


async def test_files_that_come_change_and_go(start: Any, tmp_path: Path) -> None:
    editor = await start(text_document=PULLS)
    assert await pull_all(editor) == []
    path = tmp_path / "w.duck.yaml"
    path.write_text(WRONG)
    (report,) = await pull_all(editor)
    assert len(report.items) == 1
    path.write_text(RIGHT)
    (report,) = await pull_all(editor, {report.uri: report.result_id})
    assert list(report.items) == []
    path.unlink()
    (gone,) = await pull_all(editor, {report.uri: report.result_id})
    assert (gone.kind, list(gone.items)) == ("full", [])


async def test_partial_results(start: Any, tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / f"{name}.duck.yaml").write_text(WRONG)
    editor = await start(text_document=PULLS)
    assert await pull_all(editor, token="part") == []
    parts = [value for token, value in editor.partial if token == "part"]
    assert [Path(part["items"][0]["uri"]).name for part in parts] == ["a.duck.yaml", "b.duck.yaml"]


async def test_a_client_that_watches_is_asked_to_and_refreshed(start: Any, tmp_path: Path) -> None:
    editor = await start(text_document=PULLS, workspace=WATCHES)
    await editor.until(lambda: bool(editor.registrations))
    (registration,) = editor.registrations
    assert registration.method == types.WORKSPACE_DID_CHANGE_WATCHED_FILES
    assert await pull_all(editor) == []
    path = tmp_path / "w.duck.yaml"
    path.write_text(WRONG)
    event = types.FileEvent(path.as_uri(), types.FileChangeType.Created)
    editor.workspace_did_change_watched_files(types.DidChangeWatchedFilesParams([event]))
    await editor.until(lambda: editor.diagnostic_refreshes > 0)
    (report,) = await pull_all(editor)
    assert len(report.items) == 1

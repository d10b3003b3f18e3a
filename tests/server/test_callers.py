"""A workflow that is called, as its callers see it: as it is typed, saved or not, and as it changes on disk."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from duckflux_ls.session.documents import Documents, OpenDocument
from lsprotocol import types

from .conftest import Editor, File

pytestmark = pytest.mark.asyncio(loop_scope="module")

CALLER = """\
participants:
  child:
    type: workflow
    path: child.duck.yaml
    input: {branch: "'main'"}
flow:
  - child
output: child.output.image
"""
INLINE = """\
flow:
  - {as: child, type: workflow, path: child.duck.yaml, input: {branch: "'main'"}}
output: child.output.image
"""
CHILD = """\
inputs:
  branch: {required: true}
flow:
  - {type: exec, as: build, run: make}
output:
  image: build.output
"""
OTHER_INPUT = CHILD.replace("branch:", "commit:")
OTHER_OUTPUT = CHILD.replace("image:", "digest:")
PULLS = types.TextDocumentClientCapabilities(diagnostic=types.DiagnosticClientCapabilities())
REFRESHES = types.WorkspaceClientCapabilities(
    did_change_watched_files=types.DidChangeWatchedFilesClientCapabilities(dynamic_registration=True),
    diagnostics=types.DiagnosticWorkspaceClientCapabilities(refresh_support=True),
)


def opened(documents: Documents, path: Path, text: str) -> OpenDocument:
    document = documents.open(types.TextDocumentItem(path.as_uri(), "duckflux", 1, text))
    assert document is not None
    return document


def typed(document: OpenDocument, text: str) -> None:
    document.apply(types.TextDocumentContentChangeWholeDocument(text), "utf-16")


async def codes(document: OpenDocument) -> list[str]:
    return [found.code for found in (await document.analysis()).diagnostics]


@pytest.mark.parametrize("text", [CALLER, INLINE])
async def test_an_open_text_counts_and_not_its_file(tmp_path: Path, text: str) -> None:
    documents = Documents()
    (tmp_path / "child.duck.yaml").write_text(CHILD)
    caller = opened(documents, tmp_path / "caller.duck.yaml", text)
    assert await codes(caller) == []
    child = opened(documents, tmp_path / "child.duck.yaml", OTHER_INPUT)
    for text, expected in ((OTHER_INPUT, ["DF607", "DF608"]), (CHILD, []), (OTHER_OUTPUT, ["DF602"])):
        typed(child, text)
        caller.check_callees()
        assert (text, sorted(await codes(caller))) == (text, sorted(expected))
    documents.close(child.uri)
    caller.check_callees()
    assert await codes(caller) == []


async def test_what_callers_cannot_see_is_nothing_to_them(tmp_path: Path) -> None:
    documents = Documents()
    caller = opened(documents, tmp_path / "caller.duck.yaml", CALLER)
    child = opened(documents, tmp_path / "child.duck.yaml", CHILD)
    other = opened(documents, tmp_path / "other.duck.yaml", "flow: [{type: exec, run: ls}]\n")
    before, apart = await caller.analysis(), await other.analysis()
    await child.analysis()
    assert documents.callers(child.path) == [caller]
    typed(child, CHILD.replace("run: make", "run: make all"))
    caller.check_callees()
    assert await caller.analysis() is before
    assert await other.analysis() is apart
    typed(child, OTHER_INPUT)
    caller.check_callees()
    assert await caller.analysis() is not before


async def test_a_circle_that_is_only_typed(tmp_path: Path) -> None:
    documents = Documents()
    caller = opened(documents, tmp_path / "caller.duck.yaml", CALLER)
    middle = opened(
        documents, tmp_path / "child.duck.yaml", "flow: [{type: workflow, path: last.duck.yaml}]\n"
    )
    last = opened(documents, tmp_path / "last.duck.yaml", "flow: [{type: exec, run: ls}]\n")
    assert not [found for found in (await caller.analysis()).diagnostics if "circular" in found.message]
    await middle.analysis()
    typed(last, "flow: [{type: workflow, path: caller.duck.yaml}]\n")
    assert documents.callers(last.path) == [caller, middle]
    caller.check_callees()
    (found,) = [found for found in (await caller.analysis()).diagnostics if "circular" in found.message]
    assert "caller.duck.yaml -> child.duck.yaml -> last.duck.yaml -> caller.duck.yaml" in found.message


async def newest(file: File, count: int) -> list[Any]:
    """What was pushed last for a file, once something was after the first `count` times."""
    await file._editor.until(lambda: len(file.published()) > count)
    return [found.code for found in file.published()[-1].diagnostics]


async def refreshed(file: File, expected: list[str]) -> None:
    """Pull as an editor does: again whenever the server says so, until the diagnostics are these."""
    editor = file._editor
    while True:
        seen = editor.diagnostic_refreshes
        if [found.code for found in await file.pull()] == expected:
            return
        await editor.until(lambda seen=seen: editor.diagnostic_refreshes > seen)  # type: ignore[misc]


async def test_diagnostics_of_callers_are_pushed_while_the_child_is_typed(
    editor: Editor, tmp_path: Path
) -> None:
    (tmp_path / "child.duck.yaml").write_text(CHILD)
    caller = editor.write(tmp_path / "caller.duck.yaml", CALLER)
    assert await caller.diagnostics() == []
    child = editor.open(tmp_path / "child.duck.yaml", CHILD)
    await child.diagnostics()
    child.rewrite(OTHER_OUTPUT)
    count = len(caller.published())
    assert await newest(caller, count) == ["DF602"]
    # What callers can't see is not pushed to them.
    child.replace("run: make", "run: make all")
    await child.diagnostics()
    await editor.command("duckflux.server.lastTrace", {"uri": ""})
    assert len(caller.published()) == count + 1
    child.close()
    assert await newest(caller, count + 1) == []


async def test_pulled_ones_are_refreshed(start: Any, tmp_path: Path) -> None:
    path = tmp_path / "child.duck.yaml"
    path.write_text(CHILD)
    editor = await start(text_document=PULLS, workspace=REFRESHES)
    await editor.until(lambda: bool(editor.registrations))
    caller = editor.write(tmp_path / "caller.duck.yaml", CALLER)
    assert await caller.pull() == []
    child = editor.open(path, CHILD)
    child.rewrite(OTHER_OUTPUT)
    await refreshed(caller, ["DF602"])
    child.close()
    await refreshed(caller, [])
    path.write_text(OTHER_OUTPUT)
    event = types.FileEvent(path.as_uri(), types.FileChangeType.Changed)
    editor.workspace_did_change_watched_files(types.DidChangeWatchedFilesParams([event]))
    await refreshed(caller, ["DF602"])


async def test_callers_that_are_not_open_are_checked_again_too(start: Any, tmp_path: Path) -> None:
    (tmp_path / "caller.duck.yaml").write_text(CALLER)
    editor = await start(text_document=PULLS)
    child = editor.write(tmp_path / "child.duck.yaml", CHILD)
    for text, expected in ((CHILD, 0), (OTHER_OUTPUT, 1), (CHILD, 0)):
        child.rewrite(text)
        report = await editor.workspace_diagnostic_async(types.WorkspaceDiagnosticParams([]))
        by_name = {Path(item.uri).name: list(item.items) for item in report.items}
        assert len(by_name["caller.duck.yaml"]) == expected


async def test_typing_while_others_are_analysed(tmp_path: Path) -> None:
    """The text that is called changes while the caller is being looked at: the caller ends with the last one."""
    documents = Documents()
    caller = opened(documents, tmp_path / "caller.duck.yaml", CALLER + "# \n" * 500)
    child = opened(documents, tmp_path / "child.duck.yaml", CHILD)
    first = asyncio.create_task(caller.analysis())
    await asyncio.sleep(0)
    for text in (OTHER_INPUT, OTHER_OUTPUT, CHILD, OTHER_OUTPUT):
        typed(child, text)
        for one in documents.callers(child.path):
            one.check_callees()
    await first
    assert await codes(caller) == ["DF602"]


async def test_a_test_file_follows_its_workflow(editor: Editor, tmp_path: Path) -> None:
    (tmp_path / "child.duck.yaml").write_text(CHILD)
    child = editor.open(tmp_path / "child.duck.yaml", CHILD)
    text = "workflow: ./child.duck.yaml\ntests: [{name: x, mocks: {build: 1}}]\n"
    tests = editor.open(tmp_path / "child.ducktest.yaml", text, "yaml")
    assert await tests.diagnostics() == []
    count = len(tests.published())
    child.replace("as: build", "as: compile")
    assert await newest(tests, count) == ["DF301"]

"""Quick fixes in the editor: what is offered, and what becomes of the text."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from duckflux.ide.fixes import TextEdit, apply
from duckflux.language.syntax import LineIndex
from duckflux_ls.session.positions import to_offset
from lsprotocol import types

from .conftest import Editor, File

pytestmark = pytest.mark.asyncio(loop_scope="module")

TEXT = """\
# 💡 the build
participants:
  build: {type: exec, run: make, timeout: 5 min}  # 💡 slow
flow:
  - biuld
  - type: http
  - bulid: {timeout: 1 hour}
"""


async def asked(editor: Editor, file: File, line: int, *only: str) -> list[types.CodeAction]:
    """The code actions of a line, without those that run."""
    context = types.CodeActionContext([], list(only) or None, types.CodeActionTriggerKind.Automatic)
    place = types.Range(types.Position(line, 0), types.Position(line, 99))
    found = await editor.text_document_code_action_async(types.CodeActionParams(file.id, place, context))
    return [action for action in found or [] if isinstance(action, types.CodeAction) and action.edit]


def after(file: File, edits: Any) -> str:
    lines = LineIndex(file.text)

    def offset(position: types.Position) -> int:
        return to_offset(lines, position, types.PositionEncodingKind.Utf16)

    return apply(
        file.text, [TextEdit(offset(one.range.start), offset(one.range.end), one.new_text) for one in edits]
    )


def done(file: File, action: types.CodeAction) -> str:
    """The text once an action was chosen."""
    assert action.edit is not None and action.edit.changes is not None
    assert list(action.edit.changes) == [file.uri]
    return after(file, action.edit.changes[file.uri])


async def test_a_fix_is_offered_where_its_mistake_is(editor: Editor, tmp_path: Path) -> None:
    file = editor.open(tmp_path / "w.duck.yaml", TEXT)
    meant, declared, alike = await asked(editor, file, 4, "quickfix")
    assert (meant.title, meant.is_preferred, meant.kind) == ("Change to `build`", True, "quickfix")
    assert [diagnostic.code for diagnostic in meant.diagnostics or []] == ["DF301"]
    assert done(file, meant) == TEXT.replace("biuld", "build")
    assert (declared.title, declared.is_preferred) == ("Declare the participant `biuld`", False)
    assert done(file, declared) == TEXT.replace(
        "flow:", "  biuld:\n    type: exec\n    run: echo biuld\nflow:"
    )
    assert alike.title.startswith("Fix all 2 of this kind (DF301")
    assert done(file, alike) == TEXT.replace("biuld", "build").replace("bulid", "build")


async def test_characters_beyond_the_bmp(editor: Editor, tmp_path: Path) -> None:
    file = editor.open(tmp_path / "w.duck.yaml", 'name: "💡" # x\nflow: ["💡", {type: exec, runn: ls}]\n')
    actions = await asked(editor, file, 1, "quickfix")
    meant = next(action for action in actions if action.title == "Change to `run`")
    assert done(file, meant) == file.text.replace("runn", "run")


async def test_fix_all_is_for_those_who_ask(editor: Editor, tmp_path: Path) -> None:
    file = editor.open(tmp_path / "w.duck.yaml", TEXT)
    (action,) = await asked(editor, file, 0, "source.fixAll")
    assert action.kind == "source.fixAll.duckflux"
    wanted = TEXT.replace("5 min", "5m").replace("1 hour", "1h").replace("biuld", "build")
    assert done(file, action) == wanted.replace("bulid", "build")
    assert not await asked(editor, file, 0)
    assert not await asked(editor, file, 4, "source.organizeImports")


async def test_diagnostics_carry_their_fixes(editor: Editor, tmp_path: Path) -> None:
    file = editor.open(tmp_path / "w.duck.yaml", TEXT)
    slow = next(found for found in await file.diagnostics() if found.code == "DF205")
    (fix,) = slow.data["fixes"]  # type: ignore[index, call-overload, unused-ignore]
    assert fix == {
        "title": "Change to `5m`",
        "preferred": True,
        "edits": [
            {
                "range": {"start": {"line": 2, "character": 42}, "end": {"line": 2, "character": 47}},
                "newText": "5m",
            }
        ],
    }


async def test_settings_of_the_editor_count_where_the_project_has_none(start: Any, tmp_path: Path) -> None:
    settings = {"lint": {"ignore": ["DF3"], "severity": {"DF205": "information"}}}
    workspace = types.WorkspaceClientCapabilities(configuration=True)
    editor = await start(configuration=settings, workspace=workspace)
    file = editor.open(tmp_path / "w.duck.yaml", TEXT)
    found = {(one.code, int(one.severity)) for one in await file.diagnostics() if one.severity}
    assert found == {("DF205", 3), ("DF202", 1)}
    (tmp_path / ".duckflux.toml").write_text('[lint]\nselect = ["DF301"]\n')
    file.rewrite(f"{TEXT}\n")
    assert {one.code for one in await file.diagnostics()} == {"DF301"}
    assert not await asked(editor, file, 2)


async def test_steps_go_to_a_file_of_their_own(start: Any, tmp_path: Path) -> None:
    text = "participants:\n  a: {type: exec, run: ls}\nflow:\n  - a\n  - set: {x: size(a.output)}\n"
    edits = types.WorkspaceEditClientCapabilities(
        document_changes=True, resource_operations=[types.ResourceOperationKind.Create]
    )
    shown = types.TextDocumentClientCapabilities(
        code_action=types.CodeActionClientCapabilities(disabled_support=True)
    )
    able = await start(workspace=types.WorkspaceClientCapabilities(workspace_edit=edits), text_document=shown)
    file = able.open(tmp_path / "w.duck.yaml", text)
    place = types.Range(types.Position(3, 2), types.Position(3, 5))
    params = types.CodeActionParams(file.id, place, types.CodeActionContext([], ["refactor.extract"]))
    (action,) = await able.text_document_code_action_async(params)
    create, new, rest = action.edit.document_changes
    uri = (tmp_path / "w-part.duck.yaml").as_uri()
    assert (create.kind, create.uri, new.text_document.uri) == ("create", uri, uri)
    assert new.edits[0].new_text.startswith("id: w-part\n\nparticipants:\n  a: {type: exec, run: ls}\n")
    assert rest.text_document.uri == file.uri
    assert after(file, rest.edits) == (
        "flow:\n  - as: part\n    type: workflow\n    path: ./w-part.duck.yaml\n"
        "  - set: {x: size(part.output)}\n"
    )
    place = types.Range(types.Position(4, 4), types.Position(4, 9))
    params = types.CodeActionParams(file.id, place, types.CodeActionContext([], ["refactor.extract"]))
    (why,) = await able.text_document_code_action_async(params)
    assert why.edit is None
    assert why.disabled.reason == "the workflow's `output` takes what flows past the steps"


async def test_nothing_that_the_client_can_not_do(editor: Editor, tmp_path: Path) -> None:
    file = editor.open(tmp_path / "w.duck.yaml", "participants: {a: {type: exec, run: ls}}\nflow:\n  - a\n")
    assert not await asked(editor, file, 2, "refactor.extract")
    (inline,) = await asked(editor, file, 2, "refactor.inline")
    assert done(file, inline) == "flow:\n  - as: a\n    type: exec\n    run: ls\n"


async def test_refactorings_by_kind(editor: Editor, tmp_path: Path) -> None:
    text = "flow:\n  - type: exec\n    as: x\n    run: ls\n"
    file = editor.open(tmp_path / "w.duck.yaml", text)
    (moved,) = await asked(editor, file, 1, "refactor.extract")
    assert (moved.kind, moved.title) == ("refactor.extract", "Move to `participants`")
    assert done(file, moved) == "participants:\n  x:\n    type: exec\n    run: ls\nflow:\n  - x\n"
    rewrites = await asked(editor, file, 1, "refactor.rewrite")
    assert [action.title for action in rewrites] == [
        f"Put into a new `{name}`" for name in ("if", "loop", "parallel")
    ]


async def test_a_fix_that_would_break_the_yaml_is_not_offered(editor: Editor, tmp_path: Path) -> None:
    used = "participants:\n  a: &a {type: exec, run: ls}\nflow:\n  - {<<: *a, as: b}\n"
    file = editor.open(tmp_path / "w.duck.yaml", used)
    assert "DF306" in [found.code for found in await file.diagnostics()]
    titles = [action.title for action in await asked(editor, file, 1, "quickfix")]
    assert titles == ["Silence DF306 on this line", "Silence DF306 in this file"]
    file.replace("<<: *a, as: b", "type: exec, run: ls")
    titles = [action.title for action in await asked(editor, file, 1, "quickfix")]
    assert titles[0] == "Remove `a`"

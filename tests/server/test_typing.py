"""Completion, hover and signature help over the real process, in texts that do not parse."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from duckflux_ls.session import command_names
from lsprotocol import types
from pygls.exceptions import JsonRpcException

from .conftest import Editor, File

pytestmark = pytest.mark.asyncio(loop_scope="module")

TEXT = """
    inputs: {💡who: , who: }
    participants:
      build:
        type: exec
        run: make
    flow:
      - build
    output: workflow.inputs.who
"""


async def complete(editor: Editor, file: File, line: int, character: int) -> types.CompletionList:
    params = types.CompletionParams(file.id, types.Position(line, character))
    found = await editor.text_document_completion_async(params)
    assert isinstance(found, types.CompletionList)
    return found


async def test_a_field_in_a_half_typed_line(editor: Editor, tmp_path: Path) -> None:
    file = editor.write(tmp_path / "w.duck.yaml", TEXT)
    file.rewrite(file.text.replace("make\n", "make\n    ti\n"))
    found = await complete(editor, file, 5, 6)
    item = next(item for item in found.items if item.label == "timeout")
    assert item.documentation is None
    resolved = await editor.completion_item_resolve_async(item)
    assert isinstance(resolved.documentation, types.MarkupContent)
    assert "duration" in resolved.documentation.value
    assert item.text_edit == types.TextEdit(
        types.Range(types.Position(5, 4), types.Position(5, 6)), "timeout: "
    )


async def test_names_while_the_text_has_no_end(editor: Editor, tmp_path: Path) -> None:
    file = editor.write(tmp_path / "w.duck.yaml", "inputs: {who: }\nflow: [a]\noutput: {a: workflow.inputs.")
    found = await complete(editor, file, 2, 28)
    assert "who" in [item.label for item in found.items]


async def test_positions_are_in_the_clients_units(editor: Editor, tmp_path: Path) -> None:
    file = editor.write(
        tmp_path / "w.duck.yaml", "inputs: {who: }\nflow: [a]\noutput: {'💡': workflow.inputs.w}\n"
    )
    found = await complete(editor, file, 2, 32)
    item = next(item for item in found.items if item.label == "who")
    assert isinstance(item.text_edit, types.TextEdit)
    assert item.text_edit.range == types.Range(types.Position(2, 31), types.Position(2, 32))


async def test_tab_stops_only_for_clients_that_know_them(start: Any, editor: Editor, tmp_path: Path) -> None:
    text = "flow:\n  - \n"

    async def loop(client: Editor) -> types.CompletionItem:
        file = client.open(tmp_path / "w.duck.yaml", text)
        return next(item for item in (await complete(client, file, 1, 4)).items if item.label == "loop")

    item = await loop(editor)
    assert isinstance(item.text_edit, types.TextEdit) and "$" not in item.text_edit.new_text
    assert item.insert_text_format is None
    knows = types.TextDocumentClientCapabilities(
        completion=types.CompletionClientCapabilities(
            completion_item=types.ClientCompletionItemOptions(snippet_support=True)
        )
    )
    item = await loop(await start(text_document=knows))
    assert isinstance(item.text_edit, types.TextEdit) and "${1:3}" in item.text_edit.new_text
    assert item.insert_text_format == types.InsertTextFormat.Snippet


async def test_hover_and_signature(editor: Editor, tmp_path: Path) -> None:
    file = editor.write(
        tmp_path / "w.duck.yaml", "flow: [{type: exec, run: x}]\noutput: env.HOME.replace('a', "
    )
    hover = await editor.text_document_hover_async(types.HoverParams(file.id, types.Position(1, 9)))
    assert hover is not None and isinstance(hover.contents, types.MarkupContent)
    assert "env: map(string, string)" in hover.contents.value
    params = types.SignatureHelpParams(file.id, types.Position(1, 30))
    found = await editor.text_document_signature_help_async(params)
    assert found is not None and found.active_parameter == 1
    assert found.signatures[0].label.startswith("string.replace(")


async def test_other_files_get_no_answer(editor: Editor, tmp_path: Path) -> None:
    file = editor.open(tmp_path / "compose.yaml", "services:\n  ", "yaml")
    params = types.CompletionParams(file.id, types.Position(1, 2))
    assert await editor.text_document_completion_async(params) is None
    assert await editor.text_document_hover_async(types.HoverParams(file.id, types.Position(0, 1))) is None


async def test_other_yaml_that_names_the_schema_is_a_workflow(editor: Editor, tmp_path: Path) -> None:
    text = "# yaml-language-server: $schema=https://example.org/duckflux.schema.json\nflow:\n  - missing\n"
    file = editor.open(tmp_path / "pipeline.yaml", text, "yaml")
    assert [found.code for found in await file.diagnostics()] == ["DF301"]


async def test_a_crash_is_an_answer_and_the_server_lives(start: Any, tmp_path: Path) -> None:
    editor = await start()
    file = editor.write(tmp_path / "w.duck.yaml", "flow: [{type: exec, run: x}]\n")
    params = types.ExecuteCommandParams(command_names.RUN, ["not the map that it takes"])
    with pytest.raises(JsonRpcException):
        await editor.workspace_execute_command_async(params)
    assert await file.diagnostics() == []


async def test_symbols_folds_selections_and_tokens(editor: Editor, tmp_path: Path) -> None:
    file = editor.write(tmp_path / "w.duck.yaml", TEXT)
    symbols = await editor.text_document_document_symbol_async(types.DocumentSymbolParams(file.id))
    assert [symbol.name for symbol in symbols or ()] == ["inputs", "participants", "flow", "output"]
    folds = await editor.text_document_folding_range_async(types.FoldingRangeParams(file.id))
    assert (1, 4) in {(fold.start_line, fold.end_line) for fold in folds or ()}
    place = types.Position(7, 12)
    params = types.SelectionRangeParams(file.id, [place, types.Position(0, 0)])
    selections = await editor.text_document_selection_range_async(params)
    assert selections is not None and len(selections) == 2
    whole = await editor.text_document_semantic_tokens_full_async(types.SemanticTokensParams(file.id))
    assert whole is not None and whole.result_id is not None
    file.rewrite(file.text.replace("  - build\n", "  - build\n  - build\n"))
    delta_params = types.SemanticTokensDeltaParams(file.id, whole.result_id)
    delta = await editor.text_document_semantic_tokens_full_delta_async(delta_params)
    assert isinstance(delta, types.SemanticTokensDelta)
    (edit,) = delta.edits
    assert (edit.delete_count, len(edit.data or ())) == (0, 5)
    ranged = types.SemanticTokensRangeParams(file.id, types.Range(types.Position(6, 0), types.Position(7, 0)))
    part = await editor.text_document_semantic_tokens_range_async(ranged)
    assert part is not None and len(part.data) == 10


async def test_names_over_the_workspace(editor: Editor, tmp_path: Path, start: Any) -> None:
    (tmp_path / "child.duck.yaml").write_text("inputs: {who: }\nflow: [{type: exec, run: x}]\n")
    editor = await start()
    text = "flow:\n  - {type: workflow, path: ./child.duck.yaml, input: {who: '1'}}\n"
    file = editor.write(tmp_path / "w.duck.yaml", text)
    place = types.Position(1, text.splitlines()[1].index("who"))
    (found,) = await editor.text_document_definition_async(types.DefinitionParams(file.id, place)) or ()
    assert isinstance(found, types.Location) and found.uri.endswith("child.duck.yaml")
    context = types.ReferenceContext(include_declaration=False)
    params = types.ReferenceParams(context, file.id, place)
    (used,) = await editor.text_document_references_async(params) or ()
    assert used.uri == file.uri
    prepared = await editor.text_document_prepare_rename_async(types.PrepareRenameParams(file.id, place))
    assert isinstance(prepared, types.PrepareRenamePlaceholder) and prepared.placeholder == "who"
    edit = await editor.text_document_rename_async(types.RenameParams(file.id, place, "name"))
    assert edit is not None and edit.changes is not None and len(edit.changes) == 2
    with pytest.raises(JsonRpcException, match="not a name that expressions can read"):
        await editor.text_document_rename_async(types.RenameParams(file.id, place, "a b"))
    marks = await editor.text_document_document_highlight_async(types.DocumentHighlightParams(file.id, place))
    assert len(marks or ()) == 1


async def test_events_of_other_files_are_offered(start: Any, tmp_path: Path) -> None:
    (tmp_path / "other.duck.yaml").write_text("flow: [{type: emit, event: built}]\n")
    editor = await start()
    await editor.workspace_symbol_async(types.WorkspaceSymbolParams(""))
    text = "flow:\n  - {type: emit, event: tested}\n  - wait: {event: , timeout: 1m}\n"
    file = editor.write(tmp_path / "w.duck.yaml", text)
    params = types.CompletionParams(file.id, types.Position(2, 18))
    offered = await editor.text_document_completion_async(params)
    assert isinstance(offered, types.CompletionList)
    assert [(item.label, item.detail) for item in offered.items] == [
        ("tested", "event"),
        ("built", "event of another file"),
    ]


async def test_test_files_are_checked_like_workflows(editor: Editor, tmp_path: Path) -> None:
    (tmp_path / "w.duck.yaml").write_text("flow: [{as: build, type: exec, run: x}]\n")
    text = "workflow: ./w.duck.yaml\ntests: [{name: x, mocks: {biuld: 1}}]\n"
    file = editor.open(tmp_path / "w.ducktest.yaml", text, "yaml")
    (found,) = await file.diagnostics()
    assert found.message == "the workflow has no step `biuld`: did you mean `build`?"
    hover = await editor.text_document_hover_async(types.HoverParams(file.id, types.Position(0, 1)))
    assert hover is not None and isinstance(hover.contents, types.MarkupContent)
    assert "The workflow under test" in hover.contents.value

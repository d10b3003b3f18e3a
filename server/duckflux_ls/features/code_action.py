"""textDocument/codeAction: `Run with trace`, quick fixes, all fixes at once, refactorings."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from duckflux.ide.fixes import TextEdit, between, fix_all, fixes_of, introduces_errors, preferred, together
from duckflux.ide.refactors import NewFile, refactorings
from duckflux.language import registry
from duckflux.language.analysis import Analysis, Diagnostic
from lsprotocol import types

from ..positions import TOP, to_offset
from .code_lens import run_command
from .diagnostics import diagnostic as as_lsp
from .edits import text_edits

# Of no kind that an editor applies by itself on saving: nothing may run by saving.
RUN_KIND = "duckflux.run"
FIX_ALL_KIND = f"{types.CodeActionKind.SourceFixAll.value}.duckflux"
KINDS = [RUN_KIND, types.CodeActionKind.QuickFix, types.CodeActionKind.Refactor, FIX_ALL_KIND]
_Encoding = types.PositionEncodingKind | str


class Abilities(NamedTuple):
    """What the client can do with an action: make a new file, show why there is none."""

    creates_files: bool = False
    shows_disabled: bool = False


def code_actions(
    analysis: Analysis,
    params: types.CodeActionParams,
    running: bool,
    encoding: _Encoding,
    client: Abilities,
) -> list[types.CodeAction | types.Command]:
    """What can be done at a place."""
    only, uri = params.context.only, params.text_document.uri
    actions: list[types.CodeAction | types.Command] = []
    if _wanted(types.CodeActionKind.QuickFix.value, only):
        actions.extend(_quick_fixes(analysis, params, encoding))
    if only is None or any(_wanted(f"refactor.{kind}", only) for kind in ("extract", "inline", "rewrite")):
        actions.extend(_refactorings(analysis, params, encoding, client))
    # It costs some analyses, so it is not offered with every move of the cursor.
    if only is not None and _wanted(FIX_ALL_KIND, only):
        actions.extend(_fix_all(analysis, uri, encoding))
    if _wanted(RUN_KIND, only):
        actions.extend(_run(analysis, params, running))
    return actions


def _run(analysis: Analysis, params: types.CodeActionParams, running: bool) -> Iterator[types.CodeAction]:
    """Run, anywhere in the file when asked for by hand; by itself it is offered on the `flow:` line alone."""
    key = analysis.workflow.flow_key
    if key is None or analysis.path is None:
        return
    by_itself = params.context.trigger_kind == types.CodeActionTriggerKind.Automatic
    if by_itself and params.range.start.line != analysis.document.position(key)[0]:
        return
    command = run_command(params.text_document.uri, running)
    yield types.CodeAction(title=command.title.lstrip("▶■ "), kind=RUN_KIND, command=command)


def _quick_fixes(
    analysis: Analysis, params: types.CodeActionParams, encoding: _Encoding
) -> Iterator[types.CodeAction]:
    uri, (start, end) = params.text_document.uri, _selected(analysis, params, encoding)
    here = [d for d in analysis.diagnostics if d.start <= end and start <= d.end]
    for found in here:
        for fix in fixes_of(analysis, found):
            if introduces_errors(analysis.document, fix.edits):
                continue
            action = _action(fix.title, analysis, fix.edits, uri, encoding)
            action.diagnostics = [as_lsp(analysis, found, uri, encoding)]
            action.is_preferred = fix.preferred
            yield action
    for code in dict.fromkeys(found.code for found in here):
        yield from _of_this_kind(analysis, code, uri, encoding)


def _of_this_kind(analysis: Analysis, code: str, uri: str, encoding: _Encoding) -> Iterator[types.CodeAction]:
    """All of one code at once, where there are several."""
    same: list[Diagnostic] = [d for d in analysis.diagnostics if d.code == code]
    fixes = [fix for d in same if (fix := preferred(analysis, d)) is not None]
    edits = together(fixes)
    if len(fixes) > 1 and not introduces_errors(analysis.document, edits):
        title = f"Fix all {len(fixes)} of this kind ({code}: {registry.REGISTRY[code].title})"
        yield _action(title, analysis, edits, uri, encoding)


def _refactorings(
    analysis: Analysis, params: types.CodeActionParams, encoding: _Encoding, client: Abilities
) -> Iterator[types.CodeAction]:
    uri, (start, end) = params.text_document.uri, _selected(analysis, params, encoding)
    for found in refactorings(analysis, start, end):
        kind = f"refactor.{found.kind}"
        if not _wanted(kind, params.context.only):
            continue
        action = _action(found.title, analysis, found.edits, uri, encoding)
        action.kind = kind
        if found.refused:
            action.edit, action.disabled = None, types.CodeActionDisabled(found.refused)
        elif found.file is not None:
            changes = text_edits(analysis.document.lines, found.edits, encoding)
            action.edit = _with_new_file(found.file, uri, changes)
        if client.shows_disabled if found.refused else client.creates_files or found.file is None:
            yield action


def _selected(analysis: Analysis, params: types.CodeActionParams, encoding: _Encoding) -> tuple[int, int]:
    """(start, end) of what is selected."""
    lines = analysis.document.lines
    return to_offset(lines, params.range.start, encoding), to_offset(lines, params.range.end, encoding)


def _with_new_file(file: NewFile, uri: str, changes: list[types.TextEdit]) -> types.WorkspaceEdit:
    """The edit that makes a file first, and then changes the one at hand."""
    new = file.path.as_uri()
    written = types.TextEdit(TOP, file.text)
    return types.WorkspaceEdit(
        document_changes=[
            types.CreateFile(new),
            types.TextDocumentEdit(types.OptionalVersionedTextDocumentIdentifier(new), [written]),
            types.TextDocumentEdit(types.OptionalVersionedTextDocumentIdentifier(uri), list(changes)),
        ]
    )


def _fix_all(analysis: Analysis, uri: str, encoding: _Encoding) -> Iterator[types.CodeAction]:
    shown = {found.code for found in analysis.diagnostics}
    text = fix_all(analysis, shown).document.text
    edits = between(analysis.document.text, text)
    if edits:
        action = _action("Fix all that can be fixed for sure", analysis, edits, uri, encoding)
        action.kind = FIX_ALL_KIND
        yield action


def _action(
    title: str, analysis: Analysis, edits: tuple[TextEdit, ...], uri: str, encoding: _Encoding
) -> types.CodeAction:
    changes = {uri: text_edits(analysis.document.lines, edits, encoding)}
    return types.CodeAction(
        title, kind=types.CodeActionKind.QuickFix, edit=types.WorkspaceEdit(changes=changes)
    )


def _wanted(kind: str, only: object) -> bool:
    if not isinstance(only, list | tuple):
        return True
    names = (getattr(one, "value", one) for one in only)
    return any(name == "" or name == kind or kind.startswith(f"{name}.") for name in names)

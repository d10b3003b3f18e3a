"""Answers `textDocument/codeAction`: run, fixes, all fixes at once, refactorings."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable, Iterator, Mapping
from itertools import chain, islice
from typing import Any

from duckflux.ide.fixes import Fix, fix_all, fixes_of, introduces_errors, preferred, together
from duckflux.ide.refactors import NewFile, refactorings
from duckflux.ide.silence import silencing
from duckflux.language import registry
from duckflux.language.analysis import Analysis, Diagnostic
from duckflux.language.budget import OverBudgetError
from duckflux.language.syntax.edits import TextEdit
from duckflux.language.syntax.text_difference import line_edits
from lsprotocol import types
from pygls.lsp.server import LanguageServer

from ..runs.last_run import ShownRun
from ..runs.pins import can_be_pinned, name_at, pin_command, unpin_command
from ..runs.recorded_files import recorded_files
from ..runs.run_actions import answer_actions, run_actions, run_command, step_at
from ..server_state import ServerState
from ..session.conversions import to_text_edits
from ..session.documents import OpenDocument
from ..session.lsp_diagnostics import to_diagnostic
from ..session.positions import FILE_START, Encoding, to_offset

log = logging.getLogger(__name__)
# Not a kind that an editor applies by itself on saving: nothing may run by saving.
RUN_KIND = "duckflux.run"
# A fix is tried on the whole text before it is offered. Nobody reads a longer list.
_MAX_DIAGNOSTICS = 20
_MAX_TOGETHER = 100
FIX_ALL_KIND = f"{types.CodeActionKind.SourceFixAll.value}.duckflux"
KINDS = [RUN_KIND, types.CodeActionKind.QuickFix, types.CodeActionKind.Refactor, FIX_ALL_KIND]


def register(server: LanguageServer, state: ServerState) -> None:
    """Add the handler to the server."""

    @server.feature(types.TEXT_DOCUMENT_CODE_ACTION, types.CodeActionOptions(code_action_kinds=KINDS))
    @state.documents.with_analysis
    async def code_action(
        params: types.CodeActionParams, document: OpenDocument, analysis: Analysis
    ) -> list[types.CodeAction]:
        running = state.runs.is_running(document.uri)
        is_invoked = params.context.trigger_kind != types.CodeActionTriggerKind.Automatic
        run = await state.last_run_of(document, wait=is_invoked)
        actions = _Actions(state, state.configured(analysis), params, run)
        found = await asyncio.to_thread(actions.found_in_time, running)
        overlay = state.runs.overlay(document.uri)
        if overlay is not None and overlay.waiting and is_invoked and actions.wants_runs:
            here = step_at(analysis, actions.start)
            found[:0] = answer_actions(document.uri, here, overlay, RUN_KIND)
        may_run = is_invoked and not running
        if may_run and any(action.kind == RUN_KIND for action in found):
            if overlay is not None:
                await overlay.compare(analysis)
            found += run_actions(analysis, document.uri, actions.start, overlay, RUN_KIND)
            found += actions.pins(await state.pins_of(document))
            found += await asyncio.to_thread(actions.recorded_files)
        return found


class _Actions:
    """Makes the actions for one request."""

    def __init__(
        self,
        state: ServerState,
        analysis: Analysis,
        params: types.CodeActionParams,
        run: ShownRun | None,
    ) -> None:
        self._last_run = run
        self._state = state
        self._analysis = analysis
        self._document = analysis.document
        self._uri = params.text_document.uri
        self._range = params.range
        self._only = params.context.only
        self._is_automatic = params.context.trigger_kind == types.CodeActionTriggerKind.Automatic
        self._encoding: Encoding = state.encoding
        self.start = to_offset(self._document.lines, params.range.start, self._encoding)
        self._end = to_offset(self._document.lines, params.range.end, self._encoding)

    @property
    def wants_runs(self) -> bool:
        """Return whether actions about runs are asked for."""
        return self._is_wanted(RUN_KIND)

    def found_in_time(self, running: bool) -> list[types.CodeAction]:
        """Return the actions, those alone that were found before the budget was spent."""
        found: list[types.CodeAction] = []
        try:
            found.extend(chain(self._edits(), self._run(running)))
        except OverBudgetError:
            log.warning("%s: finding code actions took too long: some are missing", self._uri)
        return found

    def _edits(self) -> Iterator[types.CodeAction]:
        """Yield the fixes and refactorings of the kinds that are asked for."""
        if self._is_wanted(types.CodeActionKind.QuickFix.value):
            yield from self._quick_fixes()
        if any(self._is_wanted(f"refactor.{kind}") for kind in ("extract", "inline", "rewrite")):
            yield from self._refactorings()
        # It needs several analyses, so it is not offered with every move of the cursor.
        if self._only is not None and self._is_wanted(FIX_ALL_KIND):
            yield from self._fix_all()

    def _run(self, running: bool) -> Iterator[types.CodeAction]:
        """Yield the action that runs the workflow.

        It is offered anywhere in the file to a user who asks for actions, else on the `flow:` line alone.
        """
        key = self._analysis.workflow.flow_key
        if key is None or self._analysis.path is None or not self._is_wanted(RUN_KIND):
            return
        if not self._state.runs.trusted or (self._analysis.errors and not running):
            return
        if self._is_automatic and self._range.start.line != self._document.position(key)[0]:
            return
        command = run_command(self._uri, running)
        yield types.CodeAction(title=command.title.lstrip("▶■ "), kind=RUN_KIND, command=command)

    def _quick_fixes(self) -> Iterator[types.CodeAction]:
        found = (d for d in self._analysis.diagnostics if d.start <= self._end and self.start <= d.end)
        here = list(islice(found, _MAX_DIAGNOSTICS))
        for diagnostic in here:
            yield from self._for_diagnostic(diagnostic, fixes_of(self._analysis, diagnostic))
        for code in dict.fromkeys(diagnostic.code for diagnostic in here):
            yield from self._fix_all_of(code)
        for diagnostic in {diagnostic.code: diagnostic for diagnostic in reversed(here)}.values():
            yield from self._for_diagnostic(diagnostic, silencing(self._analysis, diagnostic))

    def _for_diagnostic(self, diagnostic: Diagnostic, fixes: Iterable[Fix]) -> Iterator[types.CodeAction]:
        for fix in fixes:
            if introduces_errors(self._document, fix.edits):
                continue
            action = self._action(fix.title, fix.edits)
            action.diagnostics = [to_diagnostic(self._analysis, diagnostic, self._uri, self._encoding)]
            action.is_preferred = fix.preferred
            yield action

    def _fix_all_of(self, code: str) -> Iterator[types.CodeAction]:
        """Yield the action that fixes all diagnostics of one code, where there are several."""
        all_ = [d for d in self._analysis.diagnostics if d.code == code]
        same = all_[:_MAX_TOGETHER]
        fixes = [fix for d in same if (fix := preferred(self._analysis, d)) is not None]
        edits = together(fixes)
        if len(fixes) > 1 and not introduces_errors(self._document, edits):
            which = "all" if len(same) == len(all_) else "the first"
            title = f"Fix {which} {len(fixes)} of this kind ({code}: {registry.REGISTRY[code].title})"
            yield self._action(title, edits)

    def _refactorings(self) -> Iterator[types.CodeAction]:
        client = self._state.client
        for found in refactorings(self._analysis, self.start, self._end, self._last_run):
            kind = f"refactor.{found.kind}"
            if not self._is_wanted(kind):
                continue
            action = self._action(found.title, found.edits, kind)
            if found.refused:
                action.edit, action.disabled = None, types.CodeActionDisabled(found.refused)
            elif found.file is not None:
                action.edit = self._with_new_file(found.file, found.edits)
            is_possible = client.can_create_files or found.file is None
            if client.shows_disabled_actions if found.refused else is_possible:
                yield action

    def pins(self, pinned: Mapping[str, Any]) -> list[types.CodeAction]:
        """Return the action that pins the output of the step at the cursor, or unpins it."""
        name = name_at(self._analysis, step_at(self._analysis, self.start))
        if name is None:
            return []
        outputs = self._last_run.outputs(name) if self._last_run is not None else ()
        if name in pinned:
            command = unpin_command(self._uri, name, pinned[name])
            command.title = f"Unpin the output of `{name}`"
        elif outputs and can_be_pinned(outputs[-1]):
            command = pin_command(self._uri, name)
        else:
            return []
        return [types.CodeAction(command.title, kind=RUN_KIND, command=command)]

    def recorded_files(self) -> list[types.CodeAction]:
        """Return the actions that write files from the last run. Looks for files: not for the event loop."""
        client, path, run = self._state.client, self._analysis.path, self._last_run
        if path is None or run is None or not client.can_create_files:
            return []
        actions = []
        for found in recorded_files(run.run, path):
            action = types.CodeAction(found.title, kind=RUN_KIND)
            if found.file is not None:
                action.edit = self._with_new_file(found.file, ())
            else:
                action.disabled = types.CodeActionDisabled(found.refused)
            if found.file is not None or client.shows_disabled_actions:
                actions.append(action)
        return actions

    def _with_new_file(self, file: NewFile, edits: tuple[TextEdit, ...]) -> types.WorkspaceEdit:
        """Return the edit that creates a file, and then changes the document."""
        new = file.path.as_uri()
        content = types.TextEdit(FILE_START, file.text)
        changes = to_text_edits(self._document.lines, edits, self._encoding)
        return types.WorkspaceEdit(
            document_changes=[
                types.CreateFile(new),
                types.TextDocumentEdit(types.OptionalVersionedTextDocumentIdentifier(new), [content]),
                types.TextDocumentEdit(
                    types.OptionalVersionedTextDocumentIdentifier(self._uri), list(changes)
                ),
            ]
        )

    def _fix_all(self) -> Iterator[types.CodeAction]:
        shown = {diagnostic.code for diagnostic in self._analysis.diagnostics}
        text = fix_all(self._analysis, shown).document.text
        edits = line_edits(self._document.text, text)
        if edits:
            yield self._action("Fix everything that has a safe fix", edits, FIX_ALL_KIND)

    def _action(
        self, title: str, edits: tuple[TextEdit, ...], kind: str = types.CodeActionKind.QuickFix.value
    ) -> types.CodeAction:
        changes = {self._uri: to_text_edits(self._document.lines, edits, self._encoding)}
        return types.CodeAction(title, kind=kind, edit=types.WorkspaceEdit(changes=changes))

    def _is_wanted(self, kind: str) -> bool:
        """Return whether a kind of action is asked for, or one that it belongs to."""
        if not isinstance(self._only, list | tuple):
            return True
        names = (getattr(one, "value", one) for one in self._only)
        return any(name == "" or name == kind or kind.startswith(f"{name}.") for name in names)

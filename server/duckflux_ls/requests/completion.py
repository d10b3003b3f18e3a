"""Answers `textDocument/completion` and `completionItem/resolve`, without waiting for an analysis."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from duckflux.ide.completion import Completion, Tool, completions
from duckflux.language.budget import Budget, limited_to
from duckflux.language.syntax import LineIndex
from lsprotocol import types
from pygls.lsp.server import LanguageServer

from ..server_state import ServerState
from ..session.completion_items import to_completion_list
from ..session.documents import OpenDocument
from ..session.positions import to_offset
from ..session.scratches import OpenScratch
from . import scratch_commands

# How long the completion of a tool waits for an MCP server that was not asked before.
_TOOLS_SECONDS = 4.0
_SECONDS = 0.8
TRIGGERS = ".:/$\"'- "
"""The characters after which editors ask for completions, beside those of words."""


class _Completer:
    """Makes completions, and keeps the documentation of the last ones until the next are asked for."""

    def __init__(self, state: ServerState) -> None:
        self._state = state
        self._key = 0
        self._last: list[Completion] = []

    async def complete(
        self, document: OpenDocument, position: types.Position, trigger: str | None, *, may_ask: bool
    ) -> types.CompletionList:
        """Return the completions at a position. `may_ask` says whether MCP servers may be started."""
        # The text that the position is of: it may be changed meanwhile.
        lines = document.lines
        offset = to_offset(lines, position, self._state.encoding)
        found, unknown = await self._completions(document, lines, offset, trigger)
        if unknown and may_ask and document.path is not None:
            folder, tools = document.path.parent, self._state.mcp_tools
            await asyncio.gather(*(tools.ask(folder, name, _TOOLS_SECONDS) for name in unknown))
            found, unknown = await self._completions(document, lines, offset, trigger)
        listed = self._listed(found, lines)
        listed.is_incomplete |= bool(unknown) and may_ask
        return listed

    async def complete_scratch(self, scratch: OpenScratch, position: types.Position) -> types.CompletionList:
        """Return the completions at a position of a scratch."""
        lines = scratch.lines
        return self._listed(await scratch_commands.completions(self._state, scratch, position), lines)

    def _listed(self, found: list[Completion], lines: LineIndex) -> types.CompletionList:
        self._key += 1
        self._last = found
        encoding, snippets = self._state.encoding, self._state.client.supports_snippets
        return to_completion_list(found, lines, encoding, snippets=snippets, key=self._key)

    def documentation_of(self, data: object) -> str | None:
        """Return the documentation of one of the last completions."""
        match data:
            case [key, int(index)] if key == self._key and index < len(self._last):
                return self._last[index].documentation
            case _:
                return None

    async def _completions(
        self, document: OpenDocument, lines: LineIndex, offset: int, trigger: str | None
    ) -> tuple[list[Completion], set[str]]:
        """Return the completions, and the MCP servers whose tools belong to them and are not known."""
        unknown: set[str] = set()
        path = document.path

        def tools(server: str) -> Sequence[Tool]:
            known = self._state.mcp_tools.known(path.parent, server) if path is not None else ()
            if known is None:
                unknown.add(server)
            return known or ()

        previous, events = document.last_analysis, self._state.occurrences.events()
        run = await self._state.last_run_of(document, wait=False)
        # Not the budget of the request, which may have waited for MCP servers.
        with limited_to(Budget(_SECONDS)):
            found = await asyncio.to_thread(
                completions, lines, offset, path, previous, tools, events, trigger, run
            )
        return found, unknown


def register(server: LanguageServer, state: ServerState) -> None:
    """Add the handlers to the server."""
    completer = _Completer(state)

    async def completed_in_scratch(
        params: types.CompletionParams, scratch: OpenScratch
    ) -> types.CompletionList:
        return await completer.complete_scratch(scratch, params.position)

    @server.feature(
        types.TEXT_DOCUMENT_COMPLETION,
        types.CompletionOptions(trigger_characters=[*TRIGGERS], resolve_provider=True),
    )
    @state.scratches.answered_by(completed_in_scratch)
    @state.documents.with_document
    async def completion(params: types.CompletionParams, document: OpenDocument) -> types.CompletionList:
        context = params.context
        is_invoked = context is None or context.trigger_kind == types.CompletionTriggerKind.Invoked
        trigger = context.trigger_character if context is not None else None
        may_ask = is_invoked and state.runs.trusted and state.settings.mcp.tools
        return await completer.complete(document, params.position, trigger, may_ask=may_ask)

    @server.feature(types.COMPLETION_ITEM_RESOLVE)
    def resolve(item: types.CompletionItem) -> types.CompletionItem:
        documentation = completer.documentation_of(item.data)
        if documentation:
            item.documentation = types.MarkupContent(types.MarkupKind.Markdown, documentation)
        return item

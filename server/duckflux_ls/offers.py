"""What completion offered last, and what MCP servers have to offer."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from lsprotocol import types

from .documents import OpenDocument
from .features.completion import completions
from .features.completion.candidate import Candidate
from .features.completion.items import items
from .mcp_tools import McpTools, Tool
from .name_index import NameIndex
from .positions import to_offset

# How long the completion of a tool waits for an MCP server that was not asked before.
_TOOLS_SECONDS = 4.0


class Offers:
    """Makes completions, and keeps the docs of the last ones until the next are asked for."""

    def __init__(self, names: NameIndex) -> None:
        self.tools = McpTools()
        self._names = names
        self._key = 0
        self._last: list[Candidate] = []

    async def at(
        self,
        document: OpenDocument,
        position: types.Position,
        encoding: types.PositionEncodingKind | str,
        *,
        may_ask: bool,
        snippets: bool,
    ) -> types.CompletionList:
        """The completions at a position. `may_ask` says whether MCP servers may be started to say what they have,
        `snippets` whether the client knows tab stops."""
        offset = to_offset(document.lines, position, encoding)
        found, unknown = self._found(document, offset)
        if unknown and may_ask and document.path is not None:
            folder = document.path.parent
            await asyncio.gather(*(self.tools.ask(folder, name, _TOOLS_SECONDS) for name in unknown))
            offset = to_offset(document.lines, position, encoding)
            found, unknown = self._found(document, offset)
        self._key += 1
        self._last = found
        listed = items(found, document.lines, encoding, snippets=snippets, key=self._key)
        return types.CompletionList(is_incomplete=bool(unknown) and may_ask, items=listed)

    def doc_of(self, data: object) -> str | None:
        """The docs of a completion that was just offered."""
        match data:
            case [key, int(index)] if key == self._key and index < len(self._last):
                return self._last[index].doc
            case _:
                return None

    def _found(self, document: OpenDocument, offset: int) -> tuple[list[Candidate], set[str]]:
        """The completions, and the MCP servers whose tools belong to them and are not known."""
        unknown: set[str] = set()
        path = document.path

        def tools(server: str) -> Sequence[Tool]:
            known = self.tools.known(path.parent, server) if path is not None else ()
            if known is None:
                unknown.add(server)
            return known or ()

        events = self._names.events
        return completions(document.lines, offset, path, document.last_analysis, tools, events), unknown

"""The open texts and their analyses. A text is the server's own: positions follow LSP's line ends alone.

A change only marks a document as changed; its analysis is made when somebody asks, in a worker thread, once for
however many changes came in between.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

from duckflux.language.analysis import Analysis, analyse, syntax_only
from duckflux.language.files import is_test_name, is_workflow_name
from duckflux.language.source import LineIndex
from lsprotocol import types
from pygls import uris

from .difference import common_end, common_start
from .positions import to_offset

MAX_ANALYSED = 2 * 1024 * 1024
LANGUAGE_ID = "duckflux"
# As other YAML tools know it: a comment in one of the first lines that names the schema.
_SCHEMA_LINE = re.compile(r"^#\s*yaml-language-server\s*:\s*\$schema\s*=\s*\S*duckflux", re.MULTILINE)
_SCHEMA_LINE_WITHIN = 1_000


class Edit(NamedTuple):
    """A change of a text: the code points from `start` to `end` became `text`."""

    start: int
    end: int
    text: str


class OpenDocument:
    """One text as the editor has it."""

    def __init__(self, uri: str, version: int, text: str) -> None:
        self.uri = uri
        self.version = version
        self.lines = LineIndex(text)
        self._analysis: Analysis | None = None
        self._fresh = False
        self._pending: asyncio.Task[Analysis] | None = None

    @property
    def text(self) -> str:
        return self.lines.text

    @property
    def path(self) -> Path | None:
        """The file, or None for a text that has none yet (`untitled:`)."""
        return path_of(self.uri)

    @property
    def last_analysis(self) -> Analysis | None:
        """The analysis of this text or of an earlier one, as there is."""
        return self._analysis

    def apply(
        self, change: types.TextDocumentContentChangeEvent, encoding: types.PositionEncodingKind | str
    ) -> Edit:
        """Change the text. A change of the whole text is narrowed to what is different."""
        if isinstance(change, types.TextDocumentContentChangePartial):
            start = to_offset(self.lines, change.range.start, encoding)
            end = max(start, to_offset(self.lines, change.range.end, encoding))
            edit = Edit(start, end, change.text)
            self.lines = self.lines.edited(*edit)
            return edit
        edit = difference(self.text, change.text)
        self.lines = LineIndex(change.text)
        return edit

    async def analysis(self) -> Analysis:
        """The analysis of the text as it is when the work is done; never that of an older text."""
        while self._analysis is None or not self._fresh or self._analysis.document.text is not self.text:
            if self._pending is None:
                self._pending = asyncio.create_task(self._analyse())
            self._analysis = await asyncio.shield(self._pending)
        return self._analysis

    def recheck(self) -> None:
        """Analyse it again although its text is the same: other files have changed."""
        self._fresh = False

    async def _analyse(self) -> Analysis:
        self._fresh = True
        text, path, previous = self.text, self.path, self._analysis
        try:
            if len(text) > MAX_ANALYSED:
                return await asyncio.to_thread(syntax_only, text, path)
            return await asyncio.to_thread(_analysis_for(self.uri), text, path, previous)
        finally:
            self._pending = None


class Documents:
    """All open texts, by URI."""

    def __init__(self) -> None:
        self._open: dict[str, OpenDocument] = {}

    def open(self, item: types.TextDocumentItem) -> OpenDocument | None:
        """Take a text over; None for one that is no workflow: other YAML is left alone."""
        if not _is_workflow(item):
            return None
        document = OpenDocument(item.uri, item.version, item.text)
        self._open[item.uri] = document
        return document

    def close(self, uri: str) -> None:
        self._open.pop(uri, None)

    def get(self, uri: str) -> OpenDocument | None:
        return self._open.get(uri)

    def __iter__(self) -> Iterator[OpenDocument]:
        return iter(tuple(self._open.values()))


def _is_workflow(item: types.TextDocumentItem) -> bool:
    if item.language_id == LANGUAGE_ID or is_workflow_name(item.uri) or is_test_name(item.uri):
        return True
    return _SCHEMA_LINE.search(item.text, 0, _SCHEMA_LINE_WITHIN) is not None


def _analysis_for(uri: str) -> Callable[[str, Path | None, Analysis | None], Analysis]:
    """What looks at a text: a test file has a schema of its own."""
    if not is_test_name(uri):
        return analyse
    from duckflux.testing.files import check

    return check


def path_of(uri: str) -> Path | None:
    """The file of a `file:` URI; None for any other."""
    if not uri.startswith("file:"):
        return None
    name = uris.to_fs_path(uri)
    return Path(name) if name else None


def difference(old: str, new: str) -> Edit:
    """The one edit between two texts: what their common start and end leave over."""
    start = common_start(old, new)
    tail = common_end(old, new, start)
    return Edit(start, len(old) - tail, new[start : len(new) - tail])

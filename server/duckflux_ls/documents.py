"""The open texts and their analyses. A text is the server's own: positions follow LSP's line ends alone.

A change only marks a document as changed; its analysis is made when somebody asks, in a worker thread, once for
however many changes came in between.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from duckflux.language.analysis import Analysis, analyse, syntax_only
from duckflux.language.model.workflow import Workflow, build
from duckflux.language.semantics.called_workflows import DISK, Files
from duckflux.language.syntax import LineIndex, parse
from duckflux.language.workflow_files import is_test_name, is_workflow_name
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

    def __init__(self, uri: str, version: int, text: str, files: Files = DISK) -> None:
        self.uri = uri
        self.version = version
        self.lines = LineIndex(text)
        self._files = files
        self._workflow: Workflow | None = None
        self._analysis: Analysis | None = None
        self._fresh = False
        self._doubted = False
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

    def is_analysed_by(self, analysis: Analysis) -> bool:
        """Whether an analysis is one of the text as it is."""
        return analysis.document.text is self.text

    @property
    def workflow(self) -> Workflow:
        """What the text says; not for the event loop. The same object as long as the text is the same."""
        text, last, known = self.text, self._analysis, self._workflow
        if known is None or known.document.text is not text:
            if last is not None and last.document.text is text:
                known = last.workflow
            else:
                before = known or (last.workflow if last is not None else None)
                known = build(parse(text, before.document if before else None), before)
            self._workflow = known
        return known

    @property
    def is_busy(self) -> bool:
        """Whether it is being looked at."""
        return self._pending is not None

    def may_call(self, path: Path) -> bool:
        """Whether a file was looked at in the last analysis, or may be in the one that is under way."""
        if self._pending is not None:
            return path != self.path
        if self._analysis is not None and self.path is not None and is_test_name(self.uri):
            from duckflux.testing.files import workflow_under_test_path

            return workflow_under_test_path(self._analysis.document, self.path) == path
        work = self._analysis.work if self._analysis is not None else None
        return work is not None and path in work.model.called

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
        while self._analysis is None or self._doubted or not self._is_fresh():
            if self._pending is None:
                self._pending = asyncio.create_task(self._analyse())
            self._analysis = await asyncio.shield(self._pending)
        return self._analysis

    def recheck(self) -> None:
        """Analyse it again although its text is the same: other files have changed."""
        self._fresh = False

    def doubt(self) -> None:
        """Analyse it again if the files that it calls no longer offer what they did."""
        self._doubted = True
        # What a test file rests on is not noted: it is small, and looked at anew.
        if is_test_name(self.uri):
            self._fresh = False

    def _is_fresh(self) -> bool:
        return self._fresh and self._analysis is not None and self.is_analysed_by(self._analysis)

    async def _analyse(self) -> Analysis:
        try:
            last, doubted, self._doubted = self._analysis, self._doubted, False
            if doubted and last is not None and self._is_fresh() and await _sees_the_same(last):
                return last
            self._fresh = True
            return await asyncio.to_thread(self._analysed, self.text, last)
        finally:
            self._pending = None

    def _analysed(self, text: str, last: Analysis | None) -> Analysis:
        if len(text) > MAX_ANALYSED:
            return syntax_only(text, self.path)
        if not is_test_name(self.uri):
            return analyse(text, self.path, last, self._files)
        # A test file has a schema of its own.
        from duckflux.testing.files import check

        return check(text, self.path, last, self._files)


class Documents:
    """All open texts, by URI. `called` are the workflow files that they may call, with these among them."""

    def __init__(self) -> None:
        self._open: dict[str, OpenDocument] = {}
        self._by_path: dict[Path, OpenDocument] = {}
        self.called = Files(self._workflow_at)

    def open(self, item: types.TextDocumentItem) -> OpenDocument | None:
        """Take a text over; None for one that is no workflow: other YAML is left alone."""
        if not _is_workflow(item):
            return None
        document = OpenDocument(item.uri, item.version, item.text, self.called)
        self._open[item.uri] = document
        if document.path is not None:
            self._by_path[document.path] = document
        return document

    def close(self, uri: str) -> None:
        document = self._open.pop(uri, None)
        if document is not None and document.path is not None:
            self._by_path.pop(document.path, None)

    def callers(self, path: Path | None) -> list[OpenDocument]:
        """The open texts that may call a file."""
        return [document for document in self if path is not None and document.may_call(path)]

    def get(self, uri: str) -> OpenDocument | None:
        return self._open.get(uri)

    async def settled(self) -> None:
        """Wait until no open text is being looked at."""
        while busy := [document.analysis() for document in self if document.is_busy]:
            await asyncio.gather(*busy, return_exceptions=True)

    def __iter__(self) -> Iterator[OpenDocument]:
        return iter(tuple(self._open.values()))

    def _workflow_at(self, path: Path) -> Workflow | None:
        document = self._by_path.get(path)
        return document.workflow if document is not None else None


async def _sees_the_same(analysis: Analysis) -> bool:
    context = analysis.work.model if analysis.work is not None else None
    return context is None or await asyncio.to_thread(context.files.still_offer, context.called)


def _is_workflow(item: types.TextDocumentItem) -> bool:
    if item.language_id == LANGUAGE_ID or is_workflow_name(item.uri) or is_test_name(item.uri):
        return True
    return _SCHEMA_LINE.search(item.text, 0, _SCHEMA_LINE_WITHIN) is not None


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

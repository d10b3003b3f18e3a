"""Keeps the open documents and their analyses. Texts have LSP's line ends alone, unlike those of pygls.

A change only marks a document as changed. Its analysis is made when it is asked for, in a worker thread, once for
all changes that came in between.
"""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from pathlib import Path
from typing import Any, Protocol, TypeVar

from duckflux.language.analysis import Analysis, analyse, load, unchecked
from duckflux.language.budget import Budget, OverBudgetError, limited_to
from duckflux.language.model.workflow import Workflow, build
from duckflux.language.semantics.called_workflows import DISK, Files
from duckflux.language.syntax import LineIndex, parse
from duckflux.language.syntax.edits import TextEdit
from duckflux.language.syntax.text_difference import single_edit
from duckflux.language.workflow_files import is_test_name, is_workflow_name
from lsprotocol import types
from pygls import uris

from .positions import Encoding, to_offset

_ANALYSIS_SECONDS = 1.2
_TOO_SLOW = f"nothing is checked: reading the file takes longer than {_ANALYSIS_SECONDS:g} s; divide it"
LANGUAGE_ID = "duckflux"
log = logging.getLogger(__name__)
# The comment in one of the first lines that names the schema, as for other YAML tools.
_SCHEMA_LINE = re.compile(r"^#\s*yaml-language-server\s*:\s*\$schema\s*=\s*\S*duckflux", re.MULTILINE)
_SCHEMA_LINE_WITHIN = 1_000


def load_in_time(path: Path, files: Files) -> Analysis:
    """Return the analysis of a file that is not open, as far as it is made in time.

    Raises OSError if the file cannot be read, UnicodeDecodeError if it is not UTF-8.
    """
    with limited_to(Budget(_ANALYSIS_SECONDS)):
        try:
            return load(path, files)
        except OverBudgetError:
            log.warning("%s: %s", path, _TOO_SLOW)
            return unchecked("", path, _TOO_SLOW)


P = TypeVar("P", bound="DocumentParams")
R = TypeVar("R")


class DocumentParams(Protocol):
    """The parameters of a request about one document."""

    text_document: types.TextDocumentIdentifier


class OpenDocument:
    """A document as the client has it."""

    def __init__(self, uri: str, version: int, text: str, files: Files = DISK) -> None:
        self.uri = uri
        self.version = version
        self.lines = LineIndex(text)
        self._files = files
        self._workflow: Workflow | None = None
        self._analysis: Analysis | None = None
        self._fresh = False
        self._must_check_callees = False
        self._pending: asyncio.Task[Analysis] | None = None

    @property
    def text(self) -> str:
        """The text as it is now."""
        return self.lines.text

    @property
    def path(self) -> Path | None:
        """The file, or None for a document without one (`untitled:`)."""
        return path_of(self.uri)

    @property
    def last_analysis(self) -> Analysis | None:
        """The last analysis, which may be of an earlier text; None if there is none yet."""
        return self._analysis

    def is_analysed_by(self, analysis: Analysis) -> bool:
        """Return whether an analysis is of the text as it is now."""
        return analysis.document.text is self.text

    @property
    def workflow(self) -> Workflow:
        """The workflow of the text; the same object while the text is the same. Not for the event loop."""
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
    def is_being_analysed(self) -> bool:
        """Return whether an analysis is under way."""
        return self._pending is not None

    def may_call(self, path: Path) -> bool:
        """Return whether the last analysis has read a file, or the one that is under way may read it."""
        if self._pending is not None:
            return path != self.path
        if self._analysis is not None and self.path is not None and is_test_name(self.uri):
            from duckflux.language.test_files import workflow_under_test_path

            return workflow_under_test_path(self._analysis.document, self.path) == path
        work = self._analysis.state if self._analysis is not None else None
        return work is not None and path in work.model.called

    def apply(self, change: types.TextDocumentContentChangeEvent, encoding: Encoding) -> TextEdit:
        """Change the text, and return the edit; that of a whole new text is narrowed to what is different."""
        if isinstance(change, types.TextDocumentContentChangePartial):
            start = to_offset(self.lines, change.range.start, encoding)
            end = max(start, to_offset(self.lines, change.range.end, encoding))
            edit = TextEdit(start, end, change.text)
            self.lines = self.lines.edited(*edit)
            return edit
        edit = single_edit(self.text, change.text)
        self.lines = LineIndex(change.text)
        return edit

    async def analysis(self) -> Analysis:
        """Return the analysis of the text as it is when the work is done; never that of an older text."""
        while self._analysis is None or self._must_check_callees or not self._is_fresh():
            if self._pending is None:
                self._pending = asyncio.create_task(self._analyse())
            self._analysis = await asyncio.shield(self._pending)
        return self._analysis

    def invalidate(self) -> None:
        """Have it analysed again although its text is the same: other files have changed."""
        self._fresh = False

    def check_callees(self) -> None:
        """Have it analysed again if the interfaces of the workflows that it calls have changed."""
        self._must_check_callees = True
        # The files that a test file depends on are not recorded: it is small, and analysed anew.
        if is_test_name(self.uri):
            self._fresh = False

    def _is_fresh(self) -> bool:
        return self._fresh and self._analysis is not None and self.is_analysed_by(self._analysis)

    async def _analyse(self) -> Analysis:
        try:
            last, must_check, self._must_check_callees = self._analysis, self._must_check_callees, False
            if must_check and last is not None and self._is_fresh() and await _has_same_callees(last):
                return last
            self._fresh = True
            return await self._analyse_in_time(self.text, last)
        finally:
            self._pending = None

    async def _analyse_in_time(self, text: str, last: Analysis | None) -> Analysis:
        # Not that of the request that asks first: others wait for the same analysis.
        with limited_to(Budget(_ANALYSIS_SECONDS)):
            try:
                return await asyncio.to_thread(self._analysed, text, last)
            except OverBudgetError:
                log.warning("%s: %s", self.uri, _TOO_SLOW)
                return unchecked(text, self.path, _TOO_SLOW)

    def _analysed(self, text: str, last: Analysis | None) -> Analysis:
        if not is_test_name(self.uri):
            return analyse(text, self.path, last, self._files)
        # A test file has a schema of its own.
        from duckflux.language.test_files import check

        return check(text, self.path, last, self._files)


class Documents:
    """All open documents, by URI. `called` gives the workflows that they may call, open ones as they are now."""

    def __init__(self) -> None:
        self._open: dict[str, OpenDocument] = {}
        self._by_path: dict[Path, OpenDocument] = {}
        self.called = Files(self._workflow_at)

    def open(self, item: types.TextDocumentItem) -> OpenDocument | None:
        """Open a document, and return it; None for a text that is not a workflow: other YAML is left alone."""
        if not _is_workflow(item):
            return None
        document = OpenDocument(item.uri, item.version, item.text, self.called)
        self._open[item.uri] = document
        if document.path is not None:
            self._by_path[document.path] = document
        return document

    def close(self, uri: str) -> None:
        """Close a document, if it is open."""
        document = self._open.pop(uri, None)
        if document is not None and document.path is not None:
            self._by_path.pop(document.path, None)

    def callers(self, path: Path | None) -> list[OpenDocument]:
        """Return the open documents that may call a file."""
        return [document for document in self if path is not None and document.may_call(path)]

    def get(self, uri: str) -> OpenDocument | None:
        """Return the open document of a URI, however it is spelled, or None."""
        document = self._open.get(uri)
        if document is None and (path := path_of(uri)) is not None:
            return self._by_path.get(path)
        return document

    def uri_of(self, path: Path) -> str:
        """Return the URI of a file, as the client spells it if it is open."""
        document = self._by_path.get(path)
        return document.uri if document is not None else path.as_uri()

    def with_document(
        self, answer: Callable[[P, OpenDocument], Awaitable[R]]
    ) -> Callable[[P], Coroutine[Any, Any, R | None]]:
        """Return a handler that answers for the document of a request, or null if it is not open."""

        async def handle(params: P) -> R | None:
            document = self.get(params.text_document.uri)
            return await answer(params, document) if document is not None else None

        return handle

    def with_analysis(
        self, answer: Callable[[P, OpenDocument, Analysis], Awaitable[R]]
    ) -> Callable[[P], Coroutine[Any, Any, R | None]]:
        """Return a handler that also gets the analysis of the document as it is now."""

        async def handle(params: P, document: OpenDocument) -> R:
            return await answer(params, document, await document.analysis())

        return self.with_document(handle)

    def from_analysis(
        self, answer: Callable[[P, Analysis], R]
    ) -> Callable[[P], Coroutine[Any, Any, R | None]]:
        """Return a handler that computes its answer from the analysis alone, in a worker thread."""

        async def handle(params: P, document: OpenDocument) -> R:
            return await asyncio.to_thread(answer, params, await document.analysis())

        return self.with_document(handle)

    async def wait_until_analysed(self) -> None:
        """Wait until no analysis of an open document is under way."""
        while busy := [document.analysis() for document in self if document.is_being_analysed]:
            await asyncio.gather(*busy, return_exceptions=True)

    def __iter__(self) -> Iterator[OpenDocument]:
        return iter(tuple(self._open.values()))

    def _workflow_at(self, path: Path) -> Workflow | None:
        document = self._by_path.get(path)
        return document.workflow if document is not None else None


async def _has_same_callees(analysis: Analysis) -> bool:
    model = analysis.state.model if analysis.state is not None else None
    return model is None or await asyncio.to_thread(model.files.still_offer, model.called)


def _is_workflow(item: types.TextDocumentItem) -> bool:
    if item.language_id == LANGUAGE_ID or is_workflow_name(item.uri) or is_test_name(item.uri):
        return True
    return _SCHEMA_LINE.search(item.text, 0, _SCHEMA_LINE_WITHIN) is not None


def path_of(uri: str) -> Path | None:
    """Return the file of a `file:` URI, or None for any other URI."""
    if not uri.startswith("file:"):
        return None
    name = uris.to_fs_path(uri)
    return Path(name) if name else None

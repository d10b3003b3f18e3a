"""Keeps the open scratches: texts with expressions to try on the last run of a workflow."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Coroutine, Sequence
from pathlib import Path, PurePath
from typing import Any, TypeVar
from urllib.parse import unquote, urlsplit

from duckflux.ide.scratch import LANGUAGE_ID, SUFFIX, Scratch, read_scratch
from duckflux.language.syntax import LineIndex
from lsprotocol import types

from .documents import DocumentParams, path_of
from .positions import Encoding, to_offset

P = TypeVar("P", bound=DocumentParams)
R = TypeVar("R")


class OpenScratch:
    """A scratch as the client has it."""

    def __init__(self, uri: str, text: str) -> None:
        self.uri = uri
        self.lines = LineIndex(text)

    @property
    def workflow(self) -> str:
        """Return the path of its workflow as it is written, "" if there is none."""
        return self.content.workflow

    @property
    def content(self) -> Scratch:
        """Return its content."""
        return read_scratch(self.lines)

    @property
    def workflow_path(self) -> Path | None:
        """Return the file of its workflow, which is relative to its own folder, also before it is saved."""
        if not self.workflow:
            return None
        path = path_of(self.uri) or Path(unquote(urlsplit(self.uri).path))
        return Path(path.parent, self.workflow)

    def apply(self, change: types.TextDocumentContentChangeEvent, encoding: Encoding) -> None:
        """Change the text."""
        if isinstance(change, types.TextDocumentContentChangePartial):
            start = to_offset(self.lines, change.range.start, encoding)
            end = max(start, to_offset(self.lines, change.range.end, encoding))
            self.lines = self.lines.edited(start, end, change.text)
        else:
            self.lines = LineIndex(change.text)


class Scratches:
    """All open scratches, by URI."""

    def __init__(self) -> None:
        self._open: dict[str, OpenScratch] = {}

    def open(self, item: types.TextDocumentItem) -> bool:
        """Open a document if it is a scratch, and return whether it is."""
        is_scratch = item.language_id == LANGUAGE_ID or item.uri.endswith(SUFFIX)
        if is_scratch:
            self._open[item.uri] = OpenScratch(item.uri, item.text)
        return is_scratch

    def change(
        self, uri: str, changes: Sequence[types.TextDocumentContentChangeEvent], encoding: Encoding
    ) -> None:
        """Change the text of a document, if it is an open scratch."""
        if (scratch := self._open.get(uri)) is not None:
            for change in changes:
                scratch.apply(change, encoding)

    def close(self, uri: str) -> None:
        """Close a document, if it is an open scratch."""
        self._open.pop(uri, None)

    def get(self, uri: str) -> OpenScratch | None:
        """Return the open scratch of a URI, or None."""
        return self._open.get(uri)

    def answered_by(
        self, answer: Callable[[P, OpenScratch], Awaitable[R | None]]
    ) -> Callable[[Callable[[P], Awaitable[R | None]]], Callable[[P], Coroutine[Any, Any, R | None]]]:
        """Return a decorator of a handler for workflows: with it, scratches have this answer."""

        def decorated(
            other: Callable[[P], Awaitable[R | None]],
        ) -> Callable[[P], Coroutine[Any, Any, R | None]]:
            async def handle(params: P) -> R | None:
                scratch = self.get(params.text_document.uri)
                return await (other(params) if scratch is None else answer(params, scratch))

            return handle

        return decorated


def scratch_path(workflow: PurePath) -> str:
    """Return the path of the scratch beside a workflow: `deploy.scratch.cel` for `deploy.duck.yaml`."""
    return str(workflow.with_name(workflow.name.partition(".")[0] + SUFFIX))

"""Converts files, lines and columns to what a client has said that it uses, and describes breakpoints by them."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, unquote, urlsplit

from ..breakpoints import Breakpoint
from ..client import DebugError
from ..edited_text import LineMap
from .columns import to_units
from .messages import Initialize

if TYPE_CHECKING:
    from ..target import Target


class ClientConventions:
    """The conventions of a client."""

    def __init__(self, client: Initialize) -> None:
        self._client = client

    @property
    def arguments(self) -> Initialize:
        """Return what the client has said of itself."""
        return self._client

    def source(self, file: str) -> dict[str, Any]:
        """Return a file as a source for the client."""
        path = f"file://{quote(file)}" if self._client.path_format == "uri" else file
        return {"name": os.path.basename(file), "path": path}

    def file_of(self, path: str | None) -> str:
        """Return the file that a client means. Raises DebugError."""
        if not path:
            raise DebugError("`source.path` must be the path of a file")
        if path.startswith("file://"):
            path = unquote(urlsplit(path).path)
        return os.path.abspath(path)

    def line_in(self, line: int) -> int:
        """Return a line of the client, counted from 0."""
        return max(line - self._client.lines_start_at1, 0)

    def line_out(self, line: int) -> int:
        """Return a line, counted as the client does."""
        return line + self._client.lines_start_at1

    def column_in(self, column: int) -> int:
        """Return a column of the client, counted from 0."""
        return max(column - self._client.columns_start_at1, 0)

    def column_out(self, column: int) -> int:
        """Return a column, counted as the client does."""
        return column + self._client.columns_start_at1


def described(
    client: ClientConventions, target: Target, file: str, breakpoint_: Breakpoint
) -> dict[str, Any]:
    """Return a breakpoint as the client sees it."""
    site, request = breakpoint_.site, breakpoint_.request
    answer: dict[str, Any] = {
        "id": breakpoint_.id,
        "verified": site is not None,
        "source": client.source(file),
    }
    if site is None:
        message = breakpoint_.problem or "no step runs at this line or after it"
        return {**answer, "line": client.line_out(request.line), "message": message}
    sites = target.sites(file)
    if sites is None:
        return answer
    lines = LineMap.of_file(file, sites.workflow.document.text)
    answer["line"] = client.line_out(lines.now(site.line))
    if request.column is not None:
        answer["column"] = client.column_out(to_units(sites, site.line, site.column))
    return answer

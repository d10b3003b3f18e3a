"""Converts files, lines and columns to what a client has said that it uses, and describes breakpoints by them."""

from __future__ import annotations

import os
from typing import Any
from urllib.parse import quote, unquote, urlsplit

from ..breakpoints import Breakpoint
from ..client import DebugError
from ..edited_text import LineMap
from ..sites import Sites
from .columns import code_points_of, units_of
from .messages import Initialize


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


class LoadedFile:
    """A file as it has been loaded, with its lines and columns where the client has them in the file now."""

    def __init__(self, client: ClientConventions, file: str, sites: Sites) -> None:
        self.sites = sites
        self._client = client
        self._lines = LineMap.of_file(file, sites.workflow.document.text)

    def line_in(self, line: int) -> int:
        """Return the line that a line of the client was."""
        return self._lines.then(self._client.line_in(line))

    def line_out(self, line: int) -> int:
        """Return where the client has a line."""
        return self._client.line_out(self._lines.now(line))

    def column_in(self, line: int, column: int) -> int:
        """Return the column in code points of a column in a line of the client."""
        return code_points_of(self._text(self.line_in(line)), self._client.column_in(column))

    def column_out(self, line: int, column: int) -> int:
        """Return where the client has a column of a line."""
        return self._client.column_out(units_of(self._text(line)[:column]))

    def _text(self, line: int) -> str:
        lines = self.sites.workflow.document.lines
        return lines.line_text(line) if line < len(lines) else ""


def described(
    client: ClientConventions, file: str, loaded: LoadedFile | None, breakpoint_: Breakpoint
) -> dict[str, Any]:
    """Return a breakpoint of a file as the client sees it."""
    site, request = breakpoint_.site, breakpoint_.request
    answer: dict[str, Any] = {
        "id": breakpoint_.id,
        "verified": site is not None,
        "source": client.source(file),
    }
    if site is None:
        message = breakpoint_.problem or "no step runs at this line or after it"
        return {**answer, "line": client.line_out(request.line), "message": message}
    if loaded is None:
        return answer
    answer["line"] = loaded.line_out(site.line)
    if request.column is not None:
        answer["column"] = loaded.column_out(site.line, site.column)
    return answer

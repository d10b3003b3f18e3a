"""Copies fragments of a workflow's text with their comments, and applies edits to them."""

from __future__ import annotations

from collections.abc import Iterable

from ...language.syntax import Document, Mapping, Pair, Scalar, parse
from ...language.syntax.edits import INDENT, TextEdit, apply, is_flow, remove_field


class TextFragments:
    """The fragments of one text. Each edit lies in a single scalar."""

    def __init__(self, document: Document, edits: Iterable[TextEdit] = ()) -> None:
        self._document = document
        self._edits = tuple(edits)

    def section(self, pair: Pair) -> list[str]:
        """Return the lines of a field at the top of the file."""
        return self.lines(*lines_of(self._document, pair), 0)

    def entry(self, holder: Mapping, pair: Pair) -> list[str]:
        """Return the lines of an entry of a map, without its indentation."""
        document = self._document
        if is_flow(document, holder):
            end = max(document.offsets(pair.value)[1], document.offsets(pair.key)[1])
            return self._text(document.offsets(pair.key)[0], end).split("\n")
        first, last = lines_of(document, pair)
        column = document.position(pair.key)[1]
        if not document.lines.line_text(first)[:column].strip():
            return self.lines(_with_comment(document, first), last, column)
        # Behind a dash, whose line the comment above is about.
        head = self._text(document.offsets(pair.key)[0], document.lines.line_end(first))
        return [head, *(self.lines(first + 1, last, column) if first < last else [])]

    def comment_above(self, key: Scalar | None) -> list[str]:
        """Return the lines of the comment right above a key, without indentation."""
        if key is None or self._document.position(key)[1] == 0:
            return []
        line, column = self._document.position(key)
        first = _with_comment(self._document, line)
        return self.lines(first, line - 1, column) if first < line else []

    def has_gap_above(self, pair: Pair) -> bool:
        """Return whether an empty line is above a field and its comment."""
        first = _with_comment(self._document, self._document.position(pair.key)[0])
        return first > 0 and not self._document.lines.line_text(first - 1).strip()

    def lines(self, first: int, last: int, column: int) -> list[str]:
        """Return the lines from one to another, without the indentation up to a column."""
        lines = self._document.lines
        text = self._text(lines.starts[first], lines.line_end(last))
        return [line[min(column, len(line) - len(line.lstrip(" "))) :] for line in text.split("\n")]

    def _text(self, start: int, end: int) -> str:
        inside = (edit for edit in self._edits if start <= edit.start and edit.end <= end)
        edits = [edit._replace(start=edit.start - start, end=edit.end - start) for edit in inside]
        return apply(self._document.text[start:end], edits).replace("\r\n", "\n")


def indented(lines: Iterable[str]) -> list[str]:
    """Return lines one level deeper; empty ones stay empty."""
    return [f"{INDENT}{line}" if line.strip() else "" for line in lines]


def lines_of(document: Document, pair: Pair) -> tuple[int, int]:
    """Return the first and the last line of a field."""
    end = max(document.offsets(pair.value)[1], document.offsets(pair.key)[1])
    return document.position(pair.key)[0], document.lines.position(end)[0]


def without_participants(text: str, names: Iterable[str]) -> str | None:
    """Return the text without some participants and the comments above them, or None if that is not possible."""
    document: Document | None = None
    for name in names:
        document = parse(text, document)
        root = document.root
        section = root.pair("participants") if isinstance(root, Mapping) else None
        if section is None or not isinstance(root, Mapping) or not isinstance(section.value, Mapping):
            return None
        holder, pair = section.value, section.value.pair(name)
        if len(holder.pairs) == 1:
            holder, pair = root, section
        edit = remove_field(document, holder, pair) if pair is not None else None
        if edit is None or pair is None:
            return None
        if not is_flow(document, holder):
            edit = _with_gap(document, edit, pair, is_first=pair is holder.pairs[0])
        text = apply(text, [edit])
    return text


def _with_gap(document: Document, edit: TextEdit, pair: Pair, *, is_first: bool) -> TextEdit:
    """Return the edit that removes lines, the comment above them and one of the gaps around."""
    lines = document.lines
    first = _with_comment(document, document.position(pair.key)[0])
    after = lines.position(edit.end)[0]
    if is_first or not lines.line_text(first - 1).strip():
        while after < len(lines) - 1 and not lines.line_text(after).strip():
            after += 1
    start, end = lines.starts[first], lines.starts[after] if after < len(lines) else edit.end
    return TextEdit(min(start, edit.start), max(end, edit.end), "")


def _with_comment(document: Document, line: int) -> int:
    """Return the first of the comment lines right above a line, or the line itself if there are none."""
    lines = document.lines
    column = _column(lines.line_text(line))
    while line > 0 and (above := lines.line_text(line - 1)).lstrip().startswith("#"):
        if _column(above) != column:
            break
        line -= 1
    return line


def _column(line: str) -> int:
    return len(line) - len(line.lstrip(" "))

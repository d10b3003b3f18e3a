"""Formats workflows in one layout that keeps their meaning.

Block collections are indented by two, with one space after `:` and `-`, no spaces at the ends of lines, and one
line break at the end. Comments, blank lines, quotes, and what is in brackets stay as they are.
"""

from __future__ import annotations

import math
import re
from bisect import bisect_left
from collections.abc import Iterator
from functools import cached_property
from itertools import pairwise

from ..language.syntax import Document, Mapping, Node, Scalar, Sequence, parse, plain_value
from ..language.syntax.edits import TextEdit, apply, line_break
from ..language.syntax.scalars import WHITE_SPACE

INDENT = 2
_COLON = re.compile(r"[ \t]*:[ \t]+")
_DASH = re.compile(r"-[ \t]+(?=[^ \t\r\n])")
_LEADING = re.compile(r"[ \t]*")


class Unformattable(Exception):  # noqa: N818
    """The text can't be formatted; the message says why."""


def formatted(text: str) -> str:
    """Return the formatted text. Raises Unformattable."""
    return apply(text, edits_of(parse(text)))


def edits_of(document: Document) -> tuple[TextEdit, ...]:
    """Return the edits that format a text, line by line.

    Raises Unformattable for a text with errors, and for one whose meaning would change.
    """
    for problem in document.errors():
        line, _ = document.position(problem.span)
        raise Unformattable(f"line {line + 1}: {problem.message}")
    if document.root is None:
        return ()
    layout = _Layout(document)
    layout.place(document.root, 0)
    edits = tuple(layout.edits())
    if not _keeps_meaning(document, edits):
        raise Unformattable("this can't be formatted without changing what it means: please report it")
    return edits


def edits_within(document: Document, lines: set[int], *, widen: bool = False) -> tuple[TextEdit, ...]:
    """Return the edits in some lines, or none if they would change the meaning without the others.

    With `widen` these are then the edits of all sections of the file that the lines are in. Raises Unformattable.
    """
    every = edits_of(document)
    found = tuple(edit for edit in every if document.lines.position(edit.start)[0] in lines)
    if widen and not _keeps_meaning(document, found):
        wider = _sections(document, lines)
        found = tuple(edit for edit in every if document.lines.position(edit.start)[0] in wider)
    return found if _keeps_meaning(document, found) else ()


def _sections(document: Document, lines: set[int]) -> set[int]:
    """Return all lines of the fields at the top that some lines belong to."""
    root = document.root
    starts = [document.position(key)[0] for key, _ in root] if isinstance(root, Mapping) else []
    bounds = pairwise([0, *starts, len(document.lines)])
    return {line for start, end in bounds if lines & set(range(start, end)) for line in range(start, end)}


def _keeps_meaning(document: Document, edits: tuple[TextEdit, ...]) -> bool:
    """Return whether a text means the same after edits."""
    after = parse(apply(document.text, edits), document)
    return not any(after.errors()) and _meaning(after.root) == _meaning(document.root)


def _meaning(node: Node | None) -> object:
    """Return the value as text, with what equality ignores: types, the order of keys, NaN."""
    return repr(_ordered(plain_value(node)))


def _ordered(value: object) -> object:
    match value:
        case dict():
            return [(key, _ordered(inner)) for key, inner in value.items()]
        case list():
            return [_ordered(inner) for inner in value]
        case float() if math.isnan(value):
            return "nan"
        case _:
            return value


class _Layout:
    """The columns at which lines start.

    `column` has those of the lines that start with a node. `inside` has, for the further lines of a text or of
    brackets, the line where that starts, and `raw` the columns of the lines of a block scalar.
    """

    def __init__(self, document: Document) -> None:
        self.document = document
        self.text = document.text
        self.lines = document.lines
        self.column: dict[int, int] = {}
        self.inside: dict[int, int] = {}
        self.raw: dict[int, int] = {}
        self.gaps: list[TextEdit] = []

    def place(self, node: Node, column: int) -> None:
        """Put a node at a column, if it starts its line, and what is in it after it."""
        if node.alias:
            return
        start, end = self.document.offsets(node)
        if isinstance(node, Scalar) or self.text[start] in "[{&!":
            self._hold(node, start, end, column)
        elif isinstance(node, Mapping):
            self._mapping(node, column)
        elif isinstance(node, Sequence):
            self._sequence(node, start, column)

    def _mapping(self, node: Mapping, column: int) -> None:
        begin, end = self.document.offsets(node)
        for key, value in node:
            start, stop = self.document.offsets(key)
            if not begin <= start < end:
                continue
            self._begin(start, column)
            first = self.document.offsets(value)[0]
            gap = _COLON.fullmatch(self.text, stop, first)
            if gap is not None and gap[0] != ": ":
                self.gaps.append(TextEdit(stop, first, ": "))
            self.place(value, column + INDENT)

    def _sequence(self, node: Sequence, start: int, column: int) -> None:
        old = self.lines.position(start)[1]
        for item in node.items:
            first = self.document.offsets(item)[0]
            dash = self._dash(first, old)
            if dash is None:
                continue
            self._begin(dash, column)
            gap = _DASH.match(self.text, dash)
            if gap is not None and gap.end() == first and gap[0] != "- ":
                self.gaps.append(TextEdit(dash, first, "- "))
            self.place(item, column + INDENT)

    def _dash(self, before: int, column: int) -> int | None:
        """Return the dash of an item: the last one at or above its start in the column of the list."""
        line, _ = self.lines.position(before)
        while line >= 0:
            at = self.lines.starts[line] + column
            if at <= before and at < len(self.text) and self.text[at] == "-" and self._is_indent(at):
                return at
            line -= 1
        return None

    def _is_indent(self, at: int) -> bool:
        start = self.lines.starts[self.lines.position(at)[0]]
        return not self.text[start:at].strip(" -")

    def _begin(self, start: int, column: int) -> None:
        line, old = self.lines.position(start)
        if not self.text[start - old : start].strip(WHITE_SPACE):
            self.column[line] = column

    def _hold(self, node: Node, start: int, end: int, column: int) -> None:
        """Record the further lines of a text or of brackets: they move with the first, or below a block's key."""
        first, _ = self.lines.position(start)
        last, _ = self.lines.position(max(start, end - 1))
        self._begin(start, column)
        block = isinstance(node, Scalar) and node.style in ("|", ">")
        while block and last + 1 < len(self.lines) and not self.lines.line_text(last + 1).strip(WHITE_SPACE):
            last += 1
        for line in range(first + 1, last + 1):
            self.inside[line] = first
            if block:
                self.raw[line] = column

    def edits(self) -> Iterator[TextEdit]:
        """Yield the edits, not in order."""
        yield from self.gaps
        shifts = self._block_shifts()
        last = len(self.text.rstrip(WHITE_SPACE))
        for line in range(len(self.lines)):
            start, end = self.lines.starts[line], self.lines.line_end(line)
            if start > last and line not in self.raw:
                break
            leading = _LEADING.match(self.text, start, end)
            indent = leading.end() - start if leading else 0
            shift = shifts[line] if line in self.raw else self._shift(line, indent)
            if start + indent == end:
                # Spaces beyond a block scalar's indentation are text.
                text = line in self.raw and indent + shift > self.raw[line]
                yield from self._changed(start, end, " " * (indent + shift) if text else "")
                continue
            wanted = indent + shift
            if wanted != indent:
                yield TextEdit(start, start + indent, " " * max(wanted, 0))
            if line not in self.raw and line + 1 not in self.inside:
                stop = start + len(self.text[start:end].rstrip(" \t"))
                yield from self._changed(stop, end, "")
        # The line breaks after a block scalar may be its own.
        if self.lines.position(last)[0] not in self.raw and self.text[last:] != line_break(self.document):
            yield TextEdit(self._end(last), len(self.text), line_break(self.document))

    def _end(self, last: int) -> int:
        """Return where the last line with text ends, with its spaces, which have an edit of their own."""
        return self.lines.line_end(self.lines.position(last)[0])

    def _changed(self, start: int, end: int, text: str) -> Iterator[TextEdit]:
        if self.text[start:end] != text:
            yield TextEdit(start, end, text)

    def _shift(self, line: int, indent: int) -> int:
        """Return by how many columns a line moves."""
        if line in self.column:
            return self.column[line] - indent
        if line in self.inside:
            first = self.inside[line]
            return self._shift(first, self._indent(first))
        if self.text[self.lines.starts[line] + indent :][:1] != "#":
            return 0
        return self._shift_of_comment(line, indent)

    def _shift_of_comment(self, line: int, indent: int) -> int:
        """Return by how many columns a comment moves.

        It moves with the next line of its own column, else with the last one, else with the next. It is never put
        deeper than these, where it would be read as text of a block scalar.
        """
        lines, following = self._beginnings, bisect_left(self._beginnings, line)
        below = lines[following] if following < len(lines) else None
        above = lines[following - 1] if following else None
        while above is not None and self._indent(above) > indent:
            above = self._outer[above]
        if below is not None and (above is None or self._indent(below) == indent):
            return self.column[below] - indent
        if above is not None and (below is None or self._indent(above) == indent > self._indent(below)):
            return self.column[above] - indent
        return self.column[below] - indent if below is not None else -indent

    @cached_property
    def _beginnings(self) -> list[int]:
        """The lines that have a column, in order."""
        return sorted(self.column)

    @cached_property
    def _outer(self) -> dict[int, int | None]:
        """For each line that has a column the last one before it that is less indented."""
        found: dict[int, int | None] = {}
        enclosing: list[int] = []
        for line in self._beginnings:
            while enclosing and self._indent(enclosing[-1]) >= self._indent(line):
                enclosing.pop()
            found[line] = enclosing[-1] if enclosing else None
            enclosing.append(line)
        return found

    def _block_shifts(self) -> dict[int, int]:
        """Return by how many columns each line of a block scalar moves: the first one with text to its column."""
        shifts: dict[int, int] = {}
        for line, column in self.raw.items():
            before = shifts.get(line - 1)
            same = self.inside.get(line - 1) == self.inside[line]
            indent = self._indent(line)
            empty = self.lines.starts[line] + indent == self.lines.line_end(line)
            if same and before is not None and line - 1 in self.raw and not self._is_leading(line - 1):
                shifts[line] = before
            else:
                shifts[line] = 0 if empty else column - indent
        return shifts

    def _is_leading(self, line: int) -> bool:
        """Return whether a line of a block scalar, and all lines before it, are empty."""
        first = self.inside[line]
        return all(not self.lines.line_text(n).strip(WHITE_SPACE) for n in range(first + 1, line + 1))

    def _indent(self, line: int) -> int:
        text = self.lines.line_text(line)
        return len(text) - len(text.lstrip(" "))

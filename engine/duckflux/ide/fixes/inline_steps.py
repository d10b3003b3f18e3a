"""Makes inline steps of a command that stands alone, and of fields that stand below the name of a type."""

from __future__ import annotations

from collections.abc import Iterator

from ...language.analysis import Analysis, Diagnostic
from ...language.schema.habits import unknown_name_habit
from ...language.syntax import Document, Mapping, Scalar
from ...language.syntax.ancestors import Entry, ancestors_at
from ...language.syntax.edits import TextEdit, is_after_dash, is_flow, line_break
from .fix import Fix
from .indentation import lines_with_text


def write_inline_step(analysis: Analysis, diagnostic: Diagnostic) -> Iterator[Fix]:
    """Write a step that is a command, or the name of a type, with `type` and its fields."""
    document = analysis.document
    ancestors = ancestors_at(document, diagnostic.start)
    if ancestors.scalar is not None:
        if unknown_name_habit(ancestors.scalar.text, has_fields=False):
            yield from _run_command(document, ancestors.scalar)
        return
    link = ancestors.last
    if link and isinstance(link.pair.value, Mapping) and unknown_name_habit(link.pair.key.text, True):
        yield from _type_beside_fields(document, link, link.pair.value)


def _run_command(document: Document, command: Scalar) -> Iterator[Fix]:
    start, end = document.offsets(command)
    written = document.text[start:end]
    if command.alias or "\n" in written:
        return
    column = document.position(command)[1]
    fields = f"type: exec{line_break(document)}{' ' * column}run: {written}"
    step = fields if is_after_dash(document, start) else f"{{type: exec, run: {written}}}"
    yield Fix("Run it as a command", (TextEdit(start, end, step),))


def _type_beside_fields(document: Document, link: Entry, fields: Mapping) -> Iterator[Fix]:
    if fields.alias or fields.merges or len(link.holder.pairs) != 1:
        return
    type_field = f"type: {link.pair.key.text}"
    edits = _in_braces if is_flow(document, fields) else _on_lines
    yield Fix(f"Write `{type_field}`", tuple(edits(document, link, fields, type_field)))


def _in_braces(document: Document, link: Entry, fields: Mapping, type_field: str) -> Iterator[TextEdit]:
    start, end = document.offsets(fields)
    body = document.text[start:end].removeprefix("{").lstrip()
    yield TextEdit(*document.offsets(link.holder), f"{{{type_field}, {body}")


def _on_lines(document: Document, link: Entry, fields: Mapping, type_field: str) -> Iterator[TextEdit]:
    text = document.text
    start, end = document.offsets(link.pair.key)
    yield TextEdit(start, text.index(":", end) + 1, type_field)
    first, last = fields.pairs[0], fields.pairs[-1]
    surplus = document.position(first.key)[1] - document.position(link.pair.key)[1]
    for line in lines_with_text(document, first, last):
        line_start = document.lines.starts[line]
        if text[line_start : line_start + surplus].isspace():
            yield TextEdit(line_start, line_start + surplus, "")

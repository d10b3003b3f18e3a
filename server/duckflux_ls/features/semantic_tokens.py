"""textDocument/semanticTokens: the names of a workflow and the expressions in its texts."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from duckflux import cel
from duckflux.cel import services
from duckflux.language.analysis import Analysis
from duckflux.language.model.expression_fields import ExpressionField
from duckflux.language.model.workflow import ON_ERROR_STRATEGIES, Call, Loop, Participant, Set, Wait
from duckflux.language.semantics import symbols
from duckflux.language.semantics.items import Item
from duckflux.language.semantics.query_context import QueryContext, QueryResults, still_valid
from duckflux.language.semantics.semantic_model import SemanticModel
from duckflux.language.syntax import Document, LineIndex, Mapping, Scalar, Span
from duckflux.language.syntax.nodes import Block, Ranged
from duckflux.language.syntax.scalar_ranges import content_range
from lsprotocol.types import PositionEncodingKind, SemanticTokensLegend

from ..difference import common_end, common_start
from ..positions import column_units

_TYPES = (
    *("function", "parameter", "variable", "property", "method", "keyword"),
    *("string", "number", "operator", "comment", "type", "event", "namespace"),
)
# `unused` is no standard one: themes may have a style for it.
_MODIFIERS = ("declaration", "readonly", "deprecated", "unused")
LEGEND = SemanticTokensLegend(list(_TYPES), list(_MODIFIERS))
DECLARATION, READONLY, DEPRECATED, UNUSED = 1, 2, 4, 8

_KINDS = {
    services.FIELD: "property",
    services.FUNCTION_KIND: "method",
    services.METHOD_KIND: "method",
    services.MACRO: "keyword",
    services.KEYWORD: "keyword",
    services.TYPE: "type",
    "string": "string",
    "number": "number",
    "operator": "operator",
    "comment": "comment",
    "parameter": "parameter",
}
_BUILT_IN = ("workflow", "execution", "env", "now", "input", "output")


class Token(NamedTuple):
    span: Ranged
    kind: str
    modifiers: int = 0


class Painted(NamedTuple):
    """The tokens of a part as LSP has them, five numbers each, relative to the one before; lines count from the
    start of `block`. `last` is the (line, column) of the last one. `answers` is what they rest on."""

    block: Block
    data: tuple[int, ...]
    last: tuple[int, int]
    answers: QueryResults


class Painting(NamedTuple):
    """The tokens of all parts of a text, and the mark of the context in which they are right."""

    parts: dict[Item, Painted]
    revision: object


def paint(
    analysis: Analysis, encoding: PositionEncodingKind | str, known: Painting | None = None
) -> Painting:
    """The tokens of all parts of a text. `known`, those of an earlier one, saves work."""
    if analysis.work is None:
        return Painting({}, None)
    model = analysis.work.model
    encoder = _Encoder(encoding)
    earlier, since = known if known is not None else ({}, None)
    parts: dict[Item, Painted] = {}
    for item in model.items:
        before = earlier.get(item)
        is_right = before is not None and still_valid(before.answers, model, since)
        parts[item] = before if before is not None and is_right else encoder.painted(item, model)
    return Painting(parts, model.revision)


def join(document: Document, painted: Painting) -> list[int]:
    """The tokens of the whole text as LSP has them."""
    parts = [(_first_line(document, part), part) for part in painted.parts.values() if part.data]
    parts.sort(key=lambda one: (one[0], one[1].data[1]))
    data: list[int] = []
    line = column = 0
    for first, part in parts:
        same = first == line
        data += (first - line, part.data[1] - column if same else part.data[1], *part.data[2:])
        line, column = first - part.data[0] + part.last[0], part.last[1]
    return data


def difference(old: list[int], new: list[int]) -> tuple[int, int, list[int]]:
    """The one edit between two encodings: (start, how many numbers go, those that come)."""
    start = common_start(old, new) // 5 * 5
    tail = common_end(old, new, start) // 5 * 5
    return start, len(old) - start - tail, new[start : len(new) - tail]


def between(data: list[int], first: int, last: int) -> list[int]:
    """Of encoded tokens those in the lines from `first` to `last`, encoded anew."""
    line = column = last_line = last_column = 0
    found: list[int] = []
    for at in range(0, len(data), 5):
        column = data[at + 1] + (column if data[at] == 0 else 0)
        line += data[at]
        if line > last:
            break
        if line >= first:
            same = line == last_line and bool(found)
            found += (line - last_line, column - last_column if same else column, *data[at + 2 : at + 5])
            last_line, last_column = line, column
    return found


def _first_line(document: Document, part: Painted) -> int:
    return document.position(Span(part.block, 0, 0))[0] + part.data[0]


class _Encoder:
    """Encodes the parts of one text. Lines of a block are counted once."""

    def __init__(self, encoding: PositionEncodingKind | str) -> None:
        self._encoding = encoding
        self._lines: dict[Block, LineIndex] = {}

    def painted(self, item: Item, model: SemanticModel) -> Painted:
        context = QueryContext(model, item)
        tokens = sorted(
            (*_names(item, context), *_expressions(item, context)), key=lambda token: token.span.start
        )
        block = item.key.block if item.key is not None else item.node.block
        data: list[int] = []
        line = column = reached = 0
        for span, kind, modifiers in tokens:
            if span.start < reached or span.start == span.end or span.block is not block:
                continue
            reached = span.end
            for start, stop in _lines_of(block.text, span.start, span.end):
                at, character = self._position(block, start)
                same = at == line and bool(data)
                data += (
                    at - line if data else at,
                    character - column if same else character,
                    column_units(block.text[start:stop], self._encoding),
                    _TYPES.index(kind),
                    modifiers,
                )
                line, column = at, character
        return Painted(block, tuple(data), (line, column), context.answers)

    def _position(self, block: Block, offset: int) -> tuple[int, int]:
        lines = self._lines.get(block)
        if lines is None:
            lines = self._lines[block] = LineIndex(block.text)
        line, column = lines.position(offset)
        return line, column_units(block.text[offset - column : offset], self._encoding)


def _lines_of(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """The pieces of a range on its lines."""
    while (stop := text.find("\n", start, end)) >= 0:
        if text[start:stop].strip():
            yield start, stop
        start = stop + 1
        while start < end and text[start] == " ":
            start += 1
    if start < end:
        yield start, end


def _names(item: Item, context: QueryContext) -> Iterator[Token]:
    if item.role == "participant" and item.key is not None:
        unused = UNUSED if context.query(SemanticModel.is_unused, item.key.text) else 0
        yield Token(item.key, "function", DECLARATION | unused)
    if item.key is not None and item.key.text == "inputs" and isinstance(item.node, Mapping):
        for key, _ in item.node:
            unused = UNUSED if context.query(SemanticModel.is_unused_input, key.text) else 0
            yield Token(key, "parameter", DECLARATION | _deprecated(key.text, context) | unused)
    if isinstance(item.subject, Participant):
        yield from _of_holder(item.subject.node)
    for flow_node in item.flow_nodes:
        match flow_node.step:
            case Call(inline=inline, name=name, overrides=overrides):
                if inline is not None and inline.key is not None:
                    yield Token(inline.key, "function", DECLARATION)
                if name is not None and context.query(SemanticModel.is_step, name.text):
                    yield Token(name, "function")
                holder = inline.node if inline is not None else overrides
                yield from _of_holder(holder) if holder is not None else ()
            case Loop(body=Mapping() as body) if isinstance(alias := body.get("as"), Scalar):
                yield Token(alias, "variable", DECLARATION)
            case Set(entries=entries):
                yield from (Token(pair.key, "property", DECLARATION) for pair in entries)
            case Wait(body=body):
                yield from _of_holder(body)
            case _:
                pass


def _deprecated(name: str, context: QueryContext) -> int:
    declared = context.query(SemanticModel.input, name)
    return DEPRECATED if declared is not None and declared.deprecated is not None else 0


def _of_holder(node: Mapping) -> Iterator[Token]:
    """Names that fields refer to: targets of onError and onTimeout, events."""
    for field in ("onError", "onTimeout"):
        target = node.get(field)
        if isinstance(target, Scalar) and target.text:
            yield Token(target, "keyword" if target.text in ON_ERROR_STRATEGIES else "function")
    event = node.get("event")
    if isinstance(event, Scalar) and event.text:
        yield Token(event, "event")


def _expressions(item: Item, context: QueryContext) -> Iterator[Token]:
    for expression_field in item.expression_fields:
        context.flow_node = expression_field.flow_node
        ast = context.tree(expression_field) if not expression_field.node.alias else None
        if ast is not None:
            yield from _expression(expression_field, ast, context)


def _inputs(ast: cel.Ast) -> dict[int, str]:
    """Where the names of inputs begin."""
    members = (symbols.member_of(node) for node in cel.nodes.walk(ast.root))
    return {start: symbol.name for symbol, start, _ in filter(None, members) if symbol.kind == "input"}


def _expression(expression_field: ExpressionField, ast: cel.Ast, context: QueryContext) -> Iterator[Token]:
    inputs = _inputs(ast) if "inputs" in ast.text else {}
    for part in services.highlight(ast):
        kind, modifiers = _KINDS.get(part.kind), 0
        if part.start in inputs:
            modifiers = _deprecated(inputs[part.start], context)
        if part.kind == services.VARIABLE:
            name = ast.text[part.start : part.end]
            kind = "function" if context.query(SemanticModel.is_step, name) else "variable"
            modifiers = READONLY if name in _BUILT_IN else 0
        if kind is not None:
            yield Token(content_range(expression_field.node, part.start, part.end), kind, modifiers)

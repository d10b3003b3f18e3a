"""Classifies the names of a workflow and the parts of its expressions, for semantic highlighting."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import msgspec

from .. import cel
from ..cel import services
from ..language.analysis import Analysis
from ..language.budget import check_budget
from ..language.model.expression_fields import ExpressionField
from ..language.model.workflow import FALLBACK_FIELDS, ON_ERROR_STRATEGIES, Call, Loop, Participant, Set, Wait
from ..language.semantics import symbols
from ..language.semantics.items import Item
from ..language.semantics.query_context import QueryContext, QueryResults, still_valid
from ..language.semantics.semantic_model import SemanticModel
from ..language.syntax import Mapping, Scalar
from ..language.syntax.nodes import Block, Ranged
from ..language.syntax.scalar_ranges import content_range

TOKEN_TYPES = (
    *("function", "parameter", "variable", "property", "method", "keyword"),
    *("string", "number", "operator", "comment", "type", "event", "namespace"),
)
# `unused` is not a standard one: themes may have a style for it.
TOKEN_MODIFIERS = ("declaration", "readonly", "deprecated", "unused")
"""The names of the bits of a token's modifiers, the lowest first."""
DECLARATION, READONLY, DEPRECATED, UNUSED = 1, 2, 4, 8

_EXPRESSION_TYPES = {
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


class Token(msgspec.Struct, frozen=True):
    """A range of one type, with the bits of its modifiers."""

    range: Ranged
    type: str
    modifiers: int = 0


class ItemTokens(msgspec.Struct, frozen=True):
    """The tokens of an item in the order of the text, none of them empty or overlapping, all in one block.

    `results` are the answers of the model that they depend on.
    """

    block: Block
    tokens: tuple[Token, ...]
    results: QueryResults


class DocumentTokens(NamedTuple):
    """The tokens of all items of a text, and the revision of the model for which they are valid."""

    items: dict[Item, ItemTokens]
    revision: object


def semantic_tokens(analysis: Analysis, previous: DocumentTokens | None = None) -> DocumentTokens:
    """Return the tokens of a text. `previous`, those of an earlier text, saves work."""
    if analysis.state is None:
        return DocumentTokens({}, None)
    model = analysis.state.model
    earlier, since = previous if previous is not None else ({}, None)
    items: dict[Item, ItemTokens] = {}
    for item in model.items:
        check_budget()
        before = earlier.get(item)
        is_valid = before is not None and still_valid(before.results, model, since)
        items[item] = before if before is not None and is_valid else _tokens_of(item, model)
    return DocumentTokens(items, model.revision)


def _tokens_of(item: Item, model: SemanticModel) -> ItemTokens:
    context = QueryContext(model, item)
    block = item.key.block if item.key is not None else item.node.block
    tokens = []
    reached = 0
    for token in sorted(
        (*_name_tokens(item, context), *_expression_tokens(item, context)), key=lambda one: one.range.start
    ):
        start, end = token.range.start, token.range.end
        if reached <= start < end and token.range.block is block:
            tokens.append(token)
            reached = end
    return ItemTokens(block, tuple(tokens), context.answers)


def _name_tokens(item: Item, context: QueryContext) -> Iterator[Token]:
    if item.role == "participant" and item.key is not None:
        unused = UNUSED if context.query(SemanticModel.is_unused, item.key.text) else 0
        yield Token(item.key, "function", DECLARATION | unused)
    if item.key is not None and item.key.text == "inputs" and isinstance(item.node, Mapping):
        for key, _ in item.node:
            unused = UNUSED if context.query(SemanticModel.is_unused_input, key.text) else 0
            yield Token(key, "parameter", DECLARATION | _deprecated(key.text, context) | unused)
    if isinstance(item.subject, Participant):
        yield from _reference_tokens(item.subject.node)
    for flow_node in item.flow_nodes:
        match flow_node.step:
            case Call(inline=inline, name=name, overrides=overrides):
                if inline is not None and inline.key is not None:
                    yield Token(inline.key, "function", DECLARATION)
                if name is not None and context.query(SemanticModel.is_step, name.text):
                    yield Token(name, "function")
                holder = inline.node if inline is not None else overrides
                yield from _reference_tokens(holder) if holder is not None else ()
            case Loop(body=Mapping() as body) if isinstance(alias := body.get("as"), Scalar):
                yield Token(alias, "variable", DECLARATION)
            case Set(entries=entries):
                yield from (Token(pair.key, "property", DECLARATION) for pair in entries)
            case Wait(body=body):
                yield from _reference_tokens(body)
            case _:
                pass


def _deprecated(name: str, context: QueryContext) -> int:
    declared = context.query(SemanticModel.input, name)
    return DEPRECATED if declared is not None and declared.deprecated is not None else 0


def _reference_tokens(node: Mapping) -> Iterator[Token]:
    """Yield the names that fields refer to: the fallbacks of onError and onTimeout, events."""
    for field in FALLBACK_FIELDS:
        target = node.get(field)
        if isinstance(target, Scalar) and target.text:
            yield Token(target, "keyword" if target.text in ON_ERROR_STRATEGIES else "function")
    event = node.get("event")
    if isinstance(event, Scalar) and event.text:
        yield Token(event, "event")


def _expression_tokens(item: Item, context: QueryContext) -> Iterator[Token]:
    for expression_field in item.expression_fields:
        context.flow_node = expression_field.flow_node
        ast = context.tree(expression_field) if not expression_field.node.alias else None
        if ast is not None:
            yield from _highlighted(expression_field, ast, context)


def _input_names(ast: cel.Ast) -> dict[int, str]:
    """Return the names of inputs in an expression, by the offsets where they start."""
    members = (symbols.member_of(node) for node in cel.nodes.walk(ast.root))
    return {start: symbol.name for symbol, start, _ in filter(None, members) if symbol.kind == "input"}


def _highlighted(expression_field: ExpressionField, ast: cel.Ast, context: QueryContext) -> Iterator[Token]:
    inputs = _input_names(ast) if "inputs" in ast.text else {}
    for part in services.highlight(ast):
        type_, modifiers = _EXPRESSION_TYPES.get(part.kind), 0
        if part.start in inputs:
            modifiers = _deprecated(inputs[part.start], context)
        if part.kind == services.VARIABLE:
            name = ast.text[part.start : part.end]
            type_ = "function" if context.query(SemanticModel.is_step, name) else "variable"
            modifiers = READONLY if name in _BUILT_IN else 0
        if type_ is not None:
            yield Token(content_range(expression_field.node, part.start, part.end), type_, modifiers)

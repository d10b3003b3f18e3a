"""Finds hints about what the text does not say itself.

These are the type that flows into a step, what comes from `defaults`, and whether a text is an expression.
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from ..cel.types import STRING
from ..language.analysis import Analysis
from ..language.budget import check_budget
from ..language.semantics.items import Item
from ..language.semantics.query_context import Expression, QueryContext
from ..language.semantics.semantic_model import SemanticModel
from ..language.syntax import Document, Mapping, Scalar
from ..language.syntax.nodes import Ranged
from .descriptions import type_in_words

_FROM_DEFAULTS = ("timeout", "onError")
_CHAIN_TOOLTIP = "What flows into this step from the one before"
_DEFAULTS_TOOLTIP = "From `defaults`."
_EXPRESSION_TOOLTIP = "An expression: its value is used."
_TEXT_TOOLTIP = "Plain text, although it could be an expression."


class HintSettings(msgspec.Struct, frozen=True):
    """The hints to show beside the results of runs.

    `chain` are the types that flow into steps, `defaults` what comes from `defaults`, and `cel` says which texts
    are expressions. `median` says how the time of a step stands to that in earlier runs; `unobserved` marks
    reads of fields that no recorded run had.
    """

    chain: bool = True
    defaults: bool = True
    cel: bool = True
    median: bool = True
    unobserved: bool = False


class InlayHint(msgspec.Struct, frozen=True):
    """A text to show at an offset."""

    offset: int
    label: str
    tooltip: str


class _RangedHint(msgspec.Struct, frozen=True):
    """A hint for a node: at its end, or at the end of the line on which it starts."""

    node: Ranged
    label: str
    tooltip: str
    is_after_node: bool = False


def inlay_hints(analysis: Analysis, first: int, last: int, settings: HintSettings) -> list[InlayHint]:
    """Return the hints in the lines from `first` to `last`, 0-based."""
    if analysis.state is None:
        return []
    document, model = analysis.document, analysis.state.model
    found = []
    for item in model.items:
        check_budget()
        start = item.key or item.node
        if document.position(start)[0] > last or _last_line(document, item.node) < first:
            continue
        for hint in _hints_of(item, model, document, settings):
            line = document.position(hint.node)[0]
            if first <= line <= last:
                end = document.offsets(hint.node)[1] if hint.is_after_node else document.lines.line_end(line)
                found.append(InlayHint(end, hint.label, hint.tooltip))
    return found


def _hints_of(
    item: Item, model: SemanticModel, document: Document, settings: HintSettings
) -> Iterator[_RangedHint]:
    if settings.chain:
        for flow_node in item.flow_nodes:
            flowing = model.chain_before(item, flow_node).only
            # That a command prints text is nothing to point at.
            words = type_in_words(flowing) if flowing != STRING else None
            if words is not None:
                yield _RangedHint(flow_node.step.node, f"← {words}", f"{_CHAIN_TOOLTIP}: {words}")
    if settings.defaults and item.role == "participant" and item.key is not None:
        fields = " · ".join(_from_defaults(item, model))
        if fields:
            yield _RangedHint(item.key, fields, _DEFAULTS_TOOLTIP)
    if settings.cel:
        yield from _kinds_of_text(item, model, document)


def _kinds_of_text(item: Item, model: SemanticModel, document: Document) -> Iterator[_RangedHint]:
    context = QueryContext(model, item)
    for expression_field in item.expression_fields:
        node = expression_field.node
        may_be_either = expression_field.kind in ("text", "body")
        if not may_be_either or node.alias or "\n" in document.source(node):
            continue
        context.flow_node = expression_field.flow_node
        read = context.read(expression_field)
        if isinstance(read, Expression):
            yield _RangedHint(node, "CEL", _EXPRESSION_TOOLTIP, is_after_node=True)
        elif not read.ast.errors:
            yield _RangedHint(node, "text", _TEXT_TOOLTIP, is_after_node=True)


def _from_defaults(item: Item, model: SemanticModel) -> Iterator[str]:
    """Yield each field that a participant gets from `defaults`, with its value."""
    defaults = model.defaults()
    if defaults is None or not isinstance(item.node, Mapping):
        return
    for field in _FROM_DEFAULTS:
        value = defaults.get(field)
        if not isinstance(value, Scalar) or not value.text or field in item.node:
            continue
        # The participant that `defaults.onError` names does not fall back to itself.
        if field == "onError" and item.key is not None and value.text == item.key.text:
            continue
        yield f"{field} {value.text}"


def _last_line(document: Document, node: Ranged) -> int:
    return document.lines.position(document.offsets(node)[1])[0]

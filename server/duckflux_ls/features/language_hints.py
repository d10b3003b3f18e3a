"""textDocument/inlayHint: what the text does not say itself: the type that flows into a step, what comes from
`defaults`, and whether a text is an expression."""

from __future__ import annotations

from collections.abc import Iterator

from duckflux.cel.types import DYN, RecordType, Type
from duckflux.language.analysis import Analysis
from duckflux.language.semantics.items import Item
from duckflux.language.semantics.query_context import Expression, QueryContext
from duckflux.language.semantics.semantic_model import SemanticModel
from duckflux.language.syntax import Document, Mapping, Scalar
from duckflux.language.syntax.nodes import Ranged
from lsprotocol import types

from ..positions import to_position
from ..settings import HintSettings

_FROM_DEFAULTS = ("timeout", "onError")
_CHAIN = "What flows into this step from the one before"
_DEFAULTS = "From `defaults`."
_KINDS = {
    "CEL": "An expression: its value is used.",
    "text": "Plain text, although it could be an expression.",
}


def language_hints(
    analysis: Analysis,
    wanted: types.Range,
    encoding: types.PositionEncodingKind | str,
    settings: HintSettings,
) -> list[types.InlayHint]:
    """The hints in a range of lines."""
    if analysis.work is None:
        return []
    document, model = analysis.document, analysis.work.model
    hints = []
    for item in model.items:
        first = item.key or item.node
        if (
            document.position(first)[0] > wanted.end.line
            or _last_line(document, item.node) < wanted.start.line
        ):
            continue
        for span, label, tooltip in _of_unit(item, model, document, settings):
            line = document.position(span)[0]
            if wanted.start.line <= line <= wanted.end.line:
                end = (
                    document.lines.line_end(line)
                    if tooltip != _KINDS.get(label)
                    else document.offsets(span)[1]
                )
                flow_node = to_position(document.lines, end, encoding)
                hints.append(types.InlayHint(flow_node, label, tooltip=tooltip, padding_left=True))
    return hints


def _of_unit(
    item: Item, model: SemanticModel, document: Document, settings: HintSettings
) -> Iterator[tuple[Ranged, str, str]]:
    """(where, what, why) of the hints in a part."""
    if settings.chain:
        for flow_node in item.flow_nodes:
            flowing = model.chain_before(item, flow_node).only
            if flowing != DYN:
                yield flow_node.step.node, f"← {_short(flowing)}", f"{_CHAIN}: {flowing}"
    if settings.defaults and item.role == "participant" and item.key is not None:
        words = " · ".join(_from_defaults(item, model))
        if words:
            yield item.key, words, _DEFAULTS
    if settings.cel:
        context = QueryContext(model, item)
        for expression_field in item.expression_fields:
            if (
                expression_field.kind not in ("text", "body")
                or expression_field.node.alias
                or "\n" in document.source(expression_field.node)
            ):
                continue
            context.flow_node = expression_field.flow_node
            read = context.read(expression_field)
            if isinstance(read, Expression):
                yield expression_field.node, "CEL", _KINDS["CEL"]
            elif not read.ast.errors:
                yield expression_field.node, "text", _KINDS["text"]


def _from_defaults(item: Item, model: SemanticModel) -> Iterator[str]:
    defaults = model.defaults()
    if defaults is None or not isinstance(item.node, Mapping):
        return
    for field in _FROM_DEFAULTS:
        value = defaults.get(field)
        if not isinstance(value, Scalar) or not value.text or field in item.node:
            continue
        # A participant that `defaults.onError` names fails by itself.
        if field == "onError" and item.key is not None and value.text == item.key.text:
            continue
        yield f"{field} {value.text}"


def _short(type_: Type) -> str:
    return "map" if isinstance(type_, RecordType) else str(type_)


def _last_line(document: Document, node: Ranged) -> int:
    return document.lines.position(document.offsets(node)[1])[0]

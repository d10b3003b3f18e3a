"""Plain text is not a misspelled expression: see docs/language.md#2-cel-or-literal-fields."""

from __future__ import annotations

from collections.abc import Iterator

from .... import cel
from ... import registry
from ...semantics.query_context import PlainText, QueryContext
from ...suggest import closest, did_you_mean
from ...syntax import Problem
from ...syntax.scalar_ranges import content_range

SUBJECTS = (PlainText,)


def check(text: PlainText, context: QueryContext) -> Iterator[Problem]:
    nodes = () if text.ast.errors else tuple(cel.nodes.walk(text.ast.root))
    # Bare names with operators between them are paths and dates: `build/out`.
    if not any(isinstance(node, cel.nodes.Select | cel.nodes.Call) for node in nodes):
        return
    for node in nodes:
        if not isinstance(node, cel.nodes.Ident) or node.name in context.scope:
            continue
        suggestion = closest(node.name, context.scope)
        if suggestion is None:
            continue
        message = f"this is plain text, because `{node.name}` is not a variable{did_you_mean(suggestion)}"
        span = content_range(text.expression_field.node, node.start, node.end)
        yield Problem(registry.LITERAL_LIKE_EXPRESSION, message, span, suggestion=suggestion)

"""The URL of an `http` step is valid: see docs/language.md#input-of-each-type."""

from __future__ import annotations

import re
from collections.abc import Iterator

from .... import cel
from ... import registry
from ...model.workflow import Call, Participant
from ...semantics.query_context import PlainText, QueryContext
from ...suggest import closest
from ...syntax import Problem
from ...syntax.scalar_ranges import content_range

SUBJECTS = (PlainText,)
_URL = re.compile(r"(?i)https?://[^/\s?#]")
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*):/")


def check(text: PlainText, context: QueryContext) -> Iterator[Problem]:
    expression_field = text.expression_field
    if expression_field.field != "url" or not _is_http(context) or _is_misspelled_expression(text, context):
        return
    content = expression_field.node.text
    stripped = content.strip()
    start = content.find(stripped)
    # `${{ x }}` is a mistake of its own: unevaluated_expression.
    if "${{" not in stripped and (space := re.search(r"\s+", stripped)):
        span = content_range(expression_field.node, start + space.start(), start + space.end())
        yield Problem(
            registry.INVALID_URL, "a URL cannot contain spaces: write `%20`, or join strings with `+`", span
        )
        return
    if not stripped or _URL.match(stripped):
        return
    scheme = _SCHEME.match(stripped)
    end = scheme.end(1) if scheme else len(stripped)
    yield Problem(
        registry.INVALID_URL, _message(scheme), content_range(expression_field.node, start, start + end)
    )


def _message(scheme: re.Match[str] | None) -> str:
    if scheme is None:
        return "a URL must begin with `https://` or `http://`"
    if scheme[1].lower() in ("http", "https"):
        return "incomplete URL: write two slashes and a host after the scheme"
    return f"unsupported scheme `{scheme[1]}`: a URL must begin with `https://` or `http://`"


def _is_http(context: QueryContext) -> bool:
    step = context.flow_node.step if context.flow_node is not None else None
    if isinstance(step, Call):
        return step.inline is not None and step.inline.type == "http"
    subject = context.item.subject if context.item is not None else None
    return isinstance(subject, Participant) and subject.type == "http"


def _is_misspelled_expression(text: PlainText, context: QueryContext) -> bool:
    """Return whether a text is a misspelled expression, which the rule DF408 reports with a suggestion."""
    return not text.ast.errors and any(
        node.name not in context.scope and closest(node.name, context.scope) is not None
        for node in cel.nodes.walk(text.ast.root)
        if isinstance(node, cel.nodes.Ident)
    )

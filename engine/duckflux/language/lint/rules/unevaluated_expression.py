"""Commands and plain text contain no expressions: see docs/language.md#2-cel-or-literal-fields."""

from __future__ import annotations

import re
from collections.abc import Iterator

from .... import cel
from ... import registry
from ...model.workflow import Call, Participant
from ...semantics.command_inputs import command_of
from ...semantics.expression_reads import mentions
from ...semantics.query_context import PlainText, QueryContext
from ...syntax import Problem, Scalar
from ...syntax.scalar_ranges import content_range

SUBJECTS = (Participant, Call, PlainText)
_IN_COMMAND = re.compile(
    # An opening that is never closed ends at the next one: else each would be followed to the end.
    r"\$?\{\{((?:(?!\{\{).)+?)\}\}|\$\{([^{}]+)\}|\$\(([^()]+)\)"
)
_IN_TEXT = re.compile(r"\$?\{\{((?:(?!\{\{).)+?)\}\}|\$?\{([^{}]+)\}|\$\(([^()]+)\)")
_ROOTS = {"workflow", "execution", "input", "output", "event", "loop"}
_STEP_FIELDS = {"output", "status", "error", "duration", "retries", "startedAt", "finishedAt"}


def check(subject: Participant | Call | PlainText, context: QueryContext) -> Iterator[Problem]:
    if isinstance(subject, PlainText):
        yield from _embedded_expressions(
            subject.expression_field.node,
            _IN_TEXT,
            context,
            "expressions in plain text are not evaluated: join the parts with `+`",
        )
        return
    command = command_of(subject)
    if command is not None:
        advice = (
            "expressions in a command are not evaluated: pass the value with `input` and write `$NAME` here"
        )
        yield from _embedded_expressions(command, _IN_COMMAND, context, advice)


def _embedded_expressions(
    node: Scalar, pattern: re.Pattern[str], context: QueryContext, advice: str
) -> Iterator[Problem]:
    for match in pattern.finditer(node.text):
        inner = next(group for group in match.groups() if group is not None)
        if _is_expression(inner.strip(), context):
            yield Problem(
                registry.UNEVALUATED_EXPRESSION, advice, content_range(node, match.start(), match.end())
            )


def _is_expression(text: str, context: QueryContext) -> bool:
    """Return whether a text is an expression that reads a field of a variable, and only variables in scope."""
    ast = cel.parse(text)
    if ast.errors or not all(name in context.scope for name in cel.free_names(ast)):
        return False
    return any(_is_field(node) for node in cel.nodes.walk(ast.root)) and bool(mentions(ast.root))


def _is_field(node: cel.Node) -> bool:
    if not isinstance(node, cel.nodes.Select) or not isinstance(node.operand, cel.nodes.Ident):
        return False
    return node.operand.name in _ROOTS or node.field in _STEP_FIELDS or node.operand.name == "env"

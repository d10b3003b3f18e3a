"""Commands and plain text contain no expressions: see docs/language.md#2-cel-or-literal-fields."""

from __future__ import annotations

import re
from collections.abc import Iterator

from .... import cel
from ... import registry
from ...model.workflow import Call, Participant
from ...semantics.command_inputs import command_of
from ...semantics.expression_reads import mentions
from ...semantics.foreign_names import own_expression
from ...semantics.query_context import PlainText, QueryContext
from ...semantics.semantic_model import SemanticModel
from ...semantics.shell_syntax import expansions
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
        if _is_expression(_own(match[0], inner, context), context) or _is_template_of_actions(
            node.text, match
        ):
            yield Problem(
                registry.UNEVALUATED_EXPRESSION, advice, content_range(node, match.start(), match.end())
            )


def _own(template: str, text: str, context: QueryContext) -> str:
    return own_expression(
        template, text, context.scope.__contains__, lambda name: context.query(SemanticModel.has_input, name)
    )


def _is_template_of_actions(text: str, match: re.Match[str]) -> bool:
    """Return whether `${{ x }}` stands where a shell would expand it, which it cannot: in no single quotes."""
    if not match[0].startswith("${{"):
        return False
    with_variable = f"{text[: match.start()]}$duckflux_value {text[match.end() :]}"
    return any(found.name == "duckflux_value" for found in expansions(with_variable))


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

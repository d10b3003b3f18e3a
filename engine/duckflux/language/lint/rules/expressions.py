"""An expression is valid CEL over the variables in scope: see docs/language.md#5-variables-in-expressions."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from .... import cel
from ... import registry
from ...model.expression_fields import ExpressionField
from ...semantics.builtin_variables import OWNERS, UNDECLARED_INPUT, UNLISTED_FIELD, UNSET_KEY
from ...semantics.query_context import Expression, QueryContext
from ...semantics.semantic_model import SemanticModel
from ...suggest import did_you_mean
from ...syntax import Problem, Scalar, Span
from ...syntax.scalar_ranges import content_range

SUBJECTS = (Expression,)

_CODES = {
    "syntax": registry.EXPRESSION_SYNTAX,
    "reserved": registry.EXPRESSION_SYNTAX,
    "too-complex": registry.EXPRESSION_SYNTAX,
    "bad-macro": registry.EXPRESSION_SYNTAX,
    "undeclared": registry.UNDEFINED_VARIABLE,
    "unknown-function": registry.UNKNOWN_FUNCTION,
    "no-such-field": registry.UNKNOWN_MEMBER,
    "not-bool": registry.NOT_A_CONDITION,
    "never-true": registry.NEVER_EQUAL,
    "always-true": registry.NEVER_EQUAL,
    "never-present": registry.IMPOSSIBLE_TEST,
    UNDECLARED_INPUT: registry.UNDECLARED_INPUT,
    UNLISTED_FIELD: registry.UNLISTED_FIELD,
    UNSET_KEY: registry.UNSET_KEY,
    "impossible-value": registry.IMPOSSIBLE_TEST,
}
_OF_WORDS = (registry.EXPRESSION_SYNTAX, registry.UNDEFINED_VARIABLE)
_FOREIGN = re.compile(r"\b(?:and|or|not)\b|\{\{|[=!]==", re.IGNORECASE)
_WORDS = re.compile(r"[A-Za-z][\w-]*(?: [\w-]+)*[!?]?")
# Fields that may exist although they are unknown, so that `has` may test for them.
_MAY_EXIST = {
    UNDECLARED_INPUT: "the workflow has no input `{}`",
    UNLISTED_FIELD: "the step's `output` has no field `{}`",
    UNSET_KEY: "no `set` writes the key `{}`",
}


def check(expression: Expression, context: QueryContext) -> Iterator[Problem]:
    expression_field, ast = expression.expression_field, expression.ast
    problems = ast.errors if expression.checked is None else expression.checked.problems
    if not problems:
        return
    foreign = _foreign(expression_field.node, problems)
    if foreign is not None:
        yield foreign
        return
    tested = _tested_fields(ast)
    unreadable = list(_unreadable_names(expression_field, problems, context))
    yield from (problem for _, problem in unreadable)
    for problem in problems:
        if any(start <= problem.start < end for (start, end), _ in unreadable):
            continue
        name = expression_field.node.text[problem.start : problem.end].strip("'\"")
        if problem.code in _MAY_EXIST and name in tested:
            continue
        span = content_range(expression_field.node, problem.start, problem.end)
        if not expression_field.node.text:
            span = Span(expression_field.node.block, expression_field.node.start, expression_field.node.end)
        elif span.start == span.end:
            span = span._replace(start=max(expression_field.node.start, span.start - 1))
        code = _CODES.get(problem.code, registry.TYPE_MISMATCH)
        message = problem.message
        if problem.code in _MAY_EXIST:
            message = _MAY_EXIST[problem.code].format(name) + did_you_mean(problem.suggestion)
        suggestion = problem.suggestion
        if problem.code == "undeclared":
            # The step of that name is reported already.
            if context.query(SemanticModel.is_called, name):
                continue
            if name in OWNERS:
                suggestion = OWNERS[name]
                message = f"undeclared reference to `{name}`; did you mean `{suggestion}`?"
        if (
            suggestion is None
            and code in _OF_WORDS
            and _is_words(expression_field.node, expression_field.kind)
        ):
            message += f": a text has quotes of its own, `\"'{expression_field.node.text}'\"`"
        yield Problem(code, message, span, suggestion=suggestion)


def _foreign(node: Scalar, problems: Iterable[cel.Problem]) -> Problem | None:
    """Return the problem of an expression that is CEL but for the style of another tool."""
    if not any(one.code in ("syntax", "unknown-function") for one in problems) or not _FOREIGN.search(
        node.text
    ):
        return None
    from ....cel.habits import habit_of

    habit = habit_of(node.text)
    if habit is None or cel.parse(habit.expression).errors:
        return None
    if habit.instead:
        message = f"`{habit.found}` is not an operator of CEL: write `{habit.instead}`"
    else:
        message = f"an expression stands here without `{habit.found}`: write `{habit.expression}`"
    span = content_range(node, habit.start, habit.end)
    return Problem(registry.FOREIGN_EXPRESSION, message, span, suggestion=habit.expression)


def _is_words(node: Scalar, kind: str) -> bool:
    """Return whether a value is most likely a text without the quotes that CEL wants."""
    return kind == "value" and _WORDS.fullmatch(node.text) is not None


def _unreadable_names(
    expression_field: ExpressionField, problems: Iterable[cel.Problem], context: QueryContext
) -> Iterator[tuple[tuple[int, int], Problem]]:
    """Yield the problem, with its range, of each name such as `run-tests`, which CEL reads as a subtraction."""
    text = expression_field.node.text
    starts = {problem.start for problem in problems if problem.code in ("undeclared", "bad-macro")}
    if "-" not in text or not starts:
        return
    names = (name for name in context.query(SemanticModel.declared_names) if "-" in name)
    pattern = "|".join(map(re.escape, sorted(names, key=len, reverse=True)))
    for match in re.finditer(rf"(?<![\w-])(?:{pattern})(?![\w-])", text) if pattern else ():
        if any(match.start() <= start < match.end() for start in starts):
            readable = match[0].replace("-", "_")
            message = (
                f"expressions cannot read `{match[0]}`, because `-` is a minus: rename it to `{readable}`"
            )
            span = content_range(expression_field.node, *match.span())
            yield match.span(), Problem(registry.UNREADABLE_NAME, message, span)


def _tested_fields(ast: cel.Ast) -> set[str]:
    """Return the fields that an expression tests with `has`."""
    macros = (node for node in cel.nodes.walk(ast.root) if isinstance(node, cel.nodes.Macro))
    return {
        argument.field
        for macro in macros
        if macro.function == "has"
        for argument in macro.args
        if isinstance(argument, cel.nodes.Select)
    }

"""A step has run, and a key is set, before an expression reads it: see docs/language.md#9-static-checks."""

from __future__ import annotations

from collections.abc import Iterator

from ... import registry
from ...model.expression_fields import ExpressionField
from ...semantics.control_flow import Certainty, Reachability
from ...semantics.expression_reads import CONTEXT, Read, mentions_of, reads
from ...semantics.query_context import Expression, QueryContext
from ...semantics.semantic_model import SemanticModel
from ...syntax import Problem
from ...syntax.scalar_ranges import content_range

SUBJECTS = (Expression,)


def check(expression: Expression, context: QueryContext) -> Iterator[Problem]:
    mentions = mentions_of(expression.ast.text)
    point = context.point(expression.expression_field)
    if (
        expression.checked is None
        or point is None
        or not any(_may_not_exist(mention, context) for mention in mentions)
    ):
        return
    reported: set[str] = set()
    for read in sorted(reads(expression.ast), key=lambda read: read.start):
        if read.name in reported or not _is_known(read, context):
            continue
        reachability = context.query(SemanticModel.has_run, read.name, read.field, point, read.guards)
        problem = _problem(read, reachability, expression.expression_field)
        if problem is not None and context.query(SemanticModel.is_whole):
            reported.add(read.name)
            yield problem


def _may_not_exist(mention: str, context: QueryContext) -> bool:
    return mention.startswith(CONTEXT) or context.query(SemanticModel.is_step, mention)


def _is_known(read: Read, context: QueryContext) -> bool:
    if read.name.startswith(CONTEXT):
        return context.query(SemanticModel.is_set, read.name.removeprefix(CONTEXT))
    name = read.name
    return context.query(SemanticModel.is_step, name) and not context.query(SemanticModel.may_be_meant, name)


def _problem(read: Read, reachability: Reachability, expression_field: ExpressionField) -> Problem | None:
    if reachability.certainty is Certainty.CERTAIN or (reachability.reason == "parallel" and not read.field):
        # A key that parallel branches race for is reported by DF510.
        return None
    span = content_range(expression_field.node, read.start, read.end)
    never, maybe = (_step_never, _step_maybe) if read.field else (_key_never, _key_maybe)
    if reachability.certainty is Certainty.NEVER and read.certain:
        return Problem(registry.READ_BEFORE_RUN, never(read, reachability), span)
    message = (
        never(read, reachability) if reachability.certainty is Certainty.NEVER else maybe(read, reachability)
    )
    return Problem(registry.MAYBE_NOT_RUN, f"{message}: test `has({_path(read)})` first", span)


def _path(read: Read) -> str:
    return f"{read.name}.{read.field}" if read.field else read.name


def _key_never(read: Read, reachability: Reachability) -> str:
    key = f"`{read.name}`"
    if reachability.reason == "branch":
        return f"{key} is set in the other branch of the `if`, so it does not exist here"
    return f"{key} is only set {'here' if reachability.reason == 'itself' else 'later'}, so it does not exist yet"


def _key_maybe(read: Read, reachability: Reachability) -> str:
    key = f"`{read.name}`"
    return {
        "if": f"{key} is not set if the `if` around its `set` takes another branch",
        "loop": f"{key} is not set if the loop around its `set` has no iterations",
        "iteration": f"{key} is not set in the first iteration of the loop",
    }.get(reachability.reason, f"{key} may not be set here")


def _step_never(read: Read, reachability: Reachability) -> str:
    name, field = f"`{read.name}`", f"`{read.name}.{read.field}`"
    return {
        "itself": f"{name} has not run when its own fields are evaluated, so {field} does not exist",
        "never": f"{name} never runs, so {field} does not exist",
        "branch": f"{name} runs in the other branch of the `if`, so {field} does not exist",
        "failed": f"{name} has just failed here, so {field} does not exist",
    }.get(reachability.reason, f"{name} runs later, so {field} does not exist yet")


def _step_maybe(read: Read, reachability: Reachability) -> str:
    name, field = f"`{read.name}`", f"`{read.name}.{read.field}`"
    failure = f"`{reachability.about}` fails" if reachability.about else "a wait times out"
    return {
        "when": f"{field} does not exist if the `when` of {name} skips it",
        "if": f"{field} does not exist if the `if` around {name} takes another branch",
        "skip": f"{field} does not exist if {name} fails, because its `onError` is `skip`",
        "fallback": f"{name} runs only if {failure}",
        "failed": f"{field} does not exist if {name} succeeds"
        if read.field == "error"
        else f"{field} does not exist if {name} fails and `{reachability.about}` takes over",
        "loop": f"{field} does not exist if the loop around {name} has no iterations",
        "iteration": f"{name} has not run in the first iteration of the loop",
        "parallel": f"{name} runs at the same time, so {field} may not exist yet",
    }.get(reachability.reason, f"{name} may not have run here")

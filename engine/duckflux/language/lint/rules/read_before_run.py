"""What an expression reads of a step is there only when the step has run (section 5)."""

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

LOOKS_AT = (Expression,)


def check(expression: Expression, look: QueryContext) -> Iterator[Problem]:
    things = mentions_of(expression.ast.text)
    spot = look.spot(expression.site)
    if (
        expression.checked is None
        or spot is None
        or not any(_may_be_missing(thing, look) for thing in things)
    ):
        return
    said: set[str] = set()
    for read in sorted(reads(expression.ast), key=lambda read: read.start):
        if read.name in said or not _is_known(read, look):
            continue
        verdict = look.ask(SemanticModel.has_run, read.name, read.field, spot, read.guards)
        problem = _problem(read, verdict, expression.site)
        if problem is not None and look.ask(SemanticModel.is_whole):
            said.add(read.name)
            yield problem


def _may_be_missing(thing: str, look: QueryContext) -> bool:
    return thing.startswith(CONTEXT) or look.ask(SemanticModel.is_step, thing)


def _is_known(read: Read, look: QueryContext) -> bool:
    if read.name.startswith(CONTEXT):
        return read.name.removeprefix(CONTEXT) in look.ask(SemanticModel.set_keys)
    return look.ask(SemanticModel.is_step, read.name)


def _problem(read: Read, verdict: Reachability, site: ExpressionField) -> Problem | None:
    if verdict.chance is Certainty.CERTAIN or (verdict.why == "parallel" and not read.field):
        # That branches race for a key is a rule of its own.
        return None
    span = content_range(site.node, read.start, read.end)
    never, perhaps = (_step_never, _step_perhaps) if read.field else (_key_never, _key_perhaps)
    if verdict.chance is Certainty.NEVER and read.certain:
        return Problem(registry.NOT_YET_RUN, never(read, verdict), span)
    message = never(read, verdict) if verdict.chance is Certainty.NEVER else perhaps(read, verdict)
    return Problem(registry.MAY_NOT_HAVE_RUN, f"{message}: ask `has({_path(read)})` first", span)


def _path(read: Read) -> str:
    return f"{read.name}.{read.field}" if read.field else read.name


def _key_never(read: Read, verdict: Reachability) -> str:
    key = f"`{read.name}`"
    if verdict.why == "branch":
        return f"{key} is set in the other branch of the `if`, so it is not there"
    return f"{key} is set only {'here' if verdict.why == 'itself' else 'after this'}, so it is not there yet"


def _key_perhaps(read: Read, verdict: Reachability) -> str:
    key = f"`{read.name}`"
    return {
        "if": f"{key} is not set if the `if` around its `set` takes another way",
        "loop": f"{key} is not set if the loop around its `set` has no round",
        "round": f"{key} is not set in the first round of the loop",
    }.get(verdict.why, f"{key} may not be set here")


def _step_never(read: Read, verdict: Reachability) -> str:
    name, field = f"`{read.name}`", f"`{read.name}.{read.field}`"
    return {
        "itself": f"{name} has not run when its own fields are evaluated, so there is no {field}",
        "never": f"{name} is never run, so there is no {field}",
        "branch": f"{name} runs in the other branch of the `if`, so there is no {field}",
        "failed": f"{name} has just failed here, so there is no {field}",
    }.get(verdict.why, f"{name} runs only after this, so there is no {field} yet")


def _step_perhaps(read: Read, verdict: Reachability) -> str:
    name, field = f"`{read.name}`", f"`{read.name}.{read.field}`"
    return {
        "when": f"{field} is not there if the `when` of {name} skips it",
        "if": f"{field} is not there if the `if` around {name} takes another way",
        "skip": f"{field} is not there if {name} fails, as its onError is skip",
        "fallback": f"{name} runs only if {f'`{verdict.about}` fails' if verdict.about else 'a wait times out'}",
        "failed": f"{field} is not there if {name} succeeds"
        if read.field == "error"
        else f"{field} is not there if {name} fails and `{verdict.about}` takes over",
        "loop": f"{field} is not there if the loop around {name} has no round",
        "round": f"{name} has not run in the first round of the loop",
        "parallel": f"{name} runs at the same time, so {field} may not be there yet",
    }.get(verdict.why, f"{name} may not have run here")

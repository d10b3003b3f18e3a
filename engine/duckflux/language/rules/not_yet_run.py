"""What an expression reads of a step is there only when the step has run (section 5)."""

from __future__ import annotations

from collections.abc import Iterator

from .. import codes
from ..context import Context
from ..embedded import Site
from ..history import Spot
from ..look import Expression, Look
from ..model import Loop
from ..order import Chance, Verdict
from ..reads import Read, reads
from ..source import Problem
from ..source.quoting import part_of
from ..unit import Unit

LOOKS_AT = (Expression,)


def check(expression: Expression, look: Look) -> Iterator[Problem]:
    if expression.checked is None or look.unit is None:
        return
    said: set[str] = set()
    for read in sorted(reads(expression.ast), key=lambda read: read.start):
        if read.name in said or not look.ask(Context.is_step, read.name):
            continue
        spot = _spot(expression.site, look.unit)
        verdict = look.ask(Context.has_run, read.name, read.field, look.unit, spot, read.guards)
        problem = _problem(read, verdict, expression.site)
        if problem is not None and look.ask(Context.is_whole):
            said.add(read.name)
            yield problem


def _problem(read: Read, verdict: Verdict, site: Site) -> Problem | None:
    if verdict.chance is Chance.CERTAIN:
        return None
    span = part_of(site.node, read.start, read.end)
    if verdict.chance is Chance.NEVER and read.certain:
        return Problem(codes.NOT_YET_RUN, _never(read, verdict), span)
    message = _never(read, verdict) if verdict.chance is Chance.NEVER else _perhaps(read, verdict)
    return Problem(codes.MAY_NOT_HAVE_RUN, f"{message}: ask `has({read.name}.{read.field})` first", span)


def _spot(site: Site, unit: Unit) -> Spot:
    after = site.place is not None and isinstance(site.place.step, Loop) and site.field == "until"
    return Spot(unit, site.place, after, guarded=site.field != "when")


def _never(read: Read, verdict: Verdict) -> str:
    name, field = f"`{read.name}`", f"`{read.name}.{read.field}`"
    return {
        "itself": f"{name} has not run when its own fields are evaluated, so there is no {field}",
        "never": f"{name} is never run, so there is no {field}",
        "branch": f"{name} runs in the other branch of the `if`, so there is no {field}",
        "failed": f"{name} has just failed here, so there is no {field}",
    }.get(verdict.why, f"{name} runs only after this, so there is no {field} yet")


def _perhaps(read: Read, verdict: Verdict) -> str:
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

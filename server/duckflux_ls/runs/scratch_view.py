"""Makes the lenses of scratches: the run, the steps where expressions are evaluated, and their values."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from duckflux import cel
from duckflux.ide.recorded_values import Point, RecordedState, value_line
from duckflux.ide.scratch import Place, Scratch, ScratchExpression, point_of_place
from duckflux.language.analysis import Analysis
from duckflux.language.budget import OverBudgetError
from duckflux.replay.step_selectors import StepSelector
from lsprotocol import types

from ..session import command_names
from ..session.scratches import OpenScratch
from .last_run import Iterations, ShownRun
from .traces import local_time

# What is further down has no values.
_MAX_EXPRESSIONS = 100


class ScratchRun(NamedTuple):
    """The workflow of a scratch with its last run."""

    analysis: Analysis
    run: ShownRun

    def point(self, place: Place | None) -> Point | None:
        """Return the point of a place, None if the workflow has no such step."""
        return point_of_place(self.analysis, selector_of(place).step)

    def at(self, place: Place | None) -> RecordedState | str:
        """Return the state at a place, or why there is none."""
        step, iterations = selector_of(place)
        point = self.point(place)
        if point is None:
            return f"the workflow has no step `{step}`"
        found = self.run.in_iterations(iterations).state(point)
        return found or f"the run has not come to {place_title(step, iterations)}"


def selector_of(place: Place | None) -> StepSelector:
    """Return what a place selects; without a step it is the end of the run."""
    return StepSelector.parse(place.text) if place is not None and place.text else StepSelector("", None)


def place_title(step: str, iterations: Iterations | None) -> str:
    """Return a step in words, such as `review, iteration 2`."""
    if not step:
        return "the end of the run"
    return f"{step}, {iterations_title(iterations)}" if iterations else step


def iterations_title(iterations: Iterations) -> str:
    """Return iterations of loops, which count from 1 in words."""
    return f"iteration {'.'.join(str(index + 1) for index in iterations)}"


def selector_text(step: str, iterations: Iterations) -> str:
    """Return how a step in an iteration is written behind `at`."""
    return f"{step}@{'.'.join(map(str, iterations))}" if iterations else step


def run_command(scratch: OpenScratch, found: ScratchRun | str) -> types.Command:
    """Return the command that chooses another run; its title says of which run the values are, or why of none."""
    arguments = [{"uri": scratch.uri}]
    if isinstance(found, str):
        return types.Command(found, command_names.SCRATCH_RUN, arguments=arguments)
    started = local_time(found.run.run.trace.execution.started_at)
    title = f"Last run ({started}) of {scratch.workflow}: choose another ▸"
    return types.Command(title, command_names.SCRATCH_RUN, arguments=arguments)


def place_commands(
    scratch: OpenScratch, found: ScratchRun, content: Scratch
) -> Iterator[tuple[tuple[int, int], types.Command]]:
    """Yield the commands above a place: choose a step, go to the iteration before or after."""
    for place in content.places:
        where = (scratch.lines.starts[place.line], place.end)
        point = found.point(place)
        step, chosen = selector_of(place)
        known = found.run.iterations(point) if point is not None and step else []
        now = chosen if chosen is not None or not known else known[-1]
        title = f"evaluate at {place_title(step, now)} ▸"
        yield where, _place_command(title, scratch, place, None)
        index = known.index(now) if now in known else -1
        for arrow, other in (("←", index - 1), ("→", index + 1)) if index >= 0 else ():
            if 0 <= other < len(known) and known[other]:
                text = f"{arrow} {iterations_title(known[other])}"
                yield where, _place_command(text, scratch, place, selector_text(step, known[other]))


def _place_command(title: str, scratch: OpenScratch, place: Place, at: str | None) -> types.Command:
    arguments = {"uri": scratch.uri, "line": place.line, "at": at}
    return types.Command(title, command_names.SCRATCH_PLACE, arguments=[arguments])


def value_titles(found: ScratchRun, content: Scratch) -> list[tuple[ScratchExpression, str]]:
    """Return the expressions with their values, as far as time allows."""
    shown: list[tuple[ScratchExpression, str]] = []
    states: dict[str, RecordedState | str] = {}
    for expression in content.expressions[:_MAX_EXPRESSIONS]:
        at = expression.place.text if expression.place is not None else ""
        if at not in states:
            states[at] = found.at(expression.place)
        state = states[at]
        try:
            title = state if isinstance(state, str) else _value(expression.text, state)
        except OverBudgetError:
            break
        shown.append((expression, title))
    return shown


def _value(text: str, state: RecordedState) -> str:
    try:
        return value_line(cel.parse(text), state)
    except RecursionError:
        return "no value: nested too deeply"


def value_commands(
    scratch: OpenScratch, shown: list[tuple[ScratchExpression, str]]
) -> Iterator[tuple[tuple[int, int], types.Command]]:
    """Yield the commands above expressions, which show all of a value."""
    for expression, title in shown:
        arguments = {"uri": scratch.uri, "offset": expression.start}
        command = types.Command(title, command_names.SCRATCH_VALUE, arguments=[arguments])
        yield (expression.start, expression.end), command

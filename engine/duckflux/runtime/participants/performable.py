"""Runs a step in three parts, so that the middle one can be done elsewhere.

`prepare` makes a job where the workflow is evaluated, `perform` does it anywhere, and `finish` makes the step's
outcome of what was done, back where the workflow is.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

import msgspec

from ..errors import StepError
from .job import Done, Host, Job, Performer, Problem, StepOutput
from .participant_call import Outcome, ParticipantCall

J = TypeVar("J", bound=Job)
D = TypeVar("D", bound=Done)


class Performable(msgspec.Struct, Generic[J, D], frozen=True):
    """Holds the three parts of a participant type.

    `prepare` and `finish` raise StepError; `perform` tells of a failure in the result's `problem`.
    """

    job: type[J]
    done: type[D]
    prepare: Callable[[ParticipantCall], J]
    perform: Callable[[J, Host, StepOutput], Awaitable[D]]
    finish: Callable[[ParticipantCall, J, D], Outcome]


async def perform_step(performable: Performable[J, D], call: ParticipantCall) -> Outcome:
    """Run a step in its three parts. Raises StepError."""
    run = call.thread.frame.run
    job = performable.prepare(call)
    output = StepOutput(
        call.reporter.output if run.stream.wants_output else None, lambda: run.stream.congested
    )
    if run.performer is None:
        done = await performable.perform(job, run, output)
    else:
        done = await _performed(run.performer, performable, call, job, output)
    if done.problem is not None:
        raise _error(done.problem, call)
    return performable.finish(call, job, done)


async def _performed(
    performer: Performer, performable: Performable[J, D], call: ParticipantCall, job: J, output: StepOutput
) -> D:
    run, type_ = call.thread.frame.run, call.settings.type
    done = await performer.perform(
        call.identity, type_, job, output, lambda: performable.perform(job, run, output)
    )
    if not isinstance(done, performable.done):
        raise TypeError(f"{type(done).__name__} is not the result of {type_}")
    return done


def _error(problem: Problem, call: ParticipantCall) -> StepError:
    if problem.field is None:
        location = call.thread.frame.location(call.settings.node)
        error = StepError(problem.message, code=problem.code, location=location)
    else:
        error = call.error(problem.message, code=problem.code, field=problem.field)
    error.output, error.exit_code, error.stderr = problem.output, problem.exit_code, problem.stderr
    return error

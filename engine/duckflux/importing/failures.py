"""Makes fallbacks of steps that a pipeline runs after a failure.

A fallback that ends well has handled the failure. So those of a pipeline, which goes on to fail, fail at their
end, and each is the `onError` of the one before.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TypeAlias

from .plan import JobPlan, StepPlan
from .scripts import after_failure

Levels: TypeAlias = Sequence[tuple[JobPlan, ...]]
# Takes note of a fallback that cannot be one: its job, its name and the reason.
Report: TypeAlias = Callable[[str, str, str], None]
_CONDITION = "IF"


def as_fallback(step: StepPlan, also_runs_as: str, condition: str) -> StepPlan:
    """Return a step as it runs after a failure, if a condition holds.

    `also_runs_as` is its name where it runs without a failure too, so that this one needs another.
    """
    given = {_CONDITION: f"string({condition})"} if condition else {}
    return step._replace(
        name=f"{also_runs_as}_after_failure" if also_runs_as else step.name,
        run=after_failure(step.run, _CONDITION if condition else ""),
        inputs={**step.inputs, **given},
        when="",
        on_error="",
        is_fallback=True,
    )


def with_fallbacks(levels: Levels, needs: Mapping[str, Sequence[str]], report: Report) -> Levels:
    """Return jobs whose steps name as `onError` what runs after their failure.

    That is what comes later in the same job, and in the jobs that need it.
    """
    jobs = [job for level in levels for job in level]
    chains = _chains(jobs, _ancestors(needs))
    retried = {step.name for job in jobs for step in job.steps if step.on_error}
    linked_chains = {step: chain for step, chain in chains.items() if step not in retried}
    following, dropped = _following(linked_chains)
    used = {fallback for chain in linked_chains.values() for fallback in chain}
    for job in jobs:
        for step in job.steps:
            if step.is_fallback and step.name in dropped:
                report(job.name, step.name, "other steps are to run after it, depending on what has failed")
            elif step.is_fallback and step.name not in used:
                report(job.name, step.name, "nothing before it can fail")
            elif step.on_error == "retry" and chains[step.name]:
                report(job.name, step.name, "it is tried again, and nothing runs after that")

    def linked(steps: Sequence[StepPlan]) -> tuple[StepPlan, ...]:
        kept = (step for step in steps if not step.is_fallback or step.name in following)
        return tuple(step._replace(on_error=step.on_error or following.get(step.name, "")) for step in kept)

    return [tuple(_mapped(job, linked) for job in level) for level in levels]


def _mapped(job: JobPlan, linked: Callable[[Sequence[StepPlan]], tuple[StepPlan, ...]]) -> JobPlan:
    variants = tuple((name, linked(steps)) for name, steps in job.variants)
    return job._replace(steps=linked(job.steps), variants=variants)


def _ancestors(needs: Mapping[str, Sequence[str]]) -> dict[str, set[str]]:
    """Return all jobs that each job needs, and those that these need."""
    found: dict[str, set[str]] = {}
    for job in needs:
        waiting, seen = [*needs[job]], set[str]()
        while waiting:
            need = waiting.pop()
            if need not in seen:
                seen.add(need)
                waiting += needs.get(need, ())
        found[job] = seen
    return found


def _chains(jobs: Sequence[JobPlan], ancestors: Mapping[str, set[str]]) -> dict[str, list[str]]:
    """Return the fallbacks that run after the failure of each step, in their order."""
    found: dict[str, list[str]] = {}
    for at, job in enumerate(jobs):
        for index, step in enumerate(job.steps):
            if step.is_fallback or step.on_error == "skip":
                continue
            later = [after.name for after in job.steps[index + 1 :] if after.is_fallback]
            for other in jobs[at + 1 :]:
                if job.name in ancestors.get(other.name, ()):
                    later += [after.name for after in other.steps if after.is_fallback]
            found[step.name] = later
    return found


def _following(chains: Mapping[str, list[str]]) -> tuple[dict[str, str], set[str]]:
    """Return what runs after each step and each fallback, and the fallbacks that cannot be in a chain."""
    dropped: set[str] = set()
    while True:
        following: dict[str, set[str]] = {}
        for step, chain in chains.items():
            names = [step, *(name for name in chain if name not in dropped)]
            for name, after in zip(names, [*names[1:], ""], strict=True):
                following.setdefault(name, set()).add(after)
        ambiguous = {name for name, after in following.items() if len(after) > 1}
        if not ambiguous:
            return {name: next(iter(after)) for name, after in following.items()}, dropped
        dropped |= ambiguous

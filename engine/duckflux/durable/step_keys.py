"""Makes the texts that name the executions of steps, the same on every machine."""

from __future__ import annotations

import json
import os

from ..runtime.engine.controller import Identity


def key_of(step: Identity, folder: str) -> str:
    """Return a text that names an execution of a step on every machine; `folder` is that of the run's files.

    The attempt is not part of it.
    """
    workflow = os.path.relpath(step.workflow, folder)
    return json.dumps(
        [workflow, step.path, step.iterations, step.branch or "", step.callers], separators=(",", ":")
    )


def is_inside(inner: str, outer: str) -> bool:
    """Return whether a step, by its key, is one of those of the sub-workflow that another one called."""
    _, path, iterations, branch, callers = json.loads(outer)
    _, _, inner_iterations, inner_branch, inner_callers = json.loads(inner)
    around = [*callers, path]
    return bool(
        inner_callers[: len(around)] == around
        and inner_iterations[: len(iterations)] == iterations
        and (inner_branch == branch or not branch or inner_branch.startswith(f"{branch}."))
    )

"""Finds the function that runs a participant type, from the type's descriptor."""

from __future__ import annotations

from functools import cache, partial
from typing import Any

from duckflux.language.schema import participant_types

from ..engine.control_thread import ControlThread
from ..engine.step_settings import StepSettings
from .participant_call import Outcome, Runner
from .performable import Performable, perform_step


@cache
def unavailable_reason(type_: str) -> str | None:
    """Return why participants of a type cannot run here, as a sentence; None if they can."""
    if type_ not in participant_types.BUILT_IN:
        from .plugin import plugin_error

        return plugin_error(type_)
    dependency = participant_types.BUILT_IN[type_].dependency
    if dependency is None:
        return None
    from ..extras import missing_extra

    return missing_extra(f"type {type_}", dependency.module, dependency.extra)


@cache
def runner(type_: str) -> Runner:
    """Return the function that runs participants of a type. Raises PluginError if it is not available."""
    if type_ not in participant_types.BUILT_IN:
        return partial(perform_step, performable(type_))
    found = participant_types.load_function(participant_types.BUILT_IN[type_].run)
    run: Runner = partial(perform_step, found) if isinstance(found, Performable) else found
    return run


@cache
def performable(type_: str) -> Performable[Any, Any]:
    """Return how jobs of a participant type are performed. Raises PluginError if it is not available."""
    if type_ not in participant_types.BUILT_IN:
        from .plugin import plugin_performable

        return plugin_performable(type_)
    found: Performable[Any, Any] = participant_types.load_function(participant_types.BUILT_IN[type_].run)
    return found


def restore_output(thread: ControlThread, settings: StepSettings, output: Any) -> Outcome:
    """Return the outcome of a step whose output is reused or mocked, after its effects inside the run."""
    restore = participant_types.find_or_default(settings.type).restore
    if restore is None:
        return Outcome(output)
    outcome: Outcome = participant_types.load_function(restore)(thread, settings, output)
    return outcome

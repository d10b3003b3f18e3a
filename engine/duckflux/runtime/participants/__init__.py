"""What steps do, one type a file, each imported when a workflow first runs one."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

import msgspec

from ..engine.chain import ABSENT

if TYPE_CHECKING:
    from duckflux.language.syntax import Node

    from ..engine.control_thread import ControlThread
    from ..engine.run import StepReporter
    from ..engine.step_settings import StepSettings
    from ..events import Status

BUILT_IN = ("exec", "http", "mcp", "workflow", "emit")


class ParticipantCall(msgspec.Struct, frozen=True):
    """One execution of a participant.

    `input` is the merged input, ABSENT for none; `text` the JSON text it came from when it is just the chain's
    value; `explicit` the names that the step's own `input` gives.
    """

    thread: ControlThread
    settings: StepSettings
    reporter: StepReporter
    input: Any = ABSENT
    text: bytes | None = None
    explicit: frozenset[str] = frozenset()

    def field(self, name: str) -> Node | None:
        return self.settings.fields.get(name)


class Outcome(NamedTuple):
    """What a participant gave back: `value` (JSON) and the `text` it was parsed from, if it was."""

    value: Any
    text: bytes | None = None
    exit_code: int | None = None
    cwd: str | None = None
    status: Status = "success"


# What a type needs that may not be installed, and the extra that brings it.
_NEEDS = {"http": ("httpx2", "http"), "mcp": ("mcp", "mcp")}

Participant: TypeAlias = Callable[[ParticipantCall], Awaitable[Outcome]]


@cache
def missing(type_: str) -> str | None:
    """Why participants of a type can't run here, in words; None when they can."""
    if type_ not in BUILT_IN:
        from .plugin import unreachable_reason

        return unreachable_reason(type_)
    module, extra = _NEEDS.get(type_, (None, None))
    if module is None or find_spec(module) is not None:
        return None
    return f"type {type_} needs {module}: pip install 'duckflux-ls[{extra}]'"


@cache
def participant(type_: str) -> Participant:
    """The function that runs participants of a type that is not `missing`."""
    if type_ not in BUILT_IN:
        from .plugin import plugin_runner

        return plugin_runner(type_)
    module = import_module(f".{type_}", __name__)
    run: Participant = module.run
    return run

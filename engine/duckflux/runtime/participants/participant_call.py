"""Defines what the function of a participant type receives and returns."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, TypeAlias

import msgspec

from duckflux.json_text import NumberError
from duckflux.language.syntax import Node

from ..engine.chain import ABSENT
from ..engine.control_thread import ControlThread
from ..engine.controller import Identity
from ..engine.step_reporter import StepReporter
from ..engine.step_settings import StepSettings
from ..errors import StepError
from ..events import Status
from ..values import parse_output


class ParticipantCall(msgspec.Struct, frozen=True):
    """One execution of a participant.

    `input` is the merged input, ABSENT for none; `text` the JSON text that it was parsed from, if it is the
    chain's value unchanged; `explicit` the names that the step's own `input` gives; `attempt` counts from 1.
    """

    thread: ControlThread
    settings: StepSettings
    reporter: StepReporter
    input: Any = ABSENT
    text: bytes | None = None
    explicit: frozenset[str] = frozenset()
    attempt: int = 1

    @property
    def identity(self) -> Identity:
        """The identity of this execution."""
        return self.thread.identity(self.settings.path, self.attempt)

    @property
    def key(self) -> str | None:
        """The text that names this execution each time it is tried; None where it is tried only once."""
        performer = self.thread.frame.run.performer
        return performer.key(self.identity) if performer is not None else None

    def field(self, name: str) -> Node | None:
        """Return the node of an effective field, None if it is not given."""
        return self.settings.fields.get(name)

    def error(self, message: str, *, code: str, field: str) -> StepError:
        """Return a failure of this execution, located at a field, or at the step if the field is not given."""
        node = self.field(field) or self.settings.node
        return self.thread.frame.error(message, code=code, field=field, node=node)

    def parse_output(self, content: bytes | bytearray, *, field: str) -> tuple[Any, bytes | None]:
        """Return the value of an output, and the JSON text if it was JSON.

        Raises StepError for JSON with a number that is out of range.
        """
        try:
            return parse_output(content)
        except NumberError as error:
            failure = self.error(f"its output can't be read: {error}", code="output-number", field=field)
            failure.output = content.decode("utf-8", "replace")
            raise failure from None


class Outcome(msgspec.Struct, frozen=True):
    """The result of an execution: `value` (JSON) and the JSON `text` that it was parsed from, if any."""

    value: Any
    text: bytes | None = None
    exit_code: int | None = None
    cwd: str | None = None
    status: Status = "success"


# Runs a participant. Raises StepError.
Runner: TypeAlias = Callable[[ParticipantCall], Awaitable[Outcome]]

"""Defines controllers, which decide about each step before it runs: resume, replay, mocks, debuggers."""

from __future__ import annotations

from typing import Any, Literal, TypeAlias

import msgspec

from ..events import UNSET, SkipReason, Status


class Identity(msgspec.Struct, frozen=True):
    """Identifies one execution of a step, in the same way in every run of the same workflow on the same inputs.

    `workflow` is the file and `path` the JSON pointer of the step in it; `iterations` are the 0-based indices
    of all enclosing loops, `branch` those of all enclosing parallel branches (`1.0`), `attempt` counts from
    1, and `callers` are the pointers of the steps, outermost first, that called this sub-workflow or
    fallback.
    """

    workflow: str
    path: str
    iterations: tuple[int, ...]
    branch: str | None
    attempt: int
    callers: tuple[str, ...] = ()


class StepInfo(msgspec.Struct, frozen=True):
    """Describes a step to a controller.

    `name` is None for a step without one; `digest` is that of its definition (see `digests`); `has_fallback`
    tells whether another participant runs if it fails.
    """

    type: str
    name: str | None
    digest: str
    has_fallback: bool = False


class Proceed(msgspec.Struct, frozen=True):
    """Run the step.

    A wait that `is_over` has waited long enough: it takes what has come so far, or else ends as at its timeout.
    A wait or sub-workflow that began `since` then, in nanoseconds since 1970, has had that part of its time.
    """

    is_over: bool = False
    since: int | None = None


class Reuse(msgspec.Struct, frozen=True):
    """Do not run the participant: a JSON value is its output, or a text its error.

    The input is evaluated and the output checked all the same. The delay before the next attempt counts from
    `ended`, in nanoseconds since 1970, where that is given.
    """

    output: Any
    error: str | None = None
    exit_code: int | None = None
    ended: int | None = None


class Restore(msgspec.Struct, frozen=True):
    """Do nothing for the step: it ended like this in an earlier run.

    `output` is a JSON value or UNSET, `started` and `elapsed` are nanoseconds.
    """

    status: Status
    output: Any = UNSET
    input: Any = UNSET
    error: str | None = None
    exit_code: int | None = None
    retries: int = 0
    reason: SkipReason | None = None
    started: int = 0
    elapsed: int = 0


Decision: TypeAlias = Proceed | Reuse | Restore
ConditionKind: TypeAlias = Literal["when", "if", "until", "max"]
PROCEED = Proceed()


class Stop(Exception):  # noqa: N818 - no error: the run is to end here, as a success
    """Raised by `Controller.after` to end the run as a success; `output`, a JSON value, becomes its output."""

    def __init__(self, output: Any = None) -> None:
        super().__init__("stopped")
        self.output = output


class Controller:
    """Decides nothing: subclasses override what they decide.

    Only one that `reuses` results is asked for known outputs.
    """

    reuses = False

    async def before(self, step: Identity, info: StepInfo) -> Decision:
        """Return what to do with an attempt of a participant, or with a `set` or `wait`.

        May take its time, as a debugger does. Raises StepError to forbid the step.
        """
        return PROCEED

    async def ended(self, step: Identity, info: StepInfo, outcome: Restore | Reuse) -> None:
        """Take note of how a step ended that was to proceed, before the next one begins.

        A Reuse is the failure of an attempt that is followed by another.
        """

    def decided(self, step: Identity, kind: ConditionKind, value: bool | int) -> None:
        """Take note of what a condition gave that may give something else at another time or place."""

    def known_output(self, info: StepInfo, input_: Any) -> Any:
        """Return the output that a step with this input is known to give, else UNSET: it runs.

        It is asked only about steps that are marked for it.
        """
        return UNSET

    def recall(self, step: Identity, kind: ConditionKind) -> bool | int | None:
        """Return what a step's condition is to give, None to evaluate it.

        This is the `when` of a step, the condition of an `if`, the `max` of a loop, or its `until`, where
        `iterations` end with the iteration that has just finished.
        """
        return None

    def after(self, step: Identity, name: str | None, output: Any) -> None:
        """Take note of a finished step of a flow. Raises Stop to end the run."""


class DelegatingController(Controller):
    """Passes everything on to an inner controller: the base of those that decide only some things."""

    def __init__(self, inner: Controller) -> None:
        self._inner = inner

    async def before(self, step: Identity, info: StepInfo) -> Decision:
        """Return what the inner controller decides."""
        return await self._inner.before(step, info)

    async def ended(self, step: Identity, info: StepInfo, outcome: Restore | Reuse) -> None:
        """Tell the inner controller."""
        await self._inner.ended(step, info, outcome)

    def decided(self, step: Identity, kind: ConditionKind, value: bool | int) -> None:
        """Tell the inner controller."""
        self._inner.decided(step, kind, value)

    @property
    def reuses(self) -> bool:  # type: ignore[override]
        """Return whether the inner controller reuses results."""
        return self._inner.reuses

    def known_output(self, info: StepInfo, input_: Any) -> Any:
        """Return what the inner controller knows."""
        return self._inner.known_output(info, input_)

    def recall(self, step: Identity, kind: ConditionKind) -> bool | int | None:
        """Return what the inner controller recalls."""
        return self._inner.recall(step, kind)

    def after(self, step: Identity, name: str | None, output: Any) -> None:
        """Tell the inner controller."""
        self._inner.after(step, name, output)

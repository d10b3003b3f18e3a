"""Who decides what happens with a step before it runs: resume, replay, mocks and a debugger are controllers."""

from __future__ import annotations

from typing import Any, Literal, NamedTuple, TypeAlias

from msgspec import UNSET


class Identity(NamedTuple):
    """Which execution of which step this is, the same in every run of the same workflow on the same inputs.

    `workflow` is the file and `path` the JSON pointer of the step in it; `iterations` are the 0-based indices of
    all enclosing loops, `branch` those of all enclosing parallel branches (`1.0`), `attempt` counts from 1, and
    `callers` are the pointers of the steps, outermost first, that called this sub-workflow or fallback.
    """

    workflow: str
    path: str
    iterations: tuple[int, ...]
    branch: str | None
    attempt: int
    callers: tuple[str, ...] = ()


class StepInfo(NamedTuple):
    """What a step is now: `type`, `name` if it has one, the digest of its definition (see `digests`), and whether
    another participant runs in its place when it fails."""

    type: str
    name: str | None
    digest: str
    has_fallback: bool = False


class Proceed(NamedTuple):
    """Run the step."""


class Reuse(NamedTuple):
    """Don't run the participant: this JSON value is its output, or this text its error. Its input is evaluated
    and its output checked all the same."""

    output: Any
    error: str | None = None


class Restore(NamedTuple):
    """Nothing of the step is done again: it ended like this in an earlier run.

    `output` is a JSON value or UNSET, `started` and `elapsed` are nanoseconds.
    """

    status: Literal["success", "failure", "skipped"]
    output: Any = UNSET
    input: Any = UNSET
    error: str | None = None
    exit_code: int | None = None
    retries: int = 0
    reason: Literal["when", "onError", "onTimeout"] | None = None
    started: int = 0
    elapsed: int = 0


Decision: TypeAlias = Proceed | Reuse | Restore
ConditionKind: TypeAlias = Literal["when", "if", "until"]
PROCEED = Proceed()


class Stop(Exception):  # noqa: N818 - no error: the run is to end here, as a success
    """Raised by `Controller.after`: the run ends here, and `output`, a JSON value, is its output."""

    def __init__(self, output: Any = None) -> None:
        super().__init__("stopped")
        self.output = output


class Controller:
    """Does nothing by itself: a controller overrides what it decides."""

    async def before(self, step: Identity, info: StepInfo) -> Decision:
        """Asked before each attempt of each participant, and before each `set` and `wait`. May take its time, as
        a debugger does. Raises StepError where the step must not run."""
        return PROCEED

    def recall(self, step: Identity, kind: ConditionKind) -> bool | None:
        """What the step's condition is to give, None to evaluate it: the guard of a step, the condition of an
        `if`, the `until` of a loop, whose `iterations` end with the round that is over."""
        return None

    def after(self, step: Identity, name: str | None, output: Any) -> None:
        """Told after each step of a flow. Raises Stop to end the run."""

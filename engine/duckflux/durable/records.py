"""Defines what is stored of a durable run, as immutable records in JSON."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal, Self, TypeAlias, TypeVar

import msgspec
from msgspec import UNSET, UnsetType

from ..runtime.engine.controller import ConditionKind
from ..runtime.events import SkipReason, Status

# The format of all that is stored. Programs take only what has their own.
FORMAT = "1"
# Which steps other workers may perform: none, those of parallel branches, or all.
Spread: TypeAlias = Literal["none", "parallel", "all"]
SPREADS: tuple[Spread, ...] = ("none", "parallel", "all")


# The begin and the end of a part of a text.
Place: TypeAlias = tuple[int, int]


class Stored(msgspec.Struct, frozen=True, omit_defaults=True, rename="camel"):
    """Is the base of all records."""

    def encode(self) -> str:
        """Return the record as JSON."""
        return msgspec.json.encode(self).decode()

    @classmethod
    def decode(cls, text: str) -> Self:
        """Return the record of a JSON text. Raises msgspec.MsgspecError for another format."""
        return msgspec.json.decode(text, type=cls)


class RunRequest(Stored, frozen=True):
    """Asks for a run.

    `file` is the workflow's path and `cwd` the base working directory, both relative to the folder in which the
    run was asked for, which stands for the working directory of each worker; `texts` are those of the workflow
    and all it calls, by their paths; `inputs` are resolved. One that `is_exclusive` waits until no other such run
    of its file is under way. `packages` has the participant types that not every worker has, with the packages of
    plugins, None for extras of our own.
    """

    id: str
    file: str
    cwd: str
    texts: dict[str, str]
    inputs: dict[str, Any]
    spread: Spread = "parallel"
    label: str | None = None
    is_exclusive: bool = False
    max_parallel: int | None = None
    workflow_id: str | None = None
    workflow_name: str | None = None
    packages: dict[str, str | None] = {}


class Failure(Stored, frozen=True):
    """Tells why a run failed, in a text for users, with its secrets masked."""

    message: str
    step: str | None = None
    code: str = ""
    exit_code: int | None = None


class RunResult(Stored, frozen=True):
    """Tells how a run ended: its output, a JSON value, or why it failed."""

    output: Any = None
    failures: tuple[Failure, ...] = ()


_Plain = TypeVar("_Plain", bound=msgspec.Struct)


def raw(value: msgspec.Struct) -> msgspec.Raw:
    """Return a job, or what was done, as part of a record."""
    return msgspec.Raw(msgspec.json.encode(value))


def from_raw(part: msgspec.Raw, type_: type[_Plain]) -> _Plain:
    """Return the job, or what was done, that is part of a record."""
    return msgspec.json.decode(part, type=type_)


class JobRequest(Stored, frozen=True):
    """Asks for a job of a run, which has its paths below the folder `root`.

    `secrets` are places in its texts; `package` is that of the plugin which it needs, if any.
    """

    run: str
    type: str
    job: msgspec.Raw
    root: str
    wants_output: bool = False
    secrets: tuple[Place, ...] = ()
    package: str | None = None


class Piece(Stored, frozen=True):
    """Is a piece of what a job writes, as pairs of stream and text.

    It begins after `start` characters of all that is written in this `repetition` of the job.
    """

    repetition: str
    start: int = 0
    texts: tuple[tuple[str, str], ...] = ()

    @property
    def end(self) -> int:
        """Return after how many characters it ends."""
        return self.start + sum(len(text) for _, text in self.texts)


class JobResult(Stored, frozen=True):
    """Tells what was done, and what the job wrote since the last piece that was sent."""

    done: msgspec.Raw
    written: Piece | None = None


class Began(Stored, frozen=True, tag="began"):
    """The run (without a key), a wait or a sub-workflow begins, at nanoseconds since 1970."""

    at: int
    key: str = ""


class Ended(Stored, frozen=True, tag="ended"):
    """A step ends. `started` counts from 1970, in nanoseconds as `elapsed`."""

    key: str
    status: Status
    output: Any | UnsetType = UNSET
    error: str | None = None
    exit_code: int | None = None
    retries: int = 0
    reason: SkipReason | None = None
    started: int = 0
    elapsed: int = 0


class Failed(Stored, frozen=True, tag="failed"):
    """An attempt of a step failed, at nanoseconds since 1970, and another follows."""

    key: str
    error: str
    at: int
    exit_code: int | None = None
    contains_steps: bool = False


class Decided(Stored, frozen=True, tag="decided"):
    """A condition gave something that it may not give at another time or place."""

    key: str
    kind: ConditionKind
    value: bool | int


Record: TypeAlias = Began | Ended | Failed | Decided

_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(list[Record])


def encode_records(records: Sequence[Record]) -> str:
    """Return records as one JSON text."""
    return _encoder.encode(records).decode()


def decode_records(text: str) -> list[Record]:
    """Return the records of a JSON text. Raises msgspec.MsgspecError for another format."""
    return _decoder.decode(text)

"""Keeps what a run has done, so that it goes on in another program where it was (docs/durable.md#promises)."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable

from msgspec import UNSET

from ..language.schema.participant_types import find_or_default
from ..runtime.engine.controller import (
    PROCEED,
    ConditionKind,
    Controller,
    Decision,
    Identity,
    Proceed,
    Restore,
    Reuse,
    StepInfo,
)
from .records import Began, Decided, Ended, Failed, Record, encode_records
from .step_keys import is_inside, key_of


class History:
    """Holds what earlier programs have done of a run, by the keys of its steps."""

    def __init__(self, records: Iterable[Record]) -> None:
        self.began: int | None = None
        self.starts: dict[str, int] = {}
        self.ends: dict[str, Ended] = {}
        self.failures: dict[str, list[Failed]] = {}
        self.decisions: dict[tuple[str, ConditionKind], bool | int] = {}
        for record in records:
            self._add(record)

    def _add(self, record: Record) -> None:
        match record:
            case Began(key=""):
                self.began = self.began or record.at
            case Began():
                self.starts.setdefault(record.key, record.at)
            case Ended():
                self.ends[record.key] = record
            case Failed():
                self.failures.setdefault(record.key, []).append(record)
                if record.contains_steps:
                    self.forget_inside(record.key)
            case Decided():
                self.decisions[record.key, record.kind] = record.value

    def forget_inside(self, key: str) -> None:
        """Forget the steps of a sub-workflow, which is called again."""
        self.starts = {k: v for k, v in self.starts.items() if not is_inside(k, key) and k != key}
        self.ends = {k: v for k, v in self.ends.items() if not is_inside(k, key)}
        self.failures = {k: v for k, v in self.failures.items() if not is_inside(k, key)}
        self.decisions = {k: v for k, v in self.decisions.items() if not is_inside(k[0], key)}


class JournalWriter:
    """Appends records in their order; several that come at the same time are written together.

    `write` stores a text. Once it has raised, so does every call: what was done could not be kept.
    """

    def __init__(self, write: Callable[[str], Awaitable[None]]) -> None:
        self._write = write
        self._waiting: list[Record] = []
        self._writing: asyncio.Task[None] | None = None
        self.failure: BaseException | None = None

    def add(self, record: Record) -> None:
        """Have a record written with the next that is."""
        self._waiting.append(record)

    async def flush(self) -> None:
        """Return when all records so far are written. Raises what writing them raised."""
        while self._waiting or self._writing is not None:
            if self.failure is not None:
                raise self.failure
            if self._writing is None:
                batch, self._waiting = self._waiting, []
                self._writing = asyncio.ensure_future(self._write_batch(batch))
            # Records that are on their way stay so, whoever is cancelled.
            await asyncio.shield(self._writing)
        if self.failure is not None:
            raise self.failure

    async def _write_batch(self, batch: list[Record]) -> None:
        try:
            await self._write(encode_records(batch))
        except BaseException as error:
            self.failure = error
            raise
        finally:
            self._writing = None


class JournalController(Controller):
    """Restores what the history has, and adds what happens to the journal before the next step begins."""

    def __init__(self, history: History, writer: JournalWriter, folder: str) -> None:
        self._history = history
        self._writer = writer
        self._folder = folder

    async def before(self, step: Identity, info: StepInfo) -> Decision:
        """Decide to restore a step that ended, or an attempt that failed, in an earlier program."""
        await self._writer.flush()
        key = key_of(step, self._folder)
        contains_steps = _contains_steps(info)
        ended = self._history.ends.get(key)
        # A sub-workflow is entered again, so that all of its steps are seen.
        if ended is not None and not (contains_steps and ended.status == "success"):
            return _restore(ended)
        failures = self._history.failures.get(key, ())
        if step.attempt <= len(failures):
            failed = failures[step.attempt - 1]
            return Reuse(None, failed.error, failed.exit_code, failed.at)
        if info.type != "wait" and not contains_steps:
            return PROCEED
        since = self._history.starts.get(key)
        if since is not None:
            return Proceed(since=since)
        self._writer.add(Began(time.time_ns(), key))
        await self._writer.flush()
        return PROCEED

    async def ended(self, step: Identity, info: StepInfo, outcome: Restore | Reuse) -> None:
        """Write down how a step ended."""
        key = key_of(step, self._folder)
        if key in self._history.ends:
            return
        contains_steps = _contains_steps(info)
        if isinstance(outcome, Reuse):
            error, at = outcome.error or "", outcome.ended or time.time_ns()
            self._writer.add(Failed(key, error, at, outcome.exit_code, contains_steps))
            if contains_steps:
                self._history.forget_inside(key)
        else:
            self._writer.add(_ended(key, outcome))
        await self._writer.flush()

    def decided(self, step: Identity, kind: ConditionKind, value: bool | int) -> None:
        """Have it written down before the next step begins."""
        self._writer.add(Decided(key_of(step, self._folder), kind, value))

    def recall(self, step: Identity, kind: ConditionKind) -> bool | int | None:
        """Return what a condition gave in an earlier program."""
        if not self._history.decisions:
            return None
        return self._history.decisions.get((key_of(step, self._folder), kind))


def _contains_steps(info: StepInfo) -> bool:
    return info.type not in ("wait", "set") and find_or_default(info.type).runs_steps


def _restore(ended: Ended) -> Restore:
    return Restore(
        status=ended.status,
        output=ended.output,
        error=ended.error,
        exit_code=ended.exit_code,
        retries=ended.retries,
        reason=ended.reason,
        started=ended.started,
        elapsed=ended.elapsed,
    )


def _ended(key: str, outcome: Restore) -> Ended:
    return Ended(
        key=key,
        status=outcome.status,
        output=UNSET if outcome.output is UNSET else outcome.output,
        error=outcome.error,
        exit_code=outcome.exit_code,
        retries=outcome.retries,
        reason=outcome.reason,
        started=outcome.started,
        elapsed=outcome.elapsed,
    )

"""A step that runs a participant: guard, input, attempts, timeout, and what its `onError` makes of a failure."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

from duckflux.cel.json_values import to_json
from duckflux.language.model.workflow import Call
from duckflux.language.syntax import Mapping as MapNode
from duckflux.language.syntax import Node, Scalar

from ..clock import Stopwatch, iso, milliseconds
from ..errors import StepError, broken_off
from ..events import Attempt
from ..participants import Outcome, ParticipantCall, missing, participant
from .chain import ABSENT, MergeError, json_text, merge
from .controller import Decision, Restore, Reuse, Stop
from .evaluate import decided, evaluate
from .lane import ControlThread
from .run import StepRecord
from .step_settings import FAIL, RETRY, SKIP, StepSettings


async def run_call(call: Call, lane: ControlThread) -> None:
    """Run a step of the flow. Raises StepError when it fails and nothing handles that."""
    await _Step(lane.execution.settings(call), lane).run()


async def run_target(name: str, lane: ControlThread, parent: int, caller: str) -> None:
    """Run the participant that an `onTimeout` of the step `caller` names, in its place."""
    await _Step(lane.execution.target(name), lane, parent=parent, caller=caller).run()


class _Step:
    """One execution of one step. `before` are the steps of the fallback chain that led here."""

    def __init__(
        self,
        settings: StepSettings,
        lane: ControlThread,
        *,
        before: tuple[str, ...] = (),
        parent: int | None = None,
        caller: str | None = None,
    ) -> None:
        self._settings = settings
        self._lane = lane
        self._before = before
        self._parent = lane.parent if parent is None else parent
        self._caller = caller
        self._attempts: list[Attempt] = []
        self._record: StepRecord

    async def run(self) -> None:
        lane = self._lane
        parent, callers = lane.parent, lane.callers
        lane.parent = self._parent
        if self._caller is not None:
            lane.callers = (*callers, self._caller)
        settings = self._settings
        self._record = StepRecord(lane, settings.label, settings.type, settings.path, settings.definition)
        try:
            await self._guarded()
        finally:
            lane.parent, lane.callers = parent, callers

    async def _guarded(self) -> None:
        try:
            when = self._settings.when
            if when is not None and not decided(self._lane, "when", self._settings.path, when, "when"):
                self._skipped_by_guard()
                return
        except StepError as error:
            self._record.start()
            await self._failed(error)
            return
        try:
            await self._attempted()
        except StepError:
            raise
        except Stop:
            self._record.finish("success")
            raise
        except BaseException as error:
            self._record.finish("failure", error=broken_off(error), attempts=tuple(self._attempts))
            raise
        finally:
            # The participant's fields saw the merged input; from here on it is the chain again.
            self._lane.put_chain(self._lane.chain)

    def _skipped_by_guard(self) -> None:
        self._lane.execution.remember_skip(self._settings.name)
        self._record.start()
        self._record.finish("skipped", reason="when")

    async def _attempted(self) -> None:
        retry = self._settings.retry
        while True:
            watch, number = Stopwatch(), len(self._attempts) + 1
            settings, run = self._settings, self._lane.execution.run
            fallback = settings.on_error not in (FAIL, SKIP, RETRY)
            decision = await run.decide(self._record, settings.name, number, has_fallback=fallback)
            if isinstance(decision, Restore):
                await self._restore(decision)
                return
            try:
                outcome = await self._attempt(number, decision)
            except StepError as error:
                retries = len(self._attempts)
                if retry is None or retries >= retry.max:
                    await self._failed(error)
                    return
                self._attempts.append(_attempt(retries + 1, watch, error))
                await asyncio.sleep(retry.delay(retries))
            else:
                self._succeeded(outcome)
                # What was done must not be done again, should the run break off now.
                await self._lane.execution.run.stream.settled()
                return

    async def _restore(self, recorded: Restore) -> None:
        """End as in the earlier run."""
        lane, settings, record = self._lane, self._settings, self._record
        record.start(1, recorded.input)
        if settings.type == "emit" and isinstance(recorded.output, Mapping):
            # The run's own events reach its later waits, also those of before.
            lane.execution.run.hub.log.add(recorded.output["event"], recorded.output["payload"])
        if recorded.status == "failure":
            error = self._error(recorded.error or "it failed", "restored", settings.type)
            error.exit_code = recorded.exit_code
            await self._failed(error)
        elif recorded.status == "skipped":
            lane.execution.remember_skip(settings.name, error=recorded.error, output=recorded.output)
            record.finish("skipped", error=recorded.error, reason=recorded.reason, reused=True)
        else:
            lane.execution.remember(
                settings.name,
                "success",
                output=recorded.output,
                started=recorded.started,
                elapsed=recorded.elapsed,
                retries=recorded.retries,
                cwd=self._folder(),
            )
            text = None if isinstance(recorded.output, str) else json_text(recorded.output)
            lane.put(recorded.output, text)
            record.finish("success", output=recorded.output, retries=recorded.retries, reused=True)

    def _folder(self) -> str | None:
        """Where the command of a restored step ran, as far as that can be told now."""
        if self._settings.type != "exec":
            return None
        from ..participants.exec import working_directory

        try:
            return working_directory(self._lane, self._settings)
        except StepError:
            return None

    async def _attempt(self, number: int, decision: Decision) -> Outcome:
        lane, record = self._lane, self._record
        try:
            input_, explicit = self._input()
        except StepError:
            record.start(number)
            raise
        chain = lane.chain
        lane.variables.own["input"] = None if input_ is ABSENT else input_
        record.start(number, to_json(input_) if explicit else input_)
        task = ParticipantCall(
            lane=lane,
            settings=self._settings,
            record=record,
            input=input_,
            text=chain.text if chain and chain.value is input_ else None,
            explicit=explicit,
        )
        outcome = await self._answer(task, decision)
        self._check_output(outcome)
        return outcome

    async def _answer(self, task: ParticipantCall, decision: Decision) -> Outcome:
        if isinstance(decision, Reuse):
            if decision.error is not None:
                raise self._error(decision.error, "reused", self._settings.type)
            if self._settings.type == "emit" and isinstance(decision.output, Mapping):
                event, payload = decision.output.get("event"), decision.output.get("payload")
                self._lane.execution.run.hub.log.add(str(event), payload)
            return Outcome(decision.output)
        if (why := missing(self._settings.type)) is not None:
            raise self._error(why, "not-installed", "type")
        execute = participant(self._settings.type)
        # An acknowledged emit sees to its timeout itself (`onTimeout`).
        if self._settings.timeout is None or self._settings.type == "emit":
            return await execute(task)
        try:
            async with asyncio.timeout(self._settings.timeout) as limit:
                return await execute(task)
        except TimeoutError:
            if not limit.expired():
                raise
            message = f"timed out after {_seconds(self._settings.timeout)}"
            raise self._error(message, "timeout", "timeout") from None

    def _input(self) -> tuple[Any, frozenset[str]]:
        """(chain < participant's input < override's input, the names the two inputs give)."""
        merged, left_name = self._lane.incoming, "the value from the step before"
        explicit: set[str] = set()
        for whose, node in self._settings.inputs:
            value = self._mapped(node)
            if isinstance(value, Mapping):
                explicit.update(value)
            try:
                merged = merge(merged, value, left_name, whose)
            except MergeError as error:
                raise self._error(str(error), "merge", "input", node) from None
            left_name = whose
        if isinstance(merged, Mapping):
            self._lane.execution.run.secrets.learn_variables(merged)
        return merged, frozenset(explicit)

    def _mapped(self, node: Node) -> Any:
        if isinstance(node, MapNode):
            return {
                pair.key.text: evaluate(self._lane, pair.value, f"input.{pair.key.text}")
                for pair in node
                if isinstance(pair.value, Scalar)
            }
        return evaluate(self._lane, node, "input") if isinstance(node, Scalar) else ABSENT

    def _check_output(self, outcome: Outcome) -> None:
        schema = self._settings.output_schema
        if schema is None:
            return
        from .validation import violations

        found = violations(schema, outcome.value)
        if found:
            error = self._error("its output " + "; ".join(found), "output-schema", "output")
            error.output = outcome.value
            raise error

    def _succeeded(self, outcome: Outcome) -> None:
        lane = self._lane
        if outcome.status == "skipped":
            lane.execution.remember_skip(self._settings.name, output=outcome.value)
            self._record.finish("skipped", output=outcome.value, reason="onTimeout")
            return
        self._remember("success", output=outcome.value, cwd=outcome.cwd)
        lane.put(outcome.value, outcome.text)
        self._record.finish(
            "success",
            output=outcome.value,
            exit_code=outcome.exit_code or None,
            retries=len(self._attempts),
            attempts=tuple(self._attempts),
        )

    async def _failed(self, error: StepError) -> None:
        error.step = error.step or self._settings.label
        strategy = self._settings.on_error
        if strategy == SKIP:
            self._lane.execution.remember_skip(self._settings.name, error=error.message)
            self._record.finish("skipped", error=error, reason="onError")
            await self._lane.execution.run.stream.settled()
            return
        names = (*self._before, self._settings.name or "")
        if strategy not in (FAIL, RETRY) and strategy in names:
            why = f"its onError '{strategy}' is part of this fallback chain: a cycle"
            error = self._error(f"{error.message} ({why})", "fallback-cycle", "onError")
            error.step = self._settings.label
            strategy = FAIL
        attempts = tuple(self._attempts)
        self._remember("failure", error=error.message)
        self._record.finish("failure", error=error, retries=len(attempts), attempts=attempts)
        if strategy in (FAIL, RETRY):
            raise error
        await self._lane.execution.run.stream.settled()
        await self._fall_back(strategy, names)

    async def _fall_back(self, name: str, names: tuple[str, ...]) -> None:
        lane = self._lane
        lane.put_chain(lane.chain)
        settings = lane.execution.target(name)
        seq, path = self._record.seq, self._settings.path
        await _Step(settings, lane, before=names, parent=seq, caller=path).run()

    def _remember(
        self, status: str, *, output: Any = ABSENT, error: str | None = None, cwd: str | None = None
    ) -> None:
        watch = self._record.watch
        self._lane.execution.remember(
            self._settings.name,
            status,
            output=output,
            error=error,
            started=watch.started,
            elapsed=watch.elapsed,
            retries=len(self._attempts),
            cwd=cwd,
        )

    def _error(self, message: str, code: str, field: str, node: Node | None = None) -> StepError:
        node = node or self._settings.fields.get(field) or self._settings.node
        return StepError(message, code=code, field=field, place=self._lane.execution.place(node))


def _attempt(number: int, watch: Stopwatch, error: StepError) -> Attempt:
    return Attempt(number, iso(watch.started), milliseconds(watch.elapsed), error.message, error.exit_code)


def _seconds(value: float) -> str:
    return f"{value:g} s" if value >= 1 else f"{value * 1000:g} ms"

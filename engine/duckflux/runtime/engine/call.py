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
from ..errors import StepError, abort_reason
from ..events import Attempt
from ..participants import Outcome, ParticipantCall, missing, participant
from .chain import ABSENT, MergeError, json_text, merge
from .control_thread import ControlThread
from .controller import Decision, Restore, Reuse, Stop
from .evaluate import decide_condition, evaluate
from .run import StepReporter
from .step_settings import FAIL, RETRY, SKIP, StepSettings


async def run_call(call: Call, thread: ControlThread) -> None:
    """Run a step of the flow. Raises StepError when it fails and nothing handles that."""
    await _Step(thread.frame.settings(call), thread).run()


async def run_target(name: str, thread: ControlThread, parent: int, caller: str) -> None:
    """Run the participant that an `onTimeout` of the step `caller` names, in its place."""
    await _Step(thread.frame.target(name), thread, parent=parent, caller=caller).run()


class _Step:
    """One execution of one step. `before` are the steps of the fallback chain that led here."""

    def __init__(
        self,
        settings: StepSettings,
        thread: ControlThread,
        *,
        before: tuple[str, ...] = (),
        parent: int | None = None,
        caller: str | None = None,
    ) -> None:
        self._settings = settings
        self._thread = thread
        self._before = before
        self._parent = thread.parent if parent is None else parent
        self._caller = caller
        self._attempts: list[Attempt] = []
        self._reporter: StepReporter

    async def run(self) -> None:
        thread = self._thread
        parent, callers = thread.parent, thread.callers
        thread.parent = self._parent
        if self._caller is not None:
            thread.callers = (*callers, self._caller)
        settings = self._settings
        self._reporter = StepReporter(
            thread, settings.label, settings.type, settings.path, settings.definition
        )
        try:
            await self._guarded()
        finally:
            thread.parent, thread.callers = parent, callers

    async def _guarded(self) -> None:
        try:
            when = self._settings.when
            if when is not None and not decide_condition(
                self._thread, "when", self._settings.path, when, "when"
            ):
                self._skipped_by_guard()
                return
        except StepError as error:
            self._reporter.start()
            await self._failed(error)
            return
        try:
            await self._attempted()
        except StepError:
            raise
        except Stop:
            self._reporter.finish("success")
            raise
        except BaseException as error:
            self._reporter.finish("failure", error=abort_reason(error), attempts=tuple(self._attempts))
            raise
        finally:
            # The participant's fields saw the merged input; from here on it is the chain again.
            self._thread.set_chain(self._thread.chain)

    def _skipped_by_guard(self) -> None:
        self._thread.frame.store_skip(self._settings.name)
        self._reporter.start()
        self._reporter.finish("skipped", reason="when")

    async def _attempted(self) -> None:
        retry = self._settings.retry
        while True:
            watch, number = Stopwatch(), len(self._attempts) + 1
            settings, run = self._settings, self._thread.frame.run
            fallback = settings.on_error not in (FAIL, SKIP, RETRY)
            decision = await run.decide(self._reporter, settings.name, number, has_fallback=fallback)
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
                await self._thread.frame.run.stream.drain()
                return

    async def _restore(self, recorded: Restore) -> None:
        """End as in the earlier run."""
        thread, settings, reporter = self._thread, self._settings, self._reporter
        reporter.start(1, recorded.input)
        if settings.type == "emit" and isinstance(recorded.output, Mapping):
            # The run's own events reach its later waits, also those of before.
            thread.frame.run.hub.log.add(recorded.output["event"], recorded.output["payload"])
        if recorded.status == "failure":
            error = self._error(recorded.error or "it failed", "restored", settings.type)
            error.exit_code = recorded.exit_code
            await self._failed(error)
        elif recorded.status == "skipped":
            thread.frame.store_skip(settings.name, error=recorded.error, output=recorded.output)
            reporter.finish("skipped", error=recorded.error, reason=recorded.reason, reused=True)
        else:
            thread.frame.store_result(
                settings.name,
                "success",
                output=recorded.output,
                started=recorded.started,
                elapsed=recorded.elapsed,
                retries=recorded.retries,
                cwd=self._folder(),
            )
            text = None if isinstance(recorded.output, str) else json_text(recorded.output)
            thread.set_output(recorded.output, text)
            reporter.finish("success", output=recorded.output, retries=recorded.retries, reused=True)

    def _folder(self) -> str | None:
        """Where the command of a restored step ran, as far as that can be told now."""
        if self._settings.type != "exec":
            return None
        from ..participants.exec import working_directory

        try:
            return working_directory(self._thread, self._settings)
        except StepError:
            return None

    async def _attempt(self, number: int, decision: Decision) -> Outcome:
        thread, reporter = self._thread, self._reporter
        try:
            input_, explicit = self._input()
        except StepError:
            reporter.start(number)
            raise
        chain = thread.chain
        thread.variables.own["input"] = None if input_ is ABSENT else input_
        reporter.start(number, to_json(input_) if explicit else input_)
        task = ParticipantCall(
            thread=thread,
            settings=self._settings,
            reporter=reporter,
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
                self._thread.frame.run.hub.log.add(str(event), payload)
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
        merged, left_name = self._thread.incoming, "the value from the step before"
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
            self._thread.frame.run.secrets.learn_variables(merged)
        return merged, frozenset(explicit)

    def _mapped(self, node: Node) -> Any:
        if isinstance(node, MapNode):
            return {
                pair.key.text: evaluate(self._thread, pair.value, f"input.{pair.key.text}")
                for pair in node
                if isinstance(pair.value, Scalar)
            }
        return evaluate(self._thread, node, "input") if isinstance(node, Scalar) else ABSENT

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
        thread = self._thread
        if outcome.status == "skipped":
            thread.frame.store_skip(self._settings.name, output=outcome.value)
            self._reporter.finish("skipped", output=outcome.value, reason="onTimeout")
            return
        self._store_result("success", output=outcome.value, cwd=outcome.cwd)
        thread.set_output(outcome.value, outcome.text)
        self._reporter.finish(
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
            self._thread.frame.store_skip(self._settings.name, error=error.message)
            self._reporter.finish("skipped", error=error, reason="onError")
            await self._thread.frame.run.stream.drain()
            return
        names = (*self._before, self._settings.name or "")
        if strategy not in (FAIL, RETRY) and strategy in names:
            why = f"its onError '{strategy}' is part of this fallback chain: a cycle"
            error = self._error(f"{error.message} ({why})", "fallback-cycle", "onError")
            error.step = self._settings.label
            strategy = FAIL
        attempts = tuple(self._attempts)
        self._store_result("failure", error=error.message)
        self._reporter.finish("failure", error=error, retries=len(attempts), attempts=attempts)
        if strategy in (FAIL, RETRY):
            raise error
        await self._thread.frame.run.stream.drain()
        await self._fall_back(strategy, names)

    async def _fall_back(self, name: str, names: tuple[str, ...]) -> None:
        thread = self._thread
        thread.set_chain(thread.chain)
        settings = thread.frame.target(name)
        seq, path = self._reporter.seq, self._settings.path
        await _Step(settings, thread, before=names, parent=seq, caller=path).run()

    def _store_result(
        self, status: str, *, output: Any = ABSENT, error: str | None = None, cwd: str | None = None
    ) -> None:
        watch = self._reporter.watch
        self._thread.frame.store_result(
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
        return StepError(message, code=code, field=field, location=self._thread.frame.location(node))


def _attempt(number: int, watch: Stopwatch, error: StepError) -> Attempt:
    return Attempt(number, iso(watch.started), milliseconds(watch.elapsed), error.message, error.exit_code)


def _seconds(value: float) -> str:
    return f"{value:g} s" if value >= 1 else f"{value * 1000:g} ms"

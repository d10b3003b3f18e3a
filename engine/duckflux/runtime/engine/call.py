"""Runs a step that calls a participant: condition, input, attempts, timeout, and handling of failures."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from typing import Any

import msgspec

from duckflux.cel.json_values import to_json
from duckflux.language.model.workflow import Call
from duckflux.language.schema import participant_types
from duckflux.language.syntax import Mapping as MapNode
from duckflux.language.syntax import Node, Scalar

from ..clock import Stopwatch, iso, milliseconds
from ..errors import StepError, abort_reason
from ..events import UNSET, Attempt
from ..participants.participant_call import Outcome, ParticipantCall
from ..participants.runners import restore_output, runner, unavailable_reason
from ..values import encode_json
from .chain import ABSENT, MergeError, merge
from .control_thread import ControlThread
from .controller import Decision, Proceed, Restore, Reuse, Stop
from .debugging import PARTICIPANT, Failure, SkipStep, TryAgain, UseOutput
from .evaluate import decide_condition, evaluate, evaluate_map
from .step_reporter import StepReporter
from .step_settings import FAIL, RETRY, SKIP, StepSettings


async def run_call(call: Call, thread: ControlThread) -> None:
    """Run a step of the flow. Raises StepError if it fails and nothing handles the failure."""
    await _StepExecution(thread.frame.settings(call), thread).run()


async def run_fallback(name: str, thread: ControlThread, parent: int, caller: str) -> None:
    """Run the participant that the `onTimeout` of the step at the pointer `caller` names. Raises StepError."""
    await _StepExecution(thread.frame.fallback_settings(name), thread, parent=parent, caller=caller).run()


class _StepExecution:
    """One execution of one step. `fallback_chain` are the names of the steps whose `onError` led here."""

    def __init__(
        self,
        settings: StepSettings,
        thread: ControlThread,
        *,
        fallback_chain: tuple[str, ...] = (),
        parent: int | None = None,
        caller: str | None = None,
    ) -> None:
        self._settings = settings
        self._thread = thread
        self._fallback_chain = fallback_chain
        self._parent = thread.parent if parent is None else parent
        self._caller = caller
        self._attempts: list[Attempt] = []
        self._repeats = 0
        self._queued = 0
        self._is_reused = False
        self._reporter: StepReporter

    async def run(self) -> None:
        """Run the step inside its parent. Raises StepError."""
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
            if self._caller is not None:
                await thread.frame.run.debug.reach(thread, settings.path, "")
            await self._run_if_condition_holds()
        finally:
            thread.parent, thread.callers = parent, callers

    async def _run_if_condition_holds(self) -> None:
        settings = self._settings
        debug = self._thread.frame.run.debug
        try:
            when = settings.when
            if debug.asks_at_fields and when is not None:
                await debug.reach(self._thread, settings.path, "when")
            if when is not None and not decide_condition(self._thread, "when", settings.path, when, "when"):
                self._thread.frame.store_skip(settings.name)
                self._reporter.start()
                self._reporter.finish("skipped", reason="when")
                return
        except StepError as error:
            self._reporter.start()
            recovery = await debug.ask_about(self._thread, self._failure(error, will_retry=False))
            match recovery:
                case UseOutput() | SkipStep():
                    await self._end_as(recovery, error)
                case TryAgain(settings=edited):
                    self._redefine(edited)
                    await self._run_if_condition_holds()
                case _:
                    await self._fail(error)
            return
        try:
            await self._run_attempts()
        except StepError:
            raise
        except Stop:
            self._reporter.finish("success")
            raise
        except BaseException as error:
            self._reporter.finish("failure", error=abort_reason(error), attempts=tuple(self._attempts))
            raise
        finally:
            # The participant's fields saw the merged input; from here on `input` is the chain again.
            self._thread.set_chain(self._thread.chain)

    async def _run_attempts(self) -> None:
        """Run the step until it succeeds, is skipped or has failed for good; a debugger may have it run again."""
        debug = self._thread.frame.run.debug
        if debug.asks_at_fields and self._settings.name is not None and self._caller is None:
            await debug.reach(self._thread, self._settings.path, f"{PARTICIPANT}.{self._settings.name}")
        while True:
            settings = self._settings
            has_fallback = settings.on_error not in (FAIL, SKIP, RETRY)
            watch, retries = Stopwatch(), len(self._attempts)
            decision = await self._reporter.ask_controller(
                settings.name, retries + 1, has_fallback=has_fallback
            )
            if isinstance(decision, Restore):
                await self._restore(decision)
                return
            try:
                outcome = await self._run_attempt(retries + 1, decision)
            except StepError as error:
                own_retries = retries - self._repeats
                will_retry = settings.retry is not None and own_retries < settings.retry.max
                recovery = await debug.ask_about(self._thread, self._failure(error, will_retry))
                if isinstance(recovery, UseOutput | SkipStep):
                    await self._end_as(recovery, error)
                    return
                repeats = isinstance(recovery, TryAgain)
                if not will_retry and not repeats:
                    await self._fail(error)
                    return
                message = self._thread.frame.run.secrets.mask(error.message)
                self._attempts.append(_failed_attempt(retries + 1, watch, message, error.exit_code))
                if isinstance(recovery, TryAgain):
                    self._repeats += 1
                    self._redefine(recovery.settings)
                elif settings.retry is not None:
                    await self._pause(settings.retry.delay(own_retries), decision, error)
            else:
                await self._succeed(outcome)
                # The step must not run again if the run is interrupted now.
                await self._thread.frame.run.stream.drain()
                return

    async def _pause(self, delay: float, decision: Decision, error: StepError) -> None:
        """Wait before the next attempt. Of a failure that is known already, part of the time has passed."""
        if isinstance(decision, Reuse) and decision.ended is not None:
            delay -= (time.time_ns() - decision.ended) / 1e9
        else:
            await self._reporter.tell_of_attempt(error)
        await asyncio.sleep(max(0.0, delay))

    def _failure(self, error: StepError, will_retry: bool) -> Failure:
        """Return a failure as a debugger is asked about it."""
        is_handled = self._settings.on_error not in (FAIL, RETRY)
        return Failure(
            self._settings.path, error, len(self._attempts) + 1, will_retry, is_handled, self._settings
        )

    def _redefine(self, settings: StepSettings | None) -> None:
        if settings is not None:
            self._settings = settings
            self._reporter.redefine(settings.definition)

    async def _end_as(self, recovery: UseOutput | SkipStep, error: StepError) -> None:
        """End a step that has failed as the debugger says."""
        if isinstance(recovery, SkipStep):
            self._thread.frame.store_skip(self._settings.name, error=error.message)
            self._reporter.finish("skipped", error=error, reason="onError")
            return
        reused = restore_output(self._thread, self._settings, recovery.output)
        await self._succeed(msgspec.structs.replace(reused, cwd=None))

    async def _restore(self, recorded: Restore) -> None:
        """End as in the earlier run. Raises StepError."""
        thread, settings, reporter = self._thread, self._settings, self._reporter
        reporter.start(1, recorded.input)
        cwd = None
        if recorded.output is not UNSET:
            cwd = restore_output(thread, settings, recorded.output).cwd
        if recorded.status == "failure":
            error = self._error(recorded.error or "it failed", "restored", settings.type)
            error.exit_code = recorded.exit_code
            await self._fail(error)
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
                cwd=cwd,
            )
            text = None if isinstance(recorded.output, str) else encode_json(recorded.output)
            thread.set_output(recorded.output, text)
            reporter.finish("success", output=recorded.output, retries=recorded.retries, reused=True)

    async def _run_attempt(self, number: int, decision: Decision) -> Outcome:
        thread, reporter = self._thread, self._reporter
        try:
            input_, explicit = self._merged_input()
        except StepError:
            reporter.start(number)
            raise
        chain = thread.chain
        thread.variables.own["input"] = None if input_ is ABSENT else input_
        reporter.start(number, to_json(input_) if explicit else input_)
        call = ParticipantCall(
            thread=thread,
            settings=self._settings,
            reporter=reporter,
            input=input_,
            text=chain.text if chain and chain.value is input_ else None,
            explicit=explicit,
            attempt=number,
        )
        outcome = await self._outcome(decision, call)
        self._check_output(outcome)
        return outcome

    async def _outcome(self, decision: Decision, call: ParticipantCall) -> Outcome:
        if isinstance(decision, Reuse):
            return self._reuse(decision)
        known = self._known_output(call.input)
        if known is UNSET:
            return await self._execute(call, decision.since if isinstance(decision, Proceed) else None)
        self._is_reused = True
        return self._reuse(Reuse(known))

    def _known_output(self, input_: Any) -> Any:
        """Return the output that is known from another run, UNSET if the step has to run."""
        frame = self._thread.frame
        if frame.run.controller is None or not frame.run.controller.reuses:
            return UNSET
        from .reuse_marks import may_reuse

        if not may_reuse(frame, self._settings):
            return UNSET
        given = UNSET if input_ is ABSENT else to_json(input_)
        return self._reporter.known_output(self._settings.name, given)

    def _reuse(self, decision: Reuse) -> Outcome:
        if decision.error is not None:
            error = self._error(decision.error, "reused", self._settings.type)
            error.exit_code = decision.exit_code
            raise error
        # A step that did not run has no working directory.
        return msgspec.structs.replace(
            restore_output(self._thread, self._settings, decision.output), cwd=None
        )

    async def _execute(self, call: ParticipantCall, since: int | None) -> Outcome:
        turns = self._thread.frame.run.turns
        # A sub-workflow takes no turn: it would wait for its own steps, which do.
        if turns is None or self._settings.type == "workflow":
            return await self._execute_now(call, since)
        watch = Stopwatch()
        async with turns:
            self._queued += milliseconds(watch.elapsed)
            return await self._execute_now(call, since)

    async def _execute_now(self, call: ParticipantCall, since: int | None) -> Outcome:
        settings = self._settings
        if (reason := unavailable_reason(settings.type)) is not None:
            raise self._error(reason, "not-installed", "type")
        run = runner(settings.type)
        descriptor = participant_types.find_or_default(settings.type)
        timeout = descriptor.default_timeout if settings.timeout is None else settings.timeout
        if timeout is None or descriptor.handles_timeout:
            return await run(call)
        left = timeout if since is None else max(0.0, timeout - (time.time_ns() - since) / 1e9)
        try:
            async with asyncio.timeout(left) as limit:
                with self._thread.frame.run.debug.limited(self._thread, limit):
                    return await run(call)
        except TimeoutError:
            if not limit.expired():
                raise
            message = f"timed out after {_format_seconds(timeout)}"
            raise self._error(message, "timeout", "timeout") from None

    def _merged_input(self) -> tuple[Any, frozenset[str]]:
        """Return the merge of chain, own input and override, and the names that the latter two give."""
        merged, left_name = self._thread.incoming, "the value from the step before"
        explicit: set[str] = set()
        for right_name, node in self._settings.inputs:
            value = self._evaluate_input(node)
            if isinstance(value, Mapping):
                explicit.update(value)
            try:
                merged = merge(merged, value, left_name, right_name)
            except MergeError as error:
                raise self._error(str(error), "merge", "input", node) from None
            left_name = right_name
        if isinstance(merged, Mapping):
            self._thread.frame.run.secrets.learn_variables(merged)
        return merged, frozenset(explicit)

    def _evaluate_input(self, node: Node) -> Any:
        if isinstance(node, MapNode):
            return evaluate_map(self._thread, node, "input")
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

    async def _succeed(self, outcome: Outcome) -> None:
        if outcome.status == "skipped":
            self._thread.frame.store_skip(self._settings.name, output=outcome.value)
            await self._reporter.tell_controller("skipped", output=outcome.value, reason="onTimeout")
            self._reporter.finish("skipped", output=outcome.value, reason="onTimeout")
            return
        self._store_result("success", output=outcome.value, cwd=outcome.cwd)
        self._thread.set_output(outcome.value, outcome.text)
        await self._reporter.tell_controller("success", output=outcome.value, retries=len(self._attempts))
        self._reporter.finish(
            "success",
            output=outcome.value,
            exit_code=outcome.exit_code or None,
            retries=len(self._attempts),
            attempts=tuple(self._attempts),
            reused=self._is_reused,
            queued=self._queued,
        )

    async def _fail(self, error: StepError) -> None:
        """Handle a failure by the step's `onError`. Raises StepError if that does not handle it."""
        settings = self._settings
        error.step = error.step or settings.label
        strategy = settings.on_error
        if strategy == SKIP:
            self._thread.frame.store_skip(settings.name, error=error.message)
            await self._reporter.tell_controller("skipped", error=error, reason="onError")
            self._reporter.finish("skipped", error=error, reason="onError")
            await self._thread.frame.run.stream.drain()
            return
        chain = (*self._fallback_chain, settings.name or "")
        if strategy not in (FAIL, RETRY) and strategy in chain:
            why = f"its onError '{strategy}' is part of this fallback chain: a cycle"
            error = self._error(f"{error.message} ({why})", "fallback-cycle", "onError")
            error.step = settings.label
            strategy = FAIL
        attempts = tuple(self._attempts)
        self._store_result("failure", error=error.message)
        await self._reporter.tell_controller("failure", error=error, retries=len(attempts))
        self._reporter.finish(
            "failure", error=error, retries=len(attempts), attempts=attempts, queued=self._queued
        )
        if strategy in (FAIL, RETRY):
            raise error
        await self._thread.frame.run.stream.drain()
        try:
            await self._run_fallback(strategy, chain)
        except StepError as failure:
            failure.earlier = (error, *failure.earlier)
            raise

    async def _run_fallback(self, name: str, chain: tuple[str, ...]) -> None:
        thread = self._thread
        thread.set_chain(thread.chain)
        settings = thread.frame.fallback_settings(name)
        seq, path = self._reporter.seq, self._settings.path
        await _StepExecution(settings, thread, fallback_chain=chain, parent=seq, caller=path).run()

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
        return self._thread.frame.error(message, code=code, field=field, node=node)


def _failed_attempt(number: int, watch: Stopwatch, message: str, exit_code: int | None) -> Attempt:
    return Attempt(number, iso(watch.started), milliseconds(watch.elapsed), message, exit_code)


def _format_seconds(value: float) -> str:
    return f"{value:g} s" if value >= 1 else f"{value * 1000:g} ms"

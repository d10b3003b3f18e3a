"""Runs the tests of workflows and compares their results with what they expect."""

from __future__ import annotations

import difflib
import json
import os
import time
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import Any, NamedTuple

from msgspec import UNSET

from ..language.analysis import Analysis
from ..language.schema.participant_types import find_or_default
from ..language.test_files import Case
from ..replay.mock import Mocks
from ..runtime.engine.controller import PROCEED, Controller, Decision, Identity, Proceed, Reuse, StepInfo
from ..runtime.engine.inputs import InputError, resolve
from ..runtime.engine.loading import WorkflowLoader
from ..runtime.engine.run_workflow import Result, run
from ..runtime.errors import StepError
from ..runtime.events import Event
from ..runtime.events.stream import Warn
from ..runtime.hubs import Connect, Hub
from ..runtime.hubs.memory import Bus
from ..runtime.secrets import Secrets
from ..trace.model import Step, trace_from_events


class CaseResult(NamedTuple):
    """The result of a test: `problems` are its deviations from what is expected, texts of one or more lines."""

    case: Case
    problems: tuple[str, ...]
    seconds: float


class _RequireMocks(Controller):
    """Forbids steps that have no mock and that the test does not name, and skips sleeps.

    A wait ends at once where nothing runs beside it that could end it.
    """

    def __init__(self, case: Case) -> None:
        self._allowed = case.run

    async def before(self, step: Identity, info: StepInfo) -> Decision:
        if info.type == "wait":
            sleeps = "event=" not in info.digest and "until=" not in info.digest
            return Reuse(UNSET) if sleeps else Proceed(is_over=step.branch is None)
        if info.type == "set" or self._allowed is None or info.name in self._allowed:
            return PROCEED
        if not find_or_default(info.type).needs_mock:
            return PROCEED
        hint = (
            "add one, or name the step under `run`" if info.name else "give it a name with `as`, and a mock"
        )
        raise StepError(f"it has no mock: {hint}", code="no-mock")


class EventList:
    """A listener that keeps all events."""

    wants_output = False
    congested = False

    def __init__(self) -> None:
        self.events: list[Event] = []

    def notify(self, event: Event) -> None:
        self.events.append(event)


async def run_case(case: Case, workflow: Analysis, file: str) -> CaseResult:
    """Run one test of a workflow that has no static errors, and return its result."""
    begin = time.perf_counter()
    environment = {**os.environ, **case.environment}
    secrets = Secrets(environment)
    try:
        inputs = resolve(workflow.workflow.inputs, case.inputs, secrets)
    except InputError as error:
        return CaseResult(case, tuple(error.problems), time.perf_counter() - begin)
    listener = EventList()
    result = await run(
        workflow.workflow,
        file,
        inputs,
        load=WorkflowLoader(),
        listeners=[listener],
        controller=controller_of(case),
        hub=hub_of(case),
        secrets=secrets,
        environment=environment,
    )
    problems = problems_of(case, result, listener.events, secrets.mask)
    return CaseResult(case, problems, time.perf_counter() - begin)


def controller_of(case: Case) -> Controller:
    """Return what gives the steps of a test their mocks."""
    return Mocks(case.mocks, _RequireMocks(case))


def problems_of(
    case: Case, result: Result, events: list[Event], mask: Callable[[str], str]
) -> tuple[str, ...]:
    """Return how a run deviates from what its test expects, masked."""
    steps = trace_from_events(events).steps
    return tuple(map(mask, _differences(case.expect, result, steps, mask)))


def hub_of(case: Case) -> Connect:
    """Return what connects to a hub of one run alone, on which the events of a test have come already."""
    return partial(_hub_with, case.events)


async def _hub_with(events: Iterable[tuple[str, Any]], warn: Warn) -> Hub:
    """Return a hub of one run alone, on which events have come already."""
    hub = await Bus()(warn)
    for event, payload in events:
        await hub.publish(event, payload)
    return hub


def _differences(
    expect: dict[str, Any], result: Result, steps: tuple[Step, ...], mask: Callable[[str], str]
) -> Iterator[str]:
    """Yield the deviations. Errors are masked already, so that what they are compared with is masked too."""
    status = "success" if result.success else "failure"
    wanted_status = expect.get("status", "success")
    if status != wanted_status:
        reason = f": {result.error}" if result.error else ""
        yield f"the run was expected to end with {wanted_status}, but ended with {status}{reason}"
    if "error" in expect and mask(expect["error"]) not in str(result.error or ""):
        yield f"the error was expected to contain `{expect['error']}`, but is `{result.error or 'none'}`"
    if "output" in expect and result.success and result.output != expect["output"]:
        yield f"the output differs\n{_diff(expect['output'], result.output)}"
    for name, expected in (expect.get("steps") or {}).items():
        found = [step for step in steps if step.name == name and step.workflow is None]
        wanted = {"status": expected} if isinstance(expected, str) else expected
        yield from _step_differences(name, wanted, found, mask)


def _step_differences(
    name: str, expect: dict[str, Any], found: list[Step], mask: Callable[[str], str]
) -> Iterator[str]:
    last = found[-1] if found else None
    status = last.status if last is not None else "absent"
    if "status" in expect and expect["status"] != status:
        reason = f" ({last.error})" if last is not None and last.error else ""
        yield f"step '{name}' was expected to be {expect['status']}, but is {status}{reason}"
    ran = sum(step.status != "skipped" for step in found)
    if "executions" in expect and expect["executions"] != ran:
        yield f"step '{name}' was expected to run {_times(expect['executions'])}, but ran {_times(ran)}"
    for field in ("input", "output"):
        if field in expect:
            value = getattr(last, field) if last is not None else UNSET
            value = None if value is UNSET else value
            if value != expect[field]:
                yield f"the {field} of step '{name}' differs\n{_diff(expect[field], value)}"
    if "error" in expect and (last is None or mask(expect["error"]) not in (last.error or "")):
        actual = last.error if last is not None and last.error else "none"
        yield f"the error of step '{name}' was expected to contain `{expect['error']}`, but is `{actual}`"


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count} times"


def _diff(expected: Any, actual: Any) -> str:
    """Return the difference of two values as a unified diff of their JSON."""
    before, after = (
        json.dumps(value, indent=2, ensure_ascii=False, sort_keys=True).splitlines()
        for value in (expected, actual)
    )
    lines = difflib.unified_diff(before, after, "expected", "actual", n=3, lineterm="")
    return "\n".join(line for line in lines if not line.startswith("@@"))

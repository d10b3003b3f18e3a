"""Runs tests of workflows: mocks in the place of participants, and what came of it beside what was expected."""

from __future__ import annotations

import difflib
import json
import os
import time
from collections.abc import Iterator
from typing import Any, NamedTuple

from msgspec import UNSET

from ..language.analysis import Analysis
from ..replay.mock import Mocks
from ..runtime.engine.controller import PROCEED, Controller, Decision, Identity, Reuse, StepInfo
from ..runtime.engine.inputs import InputError, resolve
from ..runtime.engine.loading import Loader
from ..runtime.engine.run_workflow import Result, run
from ..runtime.errors import StepError
from ..runtime.events import Event
from ..runtime.secrets import Secrets
from ..trace.model import Step, trace_from_events
from .files import Case


class CaseResult(NamedTuple):
    """What came of a test: `problems` are what is not as expected, texts of one or more lines."""

    case: Case
    problems: tuple[str, ...]
    seconds: float


class _Guard(Controller):
    """Lets nothing run that a test did not name, and no time pass in sleeps."""

    def __init__(self, case: Case) -> None:
        self._allowed = case.run

    async def before(self, step: Identity, info: StepInfo) -> Decision:
        if info.type == "wait":
            sleeps = "event=" not in info.digest and "until=" not in info.digest
            return Reuse(UNSET) if sleeps else PROCEED
        if info.type in ("set", "emit", "workflow") or self._allowed is None or info.name in self._allowed:
            return PROCEED
        hint = "give it one, or name it under `run`" if info.name else "give it a name with `as`, and a mock"
        raise StepError(f"it has no mock: {hint}", code="no-mock")


class _Listening:
    wants_output = False
    congested = False

    def __init__(self) -> None:
        self.events: list[Event] = []

    def notify(self, event: Event) -> None:
        self.events.append(event)


async def run_case(case: Case, workflow: Analysis, file: str) -> CaseResult:
    """Run one test of a workflow that has no static errors."""
    begin = time.perf_counter()
    environment = {**os.environ, **case.environment}
    secrets = Secrets(environment)
    try:
        inputs = resolve(workflow.workflow.inputs, case.inputs, secrets)
    except InputError as error:
        return CaseResult(case, tuple(error.problems), time.perf_counter() - begin)
    listening = _Listening()
    result = await run(
        workflow.workflow,
        file,
        inputs,
        load=Loader(),
        listeners=[listening],
        controller=Mocks(case.mocks, _Guard(case)),
        secrets=secrets,
        environment=environment,
    )
    steps = trace_from_events(listening.events).steps
    problems = tuple(_differences(case.expect, result, steps))
    return CaseResult(case, problems, time.perf_counter() - begin)


def _differences(expect: dict[str, Any], result: Result, steps: tuple[Step, ...]) -> Iterator[str]:
    status = "success" if result.success else "failure"
    wanted = expect.get("status", "success")
    if status != wanted:
        why = f": {result.error}" if result.error else ""
        yield f"the run was to end with {wanted} and ended with {status}{why}"
    if "error" in expect and expect["error"] not in str(result.error or ""):
        yield f"the error was to say `{expect['error']}` and was `{result.error or 'none'}`"
    if "output" in expect and result.success and result.output != expect["output"]:
        yield f"the output is another one\n{_diff(expect['output'], result.output)}"
    for name, info in (expect.get("steps") or {}).items():
        found = [step for step in steps if step.name == name and step.workflow is None]
        yield from _of_step(name, {"status": info} if isinstance(info, str) else info, found)


def _of_step(name: str, expect: dict[str, Any], found: list[Step]) -> Iterator[str]:
    last = found[-1] if found else None
    status = last.status if last is not None else "absent"
    if "status" in expect and expect["status"] != status:
        why = f" ({last.error})" if last is not None and last.error else ""
        yield f"step '{name}' was to be {expect['status']} and was {status}{why}"
    ran = sum(step.status != "skipped" for step in found)
    if "executions" in expect and expect["executions"] != ran:
        yield f"step '{name}' was to run {_times(expect['executions'])} and ran {_times(ran)}"
    for field in ("input", "output"):
        if field in expect:
            value = getattr(last, field) if last is not None else UNSET
            value = None if value is UNSET else value
            if value != expect[field]:
                yield f"the {field} of step '{name}' is another one\n{_diff(expect[field], value)}"
    if "error" in expect and (last is None or expect["error"] not in (last.error or "")):
        said = last.error if last is not None and last.error else "none"
        yield f"the error of step '{name}' was to say `{expect['error']}` and was `{said}`"


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count} times"


def _diff(expected: Any, actual: Any) -> str:
    """Expected and actual as lines of JSON, one over the other."""
    before, after = (
        json.dumps(value, indent=2, ensure_ascii=False, sort_keys=True).splitlines()
        for value in (expected, actual)
    )
    lines = difflib.unified_diff(before, after, "expected", "actual", n=3, lineterm="")
    return "\n".join(line for line in lines if not line.startswith("@@"))

"""Runs workflow texts on the engine itself, with real processes, and shows what happened as a trace."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest
from duckflux.language.analysis import analyse
from duckflux.runtime.engine.inputs import resolve
from duckflux.runtime.engine.loading import WorkflowLoader
from duckflux.runtime.engine.run_workflow import Result, run
from duckflux.runtime.errors import StepError
from duckflux.runtime.events import Event
from duckflux.runtime.secrets import Secrets
from duckflux.trace.model import Step, trace_from_events


class Listening:
    """Keeps all events; `call` is called with each."""

    wants_output = True
    congested = False

    def __init__(self, call: Callable[[Event], None] = lambda event: None) -> None:
        self.events: list[Event] = []
        self._call = call

    def notify(self, event: Event) -> None:
        self.events.append(event)
        self._call(event)


class Ran:
    """A run that has ended."""

    def __init__(self, result: Result, events: list[Event]) -> None:
        self.result = result
        self.events = events
        self.trace = trace_from_events(events)

    @property
    def output(self) -> Any:
        assert self.result.error is None, str(self.result.error)
        return self.result.output

    @property
    def error(self) -> StepError:
        assert self.result.error is not None, f"it succeeded: {self.result.output!r}"
        return self.result.error

    def steps(self, name: str) -> list[Step]:
        return [step for step in self.trace.steps if step.name == name]

    def step(self, name: str) -> Step:
        (step,) = self.steps(name)
        return step

    def statuses(self) -> list[tuple[str, str]]:
        return [(step.name, step.status) for step in self.trace.steps]


class Flows:
    """Runs workflow texts in a folder of their own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def write(self, name: str, text: str) -> Path:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(dedent(text))
        return path

    async def start(self, text: str, inputs: dict[str, Any] | None = None, **options: Any) -> Ran:
        path = self.write("main.duck.yaml", text)
        analysis = analyse(path.read_text(), path)
        if not options.pop("unchecked", False):
            assert not analysis.errors, analysis.errors
        listening = options.pop("listening", None) or Listening()
        environment = options.get("environment")
        secrets = options.setdefault("secrets", Secrets(environment))
        result = await run(
            analysis.workflow,
            str(path),
            resolve(analysis.workflow.inputs, inputs or {}, secrets),
            load=WorkflowLoader(),
            listeners=[listening, *options.pop("listeners", [])],
            **options,
        )
        return Ran(result, listening.events)

    def __call__(self, text: str, inputs: dict[str, Any] | None = None, **options: Any) -> Ran:
        return asyncio.run(self.start(text, inputs, **options))


@pytest.fixture
def flow(tmp_path: Path) -> Flows:
    return Flows(tmp_path)

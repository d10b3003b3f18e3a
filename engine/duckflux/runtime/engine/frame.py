"""One workflow file being executed: its variables, its compiled expressions, the results of its steps."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Literal

from duckflux.cel.chrono import Duration, Timestamp
from duckflux.language.model.workflow import Call, If, Loop, Parallel, Step, Workflow
from duckflux.language.syntax import Scalar
from duckflux.language.syntax.nodes import Ranged

from ..errors import SourceLocation, StepError
from ..hubs import LogCursor
from .chain import ABSENT
from .run import Run, StepDefinition
from .step_settings import StepSettings, settings_of, settings_of_target

if TYPE_CHECKING:
    from duckflux.cel import CelError, Program


class WorkflowFrame:
    """What all lanes of one workflow share. `file` is absolute; `files` are its callers' files and it."""

    def __init__(
        self, run: Run, workflow: Workflow, file: str, inputs: dict[str, Any], callers: tuple[str, ...]
    ) -> None:
        self.run = run
        self.workflow = workflow
        self.file = file
        self.folder = os.path.dirname(file)
        self.files = (*callers, file)
        self.event_cursors: dict[str, LogCursor] = {}
        self._programs: dict[str, Program] = {}
        self._is_expression: dict[tuple[str, bool], bool] = {}
        self._settings: dict[str, StepSettings] = {}
        self._digests: dict[str, str] = {}
        self._steps = (*workflow.participants, *_inline_names(workflow.flow))
        self.variables: dict[str, Any] = {
            "workflow": {
                "id": workflow.id,
                "name": workflow.name,
                "version": workflow.version,
                "inputs": inputs,
            },
            "execution": {
                "id": run.id,
                "number": run.number,
                "startedAt": Timestamp(run.watch.started),
                "status": "running",
                "context": {},
                "cwd": run.cwd,
            },
            "env": run.environment,
            **{name: {} for name in self._steps},
        }

    def settings(self, call: Call) -> StepSettings:
        found = self._settings.get(call.pointer)
        if found is None:
            found = self._settings[call.pointer] = settings_of(self.workflow, call)
        return found

    def target(self, name: str) -> StepSettings:
        """The settings of the participant that an `onError` or `onTimeout` names."""
        return settings_of_target(self.workflow, name)

    def digest(self, path: str, definition: StepDefinition) -> str:
        """The digest of a step's definition, made once."""
        found = self._digests.get(path)
        if found is None:
            from .digests import digest

            found = self._digests[path] = digest(definition)
        return found

    def program(self, text: str) -> Program:
        found = self._programs.get(text)
        if found is None:
            from duckflux.cel import compile as compile_cel

            found = self._programs[text] = compile_cel(text)
        return found

    def is_expression(self, text: str, kind: str) -> bool:
        """Whether a field that is CEL or literal (section 2) holds CEL."""
        key = (text, kind == "body")
        if key not in self._is_expression:
            from duckflux.cel import parse
            from duckflux.language.model.expression_fields import is_expression

            names = {*self.variables, "input", "output", "event", "now", *_loop_names(self.workflow.flow)}
            whose: Literal["body", "text"] = "body" if key[1] else "text"
            self._is_expression[key] = is_expression(parse(text), names, self._steps, whose)
        return self._is_expression[key]

    def set_context(self, key: str, value: Any) -> None:
        """Copied on write: a value may be, or hold, the context itself."""
        frame = self.variables["execution"]
        frame["context"] = {**frame["context"], key: value}

    def location(self, node: Ranged) -> SourceLocation:
        line, column = self.workflow.document.position(node)
        return SourceLocation(self.file, line + 1, column + 1)

    def cel_error(self, error: CelError, node: Scalar, field: str) -> StepError:
        from duckflux.language.syntax.scalar_ranges import content_range

        start = min(getattr(error, "start", 0), len(node.text))
        location = self.location(content_range(node, start, start + 1))
        return StepError(
            self._explain(error, node.text, start), code=f"cel-{_code(error)}", field=field, location=location
        )

    def _explain(self, error: CelError, text: str, start: int) -> str:
        name = next((n for n in self._steps if text.startswith((f"{n}.", f"{n}["), start)), None)
        if name is not None and not self.variables[name]:
            return f"step '{name}' has not run yet, so `{text}` can't be read; guard it with has()"
        return f"{error} (in `{_shortened(text)}`)"

    def store_result(
        self,
        name: str | None,
        status: str,
        *,
        output: Any = ABSENT,
        error: str | None = None,
        started: int,
        elapsed: int,
        retries: int = 0,
        cwd: str | None = None,
    ) -> None:
        """Keep a step's result as its variable. Times are nanoseconds."""
        if name is None:
            return
        result: dict[str, Any] = {"status": status}
        if output is not ABSENT:
            result["output"] = output
        result["startedAt"] = Timestamp(started)
        result["finishedAt"] = Timestamp(started + elapsed)
        result["duration"] = Duration(elapsed)
        result["retries"] = retries
        if error is not None:
            result["error"] = error
        if cwd is not None:
            result["cwd"] = cwd
        self.variables[name] = result

    def store_skip(self, name: str | None, *, error: str | None = None, output: Any = ABSENT) -> None:
        """A skip changes `status` and `error`; `output` stays that of the last execution (section 3)."""
        if name is None:
            return
        result = {key: value for key, value in self.variables[name].items() if key != "error"}
        result["status"] = "skipped"
        if error is not None:
            result["error"] = error
        if output is not ABSENT:
            result["output"] = output
        self.variables[name] = result


def _inline_names(steps: tuple[Step, ...]) -> Iterator[str]:
    for step in _walk(steps):
        if isinstance(step, Call) and step.inline and step.inline.name:
            yield step.inline.name


def _loop_names(steps: tuple[Step, ...]) -> Iterator[str]:
    for step in _walk(steps):
        if isinstance(step, Loop):
            yield "loop"
            yield step.name


def _walk(steps: tuple[Step, ...]) -> Iterator[Step]:
    for step in steps:
        yield step
        if isinstance(step, Loop):
            yield from _walk(step.steps)
        elif isinstance(step, Parallel):
            yield from _walk(step.branches)
        elif isinstance(step, If):
            yield from _walk(step.then)
            yield from _walk(step.otherwise)


def _code(error: CelError) -> str:
    code = getattr(error, "code", None)
    return code if isinstance(code, str) else "syntax"


def _shortened(text: str, limit: int = 60) -> str:
    text = " ".join(text.split())
    return text if len(text) <= limit else text[: limit - 1] + "…"

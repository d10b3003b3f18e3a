"""Holds the state of one workflow file that is being executed: variables, compiled expressions, step results."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from duckflux.cel.chrono import Duration, Timestamp
from duckflux.language.model.workflow import Call, Loop, Step, Workflow, walk
from duckflux.language.syntax import Document, Node, Scalar
from duckflux.language.syntax.nodes import Block, Ranged

from ..errors import SourceLocation, StepError
from ..hubs import LogCursor
from .chain import ABSENT
from .run import Run
from .step_settings import StepSettings, settings_of, settings_of_fallback

if TYPE_CHECKING:
    from duckflux.cel import CelError, Program

# The fields that say what a step does, by their names.
StepDefinition: TypeAlias = "Mapping[str, Node | None]"


class WorkflowFrame:
    """The state that all threads of control of one workflow share.

    `file` is its absolute path, `file_stack` the files of its callers and its own, outermost first;
    `step_names` are those of participants and inline steps, in the order of the text.
    """

    def __init__(
        self, run: Run, workflow: Workflow, file: str, inputs: dict[str, Any], callers: tuple[str, ...]
    ) -> None:
        self.run = run
        self.workflow = workflow
        self.file = file
        self.folder = os.path.dirname(file)
        self.file_stack = (*callers, file)
        self.event_cursors: dict[str, LogCursor] = {}
        self._programs: dict[str, Program] = {}
        self._is_expression: dict[tuple[str, bool], bool] = {}
        self._settings: dict[str, StepSettings] = {}
        self._digests: dict[str, str] = {}
        # Documents of steps that were replaced while the run goes on, by their blocks.
        self._edited: dict[Block, Document] = {}
        self.step_names = (*workflow.participants, *_inline_names(workflow.flow))
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
            **{name: {} for name in self.step_names},
        }

    def settings(self, call: Call) -> StepSettings:
        """Return the effective settings of a step of the flow."""
        found = self._settings.get(call.pointer)
        if found is None:
            found = self._settings[call.pointer] = settings_of(self.workflow, call)
        return found

    def replace_settings(self, settings: StepSettings, document: Document) -> None:
        """Run a step from now on as another text of the file says, whose document is given."""
        self._settings[settings.path] = settings
        self._digests.pop(settings.path, None)
        for node in (settings.node, *settings.fields.values(), *(node for _, node in settings.inputs)):
            self._edited[node.block] = document

    def fallback_settings(self, name: str) -> StepSettings:
        """Return the settings of the participant that an `onError` or `onTimeout` names."""
        return settings_of_fallback(self.workflow, name)

    def digest(self, path: str, definition: StepDefinition) -> str:
        """Return the digest of a step's definition, which is computed once for each JSON pointer."""
        found = self._digests.get(path)
        if found is None:
            from .digests import digest

            found = self._digests[path] = digest(definition)
        return found

    def program(self, text: str) -> Program:
        """Return an expression, compiled once. Raises CelError."""
        found = self._programs.get(text)
        if found is None:
            from duckflux.cel import compile as compile_cel

            found = self._programs[text] = compile_cel(text)
        return found

    def is_expression(self, text: str, kind: str) -> bool:
        """Return whether a field that takes CEL or literal text holds CEL; `kind` is `body` or the field."""
        key = (text, kind == "body")
        if key not in self._is_expression:
            from duckflux.cel import parse
            from duckflux.language.model.expression_fields import is_expression

            names = {*self.variables, "input", "output", "event", "now", *_loop_names(self.workflow.flow)}
            field_kind: Literal["body", "text"] = "body" if key[1] else "text"
            self._is_expression[key] = is_expression(parse(text), names, self.step_names, field_kind)
        return self._is_expression[key]

    def set_context(self, key: str, value: Any) -> None:
        """Write a key of the execution context.

        The context is copied, because the value may be, or contain, the context itself.
        """
        frame = self.variables["execution"]
        frame["context"] = {**frame["context"], key: value}

    def location(self, node: Ranged) -> SourceLocation:
        """Return where a node starts, in this frame's file."""
        document = self._edited.get(node.block, self.workflow.document)
        line, column = document.position(node)
        return SourceLocation(self.file, line + 1, column + 1)

    def error(self, message: str, *, code: str, field: str, node: Ranged) -> StepError:
        """Return a failure that is located at a node of this frame's file."""
        return StepError(message, code=code, field=field, location=self.location(node))

    def cel_error(self, error: CelError, node: Scalar, field: str) -> StepError:
        """Return the failure of an expression, located at the part of it that failed."""
        from duckflux.language.syntax.scalar_ranges import content_range

        start = min(getattr(error, "start", 0), len(node.text))
        message = self._explain(error, node.text, start)
        at = content_range(node, start, start + 1)
        return self.error(message, code=f"cel-{_code(error)}", field=field, node=at)

    def _explain(self, error: CelError, text: str, start: int) -> str:
        name = next((n for n in self.step_names if text.startswith((f"{n}.", f"{n}["), start)), None)
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
        """Keep the result of a step as the variable of its name.

        Times are nanoseconds. A step whose `name` is None keeps none.
        """
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
        """Keep the result of a skipped step.

        `status` and `error` change, the rest stays that of the last execution: see
        docs/language.md#output-of-a-step.
        """
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
    for step in walk(steps):
        if isinstance(step, Call) and step.inline and step.inline.name:
            yield step.inline.name


def _loop_names(steps: tuple[Step, ...]) -> Iterator[str]:
    for step in walk(steps):
        if isinstance(step, Loop):
            yield "loop"
            yield step.name


def _code(error: CelError) -> str:
    code = getattr(error, "code", None)
    return code if isinstance(code, str) else "syntax"


def _shortened(text: str, limit: int = 60) -> str:
    text = " ".join(text.split())
    return text if len(text) <= limit else text[: limit - 1] + "…"

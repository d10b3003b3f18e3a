"""Knows what the names of GitHub's contexts stand for: `github.ref`, `steps.x.outputs.y`, `matrix.os`."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, TypeAlias

from ..plan import cel_env, cel_text
from ..tokens import UntranslatableError
from . import expressions
from .expressions import Translated
from .matrix import matrix_value
from .script_text import EXPRESSION

_RUNNER = {"os": "Linux", "temp": "/tmp", "arch": "X64"}  # noqa: S108
# Finds an output of a job that has ended, by the job's id and the output's name. Raises UntranslatableError.
JobOutput: TypeAlias = Callable[[str, str], Translated]


class KnownSteps:
    """The steps with an id, of a job or an action, as far as they have been read."""

    def __init__(self, is_in_branches: bool = False) -> None:
        self._is_in_branches = is_in_branches
        self._names: dict[str, str] = {}
        self._outputs: dict[str, Mapping[str, Translated]] = {}
        self._left_out: dict[str, str] = {}

    def add(self, step_id: str, name: str) -> None:
        """Add a step that is translated to one of a name."""
        self._names[step_id] = name

    def add_action(self, step_id: str, outputs: Mapping[str, Translated]) -> None:
        """Add a step that is translated to the steps of an action, with the action's outputs."""
        self._outputs[step_id] = outputs

    def leave_out(self, step_id: str, why: str) -> None:
        """Add a step that is not translated."""
        self._left_out[step_id] = why

    def output(self, step_id: str, name: str) -> Translated:
        """Return an output of a step. Raises UntranslatableError."""
        if step_id in self._outputs:
            return self._outputs[step_id].get(name, Translated("''", "string", literal=""))
        step = self._name(step_id)
        if re.fullmatch(r"[A-Za-z_]\w*", name, re.A):
            return Translated(
                f"(has({step}.output) && has({step}.output.{name}) ? string({step}.output.{name}) : '')",
                "string",
            )
        return Translated(
            f"(has({step}.output) && {cel_text(name)} in {step}.output ? "
            f"string({step}.output[{cel_text(name)}]) : '')",
            "string",
        )

    def status(self, step_id: str) -> Translated:
        """Return how a step ended. Raises UntranslatableError."""
        step = self._name(step_id)
        return Translated(f"(has({step}.status) ? {step}.status : '')", "string")

    def _name(self, step_id: str) -> str:
        if step_id in self._left_out:
            raise UntranslatableError(f"it reads `steps.{step_id}`, {self._left_out[step_id]}")
        if step_id not in self._names:
            raise UntranslatableError(f"it reads `steps.{step_id}`, which is not there")
        if self._is_in_branches:
            raise UntranslatableError(f"it reads `steps.{step_id}`, which runs in several branches at once")
        return self._names[step_id]


class Scope(NamedTuple):
    """The names that the expressions of a step may use.

    `action_path` is the folder of the action around it, in CEL; `has_failed` is whether a step before has failed.
    """

    inputs: Mapping[str, Translated]
    steps: KnownSteps
    job_output: JobOutput
    env: Mapping[str, Translated] = {}
    matrix: Mapping[str, Any] = {}
    action_path: str = ""
    has_failed: bool = False

    def lookup(self, path: tuple[str, ...]) -> Translated:
        """Return what a name stands for. Raises UntranslatableError."""
        match path:
            case ("inputs", name) | ("github", "event", "inputs", name) if name in self.inputs:
                return self.inputs[name]
            case ("env", name) if name in self.env:
                return self.env[name]
            case (("env" | "secrets" | "vars"), name):
                return Translated(cel_env(name), "string")
            case ("github", "workspace"):
                return Translated("execution.cwd", "string")
            case ("github", "action_path") if self.action_path:
                return Translated(self.action_path, "string", is_atom=False)
            case ("github", "token"):
                return Translated(cel_env("GITHUB_TOKEN"), "string")
            case ("github", name) if name not in ("event", "job", "action_path"):
                return Translated(cel_env(f"GITHUB_{name.upper()}"), "string")
            case ("runner", name) if name in _RUNNER:
                return Translated(cel_env(f"RUNNER_{name.upper()}", _RUNNER[name]), "string")
            case ("matrix", *keys):
                return matrix_value(self.matrix, keys)
            case ("steps", step_id, "outputs", name):
                return self.steps.output(step_id, name)
            case ("steps", step_id, ("outcome" | "conclusion")):
                return self.steps.status(step_id)
            case ("needs", job_id, "outputs", name):
                return self.job_output(job_id, name)
            case ("needs", _, "result") if self.has_failed:
                raise UntranslatableError(
                    f"it reads `{'.'.join(path)}` after a failure, which may be of any job"
                )
            case ("needs", _, "result") | ("job", "status"):
                status = "failure" if self.has_failed else "success"
                return Translated(cel_text(status), "string", literal=status)
        raise UntranslatableError(f"`{'.'.join(path)}` is not known outside of GitHub")

    def text(self, value: Any) -> Translated:
        """Return a value, as one of `env`, as a text in CEL. Raises UntranslatableError."""
        if value is None:
            return Translated("''", "string", literal="")
        shown = str(value).lower() if isinstance(value, bool) else str(value)
        if "${{" not in shown:
            return Translated(cel_text(shown), "string", literal=shown)
        cel = expressions.text_value(shown, self.lookup, has_failed=self.has_failed)
        is_one = EXPRESSION.fullmatch(shown.strip()) is not None and " ? " not in cel
        return Translated(cel, "string", is_atom=is_one)

    def value(self, value: Any) -> str:
        """Return a value of `with` in CEL, of its own type where it is one expression.

        Raises UntranslatableError.
        """
        if isinstance(value, bool):
            return str(value).lower()
        if isinstance(value, (int, float)):
            return str(value)
        text = str(value if value is not None else "")
        if (match := EXPRESSION.fullmatch(text.strip())) is not None:
            return expressions.translate(match[1], self.lookup, has_failed=self.has_failed).cel
        return expressions.text_value(text, self.lookup, has_failed=self.has_failed)

    def condition(self, given: Any) -> str:
        """Return an `if` in CEL, empty if it always holds, `false` if never. Raises UntranslatableError."""
        if given is None or given is True:
            return "false" if self.has_failed else ""
        if given is False:
            return "false"
        return expressions.condition(str(given), self.lookup, has_failed=self.has_failed)

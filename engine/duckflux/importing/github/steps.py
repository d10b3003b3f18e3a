"""Translates the steps of jobs, and those of the actions that they use."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, NamedTuple

from ..failures import as_fallback
from ..notes import Notes
from ..plan import Files, Names, StepPlan, cel_text
from ..scripts import command_for, is_known_shell
from ..source import Source
from ..tokens import UntranslatableError
from . import expressions
from .actions import Action, action_name, is_plain_checkout, local_action, reason_for
from .contexts import KnownSteps, Scope
from .expressions import Translated
from .nodes import one_line, shown_if, texts_in
from .script_text import EXPRESSION, variable_name, with_variables

# Files of a runner that a script may write to.
_FILES = ("GITHUB_ENV", "GITHUB_PATH", "GITHUB_STEP_SUMMARY", "GITHUB_OUTPUT")
_MAX_DEPTH = 10


class StepList(NamedTuple):
    """Steps that run in order: of a job, or of an action.

    `name` begins the names of its steps; `defaults` and `timeout` are for steps without their own; `comments` are
    by line.
    """

    source: Source
    steps: Any
    name: str
    comments: Mapping[int, tuple[str, ...]]
    defaults: Mapping[str, Any] = {}
    timeout: Any = None
    depth: int = 0


class StepTranslator:
    """Translates steps; what has no counterpart goes to the notes."""

    def __init__(self, names: Names, notes: Notes, files: Files, read_from: Any) -> None:
        self._names = names
        self._notes = notes
        self._files = files
        self._given_names: dict[tuple[str, str, int], str] = {}
        self._read_outputs = _read_outputs(read_from)

    def name_of(self, listed: StepList, index: int, step: Mapping[str, Any]) -> str:
        """Return the name of a step, the same for each combination of a matrix."""
        key = (listed.name, listed.source.file, index)
        if key not in self._given_names:
            words = str(step.get("id") or step.get("name") or _first_words(step))
            self._given_names[key] = self._names.unique(listed.name, EXPRESSION.sub("", words))
        return self._given_names[key]

    def translate(self, listed: StepList, scope: Scope) -> tuple[StepPlan, ...]:
        """Return steps, with what is left out between them as comments."""
        found: list[StepPlan] = []
        pending: list[str] = []
        for index, step in enumerate(listed.steps):
            if not isinstance(step, dict):
                continue
            line = listed.source.line(listed.steps, index)
            pending += listed.comments.get(line, ())
            step_id = str(step.get("id", ""))
            try:
                plans = self._step(listed, index, step, line, scope)
            except UntranslatableError as error:
                scope.steps.leave_out(step_id, "which is not translated")
                what = f"the step {self.name_of(listed, index, step)}{shown_if(step)}"
                pending += self._notes.leave_out(listed.source, line, what, str(error), _kind(error))
                continue
            if isinstance(plans, str):
                scope.steps.leave_out(step_id, "an action that is not translated")
                pending.append(plans)
                continue
            for plan in plans:
                found.append(plan._replace(comments=(*pending, *plan.comments)))
                pending = []
        if pending and found:
            comments = (*found[-1].comments, "# After this step:", *pending)
            found[-1] = found[-1]._replace(comments=comments)
        return tuple(found)

    def _step(
        self, listed: StepList, index: int, step: dict[str, Any], line: int, scope: Scope
    ) -> list[StepPlan] | str:
        """Return a step as the steps that it becomes, or the comment that stands for it."""
        if "run" not in step:
            return self._use(listed, index, step, line, scope)
        shell = str(step.get("shell") or listed.defaults.get("shell") or "")
        if not is_known_shell(shell):
            raise UntranslatableError(f"the shell {shell.split()[0]} is not translated", "shell")
        comments: list[str] = []
        when = scope.condition(step.get("if"))
        after_failure = self._condition_after_failure(listed, step, line, scope, comments)
        if when == after_failure == "false" and not scope.matrix:
            raise UntranslatableError("it never runs", "expression")
        name = self.name_of(listed, index, step)
        found: list[StepPlan] = []
        if after_failure != "false":
            failed = scope._replace(has_failed=True)
            plan = self._command(listed, step, line, name, shell, failed, comments)
            found.append(as_fallback(plan, "" if when == "false" else name, after_failure))
        if when != "false" or not found:
            # What is not translated is said once.
            notes: list[str] = [] if found else comments
            plan = self._command(listed, step, line, name, shell, scope, notes)
            found.append(plan._replace(when=when))
        scope.steps.add(str(step.get("id", "")), found[-1].name)
        return found

    def _condition_after_failure(
        self, listed: StepList, step: dict[str, Any], line: int, scope: Scope, comments: list[str]
    ) -> str:
        """Return when a step runs although one before it has failed."""
        try:
            return scope._replace(has_failed=True).condition(step.get("if"))
        except UntranslatableError as error:
            what = f"{shown_if(step).removeprefix(', ')} after a failure"
            comments.append(self._notes.add(listed.source, line, what, str(error), "if after a failure"))
            return "false"

    def _command(
        self,
        listed: StepList,
        step: dict[str, Any],
        line: int,
        name: str,
        shell: str,
        scope: Scope,
        comments: list[str],
    ) -> StepPlan:
        source = listed.source
        env = dict(scope.env)
        for key, value in (step.get("env") or {}).items():
            try:
                env[str(key)] = scope.text(value)
            except UntranslatableError as error:
                comments.append(self._notes.add(source, line, f"`env.{key}`", str(error), "expression"))
        script, variables = _script(str(step["run"]), scope._replace(env=env))
        has_output = str(step.get("id", "")) in self._read_outputs and not scope.matrix
        written = [file for file in _FILES if file in script]
        for file in written:
            if file in ("GITHUB_ENV", "GITHUB_PATH"):
                reason = "a step changes no variable of another: print a value, and read it as `STEP.output`"
                comments.append(self._notes.add(source, line, f"`${file}`", reason, file))
        unused = tuple(file for file in written if not (has_output and file == "GITHUB_OUTPUT"))
        allowed = step.get("continue-on-error")
        if isinstance(allowed, str):
            comments.append(
                self._notes.add(source, line, "`continue-on-error`", "it is computed", "continue-on-error")
            )
        return StepPlan(
            name,
            run=command_for(
                script,
                shell,
                output_file="GITHUB_OUTPUT" if has_output and "GITHUB_OUTPUT" in script else "",
                unused=unused,
            ),
            inputs={key: found.cel for key, found in env.items()} | variables,
            cwd=_cwd(step.get("working-directory") or listed.defaults.get("working-directory"), scope),
            timeout=self._timeout(step.get("timeout-minutes", listed.timeout), source, line, comments),
            on_error="skip" if allowed is True else "",
            comments=tuple(comments),
        )

    def _timeout(self, given: Any, source: Source, line: int, comments: list[str]) -> str:
        if given is None:
            return ""
        if isinstance(given, (int, float)):
            return f"{given}m" if isinstance(given, int) else f"{round(given * 60)}s"
        comments.append(
            self._notes.add(source, line, "`timeout-minutes`", "it is computed", "timeout-minutes")
        )
        return ""

    # Actions.

    def _use(
        self, listed: StepList, index: int, step: dict[str, Any], line: int, scope: Scope
    ) -> list[StepPlan] | str:
        uses = str(step.get("uses", "nothing"))
        given = step.get("with") or {}
        if is_plain_checkout(uses, given):
            return f"# `uses: {uses}` is left out: the run uses the files that are there"
        action = local_action(uses, self._files)
        if action is not None:
            return self._action(action, listed, index, step, line, scope)
        shown = "".join(f", {key}: {one_line(value)}" for key, value in given.items())
        kind = f"uses {action_name(uses)}"
        return self._notes.add(listed.source, line, f"`uses: {uses}`{shown}", reason_for(uses), kind)

    def _action(
        self,
        action: Action,
        listed: StepList,
        index: int,
        step: dict[str, Any],
        line: int,
        scope: Scope,
    ) -> list[StepPlan]:
        """Return the steps of an action, in place of the step that uses it."""
        if listed.depth >= _MAX_DEPTH:
            raise UntranslatableError("actions use each other in a circle", "action of this repository")
        when = scope.condition(step.get("if"))
        if when == "false":
            raise UntranslatableError("an action after a failure is not translated", "if after a failure")
        given = {str(key): value for key, value in (step.get("with") or {}).items()}
        env = {**scope.env, **{str(key): scope.text(value) for key, value in (step.get("env") or {}).items()}}
        inner = scope._replace(
            inputs={
                str(key): scope.text(given.get(str(key), _default(field)))
                for key, field in action.inputs.items()
            },
            steps=KnownSteps(is_in_branches=bool(scope.matrix)),
            env=env,
            action_path=f"execution.cwd + {cel_text('/' + action.folder)}",
        )
        self._read_outputs |= _read_outputs(action.source.root)
        lines = sorted(action.source.line(action.steps, at) for at, _ in enumerate(action.steps))
        comments = {at: found for at, found in action.source.comments_by_part(lines).items() if at >= 0}
        name = self.name_of(listed, index, step)
        inside = StepList(action.source, action.steps, name, comments, {}, listed.timeout, listed.depth + 1)
        plans = [_only_when(when, plan) for plan in self.translate(inside, inner)]
        if not plans:
            raise UntranslatableError(f"none of the steps in {action.source.file} is translated")
        self._add_outputs(action, str(step.get("id", "")), scope, inner)
        head = f"# The steps of {action.source.file}:"
        plans[0] = plans[0]._replace(comments=(head, *plans[0].comments))
        if step.get("continue-on-error") is True:
            if len(plans) > 1:
                reason = "it is of each step here: those after one that failed are not left out"
                what = "`continue-on-error` of an action"
                note = self._notes.add(listed.source, line, what, reason, "continue-on-error of an action")
                plans[0] = plans[0]._replace(comments=(note, *plans[0].comments))
            plans = [plan if plan.is_fallback else plan._replace(on_error="skip") for plan in plans]
        return plans

    def _add_outputs(self, action: Action, step_id: str, scope: Scope, inner: Scope) -> None:
        """Make the outputs of an action known to the steps after it."""
        outputs = {}
        for key, field in action.outputs.items():
            value = field.get("value") if isinstance(field, dict) else None
            try:
                outputs[str(key)] = inner.text(value)
            except UntranslatableError as error:
                line = action.source.line(action.outputs, key)
                self._notes.add(action.source, line, f"`outputs.{key}`", str(error), "expression")
        scope.steps.add_action(step_id, outputs)


def _default(field: Any) -> Any:
    return field.get("default") if isinstance(field, dict) else None


def _only_when(when: str, plan: StepPlan) -> StepPlan:
    """Return a step of an action, with the condition of the step that uses it."""
    if not when or plan.is_fallback:
        return plan
    return plan._replace(when=f"({when}) && ({plan.when})" if plan.when else when)


def _script(script: str, scope: Scope) -> tuple[str, dict[str, str]]:
    """Return a script with variables for its expressions, and the variables."""
    variables: dict[str, str] = {}

    def variable(text: str) -> str:
        translated = expressions.translate(text, scope.lookup, has_failed=scope.has_failed)
        found: Translated = expressions.as_text(translated)
        name = variable_name(text)
        while variables.get(name, found.cel) != found.cel:
            name += "_"
        variables[name] = found.cel
        return name

    return with_variables(script, variable), variables


def _cwd(given: Any, scope: Scope) -> str:
    if not given:
        return ""
    value = scope.text(str(given)).cel
    if str(given).startswith("/") or "GITHUB_WORKSPACE" in value or "execution.cwd" in value:
        return value
    plain = str(given).removeprefix("./").rstrip("/")
    if plain in ("", "."):
        return ""
    return f"execution.cwd + '/' + {value}" if "${{" in plain else f"execution.cwd + {cel_text('/' + plain)}"


def _read_outputs(node: Any) -> set[str]:
    """Return the ids of the steps whose outputs are read somewhere."""
    return set(re.findall(r"steps\.([\w-]+)\.outputs", "\n".join(texts_in(node))))


def _first_words(step: Mapping[str, Any]) -> str:
    lines = str(step.get("run") or step.get("uses") or "step").strip().splitlines() or ["step"]
    return " ".join(re.findall(r"[A-Za-z]\w*", lines[0])[:3]) or "step"


def _kind(error: UntranslatableError) -> str:
    return error.kind if error.kind != "rules" else "expression"

"""Imports workflows of GitHub Actions."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from . import github_expressions as expressions
from .github_expressions import Translated
from .plan import (
    ImportFailedError,
    InputPlan,
    JobPlan,
    Names,
    NotTranslated,
    StepPlan,
    WorkflowPlan,
    cel_env,
    cel_text,
    levels_of,
)
from .scripts import command_for, is_known_shell
from .source import Source
from .tokens import UntranslatableError

_MAX_VARIANTS = 64
_EXPRESSION = re.compile(r"\$\{\{(.*?)\}\}", re.S)
_RUNNER = {"os": "Linux", "temp": "/tmp", "arch": "X64"}  # noqa: S108
_NO_JOB_COUNTERPART = {
    "container": "commands run on this machine: `docker run` in the command, or install what it has",
    "services": "start them before the run, as with `docker compose up -d --wait`",
    "environment": "a `wait` for an event is an approval",
}
# Files of a runner that a script may write to.
_FILES = ("GITHUB_ENV", "GITHUB_PATH", "GITHUB_STEP_SUMMARY", "GITHUB_OUTPUT")
_USES = (
    (r"actions/checkout@", "this is of another commit or repository: `git` in a command fetches it"),
    (
        r"actions/(?:upload|download)-artifact|actions/cache",
        "files stay where they are between steps and runs",
    ),
    (r"[^/]+/(?:setup-|install-)|.*(?:-toolchain|setup)", "install it on the machine that runs this"),
    (r"\./", "an action of this repository: name its commands here"),
    (r"docker://", "`docker run` in a command does the same"),
)


def read(text: str, name: str, workflows: Mapping[str, str] = {}) -> WorkflowPlan:
    """Return the plan of a workflow; `name` is for one without.

    `workflows` are the files that reusable workflows become, by their paths in the source. Raises
    ImportFailedError.
    """
    return _Importer(Source(text), name, workflows).plan()


class _Scope(NamedTuple):
    """The names that an expression may use: variables by their expressions, and the combination of the matrix."""

    job: str
    env: Mapping[str, Translated]
    matrix: Mapping[str, Any]


class _Importer:
    def __init__(self, source: Source, name: str, workflows: Mapping[str, str]) -> None:
        self._source = source
        self._root = source.root
        self._name = str(self._root.get("name") or name)
        self._workflows = workflows
        self._names = Names()
        self._translated_steps: set[str] = set()
        self._notes: list[NotTranslated] = []
        self._left_out: list[str] = []
        jobs = self._root.get("jobs")
        if not isinstance(jobs, dict) or not jobs:
            raise ImportFailedError("there are no `jobs`: this is no workflow of GitHub Actions")
        self._jobs = {str(key): job for key, job in jobs.items() if isinstance(job, dict)}
        self._input_types = {one.name: str(one.fields.get("type", "string")) for one in self._inputs()}
        self._comments = source.comments_by_part(sorted(self._starts()))
        # The names of steps by job and id, and the outputs that expressions read.
        self._step_names = {
            (job_id, index): self._step_name(job_id, step)
            for job_id, job in self._jobs.items()
            for index, step in enumerate(_steps(job))
        }
        self._read_outputs = set(re.findall(r"steps\.([\w-]+)\.outputs", "\n".join(_texts(self._root))))

    def plan(self) -> WorkflowPlan:
        needs = {job_id: _names(job.get("needs")) for job_id, job in self._jobs.items()}
        levels = []
        for level in levels_of(needs):
            found = tuple(
                plan for job_id in level if (plan := self._job(job_id, self._jobs[job_id])) is not None
            )
            if found:
                levels.append(found)
        if not levels:
            raise ImportFailedError("no step could be translated: see the list below", self._notes)
        head = (*self._comments.get(-1, ()), *self._head(), *self._left_out)
        return WorkflowPlan(self._name, head, tuple(self._inputs()), tuple(levels), tuple(self._notes))

    def _head(self) -> Iterator[str]:
        triggers = self._root.get("on", self._root.get(True))
        names = ", ".join(_names(triggers) if not isinstance(triggers, dict) else map(str, triggers))
        if names:
            yield f"# Was started on: {names}. A workflow here runs when somebody, or a schedule, runs it."

    def _starts(self) -> Iterator[int]:
        """Yield the lines where jobs and steps begin."""
        jobs = self._root["jobs"]
        for job_id, job in jobs.items():
            yield self._source.line(jobs, job_id)
            if isinstance(job, dict):
                steps = job.get("steps")
                yield from (self._source.line(steps, index) for index, _ in enumerate(steps or ()))

    def _note(self, line: int, what: str, reason: str, kind: str) -> str:
        """Take note of what is not translated, and return it as a comment."""
        self._notes.append(NotTranslated(line + 1, what, reason, kind))
        return f"# not translated: {what}: {reason}"

    def _leave_out(self, line: int, what: str, reason: str, kind: str) -> list[str]:
        """Take note of a part that is left out, and return it as comments."""
        return [self._note(line, what, reason, kind), *self._source.quoted(line)]

    def _inputs(self) -> Iterator[InputPlan]:
        triggers = self._root.get("on", self._root.get(True))
        if not isinstance(triggers, dict):
            return
        seen = set()
        for trigger in ("workflow_dispatch", "workflow_call"):
            inputs = (
                (triggers.get(trigger) or {}).get("inputs")
                if isinstance(triggers.get(trigger), dict)
                else None
            )
            for name, given in (inputs or {}).items():
                if name not in seen:
                    seen.add(name)
                    yield InputPlan(str(name), _input_fields(given or {}))

    def _step_name(self, job_id: str, step: Mapping[str, Any]) -> str:
        words = str(step.get("id") or step.get("name") or _first_words(step))
        job = job_id if len(self._jobs) > 1 else ""
        return self._names.unique(job, _EXPRESSION.sub("", words))

    # Jobs.

    def _job(self, job_id: str, job: dict[str, Any]) -> JobPlan | None:
        line = self._source.line(self._root["jobs"], job_id)
        comments = [*self._comments.get(line, ())]
        comments += [
            self._note(line, f"`{field}` of {job_id}", reason, field)
            for field, reason in _NO_JOB_COUNTERPART.items()
            if job.get(field)
        ]
        if job.get("continue-on-error"):
            reason = "`onError: skip` is of single steps: the others of a job are not left out then"
            comments.append(
                self._note(line, f"`continue-on-error` of {job_id}", reason, "continue-on-error of a job")
            )
        try:
            when = self._condition(job, _Scope(job_id, self._env(job_id, job, {}), {}))
        except UntranslatableError as error:
            what = f"the job {job_id}{_shown_if(job)}"
            self._left_out += self._leave_out(line, what, str(error), "if of a job")
            return None
        if "uses" in job:
            return self._reusable(job_id, job, line, when, comments)
        variants = self._variants(job_id, job, line)
        if len(variants) == 1:
            steps = self._steps(job_id, job, variants[0])
            return JobPlan(job_id, steps, when, "", tuple(comments)) if steps else None
        found = []
        for number, variant in enumerate(variants):
            notes = list(self._notes)
            found.append((_variant_name(variant), self._steps(job_id, job, variant)))
            if number:
                # What is not translated is said once.
                self._notes = notes
        same = {tuple(step.name for step in steps) for _, steps in found}
        if not found[0][1]:
            return None
        if len(same) > 1:
            reason = "its steps differ between the combinations: write the branches by hand"
            self._note(line, f"`matrix` of {job_id}", reason, "matrix")
            return JobPlan(job_id, found[0][1], when, "", tuple(comments))
        return JobPlan(job_id, found[0][1], when, "", tuple(comments), tuple(found))

    def _reusable(
        self, job_id: str, job: dict[str, Any], line: int, when: str, comments: list[str]
    ) -> JobPlan | None:
        uses = str(job["uses"])
        path = self._workflows.get(uses.partition("@")[0].removeprefix("./"))
        if path is None:
            reason = "a workflow of another file: import its folder, so that it becomes a sub-workflow"
            what = f"the job {job_id}, `uses: {uses}`"
            self._left_out += self._leave_out(line, what, reason, "uses of a workflow")
            return None
        scope = _Scope(job_id, self._env(job_id, job, {}), {})
        inputs = {}
        for name, value in (job.get("with") or {}).items():
            try:
                inputs[str(name)] = self._value(value, scope)
            except UntranslatableError as error:
                comments.append(self._note(line, f"`with.{name}` of {job_id}", str(error), "expression"))
        step = StepPlan(self._names.unique(job_id, "workflow"), path=path, inputs=inputs)
        return JobPlan(job_id, (step,), when, "", tuple(comments))

    def _variants(self, job_id: str, job: dict[str, Any], line: int) -> list[dict[str, Any]]:
        """Return the combinations of the matrix, an empty one if there is none."""
        strategy = job.get("strategy")
        matrix = strategy.get("matrix") if isinstance(strategy, dict) else None
        if matrix is None:
            return [{}]
        try:
            found = _combinations(matrix)
        except UntranslatableError as error:
            self._note(line, f"`matrix` of {job_id}", str(error), "matrix")
            return [{}]
        return found or [{}]

    # Steps.

    def _steps(self, job_id: str, job: dict[str, Any], matrix: dict[str, Any]) -> tuple[StepPlan, ...]:
        env = self._env(job_id, job, matrix)
        holder = job.get("steps") or []
        found: list[StepPlan] = []
        pending: list[str] = []
        for index, step in enumerate(_steps(job)):
            line = self._source.line(holder, index)
            pending += self._comments.get(line, ())
            try:
                plan = self._step(job_id, index, step, line, _Scope(job_id, env, matrix))
            except UntranslatableError as error:
                what = f"the step {self._step_names[job_id, index]}{_shown_if(step)}"
                pending += self._leave_out(line, what, str(error), _kind(step, str(error)))
                continue
            if isinstance(plan, str):
                pending.append(plan)
                continue
            self._translated_steps.add(plan.name)
            found.append(plan._replace(comments=(*pending, *plan.comments)))
            pending = []
        if pending and found:
            comments = (*found[-1].comments, "# After this step:", *pending)
            found[-1] = found[-1]._replace(comments=comments)
        return tuple(found)

    def _step(
        self, job_id: str, index: int, step: dict[str, Any], line: int, scope: _Scope
    ) -> StepPlan | str:
        """Return a step, or the comment that stands for it."""
        if "run" not in step:
            uses = str(step.get("uses", "nothing"))
            reason = next((why for pattern, why in _USES if re.match(pattern, uses)), _other_action(uses))
            if (
                _action(uses) == "actions/checkout"
                and not {"repository", "ref"} & (step.get("with") or {}).keys()
            ):
                return f"# `uses: {uses}` is left out: the run uses the files that are there"
            given = "".join(f", {key}: {_one_line(value)}" for key, value in (step.get("with") or {}).items())
            return self._note(line, f"`uses: {uses}`{given}", reason, f"uses {_action(uses)}")
        shell = str(step.get("shell") or self._default(job_id, "shell") or "")
        if not is_known_shell(shell):
            raise UntranslatableError(f"the shell {shell.split()[0]} is not translated")
        when = self._condition(step, scope)
        if when == "false" and not scope.matrix:
            raise UntranslatableError("it never runs")
        comments: list[str] = []
        if "always()" in str(step.get("if", "")):
            reason = "a run ends with a failure that nothing handles, and no step runs after it"
            comments.append(self._note(line, "`always()`", reason, "always()"))
        env = dict(scope.env)
        for name, value in (step.get("env") or {}).items():
            try:
                env[str(name)] = self._translated(value, scope)
            except UntranslatableError as error:
                comments.append(self._note(line, f"`env.{name}`", str(error), "expression"))
        script, extra = self._script(str(step["run"]), scope._replace(env=env))
        step_id = str(step.get("id", ""))
        has_output = step_id in self._read_outputs and not scope.matrix
        written = [name for name in _FILES if name in script]
        for name in written:
            if name in ("GITHUB_ENV", "GITHUB_PATH"):
                reason = "a step changes no variable of another: print a value, and read it as `STEP.output`"
                comments.append(self._note(line, f"`${name}`", reason, name))
        unused = tuple(name for name in written if not (has_output and name == "GITHUB_OUTPUT"))
        output_file = "GITHUB_OUTPUT" if has_output and "GITHUB_OUTPUT" in script else ""
        allowed = step.get("continue-on-error")
        if isinstance(allowed, str):
            comments.append(self._note(line, "`continue-on-error`", "it is computed", "continue-on-error"))
        return StepPlan(
            self._step_names[job_id, index],
            run=command_for(script, shell, output_file=output_file, unused=unused),
            inputs={name: found.cel for name, found in env.items()} | extra,
            when=when,
            cwd=self._cwd(step.get("working-directory") or self._default(job_id, "working-directory"), scope),
            timeout=self._timeout(step, job_id, line, comments),
            on_error="skip" if allowed is True else "",
            comments=tuple(comments),
        )

    def _timeout(self, step: dict[str, Any], job_id: str, line: int, comments: list[str]) -> str:
        given = step.get("timeout-minutes", self._jobs[job_id].get("timeout-minutes"))
        if given is None:
            return ""
        if isinstance(given, (int, float)):
            return f"{given}m" if isinstance(given, int) else f"{round(given * 60)}s"
        comments.append(self._note(line, "`timeout-minutes`", "it is computed", "timeout-minutes"))
        return ""

    def _script(self, script: str, scope: _Scope) -> tuple[str, dict[str, str]]:
        """Return a script with variables for its expressions, and the variables."""
        variables: dict[str, str] = {}

        def variable(text: str) -> str:
            found = expressions.as_text(expressions.translate(text, self._lookup(scope)))
            name = _variable_name(text)
            while variables.get(name, found.cel) != found.cel:
                name += "_"
            variables[name] = found.cel
            return name

        return _with_variables(script, variable), variables

    def _cwd(self, given: Any, scope: _Scope) -> str:
        if not given:
            return ""
        value = expressions.text_value(str(given), self._lookup(scope))
        if str(given).startswith("/") or "GITHUB_WORKSPACE" in value or "execution.cwd" in value:
            return value
        plain = str(given).removeprefix("./").rstrip("/")
        if plain in ("", "."):
            return ""
        return (
            f"execution.cwd + '/' + {value}" if "${{" in plain else f"execution.cwd + {cel_text('/' + plain)}"
        )

    def _default(self, job_id: str, field: str) -> Any:
        for holder in (self._jobs[job_id], self._root):
            run = (holder.get("defaults") or {}).get("run") or {}
            if field in run:
                return run[field]
        return None

    # Values.

    def _condition(self, holder: dict[str, Any], scope: _Scope) -> str:
        given = holder.get("if")
        if given is None or given is True:
            return ""
        if given is False:
            return "false"
        return expressions.condition(str(given), self._lookup(scope))

    def _env(self, job_id: str, job: dict[str, Any], matrix: Mapping[str, Any]) -> dict[str, Translated]:
        env: dict[str, Translated] = {}
        for holder in (self._root, job):
            given = holder.get("env")
            for name, value in (given if isinstance(given, dict) else {}).items():
                try:
                    env[str(name)] = self._translated(value, _Scope(job_id, env, matrix))
                except UntranslatableError as error:
                    self._note(self._source.line(given, name), f"`env.{name}`", str(error), "expression")
        return env

    def _value(self, value: Any, scope: _Scope) -> str:
        """Return a value of `with` as an expression, of its own type where it is one expression."""
        if isinstance(value, bool):
            return str(value).lower()
        if isinstance(value, (int, float)):
            return str(value)
        text = str(value if value is not None else "").strip()
        if (match := _EXPRESSION.fullmatch(text)) is not None:
            return expressions.translate(match[1], self._lookup(scope)).cel
        return expressions.text_value(str(value), self._lookup(scope))

    def _translated(self, value: Any, scope: _Scope) -> Translated:
        """Return a value of `env` as a text in CEL."""
        if value is None:
            return Translated("''", "string", literal="")
        if isinstance(value, bool):
            return Translated(f"'{str(value).lower()}'", "string", literal=str(value).lower())
        text = str(value)
        if "${{" not in text:
            return Translated(cel_text(text), "string", literal=text)
        cel = expressions.text_value(text, self._lookup(scope))
        is_one = _EXPRESSION.fullmatch(text.strip()) is not None and " ? " not in cel
        return Translated(cel, "string", is_atom=is_one)

    def _lookup(self, scope: _Scope) -> expressions.Lookup:
        def lookup(path: tuple[str, ...]) -> Translated:
            return self._named(path, scope)

        return lookup

    def _named(self, path: tuple[str, ...], scope: _Scope) -> Translated:
        """Return what a name of a context stands for. Raises UntranslatableError."""
        match path:
            case ("inputs", name) | ("github", "event", "inputs", name) if name in self._input_types:
                return _input_value(name, self._input_types[name])
            case ("env", name) if name in scope.env:
                return scope.env[name]
            case (("env" | "secrets" | "vars"), name):
                return Translated(cel_env(name), "string")
            case ("github", "workspace"):
                return Translated("execution.cwd", "string")
            case ("github", "token"):
                return Translated(cel_env("GITHUB_TOKEN"), "string")
            case ("github", name) if name not in ("event", "job"):
                return Translated(cel_env(f"GITHUB_{name.upper()}"), "string")
            case ("runner", name) if name in _RUNNER:
                return Translated(cel_env(f"RUNNER_{name.upper()}", _RUNNER[name]), "string")
            case ("matrix", *keys):
                return _matrix_value(scope.matrix, keys)
            case ("steps", step_id, "outputs", name):
                return self._step_output(scope, step_id, name)
            case ("steps", step_id, ("outcome" | "conclusion")):
                return self._step_status(scope, step_id)
            case ("needs", job_id, "outputs", name) if job_id in self._jobs:
                return self._job_output(job_id, name)
            case ("needs", job_id, "result") if job_id in self._jobs:
                return Translated("'success'", "string", literal="success")
            case ("job", "status"):
                return Translated("'success'", "string", literal="success")
        raise UntranslatableError(f"`{'.'.join(path)}` is not known outside of GitHub")

    def _own_step(self, scope: _Scope, step_id: str) -> str:
        """Return the name of the step with an id in a job. Raises UntranslatableError."""
        for index, step in enumerate(_steps(self._jobs[scope.job])):
            if str(step.get("id", "")) == step_id:
                if "run" not in step:
                    raise UntranslatableError(f"it reads `steps.{step_id}`, an action that is not translated")
                if scope.matrix:
                    raise UntranslatableError(
                        f"it reads `steps.{step_id}`, which runs in several branches at once"
                    )
                name = self._step_names[scope.job, index]
                if name not in self._translated_steps:
                    raise UntranslatableError(f"it reads `steps.{step_id}`, which is not translated")
                return name
        raise UntranslatableError(f"it reads `steps.{step_id}`, which is not there")

    def _step_output(self, scope: _Scope, step_id: str, name: str) -> Translated:
        step = self._own_step(scope, step_id)
        field = f".{name}" if re.fullmatch(r"[A-Za-z_]\w*", name, re.A) else ""
        if not field:
            return Translated(
                f"(has({step}.output) && {cel_text(name)} in {step}.output ? "
                f"string({step}.output[{cel_text(name)}]) : '')",
                "string",
            )
        return Translated(
            f"(has({step}.output) && has({step}.output{field}) ? string({step}.output{field}) : '')", "string"
        )

    def _step_status(self, scope: _Scope, step_id: str) -> Translated:
        step = self._own_step(scope, step_id)
        return Translated(f"(has({step}.status) ? {step}.status : '')", "string")

    def _job_output(self, job_id: str, name: str) -> Translated:
        job = self._jobs[job_id]
        given = (job.get("outputs") or {}).get(name)
        if given is None:
            raise UntranslatableError(f"it reads `needs.{job_id}.outputs.{name}`, which is not there")
        matrix = isinstance(job.get("strategy"), dict) and job["strategy"].get("matrix")
        scope = _Scope(job_id, self._env(job_id, job, {}), {"": True} if matrix else {})
        return Translated(expressions.text_value(str(given), self._lookup(scope)), "string", is_atom=False)


def _steps(job: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [step for step in job.get("steps") or [] if isinstance(step, dict)]


def _names(given: Any) -> list[str]:
    if given is None:
        return []
    return [str(given)] if not isinstance(given, (list, dict)) else [str(one) for one in given]


def _texts(node: Any) -> Iterator[str]:
    """Yield all texts of a tree."""
    if isinstance(node, dict):
        for value in node.values():
            yield from _texts(value)
    elif isinstance(node, list):
        for value in node:
            yield from _texts(value)
    elif isinstance(node, str):
        yield node


def _input_fields(given: Mapping[str, Any]) -> dict[str, object]:
    """Return the field schema of an input."""
    kind = str(given.get("type", "string"))
    fields: dict[str, object] = {"type": kind if kind in ("boolean", "number") else "string"}
    if given.get("description"):
        fields["description"] = _one_line(given["description"])
    if isinstance(given.get("options"), list):
        fields["enum"] = [str(option) for option in given["options"]]
    if given.get("default") is not None:
        default = given["default"]
        text = str(default).lower() if isinstance(default, bool) else str(default)
        if kind == "boolean":
            fields["default"] = text == "true"
        elif kind == "number" and isinstance(default, (int, float)):
            fields["default"] = default
        elif "${{" not in text:
            fields["default"] = text
    elif given.get("required") is True:
        fields["required"] = True
    else:
        fields["default"] = False if kind == "boolean" else 0 if kind == "number" else ""
    if "enum" in fields and fields.get("default") == "":
        del fields["default"]
        fields["required"] = True
    return fields


def _input_value(name: str, kind: str) -> Translated:
    is_name = re.fullmatch(r"[A-Za-z_]\w*", name, re.A) is not None
    cel = f"workflow.inputs.{name}" if is_name else f"workflow.inputs[{cel_text(name)}]"
    return Translated(cel, "bool" if kind == "boolean" else "number" if kind == "number" else "string")


def _matrix_value(matrix: Mapping[str, Any], keys: list[str]) -> Translated:
    value: Any = matrix
    for key in keys:
        value = value.get(key) if isinstance(value, dict) else None
    match value:
        case None:
            return Translated("''", "string", literal="")
        case bool():
            return Translated(str(value).lower(), "bool", literal=value)
        case int() | float():
            return Translated(str(value), "number", literal=value)
        case str():
            return Translated(cel_text(value), "string", literal=str(value))
    raise UntranslatableError(f"`matrix.{'.'.join(keys)}` is no single value")


def _combinations(matrix: Any) -> list[dict[str, Any]]:
    """Return the combinations of a matrix, with `include` and `exclude`. Raises UntranslatableError."""
    if not isinstance(matrix, dict):
        raise UntranslatableError("it is computed while the workflow runs: write the branches by hand")
    axes = {key: value for key, value in matrix.items() if key not in ("include", "exclude")}
    if any(
        not isinstance(value, list)
        for value in [*axes.values(), *(matrix.get(k, []) for k in ("include", "exclude"))]
    ):
        raise UntranslatableError("it is computed while the workflow runs: write the branches by hand")
    found = (
        [dict(zip(axes, values, strict=True)) for values in itertools.product(*axes.values())] if axes else []
    )
    for excluded in matrix.get("exclude", []):
        found = [one for one in found if any(one.get(key) != value for key, value in excluded.items())]
    original = [dict(one) for one in found]
    for included in matrix.get("include", []):
        fits = [
            index
            for index, one in enumerate(original)
            if all(one.get(key, value) == value for key, value in included.items())
        ]
        for index in fits:
            found[index] |= included
        if not fits:
            found.append(dict(included))
    if len(found) > _MAX_VARIANTS:
        raise UntranslatableError(f"it has {len(found)} combinations, more than {_MAX_VARIANTS}")
    return found


def _variant_name(variant: Mapping[str, Any]) -> str:
    values = [str(value) for value in variant.values() if isinstance(value, (str, int, float))]
    return "_".join(values)[:32]


def _with_variables(script: str, variable: Any) -> str:
    """Return a script whose expressions are variables, outside of single quotes."""
    parts = []
    before = 0
    for match in _EXPRESSION.finditer(script):
        parts.append(script[before : match.start()])
        name = variable(match[1])
        is_quoted = _is_in_single_quotes("".join(parts))
        parts.append(f"'\"${{{name}}}\"'" if is_quoted else f"${{{name}}}")
        before = match.end()
    return "".join(parts) + script[before:]


def _is_in_single_quotes(text: str) -> bool:
    """Return whether a script is inside single quotes at its end."""
    quote = ""
    skip = False
    for character in text:
        if skip:
            skip = False
        elif character == "\\" and quote != "'":
            skip = True
        elif quote:
            quote = "" if character == quote else quote
        elif character in "'\"":
            quote = character
    return quote == "'"


def _variable_name(text: str) -> str:
    """Return the name of a shell variable for an expression."""
    names = re.findall(r"[A-Za-z_][\w-]*", text)
    words = names[0] if len(names) == 1 else "_".join(names[-2:] if len(names) < 6 else names[:2])
    name = re.sub(r"\W", "_", words, flags=re.ASCII).upper()[:40]
    return name if name and not name[0].isdigit() else f"VALUE_{name}".rstrip("_")


def _first_words(step: Mapping[str, Any]) -> str:
    lines = str(step.get("run") or step.get("uses") or "step").strip().splitlines() or ["step"]
    return " ".join(re.findall(r"[A-Za-z]\w*", lines[0])[:3]) or "step"


def _one_line(value: Any) -> str:
    text = " ".join(str(value).split())
    return text if len(text) <= 80 else text[:79] + "…"


def _shown_if(step: Mapping[str, Any]) -> str:
    given = step.get("if")
    shown = str(given).lower() if isinstance(given, bool) else _one_line(given)
    return f", `if: {shown}`" if given is not None else ""


def _kind(step: Mapping[str, Any], reason: str) -> str:
    if "failure()" in reason or "cancelled()" in reason:
        return "failure()"
    return "shell" if reason.startswith("the shell") else "expression"


def _action(uses: str) -> str:
    return uses.partition("@")[0]


def _other_action(uses: str) -> str:
    return "an action of GitHub: write the command that it runs"

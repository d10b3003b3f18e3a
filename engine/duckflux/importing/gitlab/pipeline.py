"""Imports pipelines of GitLab CI."""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Iterator, Mapping
from typing import Any

from ..failures import as_fallback, with_fallbacks
from ..notes import Notes
from ..plan import (
    Files,
    ImportFailedError,
    InputPlan,
    JobPlan,
    Names,
    StepPlan,
    WorkflowPlan,
    cel_text,
    levels_of,
)
from ..scripts import command_for
from ..source import Source
from ..tokens import UntranslatableError
from .conditions import Conditions, of_rules, of_when
from .files import Pipeline
from .refs import wanted

_KEYWORDS = frozenset(
    (
        "default",
        "include",
        "stages",
        "variables",
        "workflow",
        "image",
        "services",
        "cache",
        "before_script",
        "after_script",
        "pages:deploy",
        "spec",
    )
)
_STAGES = (".pre", "build", "test", "deploy", ".post")
_MAX_VARIANTS = 64
_NO_COUNTERPART = {
    "image": "commands run on this machine: `docker run` in the command, or install what it has",
    "services": "start them before the run, as with `docker compose up -d --wait`",
    "artifacts": "files stay where they are between steps",
    "cache": "files stay where they are between steps and runs",
    "environment": "a `wait` for an event is an approval",
    "trigger": "import the other pipeline, and run it as a sub-workflow",
    "coverage": "read it from the output of the step",
    "release": "write the command that makes the release",
    "hooks": "name the commands in the step",
}
_DURATION = re.compile(r"(\d+)\s*(w|d|h|m|s)[a-z]*", re.I)


def read(text: str, name: str, workflows: Mapping[str, str], files: Files) -> WorkflowPlan:
    """Return the plan of a pipeline; `name` is for one without, `files` for what it includes.

    Raises ImportFailedError.
    """
    return _Importer(Source(text), name, files).plan()


class _Importer:
    def __init__(self, source: Source, name: str, files: Files) -> None:
        self._name = name.removeprefix(".") or "pipeline"
        self._names = Names()
        self._notes = Notes()
        self._pipeline = Pipeline(source, files, self._notes)
        self._includes = [f"# not translated: {note.what}: {note.reason}" for note in self._notes.found]
        self._root = self._pipeline.root
        self._left_out: list[str] = []
        default = self._root.get("default")
        self._default: dict[str, Any] = dict(default) if isinstance(default, dict) else {}
        for field in ("image", "services", "cache", "before_script", "after_script"):
            if field in self._root:
                self._default.setdefault(field, self._root[field])
        names = [
            name
            for name, job in self._root.items()
            if name not in _KEYWORDS and not name.startswith(".") and isinstance(job, dict)
        ]
        self._comments = {
            id(source): source.comments_by_part(
                sorted(self._line(name) for name in names if self._pipeline.source_of(name) is source)
            )
            for source in self._pipeline.sources
        }
        self._jobs = {name: job for name in names if (job := self._read_job(name)) is not None}

    def _read_job(self, name: str) -> dict[str, Any] | None:
        try:
            return self._pipeline.job(name)
        except UntranslatableError as error:
            self._leave_out(name, f"the job {name}", str(error), error.kind)
            return None

    def _comments_of(self, name: str) -> tuple[str, ...]:
        return self._comments[id(self._pipeline.source_of(name))].get(self._line(name), ())

    def plan(self) -> WorkflowPlan:
        if not self._left_out and not any("script" in job or "trigger" in job for job in self._jobs.values()):
            raise ImportFailedError("there is no job with a `script`: this is not a pipeline of GitLab")
        head = [*self._comments[id(self._pipeline.sources[-1])].get(-1, ()), *self._includes]
        if isinstance(self._root.get("workflow"), dict):
            reason = "a workflow here runs when somebody, or a schedule, runs it"
            head.append(self._note("workflow", "`workflow`", reason, "workflow"))
        needs = self._needs()
        levels = []
        for level in levels_of(needs):
            found = (self._job(name) for name in level)
            levels.append(tuple(plan for plan in found if plan is not None))
        linked = with_fallbacks(levels, needs, self._drop_fallback)
        kept = [tuple(job for job in level if job.has_flow()) for level in linked]
        if not any(kept):
            raise ImportFailedError("no job could be translated: see the list below", self._notes.found)
        return WorkflowPlan(
            self._name,
            (*head, *self._left_out),
            tuple(_inputs(self._root)),
            tuple(level for level in kept if level),
            tuple(self._notes.found),
            tuple(step for level in linked for job in level if not job.has_flow() for step in job.steps),
        )

    def _drop_fallback(self, job: str, step: str, reason: str) -> None:
        self._left_out.append(self._note(job, f"the job {job} after a failure", reason, "on_failure"))

    def _needs(self) -> dict[str, list[str]]:
        """Return what each job needs: what it says, else all jobs of the earlier stages."""
        given = self._root.get("stages")
        stages = [str(stage) for stage in (isinstance(given, list) and given) or _STAGES[1:-1]]
        order = {stage: index for index, stage in enumerate((".pre", *stages, ".post"))}
        rank = {name: order.get(str(job.get("stage", "test")), 1) for name, job in self._jobs.items()}
        found = {}
        for name, job in self._jobs.items():
            given = job.get("needs")
            if isinstance(given, list):
                found[name] = [str(need.get("job") if isinstance(need, dict) else need) for need in given]
            else:
                found[name] = [other for other in self._jobs if rank[other] < rank[name]]
        return found

    def _line(self, key: str) -> int:
        return self._pipeline.line(key)

    def _note(self, key: str, what: str, reason: str, kind: str) -> str:
        """Take note of a part of a field or job, and return it as a comment."""
        return self._notes.add(self._pipeline.source_of(key), self._line(key), what, reason, kind)

    def _leave_out(self, key: str, what: str, reason: str, kind: str) -> None:
        """Take note of a job that is left out, and keep it as comments."""
        source = self._pipeline.source_of(key)
        self._left_out += self._notes.leave_out(source, self._line(key), what, reason, kind)

    def _job(self, name: str) -> JobPlan | None:
        job = self._jobs[name]
        comments = list(self._comments_of(name))
        if "script" not in job:
            self._leave_out(name, f"the job {name}", _NO_COUNTERPART["trigger"], "trigger")
            return None
        for field, reason in _NO_COUNTERPART.items():
            if field in job or (field in ("image", "services") and field in self._default):
                comments.append(self._note(name, f"`{field}` of {name}", reason, field))
        try:
            conditions = self._conditions(name, job, comments)
            lines = self._script(job)
        except UntranslatableError as error:
            self._leave_out(name, f"the job {name}", str(error), error.kind)
            return None
        variables, variants = self._variables(name, job, comments)
        step = StepPlan(
            self._names.unique(name),
            run=command_for("\n".join(lines)),
            inputs=variables,
            timeout=self._timeout(job, name, comments),
            comments=tuple(comments),
            **_error_fields(job),
        )
        event = _event(name) if conditions.is_manual else ""
        if len(variants) < 2:
            step = step._replace(inputs={**variables, **(variants[0] if variants else {})})
            steps = _with_fallback(step, conditions)
            return JobPlan(name, steps, "" if conditions.when == "false" else conditions.when, event)
        if conditions.after_failure != "false":
            reason = "what runs after a failure is one command here"
            self._left_out.append(self._note(name, f"the job {name} after a failure", reason, "on_failure"))
        found = tuple(
            (
                "_".join(re.sub(r"\W", "", value) for value in variant.values())[:32],
                (step._replace(inputs=variables | variant),),
            )
            for variant in variants
        )
        return JobPlan(name, found[0][1], conditions.when, event, (), found)

    def _conditions(self, name: str, job: dict[str, Any], comments: list[str]) -> Conditions:
        """Return when a job runs. Raises UntranslatableError."""
        given = job.get("rules")
        if given is not None:
            return of_rules(given, str(job.get("when", "on_success")))
        try:
            wanted_for = wanted(job.get("only"), job.get("except"))
        except UntranslatableError as error:
            reason = f"{error}; here it runs without this condition"
            comments.append(self._note(name, f"`{error.kind}` of {name}", reason, error.kind))
            wanted_for = ""
        return of_when(str(job.get("when", "on_success")), wanted_for)

    def _script(self, job: dict[str, Any]) -> list[str]:
        """Return the commands of a job in their order."""
        lines: list[str] = []
        after = [*self._commands(job.get("after_script", self._default.get("after_script")))]
        if after:
            # It runs also after a failure, and its own failure does not count.
            lines += [
                "after() {",
                *(f"  {line}" for line in "\n".join(after).split("\n")),
                "}",
                "trap 'after || true' EXIT",
            ]
        lines += self._commands(job.get("before_script", self._default.get("before_script")))
        return lines + self._commands(job.get("script"))

    def _commands(self, given: Any) -> list[str]:
        if given is None:
            return []
        if isinstance(given, list):
            return [line for item in given for line in self._commands(item)]
        return [_text(given)]

    def _variables(
        self, name: str, job: dict[str, Any], comments: list[str]
    ) -> tuple[dict[str, str], list[dict[str, str]]]:
        """Return the variables of a job, and those of each of its parallel runs."""
        inputs = {one.name for one in _inputs(self._root)}
        found: dict[str, str] = {}
        for holder in (self._root, job):
            given = holder.get("variables")
            for key, value in (given if isinstance(given, dict) else {}).items():
                text = value.get("value", "") if isinstance(value, dict) else value
                if str(key) in inputs and holder is self._root:
                    found[str(key)] = f"workflow.inputs.{key}"
                else:
                    found[str(key)] = _with_other_variables(_text(text), found)
        given = job.get("parallel")
        matrix = given.get("matrix") if isinstance(given, dict) else None
        if isinstance(given, int):
            count = min(given, _MAX_VARIANTS)
            return found, [
                {"CI_NODE_INDEX": f"'{at + 1}'", "CI_NODE_TOTAL": f"'{given}'"} for at in range(count)
            ]
        entries = [entry for entry in matrix if isinstance(entry, dict)] if isinstance(matrix, list) else []
        count = sum(math.prod(map(len, _axes(entry).values())) for entry in entries)
        if count > _MAX_VARIANTS:
            comments.append(self._note(name, f"`parallel` of {name}", f"{count} combinations", "parallel"))
            return found, []
        return found, [variant for entry in entries for variant in _combinations(_axes(entry))]

    def _timeout(self, job: dict[str, Any], name: str, comments: list[str]) -> str:
        given = job.get("timeout", self._default.get("timeout"))
        if given is None:
            return ""
        seconds = {"w": 604_800, "d": 86_400, "h": 3_600, "m": 60, "s": 1}
        total = sum(int(number) * seconds[unit.lower()] for number, unit in _DURATION.findall(str(given)))
        if not total:
            comments.append(self._note(name, f"`timeout` of {name}", "it is not understood", "timeout"))
            return ""
        return f"{total // 60}m" if total % 60 == 0 else f"{total}s"


def _inputs(root: Mapping[str, Any]) -> Iterator[InputPlan]:
    """Yield the variables that a person may give: those with a description."""
    given = root.get("variables")
    for name, value in (given if isinstance(given, dict) else {}).items():
        if isinstance(value, dict) and "description" in value:
            fields: dict[str, object] = {
                "type": "string",
                "description": " ".join(str(value["description"]).split()),
            }
            if isinstance(value.get("options"), list):
                fields["enum"] = [str(option) for option in value["options"]]
            fields["default"] = _text(value.get("value", ""))
            yield InputPlan(str(name), fields)


def _with_fallback(step: StepPlan, conditions: Conditions) -> tuple[StepPlan, ...]:
    """Return the step of a job, and what it is after a failure."""
    if conditions.after_failure == "false":
        return (step,)
    if conditions.when == "false":
        return (as_fallback(step, "", conditions.after_failure),)
    return as_fallback(step, step.name, conditions.after_failure)._replace(comments=()), step


def _error_fields(job: Mapping[str, Any]) -> dict[str, Any]:
    retry = job.get("retry")
    times = retry.get("max") if isinstance(retry, dict) else retry
    if isinstance(times, int) and times > 0:
        return {"on_error": "retry", "retries": times}
    allowed = job.get("allow_failure")
    return {"on_error": "skip"} if allowed is True or isinstance(allowed, dict) else {}


def _axes(entry: Mapping[str, Any]) -> dict[str, list[Any]]:
    """Return the values of each variable of an entry of a matrix."""
    return {str(key): value if isinstance(value, list) else [value] for key, value in entry.items()}


def _combinations(axes: Mapping[str, list[Any]]) -> list[dict[str, str]]:
    return [
        dict(zip(axes, (cel_text(_text(value)) for value in values), strict=True))
        for values in itertools.product(*axes.values())
    ]


def _with_other_variables(text: str, known: Mapping[str, str]) -> str:
    """Return a text whose `$NAME`s of variables are their values, in CEL."""
    parts = []
    for index, part in enumerate(re.split(r"\$(?:\{(\w+)\}|(\w+))", text)):
        if index % 3 == 0:
            parts.append(cel_text(part) if part else None)
        elif part is not None:
            fallback = f"(has(env.{part}) ? env.{part} : '')"
            parts.append(f"({known[part]})" if " + " in known.get(part, "") else known.get(part, fallback))
    return " + ".join(part for part in parts if part) or "''"


def _event(name: str) -> str:
    return re.sub(r"\W+", "_", name).strip("_").lower() or "start"


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else "" if value is None else str(value)

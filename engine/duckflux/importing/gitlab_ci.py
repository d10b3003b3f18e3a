"""Imports pipelines of GitLab CI."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Mapping
from typing import Any

from .gitlab_rules import condition
from .plan import (
    ImportFailedError,
    InputPlan,
    JobPlan,
    Names,
    NotTranslated,
    StepPlan,
    WorkflowPlan,
    cel_text,
    levels_of,
)
from .scripts import command_for
from .source import Source
from .tokens import UntranslatableError

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
    "only": "write `rules` in its place, whose conditions are translated",
    "except": "write `rules` in its place, whose conditions are translated",
    "coverage": "read it from the output of the step",
    "release": "write the command that makes the release",
    "hooks": "name the commands in the step",
}
_DURATION = re.compile(r"(\d+)\s*(w|d|h|m|s)[a-z]*", re.I)


def read(text: str, name: str, workflows: Mapping[str, str] = {}) -> WorkflowPlan:
    """Return the plan of a pipeline; `name` is for one without. Raises ImportFailedError."""
    return _Importer(Source(text), name).plan()


class _Importer:
    def __init__(self, source: Source, name: str) -> None:
        self._source = source
        self._root = source.root
        self._name = name.removeprefix(".") or "pipeline"
        self._names = Names()
        self._notes: list[NotTranslated] = []
        self._left_out: list[str] = []
        default = self._root.get("default")
        self._default: dict[str, Any] = dict(default) if isinstance(default, dict) else {}
        for field in ("image", "services", "cache", "before_script", "after_script"):
            if field in self._root:
                self._default.setdefault(field, self._root[field])
        self._jobs = {
            str(key): self._extended(job, str(key))
            for key, job in self._root.items()
            if str(key) not in _KEYWORDS and not str(key).startswith(".") and isinstance(job, dict)
        }
        self._comments = source.comments_by_part(
            sorted(source.line(self._root, key) for key in self._root if str(key) in self._jobs)
        )

    def plan(self) -> WorkflowPlan:
        if not any("script" in job or "trigger" in job for job in self._jobs.values()):
            raise ImportFailedError("there is no job with a `script`: this is no pipeline of GitLab")
        head = list(self._comments.get(-1, ()))
        if "include" in self._root:
            head.append(
                self._note(self._line("include"), "`include`", "import the other files too", "include")
            )
        if isinstance(self._root.get("workflow"), dict):
            reason = "a workflow here runs when somebody, or a schedule, runs it"
            head.append(self._note(self._line("workflow"), "`workflow`", reason, "workflow"))
        levels = []
        for level in levels_of(self._needs()):
            found = tuple(plan for name in level if (plan := self._job(name)) is not None)
            if found:
                levels.append(found)
        if not levels:
            raise ImportFailedError("no job could be translated: see the list below", self._notes)
        return WorkflowPlan(
            self._name,
            (*head, *self._left_out),
            tuple(_inputs(self._root)),
            tuple(levels),
            tuple(self._notes),
        )

    def _needs(self) -> dict[str, list[str]]:
        """Return what each job needs: what it says, else all jobs of the earlier stages."""
        stages = [str(stage) for stage in self._root.get("stages") or _STAGES[1:-1]]
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

    def _extended(self, job: dict[str, Any], name: str, depth: int = 0) -> dict[str, Any]:
        """Return a job with the fields of those that it extends."""
        merged: dict[str, Any] = {}
        given = job.get("extends")
        for base in given if isinstance(given, list) else [given] if given else []:
            parent = self._root.get(base)
            if not isinstance(parent, dict) or depth > 10:
                self._note(
                    self._line(name), f"`extends: {base}` of {name}", "it is in another file", "extends"
                )
                continue
            merged = _merged(merged, self._extended(parent, name, depth + 1))
        return _merged(merged, {key: value for key, value in job.items() if key != "extends"})

    def _line(self, key: str) -> int:
        return self._source.line(self._root, key)

    def _note(self, line: int, what: str, reason: str, kind: str) -> str:
        self._notes.append(NotTranslated(line + 1, what, reason, kind))
        return f"# not translated: {what}: {reason}"

    def _leave_out(self, line: int, what: str, reason: str, kind: str) -> None:
        """Take note of a job that is left out, and keep it as comments."""
        self._left_out += [self._note(line, what, reason, kind), *self._source.quoted(line)]

    def _job(self, name: str) -> JobPlan | None:
        job, line = self._jobs[name], self._line(name)
        comments = list(self._comments.get(line, ()))
        if "script" not in job:
            self._leave_out(line, f"the job {name}", _NO_COUNTERPART["trigger"], "trigger")
            return None
        for field, reason in _NO_COUNTERPART.items():
            if field in job or (field in ("image", "services") and field in self._default):
                comments.append(self._note(line, f"`{field}` of {name}", reason, field))
        try:
            when, event = self._conditions(name, job)
            lines = self._script(job)
        except UntranslatableError as error:
            self._leave_out(line, f"the job {name}", str(error), error.kind)
            return None
        variables, variants = self._variables(name, job, line, comments)
        step = StepPlan(
            self._names.unique(name),
            run=command_for("\n".join(lines)),
            inputs=variables,
            timeout=self._timeout(job, name, line, comments),
            comments=tuple(comments),
            **_error_fields(job),
        )
        if len(variants) < 2:
            return JobPlan(
                name, (step._replace(inputs={**variables, **(variants[0] if variants else {})}),), when, event
            )
        found = tuple(
            (
                "_".join(re.sub(r"\W", "", value) for value in variant.values())[:32],
                (step._replace(inputs=variables | variant),),
            )
            for variant in variants
        )
        return JobPlan(name, found[0][1], when, event, (), found)

    def _conditions(self, name: str, job: dict[str, Any]) -> tuple[str, str]:
        """Return when a job runs, and the event that it waits for. Raises UntranslatableError."""
        manual = job.get("when") == "manual"
        if job.get("when") == "on_failure":
            raise UntranslatableError("`when: on_failure`: name it in the `onError` of a step", "on_failure")
        if job.get("when") == "never":
            raise UntranslatableError("it never runs", "when: never")
        rules = job.get("rules")
        if not isinstance(rules, list) or not rules:
            return "", _event(name) if manual else ""
        conditions: list[str] = []
        before: list[str] = []
        for rule in rules:
            if not isinstance(rule, dict) or {"changes", "exists"} & rule.keys():
                raise UntranslatableError("a rule with `changes` or `exists` looks at files", "rules")
            own = condition(str(rule["if"])) if "if" in rule else "true"
            runs = rule.get("when", "on_success")
            manual = manual or runs == "manual"
            if runs == "never":
                before.append(f"!({own})")
                continue
            conditions.append(" && ".join([*before, *([own] if own != "true" or not before else [])]))
        if not conditions:
            raise UntranslatableError("its rules say that it never runs", "rules")
        shown = " || ".join(
            f"({one})" if len(conditions) > 1 and " && " in one else one for one in conditions
        )
        return "" if "true" in conditions else shown, _event(name) if manual else ""

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
        if hasattr(given, "tag") and getattr(given.tag, "value", None) == "!reference":
            raise UntranslatableError("`!reference` is not followed", "!reference")
        return [str(given)]

    def _variables(
        self, name: str, job: dict[str, Any], line: int, comments: list[str]
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
        variants = [variant for entry in matrix or [] for variant in _combinations(entry)]
        if len(variants) > _MAX_VARIANTS:
            comments.append(
                self._note(line, f"`parallel` of {name}", f"{len(variants)} combinations", "parallel")
            )
            variants = []
        return found, variants

    def _timeout(self, job: dict[str, Any], name: str, line: int, comments: list[str]) -> str:
        given = job.get("timeout", self._default.get("timeout"))
        if given is None:
            return ""
        seconds = {"w": 604_800, "d": 86_400, "h": 3_600, "m": 60, "s": 1}
        total = sum(int(number) * seconds[unit.lower()] for number, unit in _DURATION.findall(str(given)))
        if not total:
            comments.append(self._note(line, f"`timeout` of {name}", "it is not understood", "timeout"))
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


def _merged(base: dict[str, Any], own: Mapping[str, Any]) -> dict[str, Any]:
    """Return two maps as one, as `extends` merges: maps key by key, everything else replaced."""
    found = dict(base)
    for key, value in own.items():
        before = found.get(key)
        found[key] = _merged(before, value) if isinstance(before, dict) and isinstance(value, dict) else value
    return found


def _error_fields(job: Mapping[str, Any]) -> dict[str, Any]:
    retry = job.get("retry")
    times = retry.get("max") if isinstance(retry, dict) else retry
    if isinstance(times, int) and times > 0:
        return {"on_error": "retry", "retries": times}
    allowed = job.get("allow_failure")
    return {"on_error": "skip"} if allowed is True or isinstance(allowed, dict) else {}


def _combinations(entry: Any) -> list[dict[str, str]]:
    if not isinstance(entry, dict):
        return []
    axes = [(str(key), value if isinstance(value, list) else [value]) for key, value in entry.items()]
    names = [name for name, _ in axes]
    return [
        dict(zip(names, (cel_text(_text(value)) for value in values), strict=True))
        for values in itertools.product(*(values for _, values in axes))
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

"""Makes a plan of a workflow of GitHub Actions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ..failures import as_fallback, with_fallbacks
from ..notes import Notes
from ..plan import Files, ImportFailedError, JobPlan, Names, StepPlan, WorkflowPlan, levels_of
from ..source import Source
from ..tokens import UntranslatableError
from .contexts import KnownSteps, Scope
from .expressions import Translated
from .inputs import input_value, inputs_of
from .matrix import combinations, variant_name
from .nodes import names_in, shown_if, steps_of
from .shapes import check_shapes
from .steps import StepList, StepTranslator

_NO_JOB_COUNTERPART = {
    "container": "commands run on this machine: `docker run` in the command, or install what it has",
    "services": "start them before the run, as with `docker compose up -d --wait`",
    "environment": "a `wait` for an event is an approval",
}


def read(text: str, name: str, workflows: Mapping[str, str], files: Files) -> WorkflowPlan:
    """Return the plan of a workflow; `name` is for one without.

    `workflows` are the files that reusable workflows become, by their paths in the repository; `files` are for
    its actions. Raises ImportFailedError.
    """
    return _Importer(Source(text), name, workflows, files).plan()


class _Importer:
    def __init__(self, source: Source, name: str, workflows: Mapping[str, str], files: Files) -> None:
        self._source = source
        self._root = source.root
        self._name = str(self._root.get("name") or name)
        self._workflows = workflows
        self._names = Names()
        self._notes = Notes()
        self._left_out: list[str] = []
        jobs = self._root.get("jobs")
        if not isinstance(jobs, dict) or not jobs:
            raise ImportFailedError("there are no `jobs`: this is not a workflow of GitHub Actions")
        check_shapes(source)
        self._jobs = {str(key): job for key, job in jobs.items() if isinstance(job, dict)}
        self._triggers = self._root.get("on", self._root.get(True))
        self._inputs = tuple(inputs_of(self._triggers))
        self._comments = source.comments_by_part(sorted(self._starts()))
        self._steps = StepTranslator(self._names, self._notes, files, self._root)
        # The steps of the jobs that have been read, whose outputs later jobs read.
        self._known: dict[str, KnownSteps] = {}
        self._lists = {job_id: self._step_list(job_id, job) for job_id, job in self._jobs.items()}
        for job_id, job in self._jobs.items():
            for index, step in enumerate(steps_of(job)):
                self._steps.name_of(self._lists[job_id], index, step)

    def plan(self) -> WorkflowPlan:
        needs = {job_id: names_in(job.get("needs")) for job_id, job in self._jobs.items()}
        levels = []
        for level in levels_of(needs):
            found = (self._job(job_id, self._jobs[job_id]) for job_id in level)
            levels.append(tuple(plan for plan in found if plan is not None))
        linked = with_fallbacks(levels, needs, self._drop_fallback)
        kept = [tuple(job for job in level if job.has_flow()) for level in linked]
        if not any(kept):
            raise ImportFailedError("no step could be translated: see the list below", self._notes.found)
        head = (*self._comments.get(-1, ()), *self._head(), *self._left_out)
        fallbacks = tuple(
            step._replace(comments=(*job.comments, *step.comments))
            for level in linked
            for job in level
            if not job.has_flow()
            for step in job.steps
        )
        return WorkflowPlan(
            self._name,
            head,
            self._inputs,
            tuple(level for level in kept if level),
            tuple(self._notes.found),
            fallbacks,
        )

    def _head(self) -> Iterator[str]:
        triggers = self._triggers
        names = ", ".join(names_in(triggers) if not isinstance(triggers, dict) else map(str, triggers))
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

    def _line(self, job_id: str) -> int:
        return self._source.line(self._root["jobs"], job_id)

    def _note(self, line: int, what: str, reason: str, kind: str) -> str:
        return self._notes.add(self._source, line, what, reason, kind)

    def _drop_fallback(self, job_id: str, name: str, reason: str) -> None:
        self._left_out.append(
            self._note(self._line(job_id), f"the step {name} after a failure", reason, "if after a failure")
        )

    # Jobs.

    def _step_list(self, job_id: str, job: Mapping[str, Any]) -> StepList:
        name = job_id if len(self._jobs) > 1 else ""
        defaults: dict[str, Any] = {}
        for holder in (self._root, job):
            defaults |= (holder.get("defaults") or {}).get("run") or {}
        steps = job.get("steps") or []
        return StepList(self._source, steps, name, self._comments, defaults, job.get("timeout-minutes"))

    def _scope(self, job_id: str, matrix: Mapping[str, Any], known: KnownSteps) -> Scope:
        """Return what expressions of a job may name; what of its `env` cannot be translated goes to the notes."""
        inputs = {
            one.name: input_value(one.name, str(one.fields.get("type", "string"))) for one in self._inputs
        }
        scope = Scope(inputs, known, self._job_output, {}, matrix)
        for holder in (self._root, self._jobs[job_id]):
            given = holder.get("env")
            for name, value in (given if isinstance(given, dict) else {}).items():
                try:
                    scope = scope._replace(env={**scope.env, str(name): scope.text(value)})
                except UntranslatableError as error:
                    self._note(self._source.line(given, name), f"`env.{name}`", str(error), "expression")
        return scope

    def _outer_scope(self, job_id: str, known: KnownSteps) -> Scope:
        """Return what expressions around the steps of a job may name, whose `env` is told of with the steps."""
        before = len(self._notes.found)
        scope = self._scope(job_id, {}, known)
        del self._notes.found[before:]
        return scope

    def _job(self, job_id: str, job: dict[str, Any]) -> JobPlan | None:
        line = self._line(job_id)
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
        scope = self._outer_scope(job_id, KnownSteps())
        try:
            when = scope.condition(job.get("if"))
            after_failure = scope._replace(has_failed=True).condition(job.get("if"))
        except UntranslatableError as error:
            what = f"the job {job_id}{shown_if(job)}"
            self._left_out += self._notes.leave_out(self._source, line, what, str(error), "if of a job")
            return None
        plan = (
            self._reusable(job_id, job, line, scope, comments)
            if "uses" in job
            else self._branches(job_id, job, line, comments)
        )
        if plan is None:
            return None
        if after_failure == "false":
            return plan._replace(when=when)
        return self._with_fallback(plan, line, when, after_failure)

    def _with_fallback(self, plan: JobPlan, line: int, when: str, after_failure: str) -> JobPlan | None:
        """Return a job with what it runs after the failure of one that it needs, as far as that is possible."""
        steps = [step for step in plan.steps if not step.is_fallback]
        if len(steps) > 1 or plan.variants or steps[0].path:
            reason = "what runs after a failure is one command here: put its steps into one script"
            note = self._note(line, f"{plan.name} after a failure", reason, "if after a failure")
            if when == "false":
                self._left_out.append(note)
                return None
            return plan._replace(when=when, comments=(*plan.comments, note))
        if when == "false":
            return plan._replace(steps=(as_fallback(steps[0], "", after_failure),))
        fallback = as_fallback(steps[0], steps[0].name, after_failure)._replace(comments=())
        return plan._replace(when=when, steps=(fallback, *plan.steps))

    def _branches(self, job_id: str, job: dict[str, Any], line: int, comments: list[str]) -> JobPlan | None:
        """Return a job of steps, with a variant for each combination of its matrix."""
        listed = self._lists[job_id]
        found: list[tuple[str, tuple[StepPlan, ...]]] = []
        variants = self._variants(job_id, job, line)
        for number, variant in enumerate(variants):
            before = len(self._notes.found)
            known = self._known[job_id] = KnownSteps(is_in_branches=len(variants) > 1)
            steps = self._steps.translate(listed, self._scope(job_id, variant, known))
            found.append((variant_name(variant), steps))
            if number:
                # What is not translated is said once.
                del self._notes.found[before:]
        first = found[0][1]
        if not any(not step.is_fallback for step in first):
            return None
        plan = JobPlan(job_id, first, comments=tuple(comments))
        if len(found) == 1:
            return plan
        if any(_shape(steps) != _shape(first) for _, steps in found):
            reason = "its steps differ between the combinations: write the branches by hand"
            self._note(line, f"`matrix` of {job_id}", reason, "matrix")
            return plan
        return plan._replace(variants=tuple(found))

    def _reusable(
        self, job_id: str, job: dict[str, Any], line: int, scope: Scope, comments: list[str]
    ) -> JobPlan | None:
        uses = str(job["uses"])
        path = self._workflows.get(uses.partition("@")[0].removeprefix("./"))
        if path is None:
            reason = "a workflow of another file: import its folder, so that it becomes a sub-workflow"
            what = f"the job {job_id}, `uses: {uses}`"
            self._left_out += self._notes.leave_out(self._source, line, what, reason, "uses of a workflow")
            return None
        inputs = {}
        for name, value in (job.get("with") or {}).items():
            try:
                inputs[str(name)] = scope.value(value)
            except UntranslatableError as error:
                comments.append(self._note(line, f"`with.{name}` of {job_id}", str(error), "expression"))
        step = StepPlan(self._names.unique(job_id, "workflow"), path=path, inputs=inputs)
        return JobPlan(job_id, (step,), comments=tuple(comments))

    def _variants(self, job_id: str, job: dict[str, Any], line: int) -> list[dict[str, Any]]:
        """Return the combinations of the matrix, an empty one if there is none."""
        strategy = job.get("strategy")
        matrix = strategy.get("matrix") if isinstance(strategy, dict) else None
        if matrix is None:
            return [{}]
        try:
            return combinations(matrix) or [{}]
        except UntranslatableError as error:
            self._note(line, f"`matrix` of {job_id}", str(error), "matrix")
            return [{}]

    def _job_output(self, job_id: str, name: str) -> Translated:
        """Return an output of a job that has ended. Raises UntranslatableError."""
        given = (self._jobs.get(job_id, {}).get("outputs") or {}).get(name)
        if given is None or job_id not in self._known:
            raise UntranslatableError(f"it reads `needs.{job_id}.outputs.{name}`, which is not there")
        scope = self._outer_scope(job_id, self._known[job_id])
        return scope.text(str(given))._replace(is_atom=False, literal=None)


def _shape(steps: tuple[StepPlan, ...]) -> list[object]:
    """Return what must be the same in all combinations: the steps, and what runs after a failure."""
    return [step if step.is_fallback else step.name for step in steps]

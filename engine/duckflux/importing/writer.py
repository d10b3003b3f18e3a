"""Writes a plan as the text of a workflow, with comments above what they are about."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from ..language.syntax.edits import as_yaml
from .plan import InputPlan, JobPlan, Names, StepPlan, WorkflowPlan

_PARALLEL = "- parallel:"
# The results of branches are a list, and a payload may be anything: they cannot be merged with an `input`.
_TAKE_RESULTS = (
    "# takes the list of the branches' results: no step uses it",
    "- type: exec",
    "  run: 'true'",
)
_TAKE_PAYLOAD = ("# takes the payload of the event: no step uses it", "- type: exec", "  run: 'true'")


def workflow_text(plan: WorkflowPlan) -> str:
    """Return the text of a workflow."""
    jobs = [job for level in plan.levels for job in level]
    names = Names()
    lines = [*plan.comments, *([""] if plan.comments else []), f"name: {as_yaml(plan.name)}"]
    if plan.inputs:
        lines += ["", "inputs:", *(line for one in plan.inputs for line in _input(one))]
    lines += ["", "participants:"]
    for job in jobs:
        lines += [line for step in _declared_steps(job) for line in _participant(step)]
    lines += [line for step in plan.fallbacks for line in _participant(step)]
    lines += ["", "flow:"]
    for number, level in enumerate(plan.levels):
        steps = _level(level, names)
        lines += _indented(steps, 2)
        if steps[0] == _PARALLEL and number + 1 < len(plan.levels):
            lines += _indented(_TAKE_RESULTS, 2)
    return "\n".join(line.rstrip() for line in lines) + "\n"


def _input(one: InputPlan) -> Iterator[str]:
    if not one.fields:
        yield f"  {as_yaml(one.name)}:"
        return
    yield f"  {as_yaml(one.name)}:"
    for field, value in one.fields.items():
        yield f"    {field}: {_value(value)}"


def _value(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, (int, float)):
        return str(value)
    if isinstance(value, list):
        return f"[{', '.join(_value(item) for item in value)}]"
    return as_yaml(str(value))


def _common_steps(job: JobPlan) -> tuple[StepPlan, ...]:
    """Return the steps of a job without what differs between its variants."""
    if not job.variants:
        return job.steps
    all_steps = [steps for _, steps in job.variants]
    return tuple(_common(found) for found in zip(*all_steps, strict=True))


def _declared_steps(job: JobPlan) -> Iterator[StepPlan]:
    """Yield the steps that run in any variant."""
    variants = [steps for _, steps in job.variants] or [job.steps]
    for index, step in enumerate(_common_steps(job)):
        if any(steps[index].when != "false" for steps in variants):
            yield step


def _common(variants: Sequence[StepPlan]) -> StepPlan:
    first = variants[0]
    inputs = {
        name: value
        for name, value in first.inputs.items()
        if all(variant.inputs.get(name) == value for variant in variants)
    }
    same_cwd = all(variant.cwd == first.cwd for variant in variants)
    return first._replace(inputs=inputs, cwd=first.cwd if same_cwd else "")


def _participant(step: StepPlan) -> Iterator[str]:
    yield from (f"  {comment}" for comment in step.comments)
    yield f"  {step.name}:"
    if step.path:
        yield "    type: workflow"
        yield f"    path: {as_yaml(step.path)}"
    else:
        yield "    type: exec"
    if step.cwd:
        yield f"    cwd: {_cel(step.cwd)}"
    if step.timeout:
        yield f"    timeout: {step.timeout}"
    if step.on_error:
        yield f"    onError: {step.on_error}"
    if step.retries:
        yield f"    retry: {{ max: {step.retries} }}"
    if step.inputs:
        yield "    input:"
        yield from (f"      {as_yaml(name)}: {_cel(value)}" for name, value in step.inputs.items())
    if step.run:
        yield from _block("    ", "run", step.run)


def _block(indentation: str, key: str, text: str) -> Iterator[str]:
    """Yield a field whose text is written as it is, in a block if it has several lines."""
    lines = text.rstrip("\n").split("\n")
    if len(lines) == 1:
        yield f"{indentation}{key}: {as_yaml(lines[0])}"
        return
    # A block cannot say what it indents if its first line is indented, and none has tabs alone.
    hint = "2" if lines[0][:1] in (" ", "\t") else ""
    yield f"{indentation}{key}: |{hint}"
    yield from (f"{indentation}  {line}" if line.strip() else "" for line in lines)


def _level(level: Sequence[JobPlan], names: Names) -> list[str]:
    """Return the steps of jobs that may run at the same time."""
    if len(level) == 1 and not level[0].variants:
        return _job_steps(level[0])
    branches = [branch for job in level for branch in _branches(job, names)]
    return [_PARALLEL, *(line for branch in branches for line in _indented(branch, 4))]


def _branches(job: JobPlan, names: Names) -> Iterator[list[str]]:
    """Yield a job, or its variants, as single steps: a list of steps is a loop of one iteration."""
    variants = job.variants or (("", job.steps),)
    common = _common_steps(job)
    for number, (variant, steps) in enumerate(variants):
        comments = job.comments if number == 0 else ()
        inner = _sequence(steps, common if job.variants else None)
        if job.event:
            inner = _wait(job) + inner
        single = len([step for step in steps if not step.is_fallback]) == 1 and not job.event
        if not single:
            name = names.unique(job.name, variant, "job")
            inner = ["- loop:", f"    as: {name}", "    max: 1", "    steps:", *_indented(inner, 6)]
        yield [*comments, *_when(job.when, inner)]


def _job_steps(job: JobPlan) -> list[str]:
    steps = _sequence(job.steps, None)
    if job.event:
        steps = _wait(job) + steps
    return [*job.comments, *_when(job.when, steps)]


def _wait(job: JobPlan) -> list[str]:
    return ["- wait:", f"    event: {as_yaml(job.event)}", *_TAKE_PAYLOAD]


def _when(condition: str, steps: list[str]) -> list[str]:
    if not condition:
        return steps
    return ["- if:", f"    condition: {_cel(condition)}", "    then:", *_indented(steps, 6)]


def _sequence(steps: Sequence[StepPlan], common: Sequence[StepPlan] | None) -> list[str]:
    lines: list[str] = []
    for index, step in enumerate(steps):
        if step.is_fallback:
            continue
        own: Mapping[str, str] = {}
        cwd = ""
        if common is not None:
            shared = common[index]
            own = {name: value for name, value in step.inputs.items() if name not in shared.inputs}
            cwd = step.cwd if step.cwd != shared.cwd else ""
            if step.when == "false":
                # Not of this combination.
                continue
        if not own and not step.when and not cwd:
            lines.append(f"- {step.name}")
            continue
        lines.append(f"- {step.name}:")
        if step.when:
            lines.append(f"    when: {_cel(step.when)}")
        if cwd:
            lines.append(f"    cwd: {_cel(cwd)}")
        if own:
            lines.append("    input:")
            lines += [f"      {as_yaml(name)}: {_cel(value)}" for name, value in own.items()]
    return lines


def _cel(text: str) -> str:
    """Return an expression as a YAML scalar, in double quotes if it has single ones."""
    return as_yaml(text, '"' if "'" in text else "")


def _indented(lines: Sequence[str], columns: int) -> list[str]:
    return [" " * columns + line if line else line for line in lines]

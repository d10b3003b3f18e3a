"""Reads from a workflow what its flow diagram shows: the steps in their structure, in the words that are drawn.

Everything here is plain data without positions; `layout` places it, `links` reads it as a graph.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from ..language.model.workflow import (
    ON_ERROR_STRATEGIES,
    ON_TIMEOUT_STRATEGIES,
    Call,
    If,
    Loop,
    Parallel,
    Participant,
    Set,
    Step,
    Wait,
    Workflow,
    escape_pointer,
    inner_steps,
)
from ..language.syntax import Mapping, Scalar

MAX_STEPS = 2_000
_MAX_DEPTH = 24
# The kind of what stands for the steps that are not drawn.
MORE = "more"


class Fallback(NamedTuple):
    """A participant that runs instead of a step; `field` says when: `onError` or `onTimeout`."""

    field: str
    participant: str
    kind: str

    @property
    def key(self) -> str:
        """The JSON pointer of the participant, by which its results are known."""
        return f"/participants/{escape_pointer(self.participant)}"


class DiagramStep(NamedTuple):
    """A step to draw. `key` is its JSON pointer, `kind` a participant type, the word of a construct, or MORE.

    `detail` says what it does, `notes` when it runs and what its failure does. `hidden` is the number of steps
    that a MORE stands for.
    """

    key: str
    kind: str
    title: str
    detail: str = ""
    notes: tuple[str, ...] = ()
    fallbacks: tuple[Fallback, ...] = ()
    groups: tuple[Group, ...] = ()
    hidden: int = 0


class Group(NamedTuple):
    """A list of steps: the flow, the body of a loop, a branch. `key` is the JSON pointer of the list."""

    key: str
    label: str
    steps: tuple[DiagramStep, ...]


class Diagram(NamedTuple):
    """A workflow to draw. `notes` hold for all of it; `total` counts also the steps that are not drawn."""

    title: str
    notes: tuple[str, ...]
    flow: Group
    total: int


def diagram_of(workflow: Workflow, title: str, limit: int = MAX_STEPS) -> Diagram:
    """Return the flow of a workflow, of which at most `limit` steps are drawn; `title` is for one unnamed."""
    flow = Group("/flow", "", tuple(_step(step, workflow) for step in workflow.flow))
    total = _count(flow)
    name = workflow.name or workflow.id or title
    return Diagram(name, tuple(_default_notes(workflow)), _folded(flow, limit), total)


def drawn_steps(group: Group) -> Iterator[DiagramStep]:
    """Yield the steps of a group and of the groups inside it, in the order of the text."""
    for step in group.steps:
        yield step
        for inner in step.groups:
            yield from drawn_steps(inner)


def _step(step: Step, workflow: Workflow) -> DiagramStep:
    match step:
        case Call():
            return _call(step, workflow)
        case Loop():
            head = "loop" if step.name == "loop" else f"loop {step.name}"
            drawn = DiagramStep(step.pointer, "loop", head, _loop_detail(step))
        case Parallel():
            count = len(step.branches)
            drawn = DiagramStep(step.pointer, "parallel", "parallel", f"{count} branch{'es' * (count != 1)}")
        case If():
            drawn = DiagramStep(step.pointer, "if", "if", _line(step.condition))
        case Set():
            names = ", ".join(pair.key.text for pair in step.entries)
            return DiagramStep(step.pointer, "set", "set", _one_line(names))
        case Wait():
            return _wait(step, workflow)
    return drawn._replace(groups=tuple(_groups(step, workflow)))


def _groups(step: Step, workflow: Workflow) -> Iterator[Group]:
    """Yield the lists inside a construct; each branch of a `parallel` is a list of its own."""
    for slot, steps in inner_steps(step):
        drawn = tuple(_step(inner, workflow) for inner in steps)
        if slot == "parallel":
            yield from (Group(branch.key, "", (branch,)) for branch in drawn)
        elif slot == "steps":
            yield Group(f"{step.pointer}/loop/steps", "", drawn)
        else:
            yield Group(f"{step.pointer}/if/{slot}", slot, drawn)


def _call(call: Call, workflow: Workflow) -> DiagramStep:
    participant = call.inline
    name = participant.name if participant is not None else call.name.text if call.name else None
    if participant is None:
        participant = workflow.participants.get(name or "")
    holders = [call.overrides, participant.node if participant is not None else None]
    kind = participant.type if participant is not None else "unknown"
    detail = _participant_detail(participant) if participant is not None else "not declared"
    when = [f"when {_line(call.when)}"] if call.when is not None else []
    notes = (*when, *_failure_notes(holders))
    fallbacks = tuple(_fallbacks(holders, workflow))
    if name is None:
        return DiagramStep(call.pointer, kind, detail or kind, "", notes, fallbacks)
    return DiagramStep(call.pointer, kind, _one_line(name), detail, notes, fallbacks)


def _participant_detail(participant: Participant) -> str:
    """Return what a participant does, in one line."""
    field = {
        "exec": ("run",),
        "http": ("method", "url"),
        "mcp": ("server", "tool"),
        "workflow": ("path",),
        "emit": ("event",),
    }.get(participant.type, ())
    return " ".join(filter(None, (_line(participant.node.get(name)) for name in field)))


def _wait(wait: Wait, workflow: Workflow) -> DiagramStep:
    body = wait.body
    what = (("event", "for "), ("until", "until "), ("timeout", ""))
    described = (f"{word}{_line(body.get(field))}" for field, word in what if body.get(field) is not None)
    detail = next(described, "")
    holders = [body]
    has_subject = body.get("event") is not None or body.get("until") is not None
    notes = tuple(_failure_notes(holders)) if has_subject else ()
    return DiagramStep(wait.pointer, "wait", "wait", detail, notes, tuple(_fallbacks(holders, workflow)))


def _loop_detail(loop: Loop) -> str:
    parts = (("until", loop.until), ("max", loop.max))
    return ", ".join(f"{word} {_line(node)}" for word, node in parts if node is not None)


def _failure_notes(holders: Sequence[Mapping | None]) -> Iterator[str]:
    """Yield the strategies for the failure of a step; fallbacks are drawn instead."""
    on_error = _field(holders, "onError")
    if on_error == "retry":
        retry = next((h.get("retry") for h in holders if h is not None and h.get("retry") is not None), None)
        times = _line(retry.get("max")) if isinstance(retry, Mapping) else ""
        yield f"onError retry {times and f'×{times}'}".rstrip()
    elif on_error == "skip":
        yield "onError skip"
    if _field(holders, "onTimeout") == "skip":
        yield "onTimeout skip"
    if timeout := _field(holders, "timeout"):
        yield f"timeout {timeout}"


def _fallbacks(holders: Sequence[Mapping | None], workflow: Workflow) -> Iterator[Fallback]:
    for field, strategies in (("onError", ON_ERROR_STRATEGIES), ("onTimeout", ON_TIMEOUT_STRATEGIES)):
        name = _field(holders, field)
        if name and name not in strategies:
            participant = workflow.participants.get(name)
            yield Fallback(field, _one_line(name), participant.type if participant else "unknown")


def _default_notes(workflow: Workflow) -> Iterator[str]:
    for note in _failure_notes([workflow.defaults]):
        yield f"by default: {note}"
    for fallback in _fallbacks([workflow.defaults], workflow):
        yield f"by default: {fallback.field} → {fallback.participant}"


def _field(holders: Sequence[Mapping | None], name: str) -> str:
    """Return the text of a field in the first map that has it, as an override comes before a participant."""
    found = (holder.get(name) for holder in holders if holder is not None)
    return next((_line(node) for node in found if isinstance(node, Scalar)), "")


def _line(node: object) -> str:
    """Return the first line of a scalar, with a mark if there are more."""
    if not isinstance(node, Scalar):
        return ""
    first, *others = node.text.strip().splitlines() or [""]
    return _one_line(f"{first} …" if others else first)


def _one_line(text: str) -> str:
    """Return a text without control characters, which XML cannot have, and with single spaces."""
    return " ".join(
        "".join(c if c.isprintable() or c.isspace() else "\N{REPLACEMENT CHARACTER}" for c in text).split()
    )


def _count(group: Group) -> int:
    return sum(1 for _ in drawn_steps(group))


def _folded(flow: Group, limit: int) -> Group:
    """Return a flow with at most `limit` steps, the outer ones first, and a MORE for those of a list left out."""
    shown: dict[str, int] = {}
    pending = deque([(flow, 0)])
    while pending:
        group, depth = pending.popleft()
        shown[group.key] = min(len(group.steps), limit) if depth < _MAX_DEPTH else 0
        limit -= shown[group.key]
        for step in group.steps[: shown[group.key]]:
            pending.extend((inner, depth + 1) for inner in step.groups)
    return _with_shown(flow, shown)


def _with_shown(group: Group, shown: dict[str, int]) -> Group:
    count = shown[group.key]
    steps = tuple(
        step._replace(groups=_branches(step, shown))
        if step.kind == "parallel"
        else step._replace(groups=tuple(_with_shown(inner, shown) for inner in step.groups))
        for step in group.steps[:count]
    )
    hidden = group.steps[count:]
    return group._replace(steps=(*steps, _more(group.key, count, hidden)) if hidden else steps)


def _branches(parallel: DiagramStep, shown: dict[str, int]) -> tuple[Group, ...]:
    """Return the branches that are shown, and one for the others."""
    drawn = [_with_shown(branch, shown) for branch in parallel.groups if shown[branch.key]]
    hidden = tuple(step for branch in parallel.groups if not shown[branch.key] for step in branch.steps)
    if hidden:
        key = f"{parallel.key}/parallel"
        drawn.append(Group(key, "", (_more(key, len(drawn), hidden),)))
    return tuple(drawn)


def _more(list_key: str, index: int, hidden: tuple[DiagramStep, ...]) -> DiagramStep:
    """Return what stands for the steps of a list from an index on."""
    count = sum(1 for _ in drawn_steps(Group("", "", hidden)))
    title = f"… {count:,} {'more ' * (index > 0)}step{'s' * (count != 1)}"
    return DiagramStep(f"{list_key}/{index}", MORE, title, "not drawn here", hidden=count)

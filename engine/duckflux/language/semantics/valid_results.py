"""Finds the results of a run that need not hold any more after an edit.

A step depends on an edit if it was changed itself, or reads what may have changed: the chain, the result of
another step, a key of the context, an input, an event. A step holds as far as a run comes to it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from difflib import SequenceMatcher
from typing import Any

from ... import cel
from ...cel.syntax.nodes import Ident, Select
from ...cel.syntax.nodes import walk as walk_expression
from ..model.workflow import (
    FALLBACK_FIELDS,
    Call,
    If,
    Loop,
    Parallel,
    Participant,
    Set,
    Step,
    Wait,
    Workflow,
    inner_steps,
    walk,
)
from ..syntax import Mapping, Node, Scalar
from ..syntax import Sequence as SequenceNode
from ..syntax.nodes import plain_value
from .expression_reads import CONTEXT
from .reaching_definitions import name_of

_CHAIN = frozenset({"input", "output"})
_ANY_KEY = f"{CONTEXT}*"


def valid_results(before: Workflow, after: Workflow) -> dict[str, str]:
    """Return the steps of `after` whose results in a run of `before` still hold, with their places in `before`.

    Both are the same file at different times; keys and values are JSON pointers. Of declared participants, whose
    results are those of fallbacks, all hold or none.
    """
    search = _Search(before, after)
    search.flow(before.flow, after.flow, chain=False)
    found = {new: old for new, old in search.pairs.items() if new not in search.stale}
    if not search.stale and not search.changed:
        found |= {one.pointer: one.pointer for one in after.participants.values()}
    return found


class _Search:
    """Walks through the flow in the order of the run and collects what may have changed.

    `changed` are names of variables, and of keys of the context behind `execution.context.`; `pairs` are the
    JSON pointers of steps now and then.
    """

    def __init__(self, before: Workflow, after: Workflow) -> None:
        self.stale: set[str] = set()
        self.changed: set[str] = set()
        self.pairs: dict[str, str] = {}
        self._after = after
        self._changed_participants = _changed_participants(before, after)
        self._all = plain_value(before.defaults) != plain_value(after.defaults)
        if _head(before) != _head(after):
            self.changed.add("workflow")

    def flow(self, before: Sequence[Step], after: Sequence[Step], *, chain: bool) -> bool:
        """Return whether what flows out of a list of steps may have changed; `chain` says it of what flows in."""
        for old, new in _aligned(before, after):
            if new is not None:
                chain = self._step(old, new, chain=chain)
            elif old is not None:
                self._removed(old)
                chain = chain or _flows(old)
        return chain

    def _step(self, old: Step | None, new: Step, *, chain: bool) -> bool:
        if old is not None:
            self.pairs[new.pointer] = old.pointer
        is_stale = self._all or old is None or self._is_changed(old, new) or self._reads_changed(new, chain)
        match old, new:
            case _, Loop() | If() | Parallel() if is_stale:
                return self._whole(new, chain)
            case Loop(), Loop():
                return self._loop(old, new, chain=chain)
            case If(), If():
                return self._if(old, new, chain=chain)
            case Parallel(), Parallel():
                return self._parallel(old, new, chain=chain)
            case _, Set():
                if is_stale:
                    self._mark(new)
                return chain
            case _:
                if is_stale or (chain and isinstance(new, Call)):
                    self._mark(new)
                    return True
                # What it gives hides what flowed in; one that may be skipped lets it through.
                return chain

    def _loop(self, old: Loop, new: Loop, *, chain: bool) -> bool:
        before = None
        # An iteration reads what the one before has changed, and so does `until`.
        while before != (now := (len(self.changed), len(self.stale), chain)):
            before = now
            chain = self.flow(old.steps, new.steps, chain=chain) or chain
            if self._reads_changed(new, chain):
                return self._whole(new, chain)
        return self._mark_around(new, chain)

    def _if(self, old: If, new: If, *, chain: bool) -> bool:
        outs = [
            self.flow(old_steps, new_steps, chain=chain)
            for (_, old_steps), (_, new_steps) in zip(inner_steps(old), inner_steps(new), strict=True)
        ]
        return self._mark_around(new, chain or any(outs))

    def _parallel(self, old: Parallel, new: Parallel, *, chain: bool) -> bool:
        if len(old.branches) != len(new.branches):
            return self._whole(new, chain)
        before = -1
        # Branches may read what others have set.
        while before != len(self.changed):
            before = len(self.changed)
            for old_branch, new_branch in zip(old.branches, new.branches, strict=True):
                self.flow([old_branch], [new_branch], chain=chain)
        inside = {step.pointer for step in walk(new.branches)}
        return self._mark_around(new, chain or bool(self.stale & inside))

    def _mark_around(self, construct: Step, flowing: bool) -> bool:
        """Mark a construct if something inside it, or what flows out of it, does not hold; return the latter."""
        inside = {step.pointer for _, steps in inner_steps(construct) for step in walk(steps)}
        if flowing or self.stale & inside:
            self._mark(construct)
        return flowing

    def _whole(self, step: Step, chain: bool) -> bool:
        """Return whether what flows out of a construct may have changed of which nothing holds."""
        for inner in walk((step,)):
            self._mark(inner)
        return chain or _flows(step)

    def _removed(self, step: Step) -> None:
        for inner in walk((step,)):
            self.changed |= _defined(inner)

    def _mark(self, step: Step) -> None:
        self.stale.add(step.pointer)
        self.changed |= _defined(step)

    def _is_changed(self, old: Step, new: Step) -> bool:
        if type(old) is not type(new) or _own(old) != _own(new):
            return True
        texts = {node.text for node in _own_scalars(new, None)}
        return bool(texts & self._changed_participants)

    def _reads_changed(self, step: Step, chain: bool) -> bool:
        """Return whether a step itself, without those inside, reads something that may have changed."""
        participant = None
        if isinstance(step, Call) and step.name is not None:
            participant = self._after.participants.get(step.name.text)
        if isinstance(step, Wait) and "event" in self.changed:
            return True
        return any(self._is_read(read, chain) for read in _reads(_own_scalars(step, participant)))

    def _is_read(self, name: str, chain: bool) -> bool:
        if name in _CHAIN and chain:
            return True
        if name == _ANY_KEY:
            return any(changed.startswith(CONTEXT) for changed in self.changed)
        return name in self.changed or (name.startswith(CONTEXT) and _ANY_KEY in self.changed)


def _flows(step: Step) -> bool:
    """Return whether a step, or one inside it, may change the chain."""
    return any(isinstance(inner, Call | Wait | Parallel) for inner in walk((step,)))


def _aligned(before: Sequence[Step], after: Sequence[Step]) -> Iterator[tuple[Step | None, Step | None]]:
    """Yield the steps of both lists: those that belong together, removed ones, and new ones, in order."""
    old, new = ([repr(plain_value(step.node)) for step in steps] for steps in (before, after))
    for tag, a, b, c, d in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag == "equal" or (tag == "replace" and b - a == d - c):
            yield from zip(before[a:b], after[c:d], strict=True)
        else:
            yield from ((step, None) for step in before[a:b])
            yield from ((None, step) for step in after[c:d])


def _head(workflow: Workflow) -> Any:
    """Return what the variable `workflow` tells, and the schemas of inputs."""
    inputs = {name: (one.schema, one.required) for name, one in workflow.inputs.items()}
    return workflow.id, workflow.name, workflow.version, inputs


def _changed_participants(before: Workflow, after: Workflow) -> set[str]:
    """Return the names of participants that differ, and of those that have such a one as a fallback."""
    values = (
        {name: plain_value(one.node) for name, one in each.participants.items()} for each in (before, after)
    )
    old, new = values
    changed = {name for name in {*old, *new} if name not in old or name not in new or old[name] != new[name]}
    while more := {name for name in {*new} - changed if changed & set(_fallbacks(after.participants[name]))}:
        changed |= more
    return changed


def _fallbacks(participant: Participant) -> Iterator[str]:
    for field in FALLBACK_FIELDS:
        if isinstance(node := participant.node.get(field), Scalar):
            yield node.text


def _own(step: Step) -> dict[str, Any]:
    """Return a step as plain data without the steps inside."""
    return {key: plain_value(node) for key, node in _own_parts(step).items()}


def _own_scalars(step: Step, participant: Participant | None) -> Iterator[Scalar]:
    """Yield the scalars that may be expressions or names, of a step without the steps inside."""
    for node in _own_parts(step).values():
        yield from _scalars(node)
    if participant is not None:
        yield from _scalars(participant.node)


def _own_parts(step: Step) -> dict[str, Node | None]:
    """Return what belongs to a step itself, by the key where it stands."""
    match step:
        case Loop(body=body):
            return {pair.key.text: pair.value for pair in body or () if pair.key.text != "steps"}
        case If(condition=condition):
            return {"condition": condition}
        case Parallel():
            return {}
        case _:
            return {"": step.node}


def _scalars(node: Node | None) -> Iterator[Scalar]:
    match node:
        case Scalar():
            yield node
        case SequenceNode():
            for item in node.items:
                yield from _scalars(item)
        case Mapping():
            for pair in node.pairs:
                yield from _scalars(pair.key)
                yield from _scalars(pair.value)
        case _:
            return


def _reads(scalars: Iterable[Scalar]) -> Iterator[str]:
    """Yield the names that texts read if they are expressions, and the keys of the context."""
    for scalar in scalars:
        ast = cel.parse(scalar.text)
        if ast.errors:
            continue
        names = cel.free_names(ast)
        yield from names
        if "execution" in names:
            yield from _keys(ast)


def _keys(ast: cel.Ast) -> Iterator[str]:
    read = 0
    for node in walk_expression(ast.root):
        match node:
            case Select(operand=Select(operand=Ident(name="execution"), field="context"), field=key) if key:
                read += 1
                yield f"{CONTEXT}{key}"
            case Ident(name="execution"):
                read -= 1
            case _:
                pass
    if read:
        yield _ANY_KEY


def _defined(step: Step) -> set[str]:
    """Return the names that a step gives values to."""
    match step:
        case Set(entries=entries):
            return {f"{CONTEXT}{pair.key.text}" for pair in entries}
        case Loop():
            return {step.name}
        case Wait():
            return {"event"}
        case Call():
            name = name_of(step)
            # It may emit events, also in a sub-workflow.
            return {"event", *([name] if name else [])}
        case _:
            return set()

"""Reaching definitions: what has certainly or possibly happened at a program point.

That is a step's result, a context key, a loop or an event; each read is judged over all positions at which
its definition and its reader stand in the flow.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from threading import Lock
from typing import Literal, TypeAlias

import msgspec

from ..model.flow_nodes import FlowNode
from ..model.workflow import (
    ON_ERROR_STRATEGIES,
    ON_TIMEOUT_STRATEGIES,
    Call,
    If,
    Loop,
    Set,
    Step,
    Wait,
    Workflow,
)
from ..syntax import Mapping, Scalar
from .control_flow import Certainty, Obstacle, Obstacles, Reachability, merge_paths, path_into, path_to
from .expression_reads import CONTEXT, NO_MENTIONS, Mentions, mentions_of
from .facets import Facet, Facets
from .items import Item, Items

_MAX_DEFINITIONS = 64
_MAX_HOPS = 3
# So many fallbacks in a row are followed.
_MAX_FALLBACKS = 32
# Under these names no step can be.
_LOOP, _EVENT, _UNTIL = "loop ", "event ", "until "
_SURE = Reachability(Certainty.CERTAIN)


class Definition(msgspec.Struct, frozen=True):
    """A position at which a name gets a result.

    `failed` names the steps whose failure leads there, the nearest first; it is empty where the flow itself
    calls the step. `timeout` is true where a timed-out `wait` leads there. `on_error` is what its own failure
    leads to: a strategy or a name.
    """

    item: Item
    flow_node: FlowNode
    on_error: str
    failed: tuple[str, ...] = ()
    timeout: bool = False

    @property
    def is_call(self) -> bool:
        """Return whether the flow itself leads there."""
        return not self.failed and not self.timeout


class ProgramPoint(msgspec.Struct, frozen=True):
    """A point of evaluation: before the step at `flow_node` runs, or `after` it has; without a node, the end.

    `guarded`: the step's own `when` was evaluated before. `failed` names the steps whose failure led here,
    `key` the key of a `set` that is evaluated, after the entries before it.
    """

    item: Item
    flow_node: FlowNode | None
    after: bool = False
    guarded: bool = True
    failed: tuple[str, ...] = ()
    key: str = ""


ReachabilityQuery: TypeAlias = tuple[str, str, ProgramPoint, Mentions]


ScopeRelation: TypeAlias = Literal["around", "before", "nowhere"]


class ReachingDefinitions:
    """The definitions of all names of one workflow. `previous` only saves work."""

    def __init__(self, workflow: Workflow, items: Items, previous: ReachingDefinitions | None = None) -> None:
        # What the participants say themselves, and under "" what `defaults` says.
        self.strategies = {name: _strategy(p.node) for name, p in workflow.participants.items()}
        self.strategies[""] = _strategy(workflow.defaults)
        # The participants with an `onTimeout`.
        self.timed = frozenset(name for name, p in workflow.participants.items() if "onTimeout" in p.node)
        self._steps = items.steps
        self._readers = {*items.steps, *items.sections}
        # The names that the reachability being computed depends on; one thread at a time computes one.
        self._consulted: set[str] = set()
        self._judging = Lock()
        self._near: dict[tuple[str, ProgramPoint], ScopeRelation] = {}
        self.unchanged: Facets = frozenset()
        if previous is not None and self._same_flow(previous):
            self.unchanged = frozenset((Facet.FLOW,))
            # What was edited is not to be kept for what was once asked about it.
            self._near = {
                asked: found for asked, found in previous._near.items() if asked[1].item in self._readers
            }
            self._order: dict[Item, int] = previous._order
            self._defined: dict[Item, tuple[tuple[str, Definition], ...]] = previous._defined
            self._definitions: dict[str, list[Definition]] = previous._definitions
        else:
            self._order = {item: number for number, item in enumerate(items.steps)}
            known = previous._defined if previous and previous.strategies == self.strategies else {}
            self._defined = {item: known.get(item) or tuple(self._defined_in(item)) for item in items.steps}
            self._definitions = self._collected()
        self._reachabilities = self._still_valid(previous) if previous else {}

    def _same_flow(self, previous: ReachingDefinitions) -> bool:
        return (
            self._steps == previous._steps
            and self.strategies == previous.strategies
            and self.timed == previous.timed
        )

    def _collected(self) -> dict[str, list[Definition]]:
        found: dict[str, list[Definition]] = {}
        for definitions in self._defined.values():
            for name, definition in definitions:
                found.setdefault(name, []).append(definition)
        return found

    def _defined_in(self, item: Item) -> Iterator[tuple[str, Definition]]:
        for flow_node in item.results:
            yield from self._defined_at(item, flow_node)

    def reachability(self, name: str, field: str, point: ProgramPoint, guards: Mentions) -> Reachability:
        """Return whether `name.field` exists at a point.

        `guards` is what the reader evaluated before the read, see `expression_reads.Read`.
        """
        asked = (name, field, point, guards)
        known = self._reachabilities.get(asked)
        if known is None:
            with self._judging:
                self._consulted = set()
                reachability = self._reachability(name, field, point, guards)
                known = self._reachabilities[asked] = (reachability, self._consulted)
        return known[0]

    def _still_valid(
        self, previous: ReachingDefinitions
    ) -> dict[ReachabilityQuery, tuple[Reachability, set[str]]]:
        """Return the earlier results that depend only on names with the same definitions in the same order."""
        old, new = previous._definitions, self._definitions
        before = [previous._order[item] for item in self._order if item in previous._order]
        if before != sorted(before):
            return {}
        changed = {name for name in old.keys() | new.keys() if old.get(name) != new.get(name)}
        return {
            asked: known
            for asked, known in previous._reachabilities.items()
            if asked[2].item in self._readers and changed.isdisjoint(known[1])
        }

    def _of(self, name: str) -> Sequence[Definition]:
        self._consulted.add(name)
        return self._definitions.get(name, ())[:_MAX_DEFINITIONS]

    def _reachability(self, name: str, field: str, point: ProgramPoint, guards: Mentions) -> Reachability:
        if field == "error":
            return self._error(name, point, guards)
        if name in point.failed:
            return _SURE if field != "output" else Reachability(Certainty.NEVER, "failed", name)
        paths = list(self._paths(name, field, point))
        found = merge_paths(paths)
        if found.certainty is Certainty.CERTAIN or self._guarded(name, paths, point, guards):
            return _SURE
        return found if paths else self._why_never(name, point)

    def loop(self, name: str, point: ProgramPoint) -> ScopeRelation:
        """Return whether a loop of this name (`loop`: of any name) is around a point or before it."""
        known = self._near.get((name, point))
        if known is None:
            known = self._near[name, point] = self._loop(name, point)
        return known

    def _loop(self, name: str, point: ProgramPoint) -> ScopeRelation:
        around = point.flow_node.path if point.flow_node is not None else ()
        loops = [
            p.step for p in around if isinstance(p.step, Loop) and (p is not point.flow_node or point.after)
        ]
        if any(name in ("loop", loop.name) for loop in loops):
            return "around"
        paths = self._paths(_LOOP if name == "loop" else _LOOP + name, "", point)
        return "nowhere" if next(paths, None) is None else "before"

    def event(self, point: ProgramPoint) -> ScopeRelation:
        """Return whether a `wait` for an event comes before a point."""
        return "nowhere" if next(self._paths(_EVENT, "", point), None) is None else "before"

    def fallbacks(self, name: str) -> tuple[str, ...]:
        """Return the participants that run one after the other as each fails, up to the first repetition."""
        found: dict[str, None] = {}
        target = self.strategy_of(name)
        while target not in ON_ERROR_STRATEGIES and len(found) < _MAX_FALLBACKS:
            if target == name or target in found:
                return (*found, target)
            found[target] = None
            target = self.strategy_of(target)
        return tuple(found)

    def run_inside(self, item: Item, flow_node: FlowNode) -> frozenset[str]:
        """Return the names that may get a value inside a construct."""
        inside = [inner for inner in item.results if flow_node in inner.path]
        return frozenset(name for inner in inside for name, _ in self._defined_at(item, inner))

    def points(self, name: str) -> tuple[ProgramPoint, ...]:
        """Return the points at which the fields of a declared participant are evaluated."""
        return tuple(
            ProgramPoint(found.item, found.flow_node, guarded=found.is_call, failed=found.failed)
            for found in self._of(name)
        )

    def _defined_at(self, item: Item, flow_node: FlowNode) -> Iterator[tuple[str, Definition]]:
        match flow_node.step:
            case Call() as call:
                name = name_of(call) or ""
                strategy = self.on_error(call, name)
                if name:
                    yield name, Definition(item, flow_node, strategy)
                yield from self._fallbacks(item, flow_node, strategy, (name,), False)
            case Set(entries=entries):
                for entry in entries:
                    yield CONTEXT + entry.key.text, Definition(item, flow_node, "fail")
            case Loop(name=name, until=until):
                if until is not None:
                    yield _UNTIL, Definition(item, flow_node, "fail")
                yield _LOOP, Definition(item, flow_node, "fail")
                yield _LOOP + name, Definition(item, flow_node, "fail")
            case Wait(body=body):
                if "until" in body:
                    yield _UNTIL, Definition(item, flow_node, "fail")
                if "event" in body:
                    yield _EVENT, Definition(item, flow_node, "fail")
                target = body.get("onTimeout")
                if isinstance(target, Scalar) and target.text not in ON_TIMEOUT_STRATEGIES:
                    yield from self._fallbacks(item, flow_node, target.text, (), True)
            case _:
                pass

    def on_error(self, call: Call, name: str) -> str:
        """Return what the failure of a step leads to: a strategy or a participant's name."""
        own = _strategy(call.overrides if call.inline is None else call.inline.node)
        return own or self.strategy_of(name)

    def strategy_of(self, name: str) -> str:
        """Return what the failure of a participant leads to where no step overrides it."""
        default = self.strategies[""]
        return self.strategies.get(name) or (default if default != name else None) or "fail"

    def _fallbacks(
        self, item: Item, flow_node: FlowNode, target: str, failed: tuple[str, ...], timeout: bool
    ) -> Iterator[tuple[str, Definition]]:
        while target not in ON_ERROR_STRATEGIES and target not in failed and len(failed) < _MAX_FALLBACKS:
            following = self.strategy_of(target)
            yield target, Definition(item, flow_node, following, failed, timeout)
            failed = (target, *failed)
            target = following

    def _paths(self, name: str, field: str, point: ProgramPoint) -> Iterator[Obstacles]:
        if point.key and _is_written_before(point, name):
            yield ()
        for definition in self._of(name):
            path = self._path(definition, point)
            if path is not None:
                yield (*path, *self._own_obstacles(definition, field))

    def _path(self, definition: Definition, point: ProgramPoint) -> Obstacles | None:
        target = definition.flow_node
        if definition.item is point.item and point.flow_node is not None:
            found = path_to(target, point.flow_node, point.after)
            if isinstance(found, str):
                return None
            before, depth = found
            return (*before, *path_into(target, depth))
        if point.flow_node is not None and self._order[definition.item] > self._order[point.item]:
            return None
        return tuple(path_into(target, 0))

    def _own_obstacles(self, definition: Definition, field: str) -> Iterator[Obstacle]:
        """Yield what may keep a step that is reached from having the field."""
        flow_node, step = definition.flow_node, definition.flow_node.step
        if not isinstance(step, Call) and definition.is_call:
            return
        if definition.is_call and isinstance(step, Call):
            # A step that its `when` skips has a status.
            if step.when is not None and field != "status":
                yield Obstacle("when", flow_node, "", mentions_of(step.when.text))
        else:
            mentions = frozenset(definition.failed)
            yield Obstacle(
                "fallback", flow_node, "", mentions, definition.failed[0] if definition.failed else ""
            )
            return
        if definition.on_error == "skip" and field != "status":
            yield Obstacle("skip", flow_node)
        elif definition.on_error not in ON_ERROR_STRATEGIES and field == "output":
            yield Obstacle("failed", flow_node, "", frozenset((definition.on_error,)), definition.on_error)

    def _guarded(self, name: str, paths: list[Obstacles], point: ProgramPoint, guards: Mentions) -> bool:
        """Return whether the reader first evaluated something that decides whether the step runs."""
        known = self._known_at(point, guards)
        if name in known or any(known & obstacle.mentions for path in paths for obstacle in path):
            return True
        return any(self._implies(member, name) for member in known)

    def _known_at(self, point: ProgramPoint, guards: Mentions) -> Mentions:
        """Return the mentions that guard a point, directly or through the steps that guard it."""
        known = guards | _conditions(point.flow_node, own=point.guarded) | self._waited_for(point)
        for _ in range(_MAX_HOPS):
            more = [
                _conditions(definition.flow_node, own=definition.is_call) | frozenset(definition.failed)
                for member in known
                for definition in self._of(member)
            ]
            wider = known.union(*more)
            if wider == known:
                break
            known = wider
        return known

    def _waited_for(self, point: ProgramPoint) -> Mentions:
        """Return the mentions of the `until` of all loops and waits that have ended before a point."""
        passed = (
            found.flow_node.step
            for found in self._of(_UNTIL)
            if found.flow_node is not point.flow_node and self._path(found, point) == ()
        )
        return NO_MENTIONS.union(*(mentions_of(until.text) for step in passed if (until := _until(step))))

    def _implies(self, member: str, name: str) -> bool:
        """Return whether a step has certainly run wherever another one has."""
        found = self._of(member)
        return bool(found) and all(
            merge_paths(self._paths(name, "status", ProgramPoint(one.item, one.flow_node))).certainty
            is Certainty.CERTAIN
            for one in found
        )

    def _error(self, name: str, point: ProgramPoint, guards: Mentions) -> Reachability:
        """Return whether the error text of a step exists, which it does only after a failure."""
        if name in point.failed or name in self._known_at(point, guards):
            return _SURE
        paths = list(self._paths(name, "status", point))
        if not paths:
            return self._why_never(name, point)
        return Reachability(Certainty.MAYBE, "failed", name)

    def _why_never(self, name: str, point: ProgramPoint) -> Reachability:
        definitions = self._of(name)
        for definition in definitions:
            if definition.item is point.item and point.flow_node is not None:
                found = path_to(definition.flow_node, point.flow_node, point.after)
                if isinstance(found, str):
                    return Reachability(Certainty.NEVER, found)
        return Reachability(Certainty.NEVER, "later" if definitions else "never")


def _is_written_before(point: ProgramPoint, name: str) -> bool:
    """Return whether an entry of the same `set` before the one that is evaluated writes a context key."""
    step = point.flow_node.step if point.flow_node is not None else None
    entries = step.node.get(step.key.text) if isinstance(step, Set) else None
    if not isinstance(entries, Mapping) or not name.startswith(CONTEXT):
        return False
    numbers = _entry_numbers(entries)
    return numbers.get(name.removeprefix(CONTEXT), len(numbers)) < numbers[point.key]


# The entries of a `set` are asked about one after the other.
@lru_cache(maxsize=4)
def _entry_numbers(entries: Mapping) -> dict[str, int]:
    return {pair.key.text: number for number, pair in enumerate(entries) if isinstance(pair.value, Scalar)}


def _strategy(holder: Mapping | None) -> str | None:
    """Return the `onError` of a map."""
    node = holder.get("onError") if holder is not None else None
    return node.text if isinstance(node, Scalar) and node.text else None


def name_of(call: Call) -> str | None:
    """Return the name under which a step's result is kept, None for an unnamed step."""
    if call.inline is not None:
        return call.inline.name
    return call.name.text if call.name is not None else None


def _until(step: Step) -> Scalar | None:
    """Return the `until` of a loop or a wait."""
    until = (
        step.until if isinstance(step, Loop) else step.body.get("until") if isinstance(step, Wait) else None
    )
    return until if isinstance(until, Scalar) else None


def _conditions(flow_node: FlowNode | None, *, own: bool) -> Mentions:
    """Return the mentions of the conditions around a flow node; with `own`, of its own `when` too."""
    found: Mentions = NO_MENTIONS
    if flow_node is None:
        return found
    for outer in flow_node.path[:-1]:
        if isinstance(outer.step, If) and outer.step.condition is not None:
            found |= mentions_of(outer.step.condition.text)
    if own and isinstance(flow_node.step, Call) and flow_node.step.when is not None:
        found |= mentions_of(flow_node.step.when.text)
    return found

"""A participant of type `workflow` needs a file that is there, does not lead back here, and gets what it requires
(sections 1, 4 and 9)."""

from __future__ import annotations

from collections.abc import Iterator

from ....cel.types import DYN, RecordType
from ... import registry
from ...model.workflow import Call, Participant
from ...semantics.data_flow import ChainType
from ...semantics.query_context import QueryContext
from ...semantics.semantic_model import SemanticModel
from ...semantics.workflow_interface import MissingWorkflow, WorkflowInterface
from ...suggest import closest, did_you_mean
from ...syntax import Mapping, Node, Problem, Scalar

SUBJECTS = (Participant, Call)


def check(subject: Participant | Call, context: QueryContext) -> Iterator[Problem]:
    if isinstance(subject, Participant):
        if subject.type == "workflow":
            # A circle that nobody enters is none.
            runs = subject.inline or context.query(SemanticModel.is_used, subject.name or "")
            yield from _file(subject.node.get("path"), context, runs=runs)
            yield from _unknown_inputs(subject.node, subject.node.get("path"), context)
        return
    declared = (
        context.query(SemanticModel.participant, subject.name.text) if subject.name is not None else None
    )
    participant = subject.inline or declared
    if participant is None or participant.type != "workflow":
        return
    overrides, path = subject.overrides, participant.node.get("path")
    if overrides is not None:
        path = overrides.get("path") or path
        yield from _file(overrides.get("path"), context)
        yield from _unknown_inputs(overrides, path, context)
    yield from _missing_inputs(subject, participant, path, context)


def _file(path: Node | None, context: QueryContext, *, runs: bool = True) -> Iterator[Problem]:
    if not isinstance(path, Scalar) or not path.text:
        return
    found = context.query(SemanticModel.interface, path.text)
    if isinstance(found, MissingWorkflow):
        yield Problem(
            registry.MISSING_WORKFLOW_FILE,
            f"the file {found.reason}: paths are relative to the folder of this file",
            path,
        )
    elif found is not None and runs and (cycle := context.query(SemanticModel.call_cycle, path.text)):
        yield Problem(registry.WORKFLOW_CYCLE, f"circular workflow calls: {' -> '.join(cycle)}", path)


def _interface(path: Node | None, context: QueryContext) -> WorkflowInterface | None:
    found = (
        context.query(SemanticModel.interface, path.text) if isinstance(path, Scalar) and path.text else None
    )
    return found if isinstance(found, WorkflowInterface) else None


def _unknown_inputs(holder: Mapping, path: Node | None, context: QueryContext) -> Iterator[Problem]:
    given, found = holder.get("input"), _interface(path, context)
    if not isinstance(given, Mapping) or found is None or not found.inputs:
        return
    for key, _ in given:
        if key.text in found.deprecated:
            reason = found.deprecated[key.text]
            message = f"input `{key.text}` is deprecated" + (f": {reason}" if reason else "")
            yield Problem(registry.DEPRECATED_INPUT, message, key)
        if key.text not in found.inputs:
            suggestion = closest(key.text, found.inputs)
            message = f"the called workflow has no input `{key.text}`{did_you_mean(suggestion)}"
            yield Problem(registry.UNKNOWN_INPUT, message, key, suggestion=suggestion)


def _missing_inputs(
    call: Call, participant: Participant, path: Node | None, context: QueryContext
) -> Iterator[Problem]:
    found = _interface(path, context)
    if found is None or not found.required or context.item is None or context.flow_node is None:
        return
    holders = (participant.node, *((call.overrides,) if call.overrides is not None else ()))
    inputs = [holder.get("input") for holder in holders if "input" in holder]
    if not all(isinstance(given, Mapping) for given in inputs):
        return
    given = {key.text for each in inputs if isinstance(each, Mapping) for key, _ in each}
    chain = context.query(SemanticModel.chain_before, context.item, context.flow_node)
    # Without an input of its own it is given what flows in, whatever that may be.
    missing = [
        name for name in found.required if name not in given and not _flows_in(name, chain, bool(inputs))
    ]
    if missing:
        names = ", ".join(f"`{name}`" for name in missing)
        message = (
            f"missing {'input' if len(missing) == 1 else 'inputs'} {names}: required by the called workflow"
        )
        yield Problem(registry.MISSING_INPUT, message, call.name or participant.node.pairs[0].key)


def _flows_in(name: str, chain: ChainType, explicit: bool) -> bool:
    if DYN in chain.types:
        return not explicit
    return any(isinstance(type_, RecordType) and name in type_.fields for type_ in chain.types)

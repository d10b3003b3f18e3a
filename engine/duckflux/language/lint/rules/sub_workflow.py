"""A called workflow exists, forms no cycle, and gets its inputs: see docs/language.md#sub-workflows."""

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
            # A cycle that no step enters is harmless.
            runs = subject.inline or context.query(SemanticModel.is_used, subject.name or "")
            yield from _check_path(subject.node.get("path"), context, runs=runs)
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
        yield from _check_path(overrides.get("path"), context)
        yield from _unknown_inputs(overrides, path, context)
    yield from _missing_inputs(subject, participant, path, context)


def _check_path(path: Node | None, context: QueryContext, *, runs: bool = True) -> Iterator[Problem]:
    if not isinstance(path, Scalar) or not path.text:
        return
    interface = context.query(SemanticModel.interface, path.text)
    if isinstance(interface, MissingWorkflow):
        message = f"the file {interface.reason}: paths are relative to the folder of this file"
        yield Problem(registry.MISSING_WORKFLOW_FILE, message, path)
    elif interface is not None and runs and (cycle := context.query(SemanticModel.call_cycle, path.text)):
        yield Problem(registry.WORKFLOW_CYCLE, f"circular workflow calls: {' -> '.join(cycle)}", path)


def _interface(path: Node | None, context: QueryContext) -> WorkflowInterface | None:
    interface = (
        context.query(SemanticModel.interface, path.text) if isinstance(path, Scalar) and path.text else None
    )
    return interface if isinstance(interface, WorkflowInterface) else None


def _unknown_inputs(node: Mapping, path: Node | None, context: QueryContext) -> Iterator[Problem]:
    inputs, interface = node.get("input"), _interface(path, context)
    if not isinstance(inputs, Mapping) or interface is None or not interface.inputs:
        return
    for key, _ in inputs:
        if key.text in interface.deprecated:
            reason = interface.deprecated[key.text]
            message = f"input `{key.text}` is deprecated" + (f": {reason}" if reason else "")
            yield Problem(registry.DEPRECATED_INPUT, message, key)
        if key.text not in interface.inputs:
            suggestion = closest(key.text, interface.inputs)
            message = f"the called workflow has no input `{key.text}`{did_you_mean(suggestion)}"
            yield Problem(registry.UNKNOWN_INPUT, message, key, suggestion=suggestion)


def _missing_inputs(
    call: Call, participant: Participant, path: Node | None, context: QueryContext
) -> Iterator[Problem]:
    interface = _interface(path, context)
    if interface is None or not interface.required or context.item is None or context.flow_node is None:
        return
    nodes = (participant.node, *((call.overrides,) if call.overrides is not None else ()))
    inputs = [node.get("input") for node in nodes if "input" in node]
    if not all(isinstance(input_, Mapping) for input_ in inputs):
        return
    provided = {key.text for input_ in inputs if isinstance(input_, Mapping) for key, _ in input_}
    chain = context.query(SemanticModel.chain_before, context.item, context.flow_node)
    # Without `input` the called workflow gets the output of the previous step.
    missing = [
        name
        for name in interface.required
        if name not in provided and not _comes_from_chain(name, chain, bool(inputs))
    ]
    if missing:
        names = ", ".join(f"`{name}`" for name in missing)
        message = (
            f"missing {'input' if len(missing) == 1 else 'inputs'} {names}: required by the called workflow"
        )
        owner = call.name or participant.node.pairs[0].key
        yield Problem(registry.MISSING_INPUT, message, owner, suggestion="\n".join(missing))


def _comes_from_chain(name: str, chain: ChainType, explicit: bool) -> bool:
    if DYN in chain.types:
        return not explicit
    return any(isinstance(type_, RecordType) and name in type_.fields for type_ in chain.types)

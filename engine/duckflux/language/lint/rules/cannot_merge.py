"""The inputs of a step can be merged: see docs/language.md#input-mapping."""

from __future__ import annotations

from collections.abc import Iterator

from ....cel.types import BOOL, DYN, NUMBERS, STRING, EnumType, ListType, MapType, RecordType, Type, map_of
from ... import registry
from ...model.workflow import Call
from ...semantics.data_flow import ChainType, mergeable
from ...semantics.query_context import QueryContext
from ...semantics.semantic_model import SemanticModel
from ...syntax import Mapping, Node, Pair, Problem, Scalar

SUBJECTS = (Call,)
_MAP = map_of(STRING, DYN)
_STEP_BEFORE = "the output of the previous step"


def check(call: Call, context: QueryContext) -> Iterator[Problem]:
    if context.item is None or context.flow_node is None:
        return
    declared = context.query(SemanticModel.participant, call.name.text) if call.name is not None else None
    participant = call.inline or declared
    left: ChainType | None = None
    source = _STEP_BEFORE
    for node in (participant.node if participant else None, call.overrides):
        pair = node.pair("input") if node is not None else None
        if pair is None:
            continue
        left = left or context.query(SemanticModel.chain_before, context.item, context.flow_node)
        right = _type_of(pair.value, context)
        if not left.absent and not any(mergeable(type_, right) for type_ in left.types):
            inherited = declared is not None and node is declared.node
            if not context.query(SemanticModel.is_whole):
                return
            yield _problem(
                call, pair, _message(left.types[0], right, source), inherited, _code(left, right, source)
            )
            return
        if right != DYN:
            left = ChainType((right,), absent=False)
        source = "the participant's input"


def _problem(call: Call, pair: Pair, message: str, inherited: bool, code: str) -> Problem:
    if inherited and call.name is not None:
        return Problem(code, message, call.name, ((pair.key, "this input"),))
    return Problem(code, message, pair.key)


def _code(left: ChainType, right: Type, source: str) -> str:
    """Return the rule: that a command prints text is read from the command, not promised by the author."""
    is_printed = source == _STEP_BEFORE and STRING in left.types
    is_text_into_map = is_printed and isinstance(right, MapType | RecordType)
    return registry.TEXT_INTO_MAP if is_text_into_map else registry.CANNOT_MERGE


def _message(left: Type, right: Type, source: str) -> str:
    return (
        f"cannot merge {_type_name(right)} into {source}, which is {_type_name(left)}: {_advice(left, right)}"
    )


def _advice(left: Type, right: Type) -> str:
    if isinstance(left, MapType | RecordType):
        return "write the input as a map"
    if isinstance(left, ListType):
        return "add a step without `input` before this one to take the array"
    if isinstance(right, MapType | RecordType):
        return "write the input as one expression, or make the previous step return a map"
    return "use text for both, or maps for both"


def _type_of(node: Node, context: QueryContext) -> Type:
    if isinstance(node, Mapping):
        return _MAP
    if isinstance(node, Scalar) and isinstance(node.value, str):
        return context.query(SemanticModel.type_of, node.value)
    return DYN


def _type_name(type_: Type) -> str:
    if isinstance(type_, MapType | RecordType):
        return "a map"
    if isinstance(type_, ListType):
        return "an array"
    if type_ == STRING or isinstance(type_, EnumType):
        return "text"
    if type_ in NUMBERS:
        return "a number"
    return "true or false" if type_ == BOOL else f"a {type_}"

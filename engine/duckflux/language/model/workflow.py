"""The workflow as typed records, each with its node and its JSON pointer.

Built from any tree, including that of a half-typed file: a part of the wrong shape is left out here and
reported by `schema.validation`; what is here has the shape that its type says.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import Any, TypeAlias

import msgspec

from ..schema import CONSTRUCTS, add_plugin_type
from ..syntax import Document, Mapping, Node, Pair, Scalar, Sequence, plain_value

DEFAULT_VERSION = "0.7"
ON_ERROR_STRATEGIES = ("fail", "skip", "retry")
ON_TIMEOUT_STRATEGIES = ("fail", "skip")
# The fields that may name a participant to run instead.
FALLBACK_FIELDS = ("onError", "onTimeout")


class Input(msgspec.Struct, frozen=True):
    """A declared input. `schema` is its JSON Schema as plain Python, without the `required` shorthand."""

    name: str
    key: Scalar
    schema: dict[str, Any]
    required: bool

    @property
    def type(self) -> str:
        declared = self.schema.get("type")
        return declared if isinstance(declared, str) else "string"

    @property
    def deprecated(self) -> str | None:
        """Return what the description says after a leading `Deprecated`, None if it does not begin so."""
        description = str(self.schema.get("description", ""))
        if not description.casefold().startswith("deprecated"):
            return None
        return " ".join(description[len("deprecated") :].lstrip(" :.,-").split())


class Participant(msgspec.Struct, frozen=True):
    """A participant, declared (`name` is its key) or inline (`name` is its `as`, or None when anonymous)."""

    name: str | None
    type: str
    key: Scalar | None
    node: Mapping
    pointer: str
    inline: bool


class Call(msgspec.Struct, frozen=True):
    """A step that runs a participant: by `name`, with or without `overrides`, or the `inline` one."""

    node: Node
    pointer: str
    name: Scalar | None = None
    overrides: Mapping | None = None
    inline: Participant | None = None

    @property
    def when(self) -> Scalar | None:
        holder = self.overrides if self.inline is None else self.inline.node
        return _scalar(holder.get("when")) if holder is not None else None


class Loop(msgspec.Struct, frozen=True):
    node: Mapping
    pointer: str
    key: Scalar
    body: Mapping | None
    steps: tuple[Step, ...]

    @property
    def name(self) -> str:
        """Return the name of the loop variable: `as`, or `loop`."""
        node = self.body and self.body.get("as")
        return node.text if isinstance(node, Scalar) and node.text else "loop"

    @property
    def until(self) -> Scalar | None:
        return _scalar(self.body and self.body.get("until"))

    @property
    def max(self) -> Scalar | None:
        return _scalar(self.body and self.body.get("max"))


class Parallel(msgspec.Struct, frozen=True):
    node: Mapping
    pointer: str
    key: Scalar
    branches: tuple[Step, ...]


class If(msgspec.Struct, frozen=True):
    node: Mapping
    pointer: str
    key: Scalar
    condition: Scalar | None
    then: tuple[Step, ...]
    otherwise: tuple[Step, ...]


class Set(msgspec.Struct, frozen=True):
    node: Mapping
    pointer: str
    key: Scalar
    entries: tuple[Pair, ...]


class Wait(msgspec.Struct, frozen=True):
    node: Mapping
    pointer: str
    key: Scalar
    body: Mapping


Step: TypeAlias = Call | Loop | Parallel | If | Set | Wait


class Output(msgspec.Struct, frozen=True):
    """The workflow's output: one `expression`, or a `map` of them with an optional `schema`."""

    node: Node
    expression: Scalar | None
    map: Mapping | None
    schema: Mapping | None


class Workflow(msgspec.Struct, frozen=True, eq=False):
    document: Document
    id: str | None
    name: str | None
    version: str
    defaults: Mapping | None
    inputs: dict[str, Input]
    participants: dict[str, Participant]
    flow: tuple[Step, ...]
    flow_key: Scalar | None
    output: Output | None


def walk(steps: tuple[Step, ...]) -> Iterator[Step]:
    """Yield all steps, each before the steps inside it, in the order of the text."""
    for step in steps:
        yield step
        for _, inner in inner_steps(step):
            yield from walk(inner)


def inner_steps(step: Step) -> tuple[tuple[str, tuple[Step, ...]], ...]:
    """Yield the step lists inside a construct, each with the field that holds it."""
    match step:
        case Loop():
            return (("steps", step.steps),)
        case Parallel():
            return (("parallel", step.branches),)
        case If():
            return (("then", step.then), ("else", step.otherwise))
        case _:
            return ()


def build(document: Document, previous: Workflow | None = None) -> Workflow:
    """Return the model of a document, as far as the document has the shape of one.

    `previous` only saves work: records of unchanged nodes are reused.
    """
    root = document.root if isinstance(document.root, Mapping) else None
    flow = root.pair("flow") if root else None
    known = _Known(previous)
    return Workflow(
        document=document,
        id=_text(root, "id"),
        name=_text(root, "name"),
        version=_text(root, "version") or DEFAULT_VERSION,
        defaults=_mapping(root and root.get("defaults")),
        inputs=known.inputs(root and root.get("inputs")),
        participants=_participants(root, known),
        flow=steps_of(flow.value, "/flow", known.steps) if flow else (),
        flow_key=flow.key if flow else None,
        output=_output(root and root.get("output")),
    )


@lru_cache(maxsize=1)
def step_names(workflow: Workflow) -> frozenset[str]:
    """Return all names of steps: of participants, of inline ones, of loops."""
    names = set(workflow.participants)
    for step in walk(workflow.flow):
        if isinstance(step, Call) and step.inline is not None and step.inline.name:
            names.add(step.inline.name)
        elif isinstance(step, Loop):
            names.add(step.name)
    return frozenset(names)


def field_schema(node: Node) -> tuple[dict[str, Any], bool]:
    """Return (JSON Schema, required) of a field schema.

    `required: true` in a field is a shorthand for the `required` list of its parent.
    """
    if not isinstance(node, Mapping):
        return {"type": "string"}, False
    schema = {"type": "string"} | plain_value(node)
    required = schema.pop("required", False) is True
    if isinstance(items := node.get("items"), Mapping):
        schema["items"] = field_schema(items)[0]
    return schema, required


def object_schema(fields: Mapping) -> dict[str, Any]:
    """Return the JSON Schema of a map of field schemas, such as a participant's `output`."""
    parts = {pair.key.text: field_schema(pair.value) for pair in fields}
    return {
        "type": "object",
        "properties": {name: schema for name, (schema, _) in parts.items()},
        "required": [name for name, (_, required) in parts.items() if required],
    }


class _Known:
    """The records of an earlier model, by their nodes."""

    def __init__(self, previous: Workflow | None) -> None:
        self._previous = previous
        self.steps = {step.node: step for step in previous.flow} if previous else {}
        self.participants = {p.node: p for p in previous.participants.values()} if previous else {}

    def inputs(self, node: Node | None) -> dict[str, Input]:
        before = self._previous.document.root if self._previous else None
        if self._previous and node and isinstance(before, Mapping) and before.get("inputs") is node:
            return self._previous.inputs
        return {i.name: i for i in _inputs(_mapping(node))}


def steps_of(node: Node | None, pointer: str, known: dict[Node, Step] | None = None) -> tuple[Step, ...]:
    if not isinstance(node, Sequence):
        return ()
    steps: list[Step] = []
    for index, item in enumerate(node.items):
        step_pointer = f"{pointer}/{index}"
        step = known.get(item) if known else None
        if step is None or step.pointer != step_pointer:
            step = _step(item, step_pointer)
        if step is not None:
            steps.append(step)
    return tuple(steps)


def escape_pointer(key: str) -> str:
    """Return a key as one reference token of a JSON pointer (RFC 6901, section 3)."""
    return key.replace("~", "~0").replace("/", "~1")


def last_key(pointer: str) -> str:
    """Return the key that the last reference token of a JSON pointer stands for."""
    return pointer.rpartition("/")[2].replace("~1", "/").replace("~0", "~")


def _step(node: Node, pointer: str) -> Step | None:
    if isinstance(node, Scalar):
        return Call(node, pointer, name=node) if isinstance(node.value, str) else None
    if not isinstance(node, Mapping) or not node.pairs:
        return None
    if "type" in node:
        return Call(node, pointer, inline=_participant(node, pointer, None))
    for keyword in CONSTRUCTS:
        if pair := node.pair(keyword):
            return _construct(node, pair, pointer)
    if len(node.pairs) > 1 and not isinstance(node.pairs[0].value, Mapping):
        return None
    pair = node.pairs[0]
    return Call(node, pointer, name=pair.key, overrides=_mapping(pair.value))


def _construct(node: Mapping, pair: Pair, pointer: str) -> Step | None:
    keyword, key, value = pair.key.text, pair.key, pair.value
    inner = f"{pointer}/{keyword}"
    if keyword == "parallel":
        return Parallel(node, pointer, key, steps_of(value, inner))
    body = _mapping(value)
    if keyword == "loop":
        return Loop(node, pointer, key, body, steps_of(body and body.get("steps"), f"{inner}/steps"))
    if body is None:
        return None
    match keyword:
        case "if":
            then = steps_of(body.get("then"), f"{inner}/then")
            otherwise = steps_of(body.get("else"), f"{inner}/else")
            return If(node, pointer, key, _scalar(body.get("condition")), then, otherwise)
        case "set":
            return Set(node, pointer, key, tuple(p for p in body if isinstance(p.value, Scalar)))
        case _:
            return Wait(node, pointer, key, body)


def _participants(root: Mapping | None, known: _Known) -> dict[str, Participant]:
    declared = _mapping(root and root.get("participants"))
    if declared is None:
        return {}
    found = {}
    for key, value in declared:
        if isinstance(value, Mapping):
            same = known.participants.get(value)
            if same is not None and same.key is key:
                found[key.text] = same
                continue
            pointer = f"/participants/{escape_pointer(key.text)}"
            found[key.text] = _participant(value, pointer, key)
    return found


def _participant(node: Mapping, pointer: str, key: Scalar | None) -> Participant:
    inline = key is None
    if inline:
        key = _scalar(node.get("as"))
    type_ = _text(node, "type") or ""
    if type_:
        # Before anything asks the schema about this participant's fields.
        add_plugin_type(type_)
    return Participant(
        name=key.text if key is not None and key.text else None,
        type=type_,
        key=key,
        node=node,
        pointer=pointer,
        inline=inline,
    )


def _inputs(declared: Mapping | None) -> list[Input]:
    if declared is None:
        return []
    return [Input(key.text, key, *field_schema(value)) for key, value in declared]


def _output(node: Node | None) -> Output | None:
    if isinstance(node, Scalar):
        return Output(node, node, None, None)
    if not isinstance(node, Mapping):
        return None
    inner = _mapping(node.get("map"))
    schema = _mapping(node.get("schema"))
    if inner is not None or schema is not None:
        return Output(node, None, inner, schema)
    return Output(node, None, node, None)


def _mapping(node: Node | None) -> Mapping | None:
    return node if isinstance(node, Mapping) else None


def _scalar(node: Node | None) -> Scalar | None:
    return node if isinstance(node, Scalar) else None


def _text(node: Mapping | None, key: str) -> str | None:
    value = node.get(key) if node is not None else None
    if not isinstance(value, Scalar) or value.value is None:
        return None
    return value.text

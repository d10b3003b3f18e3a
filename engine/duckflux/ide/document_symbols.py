"""Lists the symbols of a text as a tree: inputs, participants, steps and the output."""

from __future__ import annotations

from typing import Literal, TypeAlias

import msgspec

from ..language.analysis import Analysis
from ..language.model.workflow import Call, If, Loop, Parallel, Set, Step, Wait
from ..language.syntax import Document, Mapping, Pair, Scalar
from ..language.syntax.nodes import Ranged
from .ranges import TextRange

_MAX_NAME = 60
_DESCRIBING_FIELDS = ("run", "url", "tool", "path", "event")

SymbolKind: TypeAlias = Literal["section", "participant", "field", "construct", "call", "variable", "event"]


class DocumentSymbol(msgspec.Struct, frozen=True):
    """A symbol with those inside it. `selection`, the range of its name, lies inside `range`."""

    name: str
    kind: SymbolKind
    range: TextRange
    selection: TextRange
    detail: str = ""
    children: tuple[DocumentSymbol, ...] = ()


def document_symbols(analysis: Analysis) -> list[DocumentSymbol]:
    """Return the symbols at the top of a text, in its order."""
    document = analysis.document
    if not isinstance(document.root, Mapping):
        return []
    builder = _Builder(document)
    flow = analysis.workflow.flow
    return [builder.section(pair, flow) for pair in document.root]


class _Builder:
    """Makes the symbols of one document."""

    def __init__(self, document: Document) -> None:
        self._document = document

    def section(self, pair: Pair, flow: tuple[Step, ...]) -> DocumentSymbol:
        """Return the symbol of a field at the top."""
        children: list[DocumentSymbol] = []
        match pair.key.text, pair.value:
            case "flow", _:
                children = [self._step(step) for step in flow]
            case "participants", Mapping() as entries:
                children = [self._participant(entry) for entry in entries]
            case "inputs" | "output" | "defaults", Mapping() as entries:
                children = [self._field(entry) for entry in entries]
        return self._symbol(pair.key.text, "section", pair.key, pair.value, pair.key, children=children)

    def _participant(self, entry: Pair) -> DocumentSymbol:
        node = entry.value
        detail = _detail(node) if isinstance(node, Mapping) else ""
        return self._symbol(entry.key.text, "participant", entry.key, node, entry.key, detail)

    def _field(self, entry: Pair) -> DocumentSymbol:
        value = entry.value
        detail = value.text if isinstance(value, Scalar) else ""
        if isinstance(value, Mapping) and isinstance(type_ := value.get("type"), Scalar):
            detail = type_.text
        return self._symbol(entry.key.text, "field", entry.key, value, entry.key, detail)

    def _step(self, step: Step) -> DocumentSymbol:
        match step:
            case Call():
                return self._call(step)
            case Loop():
                return self._construct(step, step.name, _loop_detail(step), step.steps)
            case Parallel():
                return self._construct(step, "parallel", "", step.branches)
            case If():
                condition = step.condition.text if step.condition else ""
                return self._construct(step, "if", condition, (*step.then, *step.otherwise))
            case Set():
                keys = [self._variable(entry) for entry in step.entries]
                names = ", ".join(entry.key.text for entry in step.entries)
                return self._symbol("set", "construct", step.node, step.node, step.key, names, keys)
            case Wait():
                return self._symbol("wait", "event", step.node, step.node, step.key, _detail(step.body))

    def _call(self, call: Call) -> DocumentSymbol:
        if call.inline is not None:
            key = call.inline.key or call.inline.node.pairs[0].key
            name = call.inline.name or call.inline.type or "step"
            detail = _detail(call.inline.node)
            return self._symbol(name, "participant", call.node, call.node, key, detail)
        assert call.name is not None  # noqa: S101
        return self._symbol(call.name.text, "call", call.node, call.node, call.name)

    def _construct(
        self, step: Loop | Parallel | If, name: str, detail: str, inner: tuple[Step, ...]
    ) -> DocumentSymbol:
        children = [self._step(one) for one in inner]
        return self._symbol(name, "construct", step.node, step.node, step.key, detail, children)

    def _variable(self, entry: Pair) -> DocumentSymbol:
        detail = entry.value.text if isinstance(entry.value, Scalar) else ""
        return self._symbol(entry.key.text, "variable", entry.key, entry.value, entry.key, detail)

    def _symbol(
        self,
        name: str,
        kind: SymbolKind,
        first: Ranged,
        last: Ranged,
        selected: Ranged,
        detail: str = "",
        children: list[DocumentSymbol] | None = None,
    ) -> DocumentSymbol:
        start = self._document.offsets(first)[0]
        end = max(self._document.offsets(last)[1], self._document.offsets(first)[1])
        selection = TextRange(*self._document.offsets(selected))
        if not start <= selection.start <= selection.end <= end:
            selection = TextRange(start, start)
        return DocumentSymbol(
            name=_shortened(name) or "''",
            kind=kind,
            range=TextRange(start, end),
            selection=selection,
            detail=_shortened(detail),
            children=tuple(children or ()),
        )


def _detail(node: Mapping) -> str:
    """Return a participant in one line: its type, and the field that says what it does."""
    type_ = node.get("type")
    words = [type_.text] if isinstance(type_, Scalar) else []
    words += [value.text for key in _DESCRIBING_FIELDS if isinstance(value := node.get(key), Scalar)]
    return " ".join(words)


def _loop_detail(step: Loop) -> str:
    parts = (("until", step.until), ("max", step.max))
    return ", ".join(f"{name} {node.text}" for name, node in parts if node is not None)


def _shortened(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _MAX_NAME else line[: _MAX_NAME - 1] + "…"

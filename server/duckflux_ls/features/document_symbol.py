"""textDocument/documentSymbol: inputs, participants, steps and the output, as they lie inside one another."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from duckflux.language.analysis import Analysis
from duckflux.language.model.workflow import Call, If, Loop, Parallel, Set, Step, Wait
from duckflux.language.syntax import Document, Mapping, Pair, Scalar
from duckflux.language.syntax.nodes import Ranged
from lsprotocol import types
from lsprotocol.types import DocumentSymbol, SymbolKind

from ..positions import to_range

_MAX_NAME = 60
_SAYS = ("run", "url", "tool", "path", "event")

ToRange: TypeAlias = Callable[[int, int], types.Range]


def document_symbols(analysis: Analysis, encoding: types.PositionEncodingKind | str) -> list[DocumentSymbol]:
    """The symbols of a text, in its order."""
    document = analysis.document
    if not isinstance(document.root, Mapping):
        return []
    symbols = _Symbols(document, lambda start, end: to_range(document.lines, start, end, encoding))
    flow = analysis.workflow.flow
    return [symbols.section(pair, flow) for pair in document.root]


class _Symbols:
    def __init__(self, document: Document, to_range: ToRange) -> None:
        self._document = document
        self._to_range = to_range

    def section(self, pair: Pair, flow: tuple[Step, ...]) -> DocumentSymbol:
        """A field at the top, with what is in it."""
        match pair.key.text, pair.value:
            case "flow", _:
                children = [self.step(step) for step in flow]
            case "participants", Mapping() as entries:
                children = [self.participant(entry) for entry in entries]
            case "inputs" | "output" | "defaults", Mapping() as entries:
                children = [self.field(entry) for entry in entries]
            case _:
                children = []
        return self._symbol(
            pair.key.text, SymbolKind.Namespace, pair.key, pair.value, pair.key, children=children
        )

    def participant(self, entry: Pair) -> DocumentSymbol:
        node = entry.value
        detail = _detail(node) if isinstance(node, Mapping) else ""
        return self._symbol(entry.key.text, SymbolKind.Function, entry.key, node, entry.key, detail)

    def field(self, entry: Pair) -> DocumentSymbol:
        value = entry.value
        detail = value.text if isinstance(value, Scalar) else ""
        if isinstance(value, Mapping) and isinstance(kind := value.get("type"), Scalar):
            detail = kind.text
        return self._symbol(entry.key.text, SymbolKind.Property, entry.key, value, entry.key, detail)

    def step(self, step: Step) -> DocumentSymbol:
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
                return self._symbol("set", SymbolKind.Struct, step.node, step.node, step.key, names, keys)
            case Wait():
                return self._symbol(
                    "wait", SymbolKind.Event, step.node, step.node, step.key, _detail(step.body)
                )

    def _call(self, call: Call) -> DocumentSymbol:
        if call.inline is not None:
            key = call.inline.key or call.inline.node.pairs[0].key
            name = call.inline.name or call.inline.type or "step"
            return self._symbol(
                name, SymbolKind.Function, call.node, call.node, key, _detail(call.inline.node)
            )
        assert call.name is not None  # noqa: S101
        return self._symbol(call.name.text, SymbolKind.Method, call.node, call.node, call.name)

    def _construct(
        self, step: Loop | Parallel | If, name: str, detail: str, inner: tuple[Step, ...]
    ) -> DocumentSymbol:
        children = [self.step(one) for one in inner]
        return self._symbol(name, SymbolKind.Struct, step.node, step.node, step.key, detail, children)

    def _variable(self, entry: Pair) -> DocumentSymbol:
        detail = entry.value.text if isinstance(entry.value, Scalar) else ""
        return self._symbol(entry.key.text, SymbolKind.Variable, entry.key, entry.value, entry.key, detail)

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
        selection = self._document.offsets(selected)
        if not start <= selection[0] <= selection[1] <= end:
            selection = start, start
        return DocumentSymbol(
            name=_short(name) or "''",
            kind=kind,
            range=self._to_range(start, end),
            selection_range=self._to_range(*selection),
            detail=_short(detail) or None,
            children=children or None,
        )


def _detail(node: Mapping) -> str:
    """A participant in a line: its type and the field that says what it does."""
    kind = node.get("type")
    words = [kind.text] if isinstance(kind, Scalar) else []
    words += [value.text for key in _SAYS if isinstance(value := node.get(key), Scalar)]
    return " ".join(words)


def _loop_detail(step: Loop) -> str:
    parts = (("until", step.until), ("max", step.max))
    return ", ".join(f"{name} {node.text}" for name, node in parts if node is not None)


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _MAX_NAME else line[: _MAX_NAME - 1] + "…"

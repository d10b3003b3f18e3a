"""Finds the scalar at an offset, its parents, the schemas that hold for it, and what expressions see there."""

from __future__ import annotations

from typing import Literal, TypeAlias

import msgspec

from ..language import schema
from ..language.schema import Schema, resolve
from ..language.semantics.query_context import QueryContext
from ..language.semantics.semantic_model import SemanticModel
from ..language.syntax import Document, Mapping, Node, Pair, Scalar, Sequence, parse
from ..language.syntax.ancestors import index_before

CursorRole: TypeAlias = Literal["key", "value", "item"]

# Stands for what is being typed. A word, so that it can be a key, a name, or a part of an expression.
PROBE = "ǃcursorǃ"


class Cursor(msgspec.Struct, frozen=True):
    """A scalar of the tree, and its surroundings.

    `role` says whether the scalar is a key of a map, the value of one, or an item of a list. `parents` are the
    maps and lists around it, the root first, and `keys` the key or index in each that leads on. `schemas` may
    hold for the scalar; those of a key are the schemas of the map that it is in.
    """

    document: Document
    node: Scalar
    role: CursorRole
    parents: tuple[Mapping | Sequence, ...]
    keys: tuple[str | int, ...]
    schemas: tuple[Schema, ...]

    @property
    def parent(self) -> Mapping | Sequence:
        """The map or list that the scalar is in."""
        return self.parents[-1]


class Probe(msgspec.Struct, frozen=True):
    """A cursor in a text with `PROBE` put in where somebody types.

    `before` and `after` are the parts of the scalar on either side of it.
    """

    cursor: Cursor
    before: str
    after: str


def cursor_at(document: Document, offset: int, root: Schema | None = None) -> Cursor | None:
    """Return the key or value that touches an offset of the text, or None between them.

    `root` is the schema of another kind of file than a workflow.
    """
    return _Search(document, offset).find(root or schema.root())


def probe_at(
    text: str, offset: int, previous: Document | None = None, root: Schema | None = None
) -> Probe | None:
    """Return what is being typed at an offset; None in a comment, or where the text is too broken to say.

    `previous`, the document of the text without the probe, saves work; `root` is as for `cursor_at`.
    """
    # A new key on a line of its own becomes a key only with its colon.
    for probe in (PROBE, PROBE + ":"):
        document = parse(text[:offset] + probe + text[offset:], previous)
        cursor = cursor_at(document, offset, root)
        if cursor is not None and PROBE in cursor.node.text:
            before, _, after = cursor.node.text.partition(PROBE)
            return Probe(cursor, before, after)
    return None


def query_context_at(cursor: Cursor, model: SemanticModel) -> QueryContext:
    """Return what an expression at the cursor sees. The model must be that of the cursor's document."""
    by_node = model.items.by_node
    item = next((by_node[node] for node in (*cursor.parents, cursor.node) if node in by_node), None)
    context = QueryContext(model, item)
    around = {id(node) for node in cursor.parents}
    for flow_node in item.flow_nodes if item else ():
        if id(flow_node.step.node) in around:
            context.flow_node = flow_node
    return context


def matching_schemas(schemas: tuple[Schema, ...], node: Node) -> tuple[Schema, ...]:
    """Return the schemas that may hold for a value: of a union all branches that its keys do not rule out."""
    return tuple(branch for one in schemas for branch in _branches(resolve(one), node))


def _branches(union: Schema, node: Node) -> list[Schema]:
    if "anyOf" not in union or "properties" in union:
        return [union]
    branches = [resolve(branch) for branch in union["anyOf"]]
    if not isinstance(node, Mapping):
        return branches
    objects = [branch for branch in branches if branch.get("type") == "object"]
    selected = [b for b in objects if any(key in node for key in b.get("x-select", ()))]
    decided = [b for b in objects if b.get("required") and all(key in node for key in b["required"])]
    return (selected or decided or objects)[: 1 if selected or decided else None]


class _Search:
    """Goes down the tree to an offset, and collects what is around it."""

    def __init__(self, document: Document, offset: int) -> None:
        self._document = document
        self._offset = offset
        self._parents: list[Mapping | Sequence] = []
        self._keys: list[str | int] = []

    def find(self, root: Schema) -> Cursor | None:
        node: Node | None = self._document.root
        role: CursorRole = "value"
        schemas: tuple[Schema, ...] = (root,)
        while isinstance(node, Mapping | Sequence):
            self._parents.append(node)
            if isinstance(node, Sequence):
                index = index_before(self._document, node.items, self._offset)
                if index < 0:
                    return None
                node, role = node.items[index], "item"
                self._keys.append(index)
                schemas = tuple(resolve(one["items"]) for one in schemas if "items" in one)
            else:
                schemas = matching_schemas(schemas, node)
                pair = self._pair(node)
                if pair is None:
                    return None
                self._keys.append(pair.key.text)
                if self._touches(pair.key):
                    return self._cursor(pair.key, "key", schemas)
                fields = (schema.field(one, pair.key.text) for one in schemas)
                node, role = pair.value, "value"
                schemas = tuple(field for field in fields if field is not None)
        if isinstance(node, Scalar) and self._touches(node):
            return self._cursor(node, role, matching_schemas(schemas, node))
        return None

    def _cursor(self, node: Scalar, role: CursorRole, schemas: tuple[Schema, ...]) -> Cursor:
        return Cursor(self._document, node, role, tuple(self._parents), tuple(self._keys), schemas)

    def _pair(self, node: Mapping) -> Pair | None:
        # Keys that `<<` merged stand elsewhere in the text.
        pairs = [
            pair for pair in node.pairs if node.start <= pair.key.start or pair.key.block is not node.block
        ]
        index = index_before(self._document, [pair.key for pair in pairs], self._offset)
        return pairs[index] if index >= 0 else None

    def _touches(self, node: Node) -> bool:
        start, end = self._document.offsets(node)
        return start <= self._offset <= end

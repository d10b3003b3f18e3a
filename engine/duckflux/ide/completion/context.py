"""Gathers what completion needs to know about the offset at which somebody types."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Literal, TypeAlias

from ... import cel
from ...cel.checker import Scope
from ...language.analysis import Analysis
from ...language.model.expression_fields import ExpressionKind, is_expression
from ...language.model.workflow import build
from ...language.schema import Schema, resolve
from ...language.semantics.items import Items
from ...language.semantics.query_context import QueryContext
from ...language.semantics.semantic_model import SemanticModel
from ...language.syntax import Document, LineIndex, Mapping, Scalar
from ...language.syntax.edits import TextEdit
from ...language.workflow_files import is_test_name
from ..cursor import PROBE, Cursor, CursorRole, Probe, matching_schemas, probe_at, query_context_at
from .workspace_data import WorkspaceData

_WORD, _WORD_END = re.compile(r"[\w-]*"), re.compile(r"(?<![\w-])[\w-]*\Z")
_COLON = re.compile(r"[ \t]*:(?=\s|$)")
# A key with its colon, or a dash, at the end of a text: only a space, or the end of the line, can follow.
_INDICATOR = re.compile(
    r"""(?:(?:^|[{,]|-[ ])[ \t]*[\w.-]+|^[ \t]*(?:-[ ]+)*(?:"[^"]*"|'[^']*')):\Z|^[ \t]*(?:-[ ]+)*-\Z"""
)
# What may stand behind a key that is typed, in a block or in brackets; else the line is another one's already.
_BEHIND_KEY, _BEHIND_KEY_IN_BRACKETS = (
    re.compile(r"[ \t]*(?:$|#|:(?:\s|$))", re.M),
    re.compile(r"[ \t]*(?:$|[,}\]:#])", re.M),
)

CompletionMode: TypeAlias = Literal["key", "value", "override"]
"""`override` is the line below a bare `- name` in a list of steps, where a field makes it an override."""


@dataclass(frozen=True)
class CompletionContext:
    """The facts about one offset; immutable. The costly ones are computed when first asked for."""

    lines: LineIndex
    offset: int
    path: Path | None
    is_test_file: bool
    probe: Probe
    model: SemanticModel
    workspace: WorkspaceData

    @property
    def cursor(self) -> Cursor:
        """The scalar that is being typed, in the text with `PROBE` put in."""
        return self.probe.cursor

    @property
    def document(self) -> Document:
        """The parsed text with `PROBE` put in."""
        return self.cursor.document

    @property
    def node(self) -> Scalar:
        """The scalar that is being typed."""
        return self.cursor.node

    @property
    def role(self) -> CursorRole:
        """Return whether the scalar is a key, a value or an item of a list."""
        return self.cursor.role

    @property
    def schemas(self) -> tuple[Schema, ...]:
        """The schemas that may hold for the scalar; for a key those of its map."""
        return self.cursor.schemas

    @cached_property
    def is_in_brackets(self) -> bool:
        """Return whether the map or list around the scalar is written in brackets."""
        parent = self.cursor.parents[-1] if self.cursor.parents else None
        return parent is not None and parent.block.text[parent.start : parent.start + 1] in ("{", "[")

    @cached_property
    def line_before(self) -> str:
        """The text before the offset on its line."""
        line = self.lines.position(self.offset)[0]
        return self.lines.text[self.lines.starts[line] : self.offset]

    @cached_property
    def is_alone_on_line(self) -> bool:
        """Return whether only the word itself is before the offset on its line, so that it may become a key."""
        return not self.is_in_brackets and re.fullmatch(r"[ \t]*[\w-]*", self.line_before) is not None

    @cached_property
    def mode(self) -> CompletionMode:
        """The kind of text that is being typed."""
        if self.role == "key":
            return "key"
        start = self.document.offsets(self.node)[0]
        is_below = self.role == "item" and "\n" in self.lines.text[start : self.offset]
        return "override" if is_below else "value"

    # Keys

    @cached_property
    def may_be_key(self) -> bool:
        """Return whether a key may be typed here: also where a value begins that may be a map."""
        if not self.is_rest_free:
            return False
        if self.mode != "value" or self.is_shell:
            return self.mode == "key"
        return self.is_alone_on_line and (self.is_only_expression or self.role != "item")

    @cached_property
    def is_rest_free(self) -> bool:
        """Return whether nothing stands behind the word on its line that would become a part of what is typed."""
        pattern = _BEHIND_KEY_IN_BRACKETS if self.is_in_brackets else _BEHIND_KEY
        return pattern.match(self.lines.text, self.word_edit.end) is not None

    @cached_property
    def needs_dash(self) -> bool:
        """Return whether an item of a list begins here whose dash is still missing."""
        if (
            not self.is_alone_on_line
            or self.mode != "value"
            or self.probe.before != self.probe.before.strip()
        ):
            return False
        return self.role == "item" or any(one.get("type") == "array" for one in self.schemas)

    @cached_property
    def item_schemas(self) -> tuple[Schema, ...]:
        """The schemas of the item of a list that begins here; none if no item can."""
        if self.mode != "value" or self.is_in_brackets or not self.is_rest_free:
            return ()
        if self.role == "item":
            return self.schemas
        if not self.needs_dash:
            return ()
        items = (
            resolve(one["items"]) for one in self.schemas if one.get("type") == "array" and "items" in one
        )
        return tuple(branch for one in items for branch in matching_schemas((one,), self.node))

    @cached_property
    def key_schemas(self) -> tuple[Schema, ...]:
        """The schemas of the map whose key may be typed here."""
        if not self.may_be_key:
            return ()
        if self.mode == "key":
            return self.schemas
        empty = Mapping(self.node.block, 0, 0, ())
        return tuple(one for one in matching_schemas(self.schemas, empty) if one.get("type") == "object")

    @cached_property
    def present_fields(self) -> Mapping | None:
        """The map that the key is in; None if it is the first one, which is still a value."""
        parent = self.cursor.parents[-1] if self.role == "key" else None
        return parent if isinstance(parent, Mapping) else None

    @cached_property
    def has_colon(self) -> bool:
        """Return whether a colon follows the word already."""
        return _COLON.match(self.lines.text, self.word_edit.end) is not None

    # Values

    @cached_property
    def expression_kind(self) -> ExpressionKind | None:
        """Return which kind of expression the scalar may be, if any."""
        return next((one["x-cel"] for one in self.schemas if "x-cel" in one), None)

    @cached_property
    def is_shell(self) -> bool:
        """Return whether the scalar is a shell command."""
        return any(one.get("x-kind") == "shell" for one in self.schemas)

    @cached_property
    def is_only_expression(self) -> bool:
        """Return whether the scalar may be an expression, and no other word of a list or name."""
        is_named = any("enum" in one or "x-kind" in one for one in self.schemas)
        return self.expression_kind is not None and not is_named

    @cached_property
    def takes_values(self) -> bool:
        """Return whether values may be typed here that are not expressions or shell commands."""
        return self.mode == "value" and not self.is_shell and not self.is_only_expression

    @cached_property
    def takes_expression(self) -> bool:
        """Return whether the text is CEL or may become it.

        Where it may also be literal, it may become CEL once it begins like a variable.
        """
        kind = self.expression_kind
        if self.mode != "value" or kind is None:
            return False
        text = self.probe.before + self.probe.after
        if kind in ("condition", "value") or not text.strip():
            return True
        word = re.match(r"\s*([A-Za-z_]\w*)", text)
        begins_like_variable = word is not None and any(name.startswith(word[1]) for name in self.scope)
        return begins_like_variable or is_expression(cel.parse(text), self.scope, (), kind)

    @cached_property
    def scope(self) -> Scope:
        """The variables that an expression sees here."""
        return self.query_context.scope

    @cached_property
    def query_context(self) -> QueryContext:
        """The query context of an expression here: what it sees, and the step that it is in."""
        return query_context_at(self.cursor, self.model)

    # What is replaced

    @cached_property
    def word_edit(self) -> TextEdit:
        """An edit that removes the word around the offset."""
        before, after = _WORD_END.search(self.probe.before), _WORD.match(self.probe.after)
        return TextEdit(self.offset - match_length(before), self.offset + match_length(after), "")

    @cached_property
    def value_edit(self) -> TextEdit:
        """An edit that removes the whole scalar, without its quotes; only the word in one of several lines."""
        start, end = self.document.offsets(self.node)
        if "\n" in self.lines.text[start : end - len(PROBE)]:
            return self.word_edit
        quote = 1 if self.node.style in ("'", '"') else 0
        return TextEdit(start + quote, max(self.offset, end - quote - len(PROBE)), "")


def completion_context(
    lines: LineIndex, offset: int, path: Path | None, previous: Analysis | None, workspace: WorkspaceData
) -> CompletionContext | None:
    """Return the context at an offset; None in a comment, an alias, or where the text is too broken to say."""
    schema = None
    if path is not None and is_test_name(path.name):
        # A test file has a schema of its own.
        from ...language.test_files import schema as schema_of_tests

        schema = schema_of_tests()
    probe = probe_at(lines.text, offset, previous.document if previous else None, schema)
    if probe is None or probe.cursor.node.alias or _is_behind_indicator(lines, offset):
        return None
    workflow = build(probe.cursor.document, previous.workflow if previous else None)
    before = previous.state.model if previous and previous.state else None
    model = SemanticModel(workflow, Items(workflow, before.items if before else None), path, before)
    return CompletionContext(lines, offset, path, schema is not None, probe, model, workspace)


def _is_behind_indicator(lines: LineIndex, offset: int) -> bool:
    """Return whether an offset is right behind the colon of a key or the dash of an item."""
    if lines.text[offset - 1 : offset] not in (":", "-"):
        return False
    start = lines.starts[lines.position(offset)[0]]
    return _INDICATOR.search(lines.text[start:offset]) is not None


def match_length(match: re.Match[str] | None) -> int:
    """Return the length of a match, 0 if there is none."""
    return len(match[0]) if match else 0

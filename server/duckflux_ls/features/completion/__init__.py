"""textDocument/completion: what may be written at a place, in a text that need not parse."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path

from duckflux import cel
from duckflux.cel.checker import Scope
from duckflux.ide.cursor import PROBE, Probe, probe_at, query_context_at, rules_for
from duckflux.language.analysis import Analysis
from duckflux.language.model.expression_fields import ExpressionKind, is_expression
from duckflux.language.model.workflow import build
from duckflux.language.schema import Schema, resolve
from duckflux.language.semantics.items import Items
from duckflux.language.semantics.semantic_model import SemanticModel
from duckflux.language.syntax import LineIndex, Mapping
from duckflux.language.workflow_files import is_test_name
from lsprotocol.types import CompletionItemKind

from ...documents import Edit
from .candidate import Candidate
from .child_inputs import child_inputs
from .expressions import expressions
from .fields import fields
from .mcp import Tools, tool_arguments, tool_names
from .shell import shell_variables
from .snippets import CONSTRUCTS, PARTICIPANTS, Snippet
from .values import Events, values

_WORD, _WORD_END = re.compile(r"[\w-]*"), re.compile(r"[\w-]*\Z")
_INDENT = re.compile(r"[ \t]*")
_COLON = re.compile(r"[ \t]*:(?=\s|$)")


def completions(
    lines: LineIndex,
    offset: int,
    path: Path | None,
    previous: Analysis | None = None,
    tools: Tools = lambda _: (),
    events: Events = tuple,
) -> list[Candidate]:
    """The offers at an offset of a text, the likeliest first. `previous`, an earlier analysis of the file, saves
    work; `tools` gives those of an MCP server, `events` those that other files name."""
    root = None
    if path is not None and is_test_name(path.name):
        # A test file has a schema of its own.
        from duckflux.testing.files import schema as schema_of_tests

        root = schema_of_tests()
    probe = probe_at(lines.text, offset, previous.document if previous else None, root)
    if probe is None or probe.cursor.node.alias:
        return []
    workflow = build(probe.cursor.document, previous.workflow if previous else None)
    before = previous.work.model if previous and previous.work else None
    model = SemanticModel(workflow, Items(workflow, before.items if before else None), path, before)
    completion = _Completion(lines, offset, probe, model, tools, events)
    found = [*completion.candidates(), *(completion.tested(path) if root is not None and path else ())]
    unique = {(c.label, c.kind): c for c in found if PROBE not in c.label}
    return sorted(unique.values(), key=lambda candidate: candidate.group)


class _Completion:
    """What is known of the place where somebody types."""

    def __init__(
        self,
        lines: LineIndex,
        offset: int,
        probe: Probe,
        model: SemanticModel,
        tools: Tools,
        events: Events,
    ) -> None:
        self.tools = tools
        self.events = events
        self.lines = lines
        self.offset = offset
        self.probe = probe
        self.cursor = probe.cursor
        self.model = model
        parent = self.cursor.parents[-1] if self.cursor.parents else None
        self.flow = parent is not None and parent.block.text[parent.start : parent.start + 1] in ("{", "[")

    def candidates(self) -> Iterator[Candidate]:
        if self.cursor.role == "key":
            return self._keys(self.cursor.rules)
        if self.cursor.role == "item" and "\n" in self._raw_before():
            return self._overrides()
        return self._values()

    def tested(self, path: Path) -> Iterator[Candidate]:
        """In a test file, the names of the workflow under test."""
        from .test_files import tested_names

        if self.cursor.role == "value" and not (self.flow or self._on_its_own_line()):
            return iter(())
        edit = self._whole_edit() if self.cursor.role == "item" else self._word_edit()
        return tested_names(self.probe, edit, path, colon=self._colon_follows())

    def _keys(self, rules: tuple[Schema, ...]) -> Iterator[Candidate]:
        edit, colon = self._word_edit(), self._colon_follows()
        yield from fields(self.probe, edit, rules, colon=colon, flow=self.flow)
        yield from child_inputs(self.probe, edit, self.model, colon=colon)
        yield from tool_arguments(self.probe, edit, self.model, self.tools, colon=colon)
        if self.flow or colon:
            return
        if any(map(_takes_participants, rules)):
            yield from self._declared(edit)
        if self._starts_step():
            yield from self._steps(edit)

    def _values(self) -> Iterator[Candidate]:
        rules = self.cursor.rules
        kinds = [rule["x-cel"] for rule in rules if "x-cel" in rule]
        if kinds and self._is_expression(kinds[0]):
            yield from expressions(self.probe, self._scope)
        if any(rule.get("x-kind") == "shell" for rule in rules):
            yield from shell_variables(self.probe, self.offset, self.model)
            return
        if kinds and not any("enum" in rule or "x-kind" in rule for rule in rules):
            if self._on_its_own_line():
                yield from self._keys(self._objects())
            return
        edit = self._whole_edit()
        yield from values(rules, edit, self.probe.before, self.model, self.events)
        yield from tool_names(self.probe, edit, self.model, self.tools)
        if self.cursor.role == "item":
            yield from self._steps(edit)
        elif self._on_its_own_line():
            yield from self._keys(self._objects())

    def _steps(self, edit: Edit) -> Iterator[Candidate]:
        if self.flow or self.cursor.role != "item":
            return
        if not any(rule.get("x-kind") == "participant" for rule in self.cursor.rules):
            return
        for snippet in (*CONSTRUCTS, *PARTICIPANTS):
            yield _snippet(snippet, edit, 4)

    def _declared(self, edit: Edit) -> Iterator[Candidate]:
        """A new participant, of each type."""
        for snippet in PARTICIPANTS:
            body = "${1:name}:\n  " + _renumbered(snippet.body)
            yield _snippet(Snippet(f"{snippet.label} participant", body, snippet.doc), edit, 3)

    def _overrides(self) -> Iterator[Candidate]:
        """Under a bare `- name` a field makes an override of it: the colon, and what its line lacks of an
        indentation, come with it."""
        words = self.probe.before.split()
        override = next((rule for rule in self.cursor.rules if "maxProperties" in rule), None)
        if override is None or len(words) not in (1, 2) or not self._on_its_own_line():
            return
        if words[0] not in self.model.declared_names() or not self._begins_with(words[0]):
            return
        name = self.cursor.document.offsets(self.cursor.node)[0]
        line = self.offset - len(self._line_before())
        indent = self.lines.position(name)[1] + 2 - _length(_INDENT.match(self._line_before()))
        also = (Edit(name + len(words[0]), name + len(words[0]), ":"), Edit(line, line, " " * max(0, indent)))
        rules = rules_for((override["additionalProperties"],), self.cursor.node)
        for candidate in fields(self.probe, self._word_edit(), rules, colon=False, flow=False):
            yield candidate._replace(also=tuple(edit for edit in also if edit.text))

    def _begins_with(self, word: str) -> bool:
        """Whether the text at the cursor is without quotes, and its first word is this one."""
        return self.cursor.document.source(self.cursor.node).startswith(word)

    def _objects(self) -> tuple[Schema, ...]:
        empty = Mapping(self.cursor.node.block, 0, 0, ())
        return tuple(rule for rule in rules_for(self.cursor.rules, empty) if rule.get("type") == "object")

    @cached_property
    def _scope(self) -> Scope:
        return query_context_at(self.cursor, self.model).scope

    def _is_expression(self, kind: ExpressionKind) -> bool:
        """Whether the text is CEL, or may become it: where it may also be literal, once it begins like a
        variable."""
        text = self.probe.before + self.probe.after
        if kind in ("condition", "value") or not text.strip():
            return True
        word = re.match(r"\s*([A-Za-z_]\w*)", text)
        begun = word is not None and any(name.startswith(word[1]) for name in self._scope)
        return begun or is_expression(cel.parse(text), self._scope, (), kind)

    # Places

    def _word_edit(self) -> Edit:
        """Replaces the word around the cursor."""
        before, after = _WORD_END.search(self.probe.before), _WORD.match(self.probe.after)
        return Edit(self.offset - _length(before), self.offset + _length(after), "")

    def _whole_edit(self) -> Edit:
        """Replaces the whole scalar, on the line of the cursor."""
        start, end = self.cursor.document.offsets(self.cursor.node)
        if "\n" in self.lines.text[start : end - len(PROBE)]:
            return self._word_edit()
        quote = 1 if self.cursor.node.style in ("'", '"') else 0
        return Edit(start + quote, max(self.offset, end - quote - len(PROBE)), "")

    def _colon_follows(self) -> bool:
        return _COLON.match(self.lines.text, self._word_edit().end) is not None

    def _raw_before(self) -> str:
        start = self.cursor.document.offsets(self.cursor.node)[0]
        return self.lines.text[start : self.offset]

    def _line_before(self) -> str:
        line = self.lines.position(self.offset)[0]
        return self.lines.text[self.lines.starts[line] : self.offset]

    def _on_its_own_line(self) -> bool:
        """Whether nothing but the word stands before the cursor on its line: it may become a key."""
        return not self.flow and re.fullmatch(r"[ \t]*[\w-]*", self._line_before()) is not None

    def _starts_step(self) -> bool:
        """Whether the key is the first one after a dash."""
        return re.fullmatch(r"[ \t]*- +[\w-]*", self._line_before()) is not None


def _takes_participants(rule: Schema) -> bool:
    others = rule.get("additionalProperties")
    return isinstance(others, dict) and "x-discriminator" in resolve(others)


def _length(match: re.Match[str] | None) -> int:
    return len(match[0]) if match else 0


def _renumbered(body: str) -> str:
    """A snippet's body with its tab stops after a first one, and one level deeper."""
    return re.sub(r"\$(\{?)([1-9])", lambda match: f"${match[1]}{int(match[2]) + 1}", body)


def _snippet(snippet: Snippet, edit: Edit, group: int) -> Candidate:
    return Candidate(
        label=snippet.label,
        kind=CompletionItemKind.Snippet,
        edit=edit._replace(text=snippet.body),
        detail="snippet",
        doc=snippet.doc,
        group=group,
        snippet=True,
    )

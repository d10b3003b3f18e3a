"""textDocument/semanticTokens: the coloured text, as `name:kind` in the places of the names."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from duckflux.ide.semantic_tokens import TOKEN_TYPES, semantic_tokens
from duckflux.language.analysis import Analysis, analyse
from duckflux.language.syntax import LineIndex
from duckflux_ls.session.encoded_tokens import difference, encoded_items, joined, tokens_in_lines
from lsprotocol.types import PositionEncodingKind

UTF16, UTF32 = PositionEncodingKind.Utf16, PositionEncodingKind.Utf32
EXAMPLES = sorted((Path(__file__).parents[2] / "examples").glob("*.duck.yaml"))


class Sent:
    """The tokens of a text as the server keeps and sends them, from those of an earlier text if there is one."""

    def __init__(
        self, analysis: Analysis, encoding: PositionEncodingKind, before: Sent | None = None
    ) -> None:
        self.tokens = semantic_tokens(analysis, before.tokens if before else None)
        self.items = encoded_items(self.tokens, encoding, before.items if before else {})
        self.data = joined(analysis.document, self.items)


def encoded(text: str, encoding: PositionEncodingKind = UTF32) -> list[int]:
    return Sent(analyse(text), encoding).data


def marks(modifiers: int) -> str:
    return "".join(mark for bit, mark in enumerate("!.-0") if modifiers >> bit & 1)


def coloured(text: str, data: list[int] | None = None) -> list[tuple[str, str]]:
    """(text, kind) of each token; declarations end with `!`, what can't be written with `.`, what is deprecated
    with `-`, what is unused with `0`."""
    lines = LineIndex(text)
    line = column = 0
    found = []
    for at in range(0, len(data := encoded(text) if data is None else data), 5):
        down, right, length, kind, modifiers = data[at : at + 5]
        line, column = line + down, right + (column if not down else 0)
        part = lines.line_text(line)[column : column + length]
        found.append((part, TOKEN_TYPES[kind] + marks(modifiers)))
    return found


def test_names_by_what_they_are() -> None:
    text = """
inputs: {who: }
participants:
  build: {type: exec, run: make, onError: build}
flow:
  - build: {onError: skip}
  - loop: {as: round, max: 2, steps: [{set: {n: round.index}}]}
  - {as: tell, type: emit, event: done}
  - wait: {event: done}
"""
    assert coloured(text) == [
        ("who", "parameter!0"),
        ("build", "function!"),
        ("build", "function"),
        ("build", "function"),
        ("skip", "keyword"),
        ("round", "variable!"),
        ("n", "property!"),
        ("round", "variable"),
        (".", "operator"),
        ("index", "property"),
        ("tell", "function!"),
        ("done", "event"),
        ("done", "event"),
    ]


def test_expressions_in_every_style() -> None:
    parts = [
        ("workflow", "variable."),
        (".", "operator"),
        ("name", "property"),
        ("+", "operator"),
        ("'x'", "string"),
    ]
    for style in ("workflow.name + 'x'", "\"workflow.name + 'x'\"", "|-\n  workflow.name\n  + 'x'"):
        assert coloured(f"flow: [a]\noutput: {style}\n") == parts


def test_a_step_in_an_expression_is_a_function_and_plain_text_is_left() -> None:
    text = "flow:\n  - {as: a, type: http, url: 'https://x.org'}\n  - {type: http, url: a.output}\n"
    assert coloured(text) == [
        ("a", "function!"),
        ("a", "function"),
        (".", "operator"),
        ("output", "property"),
    ]


def test_what_is_unused_or_deprecated() -> None:
    text = """
inputs:
  target: {description: "Deprecated: it is always `all`."}
  level: {type: integer}
participants:
  build: {type: exec, run: make}
  spare: {type: exec, run: make}
flow: [build]
output: workflow.inputs.target + workflow.inputs["target"]
"""
    assert [
        (word, kind) for word, kind in coloured(text) if kind.strip("operatvibls.") or word == "target"
    ] == [
        ("target", "parameter!-"),
        ("level", "parameter!0"),
        ("build", "function!"),
        ("spare", "function!0"),
        ("build", "function"),
        ("inputs", "property"),
        ("target", "property-"),
        ("inputs", "property"),
        ('"target"', "string"),
    ]


def test_columns_count_in_the_clients_units() -> None:
    text = "flow: [a]\noutput: {'💡': env.A}\n"
    assert encoded(text, UTF16)[1] == encoded(text, UTF32)[1] + 1


def test_a_range_is_a_part_of_the_whole() -> None:
    text = EXAMPLES[0].read_text()
    whole = coloured(text)
    data = encoded(text)
    first = coloured(text, tokens_in_lines(data, 0, 20))
    rest = coloured(text, tokens_in_lines(data, 21, 10_000))
    assert [*first, *rest] == whole and first and rest


@pytest.mark.parametrize("seed", range(12))
def test_after_edits_the_tokens_are_those_of_the_new_text(seed: int) -> None:
    """A failure is repeated by its seed."""
    rng = random.Random(seed)
    text = rng.choice(EXAMPLES).read_text()
    analysis = analyse(text)
    sent = Sent(analysis, UTF16)
    data = sent.data
    for _ in range(12):
        at = rng.randrange(len(text))
        text = (
            text[:at]
            + rng.choice(["x", "\n", "  ", ": ", "💡", "'", ""])
            + text[at + rng.choice([0, 0, 1, 7]) :]
        )
        analysis = analyse(text, None, analysis)
        if rng.random() < 0.5:
            # An editor does not ask after every change.
            continue
        sent = Sent(analysis, UTF16, sent)
        now = sent.data
        assert now == encoded(text, UTF16), seed
        start, removed, added = difference(data, now)
        assert data[:start] + added + data[start + removed :] == now
        data = now


def test_what_changed_while_nobody_asked() -> None:
    before = """
participants:
  build: {type: exec, run: make}
  test: {type: exec, run: make test}
flow:
  - test: {when: build.status == "success"}
"""
    renamed = before.replace("  build:", "  built:")
    after = renamed.replace("make test", "make check")
    analysis = analyse(before)
    sent = Sent(analysis, UTF16)
    for text in (renamed, after):
        analysis = analyse(text, None, analysis)
    assert Sent(analysis, UTF16, sent).data == encoded(after, UTF16)

"""From a place in a text's content back to the file, and the other way."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from duckflux.language.syntax import Scalar, parse
from duckflux.language.syntax.scalar_ranges import content_offset, content_range
from hypothesis import given, settings
from hypothesis import strategies as st

sys.path.insert(0, str(Path(__file__).parent))
from marks import at, marked, show

# The mark is around `bad` as it is written in the file.
PARTS = [
    "a: ok «bad» ok",
    "a: 'ok «bad» ok'",
    "a: 'it''s «bad» ok'",
    'a: "ok «bad» ok"',
    'a: "\\" \\u00e9\\U0001F4A1 \\x41 «bad» ok"',
    'a: "ok «\\x62ad» ok"',
    'a: "ok «ba\\x64» ok"',
    'a: "ok «b\\\n  ad» ok"',
    'a: "ok\n  ok «bad» ok"',
    'a: "ok\n\n\n  ok\n   «bad»"',
    "a: 'ok\n\n  ok «bad» ok'",
    "a: ok\n  ok «bad» ok",
    "a: ok\n\n  ok\n  «bad»",
    "a: |\n  ok\n  ok «bad» ok\n",
    "a: |\n\n  ok\n    «bad»\n   ok\n",
    "a: |-\n  «bad»\nb: 1",
    "a: |+\n  ok\n\n  «bad»\n\n\nb: 1",
    "a: |2\n    ok\n  «bad»\n",
    "a: | # comment\n  «bad»\n",
    "a: >\n  ok\n  ok «bad» ok\n",
    "a: >-\n  ok\n\n  ok\n\n\n  «bad»\n",
    "a: >\n  ok\n    more\n  «bad»\n",
    "a: |\r\n  ok\r\n  «bad»\r\n",
    "a: >\r\n  ok\r\n  «bad»\r\n",
    'a: "ok\r\n  «bad»"',
    "a: 'ok\r\n\r\n  «bad»'",
    "a: |\n  💡 é «bad» 💡\n",
    "\ufeffa: '💡''«bad»'",
    "x: [1, '''', '«bad»']\na: x",
    "a: &x 'ok «bad»'\nb: *x",
    "a: !!str 'ok ''«bad»'",
    "flow:\n  - x\n  - a: {when: 'a''b «bad»'}",
    "flow:\n  - x\n  - a:\n      when: >\n        ok\n        «bad»\n",
]


def scalar_of(text: str, offset: int) -> tuple[object, Scalar]:
    """The text's scalar at an offset."""
    document = parse(text)
    assert not document.problems
    stack = [document.root]
    while stack:
        node = stack.pop()
        if isinstance(node, Scalar):
            start, end = document.offsets(node)
            if start <= offset < end:
                return document, node
        else:
            stack.extend(getattr(node, "items", ()) or [part for pair in node.pairs for part in pair])
    raise AssertionError(offset)


@pytest.mark.parametrize("text", PARTS)
def test_parts_of_a_content(text: str) -> None:
    clean, (start, end) = marked(text)
    document, scalar = scalar_of(clean, start)
    content = scalar.text.index("bad")
    span = content_range(scalar, content, content + 3)
    assert show(clean, *document.offsets(span)) == text
    base = start - span.start
    assert content_offset(scalar, start - base) == content
    assert content_offset(scalar, end - 1 - base) == content + 2


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a: ab«»", 2),
        ("a: 'ab«»'", 2),
        ("a: '«»ab'", 0),
        ("a: «»'ab'", None),
        ("a: 'ab'«»", None),
        ("a: '«»'", 0),
        ("a: |\n  ab«»\n", 2),
        ("a: «»|\n  ab\n", None),
        ('a: "\\«»n"', 0),
    ],
)
def test_offsets_at_the_edges(text: str, expected: int | None) -> None:
    clean, (offset, _) = marked(text)
    document = parse(clean)
    scalar = at(document, "a")
    assert content_offset(scalar, offset) == expected


def test_an_alias_is_one_place() -> None:
    document = parse("a: &x 'it''s'\nb: *x")
    alias = at(document, "b")
    assert document.source(content_range(alias, 1, 2)) == "*x"
    assert content_offset(alias, alias.start) is None


@pytest.mark.parametrize("text", ["a: 'x", 'a: "x', "a: ['x"])
def test_half_typed_quotes(text: str) -> None:
    document = parse(text)
    node = at(document, "a")
    scalar = node if isinstance(node, Scalar) else node.items[0]
    assert document.source(content_range(scalar, 0, 1)) == "x"


CONTENTS = st.text(alphabet="ab'\"\\ \n:#💡é\t", min_size=1, max_size=14)


def written(content: str, style: str) -> str | None:
    """A text as YAML in one style, None where the style can't hold it."""
    plain = content.replace(" ", "").isalnum() and content == content.strip() and "\n" not in content
    match style:
        case "'":
            return None if "\n" in content else "'" + content.replace("'", "''") + "'"
        case '"':
            escaped = content.replace("\\", "\\\\").replace('"', '\\"').replace("\t", "\\t")
            return '"' + escaped.replace("\n", "\\n") + '"'
        case "|":
            if any(line and not line.strip() for line in content.split("\n")) or content != content.rstrip():
                return None
            return "|2+\n" + "".join(f"  {line}\n" if line else "\n" for line in content.split("\n"))
        case _:
            return content if plain else None


@settings(max_examples=100, deadline=None, print_blob=True)
@given(CONTENTS, st.sampled_from(["", "'", '"', "|"]), st.data())
def test_every_character_is_found(content: str, style: str, data: st.DataObject) -> None:
    text = written(content, style)
    if text is None:
        return
    document = parse(f"a: {text}")
    scalar = at(document, "a")
    assert isinstance(scalar, Scalar)
    assert scalar.text.rstrip("\n") == content.rstrip("\n")
    offset = data.draw(st.integers(0, len(content.rstrip("\n")) - 1)) if content.rstrip("\n") else None
    if offset is None:
        return
    span = content_range(scalar, offset, offset + 1)
    source = document.source(span)
    assert source in (
        content[offset],
        content[offset] * 2,
        "\\" + {"\n": "n", "\t": "t"}.get(content[offset], content[offset]),
    )
    assert content_offset(scalar, span.start) == offset

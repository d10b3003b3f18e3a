"""The server's own texts: what an editor's changes make of them."""

from __future__ import annotations

import asyncio
import threading
from pathlib import Path
from typing import Any

import pytest
from duckflux.language.analysis import Analysis, analyse
from duckflux.language.semantics.called_workflows import DISK
from duckflux.language.syntax.edits import TextEdit
from duckflux_ls.session import documents
from duckflux_ls.session.documents import Documents, OpenDocument
from duckflux_ls.session.positions import to_offset, to_position
from lsprotocol.types import (
    Position,
    PositionEncodingKind,
    Range,
    TextDocumentContentChangePartial,
    TextDocumentContentChangeWholeDocument,
    TextDocumentItem,
)

UTF8, UTF16, UTF32 = PositionEncodingKind.Utf8, PositionEncodingKind.Utf16, PositionEncodingKind.Utf32
URI = "file:///w.duck.yaml"


def changed(text: str, start: tuple[int, int], end: tuple[int, int], new: str, encoding=UTF16):
    document = OpenDocument(URI, 1, text)
    change = TextDocumentContentChangePartial(Range(Position(*start), Position(*end)), new)
    return document.text, document.apply(change, encoding), document.text


@pytest.mark.asyncio
async def test_a_burst_of_edits_waits_for_one_analysis(monkeypatch: pytest.MonkeyPatch):
    """Whoever asks while one is under way gets the one after it, together with all others."""
    lock, may_end = threading.Lock(), threading.Event()
    texts: list[str] = []

    def alone(text: str, *rest: Any) -> Analysis:
        texts.append(text)
        assert lock.acquire(blocking=False), "two analyses at once"
        may_end.wait(10)
        lock.release()
        return analyse(text, *rest)

    monkeypatch.setattr(documents, "analyse", alone)
    document = OpenDocument(URI, 1, "flow: [a]\n")
    asked = [asyncio.create_task(document.analysis())]
    await asyncio.sleep(0)
    for number in range(20):
        document.apply(TextDocumentContentChangeWholeDocument(f"flow: [a{number}]\n"), UTF16)
        asked.append(asyncio.create_task(document.analysis()))
        await asyncio.sleep(0)
    may_end.set()
    found = await asyncio.gather(*asked)
    assert len(texts) <= 2 and texts[-1] == "flow: [a19]\n"
    assert {analysis.document.text for analysis in found} == {texts[-1]}


@pytest.mark.parametrize(
    ("text", "start", "end", "new", "result"),
    [
        ("", (0, 0), (0, 0), "a", "a"),
        ("one\ntwo\n", (1, 0), (1, 3), "2", "one\n2\n"),
        ("one\ntwo\n", (0, 3), (1, 0), "", "onetwo\n"),
        ("one\r\ntwo", (0, 3), (1, 0), " ", "one two"),
        ("one\rtwo", (1, 0), (1, 0), "x", "one\rxtwo"),
        ("one\ntwo", (0, 99), (0, 99), "!", "one!\ntwo"),
        ("one\r\ntwo", (0, 99), (0, 99), "!", "one!\r\ntwo"),
        ("one\ntwo", (99, 0), (99, 0), "!", "one\ntwo!"),
        ("one\ntwo\n", (2, 0), (2, 0), "three", "one\ntwo\nthree"),
        ("one", (0, 2), (0, 1), "x", "onxe"),
    ],
)
def test_a_change_of_a_part(text, start, end, new, result):
    assert changed(text, start, end, new)[2] == result


@pytest.mark.parametrize(
    ("encoding", "column"), [(UTF8, 5), (UTF16, 3), (UTF32, 2)], ids=["utf-8", "utf-16", "utf-32"]
)
def test_columns_are_in_the_units_of_the_encoding(encoding, column):
    assert changed("a💡b", (0, column), (0, column + 1), "c", encoding)[1:] == (TextEdit(2, 3, "c"), "a💡c")


@pytest.mark.parametrize("encoding", [UTF8, UTF16, UTF32])
@pytest.mark.parametrize("text", ["", "plain\nascii\r\n", "é💡\n\u2028ü\f\x85\r💡💡", "\ufeffx\ud800y"])
def test_positions_and_offsets_are_inverse(text, encoding):
    lines = OpenDocument(URI, 1, text).lines
    for offset in range(len(text) + 1):
        if text[offset - 1 : offset + 1] != "\r\n":
            assert to_offset(lines, to_position(lines, offset, encoding), encoding) == offset


def test_a_column_inside_a_character_is_its_start():
    assert changed("💡", (0, 1), (0, 1), "x")[2] == "x💡"


@pytest.mark.parametrize("separator", ["\u2028", "\u2029", "\x85", "\f", "\v", "\x1c", "\x1e"])
def test_only_lsp_line_ends_end_lines(separator):
    text = f"a{separator}b\nc"
    assert changed(text, (1, 0), (1, 1), "d")[2] == f"a{separator}b\nd"
    assert changed(text, (0, 2), (0, 3), "d")[2] == f"a{separator}d\nc"


@pytest.mark.parametrize(
    ("old", "new", "edit"),
    [
        ("abc", "abc", TextEdit(3, 3, "")),
        ("", "abc", TextEdit(0, 0, "abc")),
        ("abc", "", TextEdit(0, 3, "")),
        ("abc", "axc", TextEdit(1, 2, "x")),
        ("aaa", "aaaa", TextEdit(3, 3, "a")),
        ("aaaa", "aa", TextEdit(2, 4, "")),
        ("abc", "xyz", TextEdit(0, 3, "xyz")),
        ("a💡c", "a💡💡c", TextEdit(2, 2, "💡")),
    ],
)
def test_a_change_of_all_is_narrowed_to_the_difference(old, new, edit):
    document = OpenDocument(URI, 1, old)
    assert document.apply(TextDocumentContentChangeWholeDocument(new), UTF16) == edit
    assert document.text == new
    assert old[: edit.start] + edit.text + old[edit.end :] == new


@pytest.mark.parametrize(
    ("language", "uri", "taken"),
    [
        ("yaml", "file:///x.yaml", False),
        ("yaml", "file:///x.duck.yaml", True),
        ("yaml", "file:///x.duck.yml", True),
        ("yaml", "file:///x.flow.yaml", True),
        ("yaml", "file:///duck.yaml", False),
        ("duckflux", "file:///x.yaml", True),
        ("duckflux", "untitled:Untitled-1", True),
    ],
)
def test_only_workflows_are_taken_over(language, uri, taken):
    documents = Documents()
    assert (documents.open(TextDocumentItem(uri, language, 1, "")) is not None) is taken
    assert (documents.get(uri) is not None) is taken


def test_paths():
    assert str(OpenDocument("file:///a%20b/%C3%BC.duck.yaml", 1, "").path) == "/a b/ü.duck.yaml"
    assert OpenDocument("untitled:Untitled-1", 1, "").path is None


def test_a_closed_file_that_takes_too_long_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "w.duck.yaml").write_text("flow:\n  - missing\n")
    monkeypatch.setattr(documents, "_ANALYSIS_SECONDS", 0.0)
    (found,) = documents.load_in_time(tmp_path / "w.duck.yaml", DISK).diagnostics
    assert (found.code, found.message.partition(":")[0]) == ("DF111", "nothing is checked")


def test_a_text_over_the_limit_is_edited_where_the_editor_says() -> None:
    document = OpenDocument("file:///w.duck.yaml", 1, "#\r\n" * 4_000_000)
    edited = Range(Position(3_999_998, 1), Position(3_999_999, 0))
    document.apply(TextDocumentContentChangePartial(edited, "é\n"), PositionEncodingKind.Utf16)
    assert document.text == "#\r\n" * 3_999_998 + "#é\n#\r\n"
    assert to_position(document.lines, len(document.text) - 2, PositionEncodingKind.Utf16) == Position(
        3_999_999, 1
    )

"""Finds document symbols, folding and selection ranges."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from textwrap import dedent

import pytest
from duckflux.ide.document_symbols import DocumentSymbol, document_symbols
from duckflux.ide.folding_ranges import folding_ranges
from duckflux.ide.ranges import TextRange
from duckflux.ide.selection_ranges import selection_ranges
from duckflux.language.analysis import analyse

from .conftest import marked

EXAMPLES = sorted((Path(__file__).parents[2] / "examples").glob("*.duck.yaml"))
TEXT = dedent("""
    # What it is for,
    # in two lines.
    inputs:
      who: {type: string}
    participants:
      build:
        type: exec
        run: |
          make
          make test
    flow:
      - build
      - loop:
          as: round
          max: 3
          steps:
            - set: {n: round.index, m: "1"}
            - if:
                condition: round.first
                then: [build]
                else:
                  - {type: http, url: 'https://example.org'}
      - parallel: [build, {wait: {event: done, timeout: 5s}}]
    output: build.output
""").lstrip("\n")


def outline(symbols: list[DocumentSymbol], depth: int = 0) -> list[str]:
    lines = []
    for symbol in symbols:
        detail = f" ({symbol.detail})" if symbol.detail else ""
        lines.append(f"{'  ' * depth}{symbol.name}{detail}")
        lines += outline(list(symbol.children), depth + 1)
    return lines


def test_symbols_lie_as_the_workflow_does() -> None:
    assert outline(document_symbols(analyse(TEXT))) == [
        "inputs",
        "  who (string)",
        "participants",
        "  build (exec make make test)",
        "flow",
        "  build",
        "  round (max 3)",
        "    set (n, m)",
        "      n (round.index)",
        "      m (1)",
        "    if (round.first)",
        "      build",
        "      http (http https://example.org)",
        "  parallel",
        "    build",
        "    wait (done)",
        "output",
    ]


def inside(outer: TextRange, inner: TextRange) -> bool:
    return outer.start <= inner.start and inner.end <= outer.end


def nested(symbols: list[DocumentSymbol], around: TextRange | None = None) -> int:
    count = 0
    for symbol in symbols:
        assert inside(symbol.range, symbol.selection) and symbol.name
        assert around is None or inside(around, symbol.range)
        count += 1 + nested(list(symbol.children), symbol.range)
    return count


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.name)
def test_ranges_lie_inside_one_another_also_in_half_a_text(path: Path) -> None:
    text = path.read_text()
    assert nested(document_symbols(analyse(text, path))) > 5
    for end in range(0, len(text), 97):
        nested(document_symbols(analyse(text[:end])))


def test_folds() -> None:
    folds = {(fold.start_line, fold.end_line) for fold in folding_ranges(analyse(TEXT))}
    lines = TEXT.splitlines()

    def fold(first: str, last: str) -> tuple[int, int]:
        return lines.index(first), lines.index(last)

    assert (0, 1) in folds
    assert fold("participants:", "      make test") in folds
    assert fold("  build:", "      make test") in folds
    assert fold("    run: |", "      make test") in folds
    assert fold("  - loop:", "              - {type: http, url: 'https://example.org'}") in folds
    assert all(start < end for start, end in folds)


def selections(text: str) -> list[str]:
    """The texts selected one after the other, the smallest first; the whole text is left out."""
    plain, offset = marked(text)
    texts = [plain[start:end] for start, end in selection_ranges(analyse(plain), offset)]
    assert texts.pop() == plain
    return texts


def test_selection_grows_from_a_name_to_the_step() -> None:
    assert selections("flow:\n  - {as: a, type: exec, when: env.HO|ME == 'x' && true, run: ls}\n") == [
        "HOME",
        "env.HOME",
        "env.HOME == 'x'",
        "env.HOME == 'x' && true",
        "when: env.HOME == 'x' && true",
        "{as: a, type: exec, when: env.HOME == 'x' && true, run: ls}",
        "- {as: a, type: exec, when: env.HOME == 'x' && true, run: ls}",
        "flow:\n  - {as: a, type: exec, when: env.HOME == 'x' && true, run: ls}",
    ]


def test_selection_of_a_key_and_of_nothing() -> None:
    assert selections("id: x\nflow: [a]\nna|me: y\n")[:2] == ["name", "name: y"]
    assert selections("id: x\n# com|ment\nflow: [a]\n") == []


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.name)
def test_selections_always_grow(path: Path) -> None:
    text = path.read_text()
    analysis = analyse(text, path)
    for offset in range(0, len(text), 5):
        for inner, outer in pairwise(selection_ranges(analysis, offset)):
            assert inside(outer, inner) and outer != inner

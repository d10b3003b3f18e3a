"""Finds the inlay hints that need no run, listed by the lines that they are on."""

from __future__ import annotations

from textwrap import dedent

import pytest
from duckflux.ide.inlay_hints import HintSettings, inlay_hints
from duckflux.language.analysis import analyse

TEXT = dedent("""
    defaults: {timeout: 30s, onError: rescue}
    participants:
      build:
        type: exec
        run: make
        output: {passed: {type: boolean}}
      rescue: {type: exec, timeout: 5s, run: x}
    flow:
      - build: {onError: fail}
      - {type: http, url: env.SITE, headers: {Accept: text}}
      - parallel: [{type: exec, run: x}, {type: exec, run: y}]
      - {type: exec, cwd: ./site, run: cat}
""").lstrip("\n")


def hints(settings: HintSettings, first: int = 0, last: int = 99) -> list[tuple[str, str]]:
    """(the line, the hint), in order."""
    analysis = analyse(TEXT)
    found = inlay_hints(analysis, first, last, settings)
    lines = TEXT.splitlines()
    return [
        (lines[analysis.document.lines.position(hint.offset)[0]].strip()[:18], hint.label) for hint in found
    ]


def test_what_comes_from_defaults() -> None:
    assert hints(HintSettings(chain=False, cel=False)) == [("build:", "timeout 30s · onError rescue")]


def test_what_flows_into_a_step() -> None:
    assert hints(HintSettings(defaults=False, cel=False)) == [
        ("- {type: http, url", "← an object"),
        ("- {type: exec, cwd", "← a list"),
    ]


def test_which_texts_are_expressions() -> None:
    assert hints(HintSettings(defaults=False, chain=False)) == [
        ("- {type: http, url", "CEL"),
        ("- {type: http, url", "text"),
    ]


def test_only_the_lines_that_are_asked_for() -> None:
    assert hints(HintSettings(), 2, 3) == [("build:", "timeout 30s · onError rescue")]


@pytest.mark.parametrize("end", range(0, len(TEXT), 13))
def test_half_a_text_is_no_crash(end: int) -> None:
    assert isinstance(inlay_hints(analyse(TEXT[:end]), 0, 99, HintSettings()), list)

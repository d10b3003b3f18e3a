"""Quick fixes on every wrong file of `tests/data/rules`: each, applied, fixes its mistake and breaks nothing.

`DUCKFLUX_UPDATE_GOLDEN=1 pytest tests/language/test_fixes.py` writes the `.fixed` files anew: read them.
"""

from __future__ import annotations

import os
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from duckflux.ide.fixes import FIXABLE, Fix, TextEdit, apply, fix_all, fixes_of, together
from duckflux.ide.refactors import refactorings
from duckflux.language import registry
from duckflux.language.analysis import Analysis, Diagnostic, analyse, load

DATA = Path(__file__).parent.parent / "data" / "rules"
FILES = sorted(DATA.rglob("*.duck.yaml"))


def name(path: Path) -> str:
    return str(path.relative_to(DATA)).removesuffix(".duck.yaml")


def fixed(analysis: Analysis, *arguments: Any, **more: Any) -> str:
    return fix_all(analysis, *arguments, **more).document.text


def offered() -> Iterator[tuple[Path, Analysis, Diagnostic, Fix]]:
    for path in FILES:
        analysis = load(path)
        for diagnostic in analysis.diagnostics:
            for fix in fixes_of(analysis, diagnostic):
                yield path, analysis, diagnostic, fix


OFFERED = [
    pytest.param(analysis, diagnostic, fix, id=f"{name(path)}:{diagnostic.start}:{fix.title}")
    for path, analysis, diagnostic, fix in offered()
]


@pytest.mark.parametrize(("analysis", "diagnostic", "fix"), OFFERED)
def test_a_fix_corrects_its_mistake(analysis: Analysis, diagnostic: Diagnostic, fix: Fix) -> None:
    after = analyse(apply(analysis.document.text, fix.edits), analysis.path)
    before = sum(d.code == diagnostic.code for d in analysis.diagnostics)
    assert sum(d.code == diagnostic.code for d in after.diagnostics) < before, after.document.text
    broken = {d.code for d in after.diagnostics} - {d.code for d in analysis.diagnostics}
    assert not any(code.startswith("DF1") for code in broken), after.document.text


@pytest.mark.parametrize("path", FILES, ids=name)
def test_all_at_once(path: Path) -> None:
    analysis = load(path)
    text = fixed(analysis, unsafe=True)
    golden = path.with_name(path.name.replace(".duck.yaml", ".fixed"))
    if os.environ.get("DUCKFLUX_UPDATE_GOLDEN"):
        golden.unlink(missing_ok=True)
        if text != analysis.document.text:
            golden.write_text(text, "utf-8", newline="")
    expected = golden if golden.exists() else path
    with expected.open(encoding="utf-8", newline="") as file:
        assert text == file.read()
    assert fixed(analyse(text, path), unsafe=True) == text


def test_every_fix_is_shown() -> None:
    assert {diagnostic.code for _, _, diagnostic, _ in offered()} == FIXABLE


def test_most_rules_that_can_have_a_fix_have_one() -> None:
    rules = registry.REGISTRY.values()
    assert not [rule.slug for rule in rules if rule.fix and rule.unfixable]
    fixable = {rule.code for rule in rules if not rule.unfixable}
    assert fixable - FIXABLE == {registry.MERGE_KEY, registry.LOOP_AFTER_END, registry.UNPORTABLE_OVERRIDE}
    assert len(FIXABLE) >= 0.8 * len(fixable)


def test_comments_and_style_stay() -> None:
    text = """\
# The build.
participants:
  build:  # by make
    type: exec
    run: make
    timeout: "5 min"   # long

flow:
  - 'buidl'  # first
  - build: {retyr: {max: 2}, onError: retry}
"""
    assert fixed(analyse(text)) == text.replace('"5 min"', "5m").replace("'buidl'", "build").replace(
        "retyr", "retry"
    )


def test_crlf_stays_and_nothing_is_made_up_unasked() -> None:
    text = "flow:\r\n  - type: http\r\n    method: GET\r\n  - type: exec\r\n    run: ls\r\n"
    assert fixed(analyse(text)) == text
    assert fixed(analyse(text), unsafe=True) == text.replace(
        "GET\r\n", "GET\r\n    url: https://example.com\r\n"
    )


def test_aliases_are_left_alone() -> None:
    text = "defaults: {timeout: &t 5 min}\nflow: [{type: exec, run: ls, timeout: *t}]\n"
    assert fixed(analyse(text)) == text.replace("5 min", "5m", 1)


def test_only_some_codes() -> None:
    text = "participants: {a: {type: exec, run: ls, timeout: 5 min}}\nflow: [a, b, {type: exec, runn: ls}]\n"
    assert fixed(analyse(text), {registry.INVALID_DURATION}) == text.replace("5 min", "5m")


@pytest.mark.parametrize("seed", range(30))
def test_a_half_typed_text_is_no_trouble(seed: int) -> None:
    """`pytest -k "half_typed and [SEED]"` repeats one."""
    dice = random.Random(seed)
    for _ in range(5):
        path = dice.choice(FILES)
        text = path.read_bytes().decode()
        at = dice.randrange(len(text) + 1)
        typed = dice.choice(
            ("", ":", "- ", "'", '"', "{", "[", "]}", "\n  ", "&a ", "*a", "<<: ", "a.output", "#")
        )
        analysis = analyse(text[:at] + typed + dice.choice((text[at:], "")), path)
        text = analysis.document.text
        for diagnostic in analysis.diagnostics:
            for fix in fixes_of(analysis, diagnostic):
                assert apply(text, fix.edits) != text
        start, end = sorted(dice.randrange(len(text) + 1) for _ in range(2))
        for found in (*refactorings(analysis, at, at), *refactorings(analysis, start, end)):
            assert bool(found.edits) != bool(found.refused)


@pytest.mark.parametrize(
    ("text", "after"),
    [
        ("{flow: [a]}", "{flow: [a], participants: {a: {type: exec, run: echo a}}}"),
        ("{participants: , flow: [a]}", "{participants: {a: {type: exec, run: echo a}}, flow: [a]}"),
        ("\ufeffid: x", '\ufeffid: x\nflow: [{type: exec, run: "true"}]'),
        (
            "participants: {b: &b {type: exec, run: ls}}\nflow:\n  - {<<: *b, onError: retry}\n  - b\n",
            "participants: {b: &b {type: exec, run: ls}}\n"
            "flow:\n  - {<<: *b, onError: retry, retry: {max: 3}}\n  - b\n",
        ),
    ],
    ids=["in brackets", "nothing in brackets", "BOM", "merged"],
)
def test_what_is_added_to_a_map_stands_in_it(text: str, after: str) -> None:
    analysis = analyse(text)
    fixes = [fix for found in analysis.diagnostics for fix in fixes_of(analysis, found)]
    assert after in [apply(text, fix.edits) for fix in fixes]


def test_of_fixes_that_meet_the_first_one_counts() -> None:
    dice = random.Random(7)
    for _ in range(200):
        starts = [dice.randrange(60) for _ in range(20)]
        fixes = [Fix("", (TextEdit(start, start + dice.randrange(4), "x"),)) for start in starts]
        expected: list[TextEdit] = []
        for (edit,) in (fix.edits for fix in fixes):
            if all(edit.end < other.start or other.end < edit.start for other in expected):
                expected.append(edit)
        assert together(fixes) == tuple(sorted(expected))

"""``matches``: with google-re2, and the checked part of ``re`` that stands in for it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from duckflux import cel
from duckflux.cel.library import regex
from hypothesis import given, settings
from hypothesis import strategies as st

re2 = pytest.importorskip("re2")


@pytest.fixture
def without_re2(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(regex, "_re2_matcher", lambda pattern: None)
    regex.matcher.cache_clear()
    yield
    regex.matcher.cache_clear()


PATTERNS = [
    "a",
    "^a+b?$",
    "gr(a|e)y",
    r"\d{2,3}",
    r"[^\d\s]+\z",
    "(?i)ABC",
    "a.c",
    "",
    "x|",
    r"\bfoo\b",
    "[[]",
    "[$]$",
    r"\$",
    "[+-1]",
]
TEXTS = ["", "a", "aab", "grey", "12", "abc\n", "abc", "x", "a foo b", "[", "$", "é", "a\nc"]


@pytest.mark.parametrize("pattern", PATTERNS)
def test_fallback_means_the_same(pattern: str) -> None:
    found = regex._own_matcher(pattern)
    for text in TEXTS:
        assert found(text) == (re2.search(pattern, text) is not None), text


@settings(max_examples=300, print_blob=True, deadline=None)
@given(st.text("ab1^$.*+?()[]|\\dz\n-", max_size=8), st.text("ab1\n-", max_size=6))
def test_fallback_never_differs(pattern: str, text: str) -> None:
    try:
        found = regex._own_matcher(pattern)(text)
    except regex.PatternError:
        return
    options = re2.Options()
    options.log_errors = False
    try:
        compiled = re2.compile(pattern, options)
    except re2.error:
        return
    assert found == (compiled.search(text) is not None)


@pytest.mark.parametrize(
    ("pattern", "reason"),
    [
        (r"(a)\1", "back-references are not supported"),
        ("(?=a)", "RE2 has no look-around"),
        ("(?!a)", "RE2 has no look-around"),
        ("(?<=a)b", "RE2 has no look-around"),
        ("(?>a)", "it has syntax that RE2 has not"),
        ("a*+", "it has syntax that RE2 has not"),
        ("(", "missing ), unterminated subpattern"),
        (r"a\Z", r"bad escape \Z"),
        (r"\pL", r"\p needs google-re2"),
        ("((a{100}){100}){100}", "it is too large: counted repeats multiply"),
        ("a{1001}", "it repeats something more than 1000 times"),
        ("(" * 5_000 + ")" * 5_000, "it is too large"),
    ],
)
def test_fallback_refuses(pattern: str, reason: str, without_re2: None) -> None:
    with pytest.raises(cel.EvaluationError) as caught:
        cel.compile("s.matches(p)")({"s": "aaa", "p": pattern})
    assert caught.value.code == "invalid-argument"
    assert caught.value.message.endswith(f": {reason}")


def test_fallback_gives_up_in_time(without_re2: None) -> None:
    with pytest.raises(cel.EvaluationError) as caught:
        cel.compile("s.matches('a')")({"s": "b" * 20_000_001})
    assert caught.value.code == "too-costly"


def test_re2_takes_what_backtracking_cannot() -> None:
    assert cel.compile("s.matches('(a+)+$')")({"s": "a" * 50_000 + "b"}) is False


def test_pattern_that_is_no_unicode() -> None:
    for context in ({"s": "a", "p": "\ud800"}, {"s": "\ud800", "p": "a"}):
        with pytest.raises(cel.EvaluationError):
            cel.compile("s.matches(p)")(context)

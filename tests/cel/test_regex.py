"""``matches``: with google-re2, and the checked part of ``re`` that stands in for it."""

from __future__ import annotations

import time
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
    found = regex._re_matcher(pattern)
    for text in TEXTS:
        assert found(text) == (re2.search(pattern, text) is not None), text


@settings(max_examples=300, print_blob=True, deadline=None)
@given(st.text("ab1^$.*+?()[]|\\dz\n-", max_size=8), st.text("ab1\n-", max_size=6))
def test_fallback_never_differs(pattern: str, text: str) -> None:
    try:
        found = regex._re_matcher(pattern)(text)
    except cel.Failure:
        return
    options = re2.Options()
    options.log_errors = False
    try:
        compiled = re2.compile(pattern, options)
    except re2.error:
        return
    assert found == (compiled.search(text) is not None)


@pytest.mark.parametrize(
    "pattern", [r"(a)\1", "(?=a)", "(?!a)", "(?<=a)b", "(a+)+$", "(a*)*", "(?>a)", "a*+", "(", "a" * 2_000]
)
def test_fallback_refuses(pattern: str, without_re2: None) -> None:
    with pytest.raises(cel.EvaluationError) as caught:
        cel.compile("s.matches(p)")({"s": "aaa", "p": pattern})
    assert caught.value.code in ("invalid-argument", "too-costly")


def test_fallback_ends_in_time(without_re2: None) -> None:
    started = time.monotonic()
    with pytest.raises(cel.EvaluationError):
        cel.compile("s.matches('a*a*a*a*a*b')")({"s": "a" * 5_000})
    assert time.monotonic() - started < 20


def test_re2_takes_what_backtracking_cannot() -> None:
    assert cel.compile("s.matches('(a+)+$')")({"s": "a" * 50_000 + "b"}) is False


def test_pattern_that_is_no_unicode() -> None:
    for context in ({"s": "a", "p": "\ud800"}, {"s": "\ud800", "p": "a"}):
        with pytest.raises(cel.EvaluationError):
            cel.compile("s.matches(p)")(context)

"""Expressions of GitHub and conditions of GitLab in CEL."""

from __future__ import annotations

import pytest
from duckflux.cel import parse
from duckflux.importing.github import expressions as github_expressions
from duckflux.importing.github.expressions import Translated
from duckflux.importing.gitlab import rules as gitlab_rules
from duckflux.importing.tokens import UntranslatableError

NAMES = {
    ("github", "ref"): Translated("ref", "string"),
    ("inputs", "dry"): Translated("dry", "bool"),
    ("inputs", "count"): Translated("count", "number"),
    ("matrix", "os"): Translated("'linux'", "string", literal="linux"),
}


def lookup(path: tuple[str, ...]) -> Translated:
    if path not in NAMES:
        raise UntranslatableError(f"`{'.'.join(path)}` is not known")
    return NAMES[path]


@pytest.mark.parametrize(
    ("text", "cel"),
    [
        ("github.ref == 'refs/heads/main'", "ref == 'refs/heads/main'"),
        ("github['ref'] != 'it''s'", "ref != 'it\\'s'"),
        ("!inputs.dry", "!dry"),
        ("!(inputs.dry && github.ref)", "!(dry && ref != '')"),
        ("inputs.dry || github.ref == 'a' && inputs.count > 2", "dry || (ref == 'a' && count > 2)"),
        ("inputs.dry && 'a' || 'b'", "dry ? 'a' : 'b'"),
        ("github.ref || 'none'", "ref != '' ? ref : 'none'"),
        ("contains(github.ref, 'tags') && true", "ref.contains('tags')"),
        ('contains(fromJSON(\'["a", "b"]\'), github.ref)', "ref in ['a', 'b']"),
        ("startsWith(matrix.os, 'Lin')", "true"),
        ("matrix.os == 'LINUX' && inputs.dry", "dry"),
        ("format('{0}-{{x}}-{1}', github.ref, inputs.count)", "ref + '-{x}-' + string(count)"),
        ("success() || always()", "true"),
        ("failure() || inputs.dry", "dry"),
        ("contains(needs.*.result, 'failure') || inputs.dry", "dry"),
        ("always() && !cancelled()", "true"),
        ("inputs.count == '3'", "string(count) == '3'"),
        ("github.ref == null", "ref == ''"),
    ],
)
def test_expressions_of_github(text: str, cel: str) -> None:
    found = github_expressions.translate(text, lookup).cel
    assert found == cel
    parse(found)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("toJSON(github.ref)", "`toJSON()` has no counterpart"),
        ("github.event.issue.labels.*.name", "`.*` has no counterpart"),
        ("github.ref ==", "the expression ends too early"),
        ("github.ref = 1", "`= 1` is not understood"),
        ("github.event.number", "`github.event.number` is not known"),
    ],
)
def test_what_github_alone_has_is_told(text: str, why: str) -> None:
    with pytest.raises(UntranslatableError) as failed:
        github_expressions.translate(text, lookup)
    assert str(failed.value).startswith(why)


@pytest.mark.parametrize(
    ("text", "cel"),
    [
        ('$A == "x"', "(has(env.A) ? env.A : '') == 'x'"),
        ("$A && ($B || $C != null)", None),
        ("$A =~ /^v\\d+\\/x$/i", "(has(env.A) ? env.A : '').matches('(?i)^v\\\\d+/x$')"),
        ("$A !~ /b/", "!(has(env.A) ? env.A : '').matches('b')"),
        ("${A}", "(has(env.A) ? env.A : '') != ''"),
    ],
)
def test_conditions_of_gitlab(text: str, cel: str | None) -> None:
    found = gitlab_rules.condition(text)
    assert cel is None or found == cel
    parse(found)


def test_a_condition_of_gitlab_that_is_wrong() -> None:
    with pytest.raises(UntranslatableError, match="`= 1` is not understood"):
        gitlab_rules.condition("$A = 1")

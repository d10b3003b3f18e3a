"""Comments that silence a diagnostic: after the edit it is gone, and nothing else is reported."""

from __future__ import annotations

from textwrap import dedent

import pytest
from duckflux.ide.fixes import apply
from duckflux.ide.silence import silencing
from duckflux.language.analysis import analyse


def silenced(text: str, code: str) -> dict[str, str]:
    """From each offer for the first diagnostic of a code to the text after it."""
    text = dedent(text).lstrip("\n")
    analysis = analyse(text)
    diagnostic = next(one for one in analysis.diagnostics if one.code == code)
    found = {}
    for fix in silencing(analysis, diagnostic):
        after = apply(text, fix.edits)
        remaining = [(one.code, one.message) for one in analyse(after).diagnostics]
        for left in [one for one in analysis.diagnostics if one.code != code]:
            remaining.remove((left.code, left.message))
        assert (code, diagnostic.message) not in remaining, after
        found[fix.title] = after
    return found


UNUSED = """
    # A comment of the file.
    participants:
      build: {type: exec, run: make}
      other:
        type: exec
        run: ls
    flow:
      - build
"""


def test_on_the_line_and_in_the_file():
    found = silenced(UNUSED, "DF306")
    assert list(found) == ["Silence DF306 on this line", "Silence DF306 in this file"]
    assert "\n  other:  # duckflux-ignore DF306: TODO: say why\n" in found["Silence DF306 on this line"]
    first, second, *_ = found["Silence DF306 in this file"].splitlines()
    assert (first, second) == ("# A comment of the file.", "# duckflux-ignore DF306: TODO: say why")


def test_a_comment_that_is_there_takes_one_more_code():
    text = UNUSED.replace("other:", "other:  # duckflux-ignore DF209: ours")
    line = silenced(text, "DF306")["Silence DF306 on this line"].splitlines()[3]
    assert line == "  other:  # duckflux-ignore DF209, DF306: ours"


@pytest.mark.parametrize(
    ("when", "expected"),
    [
        ("when: true == true", "when: true == true  # duckflux-ignore DF508: TODO: say why"),
        ("when: |\n      true == true", "when: |  # duckflux-ignore DF508: TODO: say why"),
        ("when: 'true ==\n      true'", "# duckflux-ignore DF508: TODO: say why"),
    ],
)
def test_texts_of_several_lines(when, expected):
    text = f"flow:\n  - type: exec\n    run: ls\n    {when}\n"
    lines = silenced(text, "DF508")["Silence DF508 on this line"].splitlines()
    assert expected in [line.strip() for line in lines]


def test_errors_are_not_silenced():
    text = "flow:\n  - absent\n"
    analysis = analyse(text)
    assert [one.code for one in analysis.diagnostics] == ["DF301"]
    assert not list(silencing(analysis, analysis.diagnostics[0]))

"""Refactorings, on the step or the steps between two `|`."""

from __future__ import annotations

from textwrap import dedent

import pytest
from duckflux.ide.fixes import apply
from duckflux.ide.refactors import refactorings
from duckflux.language.analysis import analyse
from duckflux.language.syntax import parse

FLOW = """\
participants:
  build: {type: exec, run: make}
flow:
  - build
  # the tests
  - |type: exec
    as: test
    when: build.status == "success"
    run: |-
      make test

      make more  # all
    |timeout: 5m  # long
  - build
"""


def offered(text: str) -> dict[str, str]:
    """What the text becomes, by title."""
    before, inside, after = text.replace("run: |-", "run: BAR-").split("|")
    plain = (before + inside + after).replace("BAR", "|")
    start = len(before.replace("BAR", "|"))
    end = start + len(inside.replace("BAR", "|"))
    analysis = analyse(plain)
    found = {one.title: apply(plain, one.edits) for one in refactorings(analysis, start, end)}
    for title, text_ in found.items():
        assert not analyse(text_).document.problems, title
    return found


def test_an_inline_step_becomes_a_participant() -> None:
    assert offered(FLOW)["Move to `participants`"] == dedent("""\
        participants:
          build: {type: exec, run: make}
          test:
            type: exec
            run: |-
              make test

              make more  # all
            timeout: 5m  # long
        flow:
          - build
          # the tests
          - test: {when: build.status == "success"}
          - build
    """)


def test_comments_of_the_name_and_the_condition_stay() -> None:
    text = """\
flow:
  - |type: exec|
    # its name
    as: build  # short
    run: make
    # only on demand
    when: env.CI == 'true'  # in CI
"""
    assert (
        offered(text)["Move to `participants`"]
        == """\
participants:
  # its name
  build:  # short
    type: exec
    run: make
flow:
  - build:
      # only on demand
      when: env.CI == 'true'  # in CI
"""
    )


def test_comments_between_its_fields_go_with_a_step() -> None:
    text = """\
flow:
  - as: a
    # what it is
    |type: exec|
    # how it runs
    run: ls  # all
"""
    assert (
        offered(text)["Move to `participants`"]
        == """\
participants:
  a:
    # what it is
    type: exec
    # how it runs
    run: ls  # all
flow:
  - a
"""
    )


@pytest.mark.parametrize(
    ("construct", "head"),
    [
        ("if", '  - if:\n      condition: "true"\n      then:\n'),
        ("loop", "  - loop:\n      max: 3\n      steps:\n"),
        ("parallel", "  - parallel:\n"),
    ],
)
def test_steps_are_put_into_a_construct(construct: str, head: str) -> None:
    text = "participants: {a: {type: exec, run: ls}}\nflow:\n  - a\n  - |a  # one\n  - a: {timeout: 5s}|\n  - a\n"
    pad = " " * (6 if construct == "parallel" else 8)
    assert offered(text)[f"Put into a new `{construct}`"] == (
        "participants: {a: {type: exec, run: ls}}\nflow:\n  - a\n"
        f"{head}{pad}- a  # one\n{pad}- a: {{timeout: 5s}}\n  - a\n"
    )


def test_the_innermost_list_that_holds_the_selection() -> None:
    loop = "  - loop:\n      max: 2\n      steps:\n        - a\n        - |a|\n"
    text = f"participants: {{a: {{type: exec, run: ls}}}}\nflow:\n{loop}"
    assert offered(text)["Put into a new `parallel`"].endswith(
        "        - a\n        - parallel:\n            - a\n"
    )


def test_a_name_gets_overrides() -> None:
    text = "participants: {a: {type: exec, run: ls}}\nflow:\n  - ||a  # one\n  - a\n"
    assert offered(text)["Add overrides"] == text.replace("||a", "a:\n      timeout: 5m", 1)
    assert offered("participants: {a: {type: exec, run: ls}}\nflow: [a, ||a]\n")["Add overrides"].endswith(
        "flow: [a, {a: {timeout: 5m}}]\n"
    )


def test_nothing_where_there_is_no_step() -> None:
    assert offered("inputs: {|a: {type: string}|}\nflow: [a]\n") == {}


def test_a_participant_becomes_an_inline_step() -> None:
    text = """\
participants:
  # Compiles.
  build:  # slow
    type: exec
    run: |-
      make
    input: {a: '1', b: '2'}
    # a try
    timeout: 5s

  test: {type: exec, run: make test}
flow:
  - build:|  |# first
      when: env.CI == "1"
      input:
        b: '3'  # another
      timeout: 9s
  - test
"""
    assert (
        offered(text)["Make `build` an inline step"]
        == """\
participants:
  test: {type: exec, run: make test}
flow:
  # Compiles.
  - as: build  # first  # slow
    type: exec
    run: |-
      make
    input:
      a: '1'
      b: '3'  # another
    timeout: 9s
    when: env.CI == "1"
  - test
"""
    )


@pytest.mark.parametrize(
    "place",
    [
        "participants: {||a: {type: exec, run: ls}}\nflow: [{a: {timeout: 5s}}]\n",
        "participants: {a: {type: exec, run: ls}}\nflow: [{||a: {timeout: 5s}}]\n",
    ],
)
def test_from_the_participant_or_from_the_step(place: str) -> None:
    assert offered(place)["Make `a` an inline step"] == (
        "flow: [{as: a, type: exec, run: ls, timeout: 5s}]\n"
    )


def test_one_of_several_becomes_inline() -> None:
    text = "participants:\n  a: {type: exec, run: ls}\nflow:\n  - a\n  - ||a\n"
    assert offered(text)["Make this `a` an inline step"] == text.replace(
        "||a", "as: a_2\n    type: exec\n    run: ls"
    )


@pytest.mark.parametrize("reader", ["output: a.status\n", "  - set: {x: a.output}\n"])
def test_not_where_its_name_is_read(reader: str) -> None:
    analysis = analyse(f"participants: {{a: {{type: exec, run: ls}}}}\nflow:\n  - a\n  - a\n{reader}")
    start = analysis.document.text.index("- a") + 2
    (found,) = (one for one in refactorings(analysis, start, start) if one.kind == "inline")
    assert found.refused == "`a` also runs elsewhere, and its results are read by this name"


def test_there_and_back() -> None:
    text = "participants:\n  a:\n    type: exec\n    run: ls  # all\nflow:\n  - ||a\n"
    inline = offered(text)["Make `a` an inline step"]
    again = offered(inline.replace("- as", "- ||as"))["Move to `participants`"]
    assert again == text.replace("||", "")


def test_a_condition_of_several_lines_stays_as_it_is() -> None:
    text = "flow:\n  - |type: exec\n    when: BAR\n      true\n      && nobody\n    run: ls\n  - nobody|\n"
    before, inside, after = text.split("|")
    plain = (before + inside + after).replace("BAR", "|")
    start = len(before)
    (move,) = [one for one in refactorings(analyse(plain), start, start) if one.title.startswith("Move")]
    moved = parse(apply(plain, move.edits))
    assert not moved.problems
    assert "- exec_step:\n      when: |\n" in moved.text

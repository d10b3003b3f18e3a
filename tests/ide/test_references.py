"""Finds definitions and references, and renames. `|` is the cursor; `«»` are the ranges found."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from duckflux.ide.definitions import Target, declarations, definitions
from duckflux.ide.linked_editing import linked_ranges
from duckflux.ide.occurrences import Reference, WorkflowOccurrences
from duckflux.ide.references import highlights, references
from duckflux.ide.rename import RenameError, renamable, rename
from duckflux.ide.type_definitions import type_definition
from duckflux.language.analysis import analyse

from .conftest import marked

STEP = """
participants:
  «build»:
    type: exec
    run: make
    onError: «build»
flow:
  - «build»
  - «build»: {when: «build».status == 'success'}
  - wait: {event: e, timeout: 1s, onTimeout: «build»}
output: {a: "«build».output", b: build_all.output}
"""
INPUT = """
inputs:
  «who»: {type: string}
flow:
  - {as: who_else, type: exec, input: {WHO: workflow.inputs.«who»}, run: echo "$WHO who"}
output: workflow.inputs["«who»"] + workflow.inputs['«who»']
"""
KEY = """
flow:
  - set: {«n»: "1"}
  - loop: {max: 2, steps: [{set: {«n»: execution.context.«n» + 1}}]}
output: "execution.context['«n»'] + n"
"""
LOOP = """
flow:
  - loop:
      as: «round»
      max: 2
      steps: [{set: {n: «round».index + loop.index}}]
output: «round».iteration
"""
EVENT = """
participants: {tell: {type: emit, event: «done»}}
flow:
  - tell: {event: «done»}
  - wait: {event: "«done»", match: event.done, timeout: 1s}
"""
VARIABLE = """
participants:
  greet:
    type: exec
    input: {«WHO»: "'x'", OTHER: "'y'"}
    run: |
      echo "$«WHO» ${«WHO»:-x} $WHOEVER ${OTHER}"
flow:
  - greet: {input: {«WHO»: "'z'"}}
  - {type: exec, input: {WHO: "'a'"}, run: echo $WHO}
"""
ANCHOR = """
participants:
  build: &«shared»
    type: exec
    run: make "&shared *shared"  # *shared
  test: {<<: *«shared», run: make test}
  again: *«shared»
  later: &shared {type: exec, run: ls}
  last: *shared
flow: [build, test, again, later, last]
"""
ALL = {
    "step": STEP,
    "input": INPUT,
    "key": KEY,
    "loop": LOOP,
    "event": EVENT,
    "variable": VARIABLE,
    "anchor": ANCHOR,
}


def split(text: str) -> tuple[str, list[tuple[int, int]]]:
    """The text without marks, and the marked ranges."""
    ranges: list[tuple[int, int]] = []
    plain = ""
    for part in text.split("«"):
        inside, close, rest = part.partition("»")
        if close:
            ranges.append((len(plain), len(plain) + len(inside)))
            plain += inside + rest
        else:
            plain += part
    return plain, ranges


def occurrences_in(text: str, path: Path | None = None) -> WorkflowOccurrences:
    return WorkflowOccurrences(path.as_uri() if path else "untitled:1", analyse(text, path))


def offsets(found: list[Reference] | list[Target]) -> list[tuple[int, int]]:
    return sorted(tuple(one.range) for one in found)


@pytest.mark.parametrize("kind", ALL)
def test_from_every_place_all_places_are_found(kind: str) -> None:
    text, ranges = split(ALL[kind])
    occurrences = occurrences_in(text)
    for start, end in ranges:
        for offset in (start, end):
            assert offsets(references(occurrences, offset, [occurrences])) == ranges


@pytest.mark.parametrize("kind", ALL)
def test_from_every_place_to_the_definition(kind: str) -> None:
    text, ranges = split(ALL[kind])
    occurrences = occurrences_in(text)
    found = {tuple(offsets(definitions(occurrences, start, [occurrences]))) for start, _ in ranges}
    (places,) = found
    assert ranges[0] in places


@pytest.mark.parametrize("kind", ALL)
def test_from_every_place_to_the_declaration(kind: str) -> None:
    """A name may be defined at many places; it stands first at one."""
    text, ranges = split(ALL[kind])
    occurrences = occurrences_in(text)
    for start, _ in ranges:
        assert offsets(declarations(occurrences, start, [occurrences])) == ranges[:1]


@pytest.mark.parametrize("kind", ALL)
def test_what_is_typed_at_all_its_places_at_once(kind: str) -> None:
    """Names whose places are close to each other and in one file; to type others is not a renaming."""
    text, ranges = split(ALL[kind])
    occurrences = occurrences_in(text)
    for start, end in ranges:
        for offset in (start, end):
            found = linked_ranges(occurrences, offset)
            assert bool(found) == (kind in ("loop", "variable"))
            if found:
                assert found == ranges


def test_a_loop_without_a_name_is_linked_to_nothing() -> None:
    text, ((start, _), *_) = split("flow: [{«loop»: {max: 2, steps: [{set: {n: loop.index}}]}}]")
    assert linked_ranges(occurrences_in(text), start) == []


@pytest.mark.parametrize("kind", ALL)
def test_a_new_name_everywhere_and_nowhere_else(kind: str) -> None:
    text, ranges = split(ALL[kind])
    occurrences = occurrences_in(text)
    changed = text
    for start, end in reversed(offsets(rename(occurrences, ranges[-1][0], "changed", [occurrences]))):
        changed = changed[:start] + "changed" + changed[end:]
    assert changed == split(ALL[kind].replace(ALL[kind].split("«")[1].split("»")[0] + "»", "changed»"))[0]
    before = [found.code for found in analyse(text).diagnostics]
    assert [found.code for found in analyse(changed).diagnostics] == before


def test_a_loop_without_a_name_is_the_innermost_one() -> None:
    text, offset = marked("""
        flow:
          - loop:
              max: 2
              steps:
                - loop: {max: 3, steps: [{set: {n: lo|op.index}}]}
                - set: {m: loop.index}
    """)
    occurrences = occurrences_in(text)
    (found,) = definitions(occurrences, offset, [occurrences])
    assert where([found])[0][1] == 4
    assert len(references(occurrences, offset, [occurrences])) == 2


def test_highlights_tell_definitions_from_uses() -> None:
    text, ranges = split(KEY)
    found = highlights(occurrences_in(text), ranges[0][0])
    assert [one.occurrence.defines for one in found] == [True, True, False, False]


@pytest.mark.parametrize(
    ("text", "new", "reason"),
    [
        (STEP, "deploy now", "not a name that expressions can read"),
        (STEP, "workflow", "built-in variable"),
        (STEP, "true", "not a name"),
        (ANCHOR, "two words", "not a name for an anchor"),
        (ANCHOR.replace("&shared {", "&other {"), "other", "an anchor `other` already"),
        (
            STEP.replace("flow:", "  taken: {type: exec, run: x}\nflow:", 1),
            "taken",
            "There is a step `taken` already",
        ),
        (INPUT.replace("flow:", "  taken:\nflow:", 1), "taken", "There is an input `taken` already"),
        (EVENT, "all done: now", "would need quotes"),
    ],
)
def test_names_that_can_not_be_given(text: str, new: str, reason: str) -> None:
    plain, ranges = split(text)
    occurrences = occurrences_in(plain)
    with pytest.raises(RenameError, match=reason):
        rename(occurrences, ranges[0][0], new, [occurrences])


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("flow: [{loop: {max: 2, steps: [{set: {n: lo|op.index}}]}}]", "is a keyword"),
        ("flow: [{type: workflow, path: ./o|ther.duck.yaml}]", "rename its file"),
        ("id: |x\nflow: [a]", "no name here that can be renamed"),
    ],
)
def test_what_has_no_name_to_change(text: str, reason: str) -> None:
    plain, offset = marked(text)
    with pytest.raises(RenameError, match=reason):
        renamable(occurrences_in(plain), offset)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("participants:\n  a:\n    type: exec\n    run: x\n    output: {n: }\nflow: [a|]\n", 4),
        ("flow:\n  - {as: a, type: exec, run: x, output: {n: }}\noutput: a|.output.n\n", 1),
        ("inputs:\n  who: {type: integer}\nflow: [a]\noutput: workflow.inputs.wh|o\n", 1),
        ("inputs: {who: }\nflow: [a]\noutput: workflow.inputs.wh|o\n", None),
        ("participants: {a: {type: exec, run: x}}\nflow: [a|]\n", None),
        ("id: |x\n", None),
    ],
)
def test_the_type_of_a_step_is_its_output_schema(text: str, line: int | None) -> None:
    plain, offset = marked(text)
    occurrences = occurrences_in(plain)
    found = type_definition(occurrences, offset)
    assert (occurrences.analysis.document.lines.position(found.start)[0] if found else None) == line


# Across files


@pytest.fixture
def family(tmp_path: Path) -> list[WorkflowOccurrences]:
    """A workflow, its child in a folder, and another caller of that."""
    (tmp_path / "sub").mkdir()
    files = {
        "main.duck.yaml": """
            participants:
              child: {type: workflow, path: sub/child.duck.yaml, input: {who: "'a'"}}
            flow:
              - child
              - child: {input: {who: "'b'"}}
              - wait: {event: told, timeout: 1s}
        """,
        "sub/child.duck.yaml": """
            inputs: {who: }
            flow:
              - {type: exec, input: {WHO: workflow.inputs.who}, run: echo $WHO}
              - {type: emit, event: told}
        """,
        "sub/other.duck.yaml": """
            flow: [{type: workflow, path: ./child.duck.yaml, input: {who: "'c'"}}]
        """,
        "sub/stranger.duck.yaml": """
            inputs: {who: }
            flow: [{type: exec, run: echo, when: workflow.inputs.who == 'x'}]
        """,
    }
    found = []
    for name, text in files.items():
        (tmp_path / name).write_text(text)
        found.append(occurrences_in(text, tmp_path / name))
    return found


def where(references: list[Reference] | list[Target]) -> list[tuple[str, int]]:
    """(the name of the file, the line) of each."""
    return [
        (
            one.workflow.file_name.partition(".")[0],
            one.workflow.analysis.document.position(one.occurrence.span)[0],
        )
        for one in references
    ]


def offset_of(occurrences: WorkflowOccurrences, part: str) -> int:
    return occurrences.analysis.document.text.index(part)


@pytest.mark.parametrize(("file", "part"), [(0, "who: \"'b'"), (1, "who: }"), (2, "who")])
def test_an_input_of_a_child_and_what_its_callers_give_are_one(
    family: list[WorkflowOccurrences], file: int, part: str
) -> None:
    occurrences = family[file]
    offset = offset_of(occurrences, part)
    assert where(definitions(occurrences, offset, family)) == [("child", 1)]
    assert where(references(occurrences, offset, family)) == [
        *(("main", 2), ("main", 5), ("child", 1), ("child", 3), ("other", 1)),
    ]
    found = rename(occurrences, offset, "name", family)
    assert Counter(one.workflow.file_name for one in found) == {
        "main.duck.yaml": 2,
        "child.duck.yaml": 2,
        "other.duck.yaml": 1,
    }


def test_a_path_leads_to_its_file(family: list[WorkflowOccurrences]) -> None:
    main = family[0]
    (found,) = definitions(main, offset_of(main, "sub/child"), family)
    assert isinstance(found, Path) and found.as_uri().endswith("/sub/child.duck.yaml")
    assert where(references(main, offset_of(main, "sub/child"), family)) == [("main", 2), ("other", 1)]


def test_events_are_shared(family: list[WorkflowOccurrences]) -> None:
    main = family[0]
    assert where(definitions(main, offset_of(main, "told"), family)) == [("child", 4)]


ALIASES = """
inputs:
  «w|ho»: {type: string}
participants:
  a: &A
    type: exec
    run: echo "$NAME"
    input: {NAME: workflow.inputs.«who»}
  b: *A
  c: {<<: *A, timeout: 1m}
flow: [a, b, c]
"""


def test_text_behind_an_anchor_is_visited_once(tmp_path: Path) -> None:
    text = ALIASES.replace("«", "").replace("»", "")
    offset = text.index("|")
    text = text.replace("|", "")
    found = WorkflowOccurrences("file:///w.duck.yaml", analyse(text, tmp_path / "w.duck.yaml"))
    identity = found.identity(found.at(offset).symbol)
    ranges = [found.range_of(one) for one in found.of(identity)]
    assert [text[start:end] for start, end in ranges] == ["who", "who"]
    assert len({*ranges}) == 2
    places = [one.span for one in found]
    assert len(places) == len({*places})

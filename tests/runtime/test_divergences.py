"""Docs/divergences.md: what happens here where the reference runtime differs. One test for each row that no other
test of this folder holds already; `ROWS` has the row's first words."""

from __future__ import annotations

from pathlib import Path

import pytest

DOCUMENT = (Path(__file__).parents[2] / "docs" / "divergences.md").read_text()

ROWS = {
    "a step that prints nothing": (
        """
        flow:
          - {type: exec, run: 'true'}
          - {type: exec, input: {a: "'x'"}, run: printf '%s' "$a"}
        """,
        "x",
    ),
    "a step that prints `null`": (
        """
        flow:
          - {type: exec, run: echo null}
          - {type: exec, input: {a: "'x'"}, run: printf '%s' "$a"}
        """,
        "x",
    ),
    "an array or a number as the input": ("flow: [{type: exec, input: '[1, 2]', run: cat}]", [1, 2]),
    "a command that closes its stdin early": (
        """
        flow:
          - {type: exec, run: head -c 1000000 /dev/zero | tr '\\0' x}
          - {type: exec, run: exec <&-; printf done}
        """,
        "done",
    ),
    "integers beyond 2^53": ("flow: [{type: exec, run: echo 9007199254740993}]", 9007199254740993),
    "a merge that can't work, with `onError: skip`": (
        """
        flow:
          - {type: exec, run: printf text}
          - {type: exec, onError: skip, input: {a: "'x'"}, run: cat}
        """,
        "text",
    ),
    "a loop inside a `parallel` branch": (
        """
        flow:
          - parallel:
              - loop:
                  max: 3
                  steps:
                    - wait: {timeout: 20ms}
                    - {type: exec, input: string(loop.index), run: printf 'round %s' "$(cat)"}
              - loop:
                  max: 2
                  steps:
                    - wait: {timeout: 30ms}
                    - {type: exec, input: string(loop.index), run: printf 'round %s' "$(cat)"}
        """,
        ["round 2", "round 1"],
    ),
    "the output of a step whose last iteration was skipped": (
        """
        flow: [{loop: {max: 2, steps: [{as: s, type: exec, when: loop.first, run: printf one}]}}]
        output: s.output
        """,
        "one",
    ),
    "the output of `emit`": (
        "flow: [{type: emit, event: e, payload: {n: '1'}}]",
        {"event": "e", "payload": {"n": 1}, "ack": True},
    ),
    "an outer loop's `as` name": (
        """
        flow: [{loop: {as: o, max: 2, steps: [{loop: {max: 3, steps: [{set: {a: o.index + loop.index}}]}}]}}]
        output: execution.context.a
        """,
        3,
    ),
    "`loop.iteration` after the loop": (
        "flow: [{loop: {max: 3, steps: [{set: {a: '1'}}]}}]\noutput: loop.iteration",
        3,
    ),
    "a later key of one `set`": (
        "flow: [{set: {a: '1', b: execution.context.a + 1}}]\noutput: execution.context.b",
        2,
    ),
    "`onTimeout` of a `wait` that names a participant": (
        """
        participants: {other: {type: exec, run: printf instead}}
        flow: [{wait: {event: never, timeout: 10ms, onTimeout: other}}]
        """,
        "instead",
    ),
    "an override with `run`": (
        "participants: {p: {type: exec, run: echo a}}\nflow: [{p: {run: printf b}}]",
        "b",
    ),
    "`<<` merge keys": (
        """
        participants:
          base: &base {type: exec, run: printf base}
          other: {<<: *base, run: printf other}
        flow: [base, other]
        """,
        "other",
    ),
    "`onTimeout` on `emit`": (
        "flow: [{as: e, type: emit, event: e, ack: true, onTimeout: skip}]\noutput: e.output.ack",
        True,
    ),
    "`7 / 2`": ("flow: [{set: {a: 7 / 2}}]\noutput: execution.context.a", 3),
    "methods such as `'a,b'.split(',')`": (
        """
        flow:
          - set:
              m: "'a,b'.split(',')"
              f: split('a,b', ',')
              y: timestamp('2024-01-02T03:04:05Z').getFullYear()
        output: execution.context
        """,
        {"m": ["a", "b"], "f": ["a", "b"], "y": 2024},
    ),
    "`now`, `timestamp(...)`": (
        "flow: [{set: {a: \"timestamp('2024-01-02T03:04:05Z') + duration('1h')\"}}]\noutput: execution.context.a",
        "2024-01-02T04:04:05Z",
    ),
}


@pytest.mark.parametrize("row", ROWS)
def test_row(flow, row):
    text, output = ROWS[row]
    assert f"\n| {row}" in DOCUMENT
    assert flow(text).output == output


@pytest.mark.parametrize(
    ("row", "text"),
    [
        ("a `when` that gives no boolean", "flow: [{as: s, type: exec, when: '1', run: 'true'}]"),
        ("an empty `wait`", "flow: [{wait: {}}]"),
    ],
)
def test_row_of_an_error_found_before_the_run(row, text):
    from duckflux.language.analysis import analyse

    assert f"\n| {row}" in DOCUMENT
    assert len(analyse(text).errors) == 1

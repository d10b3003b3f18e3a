"""What the form asks for that answers a `wait`: what `match` and the steps after it read of the event."""

from __future__ import annotations

from textwrap import indent

import pytest
from duckflux.ide.event_payloads import payload_fields, payload_schema
from duckflux.language.analysis import Analysis, analyse
from duckflux.language.model.workflow import Wait, walk


def waits(flow: str) -> tuple[Analysis, list[Wait]]:
    analysis = analyse("flow:\n" + indent(flow, "  "))
    return analysis, [step for step in walk(analysis.workflow.flow) if isinstance(step, Wait)]


@pytest.mark.parametrize(
    ("match", "fields"),
    [
        ('event.by != ""', ["by: string"]),
        ("event.ok", ["ok: boolean"]),
        ("!event.ok && event.count > 3", ["ok: boolean", "count: number"]),
        ("event.ok ? event.by == 'eve' : false", ["ok: boolean", "by: string"]),
        ('event.choice in ["yes", "no"]', ["choice: yes | no"]),
        ('event.by.startsWith("e")', ["by: string"]),
        ("event.user.name == 'eve'", ["user: object"]),
        ("has(event.note) ? event.note : event.ok", ["note?: boolean", "ok: boolean"]),
        ("has(event.note) && event.note == 'x'", ["note?: string"]),
        ("[1, 2].exists(n, n == event.number)", ["number: string"]),
        ("event == 'go'", []),
        ("true", []),
    ],
)
def test_fields_and_their_types_come_from_match(match: str, fields: list[str]) -> None:
    analysis, (wait,) = waits(f"- wait:\n    event: approved\n    match: {match!r}\n")
    assert [*map(described, payload_fields(analysis, wait))] == fields


def described(field) -> str:
    kind = " | ".join(field.schema.get("enum", [field.schema["type"]]))
    return f"{field.name}{'' if field.required else '?'}: {kind}"


def test_later_steps_tell_more_up_to_the_next_event() -> None:
    analysis, (first, second) = waits(
        """\
- set: {before: event.never}
- wait: {event: approved, match: event.by != ""}
- as: note
  type: exec
  input: {text: event.note}
  run: echo
- if:
    condition: event.count > 1
    then:
      - wait: {event: paid}
- set: {amount: event.amount}
"""
    )
    assert [*map(described, payload_fields(analysis, first))] == [
        "by: string",
        "note: string",
        "count: number",
    ]
    assert [*map(described, payload_fields(analysis, second))] == ["amount: string"]


@pytest.mark.parametrize(
    ("match", "schema"),
    [
        ("event == 'go'", {"type": "string"}),
        ("event in ['go', 'stop']", {"type": "string", "enum": ["go", "stop"]}),
        ("event > 2", {"type": "number"}),
        ("size(event) > 2", {}),
        ("true", {}),
    ],
)
def test_a_payload_may_be_read_as_a_whole(match: str, schema: dict[str, object]) -> None:
    analysis, (wait,) = waits(f'- wait:\n    event: approved\n    match: "{match}"\n')
    assert payload_schema(analysis, wait) == schema


def test_a_wait_without_an_event_has_no_payload() -> None:
    analysis, (wait,) = waits("- wait: {until: event.ok}\n")
    assert payload_fields(analysis, wait) == []

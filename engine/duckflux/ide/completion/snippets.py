"""Holds the snippets of whole steps and participants; their lines are relative to the line they start on."""

from __future__ import annotations

import msgspec

from ...language.schema.participant_types import BUILT_IN
from ...language.syntax.edits import TextEdit
from .completion import Completion


class Snippet(msgspec.Struct, frozen=True):
    """A text to fill in. `body` starts after the dash of a step, and has tab stops such as `$1`."""

    label: str
    body: str
    documentation: str


CONSTRUCTS = (
    Snippet(
        "loop",
        "loop:\n    max: ${1:3}\n    steps:\n      - $0",
        "Runs its steps again and again, `max` times or until a condition is true.",
    ),
    Snippet(
        "loop until",
        "loop:\n    until: ${1:condition}\n    max: ${2:10}\n    steps:\n      - $0",
        "Runs its steps until a condition is true, `max` times at most.",
    ),
    Snippet("parallel", "parallel:\n    - $1\n    - $0", "Runs steps at the same time."),
    Snippet(
        "if",
        "if:\n    condition: ${1:condition}\n    then:\n      - $0",
        "Runs steps if a condition is true.",
    ),
    Snippet(
        "if else",
        "if:\n    condition: ${1:condition}\n    then:\n      - $2\n    else:\n      - $0",
        "Runs one list of steps or another.",
    ),
    Snippet("set", "set:\n    ${1:key}: ${0:expression}", "Writes values into `execution.context`."),
    Snippet(
        "wait for an event",
        "wait:\n    event: ${1:name}\n    timeout: ${0:30s}",
        "Waits until an event comes.",
    ),
    Snippet(
        "wait until",
        "wait:\n    until: ${1:condition}\n    poll: ${2:1s}\n    timeout: ${0:5m}",
        "Looks at a condition again and again until it is true.",
    ),
    Snippet("wait", "wait:\n    timeout: ${0:5s}", "Waits for a time."),
)

PARTICIPANTS = tuple(
    Snippet(name, descriptor.snippet, f"{descriptor.description[0].upper()}{descriptor.description[1:]}.")
    for name, descriptor in BUILT_IN.items()
    if descriptor.snippet is not None
)


def snippet_completion(snippet: Snippet, edit: TextEdit, group: int) -> Completion:
    """Return the completion that puts a snippet in the place of what an edit removes."""
    return Completion(
        label=snippet.label,
        kind="snippet",
        edit=edit._replace(text=snippet.body),
        detail="snippet",
        documentation=snippet.documentation,
        group=group,
        snippet=True,
    )

"""A command has the environment, what its input gives it, and what it sets itself (section 3)."""

from __future__ import annotations

from collections.abc import Iterator

from ... import registry
from ...model.workflow import Participant
from ...semantics.command_inputs import command_of
from ...semantics.query_context import QueryContext
from ...semantics.semantic_model import SemanticModel
from ...semantics.shell_syntax import expansions, named_otherwise
from ...suggest import closest, did_you_mean
from ...syntax import Problem
from ...syntax.scalar_ranges import content_range

SUBJECTS = (Participant,)
_ALIKE = 0.8


def check(participant: Participant, context: QueryContext) -> Iterator[Problem]:
    command = command_of(participant)
    if participant.type != "exec" or command is None or "$" not in command.text or context.item is None:
        return
    given = context.query(SemanticModel.given_names, participant, context.flow_node)
    if given is None:
        return
    script = command.text
    said: set[str] = set()
    for name, start, end in expansions(script):
        if name in given or name in said or named_otherwise(script, name):
            continue
        suggestion = _meant(name, given, script)
        if suggestion is None and (
            not _is_own(name)
            or context.query(SemanticModel.is_given_more, context.item, participant, context.flow_node)
        ):
            continue
        said.add(name)
        message = f"`${name}` is not set for this command{did_you_mean(suggestion)}"
        yield Problem(
            registry.UNSET_SHELL_VARIABLE, message, content_range(command, start, end), suggestion=suggestion
        )


def _meant(name: str, given: tuple[str, ...], script: str) -> str | None:
    """The name that one is a slip of. What is written in capitals may come of the environment all the same,
    unless nothing reads the name it is so like."""
    if not name.isupper():
        return closest(name, given)
    from difflib import SequenceMatcher

    read = {expansion.name for expansion in expansions(script)}
    unread = [each for each in given if each not in read]
    same = next((each for each in unread if each.lower() == name.lower()), None)
    return same or next((e for e in unread if SequenceMatcher(None, name, e).ratio() >= _ALIKE), None)


def _is_own(name: str) -> bool:
    """Whether a name does not look like one of the environment."""
    return name == name.lower() and name != "_" and not name.endswith("_proxy")

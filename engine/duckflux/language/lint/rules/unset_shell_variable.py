"""The variables of a command are set: see docs/language.md#input-of-each-type."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

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
_MIN_SIMILARITY = 0.8


def check(participant: Participant, context: QueryContext) -> Iterator[Problem]:
    command = command_of(participant)
    if participant.type != "exec" or command is None or "$" not in command.text or context.item is None:
        return
    names = context.query(SemanticModel.given_names, participant, context.flow_node)
    if names is None:
        return
    script = command.text
    seen: set[str] = set()
    for expansion in expansions(script):
        name = expansion.name
        if name in seen:
            continue
        seen.add(name)
        if name in names or named_otherwise(script, name):
            continue
        suggestion = _misspelled(name, names, script)
        if suggestion is None and (
            not _is_local(name)
            or context.query(SemanticModel.is_given_more, context.item, participant, context.flow_node)
        ):
            continue
        message = f"`${name}` is not set for this command{did_you_mean(suggestion)}"
        yield Problem(
            registry.UNSET_SHELL_VARIABLE,
            message,
            content_range(command, expansion.start, expansion.end),
            suggestion=suggestion,
        )


def _misspelled(name: str, names: tuple[str, ...], script: str) -> str | None:
    """Return the name that `name` is a misspelling of.

    A name in capitals may come from the environment, unless the similar name is not read at all.
    """
    if not name.isupper():
        return closest(name, names)
    from difflib import SequenceMatcher

    read = _expanded(script)
    unread = [other for other in names if other not in read]
    same = next((other for other in unread if other.lower() == name.lower()), None)
    similar = (other for other in unread if SequenceMatcher(None, name, other).ratio() >= _MIN_SIMILARITY)
    return same or next(similar, None)


@lru_cache(maxsize=1)
def _expanded(script: str) -> frozenset[str]:
    return frozenset(expansion.name for expansion in expansions(script))


def _is_local(name: str) -> bool:
    """Return whether a name does not look like an environment variable."""
    return name == name.lower() and name != "_" and not name.endswith("_proxy")

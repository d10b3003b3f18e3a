"""The environment variables and folders that the commands of a workflow get, as far as the text tells."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from ...cel.types import DYN, MapType, RecordType
from ..model.workflow import Call, Participant
from ..syntax import Mapping, Scalar
from .data_flow import ChainType
from .items import Item

if TYPE_CHECKING:
    from pathlib import Path


def given_names(holders: Iterable[Mapping | None]) -> tuple[str, ...] | None:
    """Return the variables that `input` fields set for a command, None if an expression gives them all."""
    names: list[str] = []
    for holder in holders:
        node = holder.get("input") if holder is not None else None
        if isinstance(node, Mapping):
            names += (pair.key.text for pair in node)
        elif node is not None and not (isinstance(node, Scalar) and node.value is None):
            return None
    return tuple(dict.fromkeys(names))


def may_give_names(chain: ChainType) -> bool:
    """Return whether the chain value may be a map, whose keys become variables."""
    return any(type_ == DYN or isinstance(type_, MapType | RecordType) for type_ in chain.types)


def command_of(subject: Participant | Call) -> Scalar | None:
    """Return the shell command of a participant, or of the override of one."""
    holder = subject.node if isinstance(subject, Participant) else subject.overrides
    node = holder.get("run") if isinstance(holder, Mapping) else None
    return node if isinstance(node, Scalar) and isinstance(node.value, str) else None


def commands_in(items: Iterable[Item]) -> Iterator[Scalar]:
    """Return all shell commands of a workflow."""
    for item in items:
        inline = (call.inline for call in item.calls)
        subjects: list[Participant | Call | None] = [*inline, *item.calls]
        if isinstance(item.subject, Participant):
            subjects.append(item.subject)
        commands = (command_of(each) for each in subjects if each is not None)
        yield from (command for command in commands if command is not None)


def is_missing_folder(file: Path, text: str) -> bool:
    """Return whether a folder beside a workflow file does not exist although its parent does."""
    try:
        folder = file.absolute().parent
        return folder.is_dir() and not (folder / text).exists()
    except (OSError, ValueError):
        return False

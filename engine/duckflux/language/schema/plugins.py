"""Finds what other packages add through entry points (docs/plugins.md).

Nothing is looked for unless something is not built in.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

PARTICIPANTS = "duckflux.participants"
HUBS = "duckflux.hubs"


class PluginError(Exception):
    """A plugin that cannot be used; the message is for people."""


def names(group: str) -> tuple[str, ...]:
    """Return the names in a group of entry points."""
    return tuple(sorted(_entry_points(group)))


def load(group: str, name: str) -> Any:
    """Return the object that an entry point names, None if there is none.

    Raises PluginError if it cannot be loaded.
    """
    entry_point = _entry_points(group).get(name)
    if entry_point is None:
        return None
    try:
        return entry_point.load()
    except Exception as error:
        reason = f"{type(error).__name__}: {error}"
        raise PluginError(f"the plugin for {name} can't be loaded: {reason}") from error


def package(group: str, name: str) -> str | None:
    """Return the name of the package whose entry point has a name, None if there is none."""
    entry_point = _entry_points(group).get(name)
    return entry_point.dist.name if entry_point is not None and entry_point.dist is not None else None


@cache
def _entry_points(group: str) -> dict[str, EntryPoint]:
    # It takes some 30 ms, to import and to look.
    from importlib.metadata import entry_points

    return {entry_point.name: entry_point for entry_point in entry_points(group=group)}

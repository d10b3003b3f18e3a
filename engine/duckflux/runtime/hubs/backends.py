"""Finds hubs by name: built-in ones and those of plugins (entry points of the group `duckflux.hubs`)."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from . import Connect, HubError

# What a built-in hub needs that may not be installed: the module, and the extra that brings it.
BUILT_IN: dict[str, tuple[str, str] | None] = {
    "memory": None,
    "nats": ("nats", "nats"),
    "redis": ("redis", "redis"),
}


def backend(name: str, options: Mapping[str, str]) -> Connect:
    """Return how to connect to a hub. Raises HubError for an unknown name or option."""
    if name not in BUILT_IN:
        return _plugged_in(name, options)
    need = BUILT_IN[name]
    if need is not None and find_spec(need[0]) is None:
        raise HubError(f"the event backend {name} needs {need[0]}: pip install 'duckflux-ls[{need[1]}]'")
    module: Any = import_module(f".{name}", __package__)
    connect: Connect = module.connect(options)
    return connect


def _plugged_in(name: str, options: Mapping[str, str]) -> Connect:
    from duckflux.language.schema import plugins

    try:
        connect_with = plugins.load(plugins.HUBS, name)
    except plugins.PluginError as error:
        raise HubError(str(error)) from None
    if connect_with is None:
        known = ", ".join((*BUILT_IN, *plugins.names(plugins.HUBS)))
        raise HubError(f"there is no event backend '{name}': there are {known}")
    connect: Connect = connect_with(options)
    return connect

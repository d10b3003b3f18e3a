"""Finds hubs by name: built-in ones and those of plugins (entry points of the group `duckflux.hubs`)."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import Any

from ..extras import missing_extra
from . import Connect, HubError

# The module that a built-in hub needs, and the extra that installs it.
BUILT_IN: dict[str, tuple[str, str] | None] = {
    "memory": None,
    "nats": ("nats", "nats"),
    "redis": ("redis", "redis"),
}


def backend(name: str, options: Mapping[str, str]) -> Connect:
    """Return how to connect to a hub. Raises HubError for an unknown name or option."""
    if name not in BUILT_IN:
        return _plugin_backend(name, options)
    dependency = BUILT_IN[name]
    if dependency is not None:
        missing = missing_extra(f"the event backend {name}", *dependency)
        if missing is not None:
            raise HubError(missing)
    module: Any = import_module(f".{name}", __package__)
    connect: Connect = module.connect(options)
    return connect


def _plugin_backend(name: str, options: Mapping[str, str]) -> Connect:
    from duckflux.language.schema import plugins

    try:
        connect_with = plugins.load(plugins.HUBS, name)
    except plugins.PluginError as error:
        raise HubError(str(error)) from None
    if connect_with is None:
        known = ", ".join((*BUILT_IN, *plugins.names(plugins.HUBS)))
        raise HubError(f"unknown event backend '{name}': use one of {known}")
    connect: Connect = connect_with(options)
    return connect

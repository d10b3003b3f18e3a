"""Tells which optional dependency is missing and how to install it."""

from __future__ import annotations

from importlib.util import find_spec


def missing_extra(feature: str, module: str, extra: str) -> str | None:
    """Return what to install before a feature works, as a sentence; None if the module is installed."""
    if find_spec(module) is not None:
        return None
    return f"{feature} needs {module}: pip install 'duckflux-ls[{extra}]'"

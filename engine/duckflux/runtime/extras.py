"""Tells which optional dependency is missing and how to install it."""

from __future__ import annotations

from importlib.util import find_spec

from ..own_command import IS_ONE_FILE


def missing_extra(feature: str, module: str, extra: str) -> str | None:
    """Return what to install before a feature works, as a sentence; None if the module is installed."""
    if find_spec(module) is not None:
        return None
    advice = f"pip install 'duckflux-ls[{extra}]'"
    if IS_ONE_FILE:
        advice = f"the one-file duckflux does not contain it; the package does: {advice}"
    return f"{feature} needs {module}: {advice}"

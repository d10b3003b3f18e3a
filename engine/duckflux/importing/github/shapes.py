"""Checks that a workflow of GitHub Actions has maps and lists where they are read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..plan import ImportFailedError
from ..source import Source

_ANY = "*"
# A map is a map with these fields, a list one whose items are such maps.
_RUN_DEFAULTS: Mapping[str, Any] = {"run": {}}
_INPUTS: Mapping[str, Any] = {"inputs": {_ANY: {}}}
_JOB: Mapping[str, Any] = {
    "defaults": _RUN_DEFAULTS,
    "env": {},
    "steps": [{"with": {}, "env": {}}],
    "strategy": {"matrix": {"include": [{}], "exclude": [{}]}},
    "with": {},
}
_WORKFLOW: Mapping[str, Any] = {
    "on": {"workflow_dispatch": _INPUTS, "workflow_call": _INPUTS},
    "defaults": _RUN_DEFAULTS,
    "env": {},
    "jobs": {_ANY: _JOB},
}
# Names of events, and expressions that give a matrix.
_MAY_BE_OTHERWISE = ("on", "matrix", "include", "exclude")


def check_shapes(source: Source) -> None:
    """Raise ImportFailedError for the first field that must be a map or a list and is not."""
    _check(source, source.root, _WORKFLOW)


def _check(source: Source, holder: Mapping[str, Any], shape: Mapping[str, Any]) -> None:
    for key, wanted in shape.items():
        for name in [*holder] if key == _ANY else [key]:
            _check_field(source, holder, name, wanted)


def _check_field(source: Source, holder: Mapping[str, Any], name: str, wanted: Any) -> None:
    value = holder.get(name)
    kind = list if isinstance(wanted, list) else dict
    if value is None or (name in _MAY_BE_OTHERWISE and not isinstance(value, kind)):
        return
    if not isinstance(value, kind):
        what = "a list" if kind is list else "a map of fields"
        raise ImportFailedError(f"line {source.line(holder, name) + 1}: `{name}` must be {what}")
    if isinstance(value, dict):
        _check(source, value, wanted)
        return
    for index, item in enumerate(value):
        if not isinstance(item, dict):
            raise ImportFailedError(
                f"line {source.line(value, index) + 1}: each item of `{name}` must be a map of fields"
            )
        _check(source, item, wanted[0])

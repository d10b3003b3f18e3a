"""The client's settings (section `duckflux`). A setting of the wrong shape counts as not given."""

from __future__ import annotations

from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import msgspec

SECTION = "duckflux"


class TraceSettings(msgspec.Struct, frozen=True):
    """`directory` is relative to the workflow's folder; without `values` traces hold no inputs and outputs."""

    directory: str = ".duckflux/traces"
    values: bool = True


class Settings(msgspec.Struct, frozen=True):
    """`inputs` maps a workflow's file name, or a glob for its path, to the inputs to run it with."""

    inputs: dict[str, dict[str, Any]] = {}
    trace: TraceSettings = TraceSettings()

    def inputs_for(self, path: Path) -> dict[str, Any]:
        """The inputs set for a workflow file; a later entry of the map wins."""
        found: dict[str, Any] = {}
        for pattern, values in self.inputs.items():
            if pattern == path.name or fnmatch(path.as_posix(), pattern):
                found.update(values)
        return found


def read(raw: Any) -> Settings:
    """Settings from what a client sent, which may be anything."""
    if not isinstance(raw, dict):
        return Settings()
    usable: dict[str, Any] = {}
    for field in msgspec.structs.fields(Settings):
        if field.name not in raw:
            continue
        try:
            usable[field.name] = msgspec.convert(raw[field.name], field.type)
        except msgspec.ValidationError:
            continue
    return Settings(**usable)

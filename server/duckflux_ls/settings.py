"""The client's settings (section `duckflux`). A setting of the wrong shape counts as not given."""

from __future__ import annotations

from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import msgspec
from duckflux.language.lint.settings import LintSettings, SettingsError, settings_for

SECTION = "duckflux"


class TraceSettings(msgspec.Struct, frozen=True):
    """`directory` is relative to the workflow's folder; without `values` traces hold no inputs and outputs."""

    directory: str = ".duckflux/traces"
    values: bool = True


class HintSettings(msgspec.Struct, frozen=True):
    """Which hints are shown beside the results of runs: the type that flows into a step, what comes from
    `defaults`, and which texts are expressions."""

    chain: bool = True
    defaults: bool = True
    cel: bool = True


class LensSettings(msgspec.Struct, frozen=True):
    """Which lenses are shown: to run the workflow, how often each participant and input is named, and how many
    workflows call this one."""

    run: bool = True
    references: bool = True
    callers: bool = True


class McpSettings(msgspec.Struct, frozen=True):
    """`tools`: whether a server may be started to say which tools it has, where somebody completes one."""

    tools: bool = True


class Settings(msgspec.Struct, frozen=True):
    """`inputs` maps a workflow's file name, or a glob for its path, to the inputs to run it with; `lint` counts
    where no file of the project has settings."""

    inputs: dict[str, dict[str, Any]] = {}
    trace: TraceSettings = TraceSettings()
    hints: HintSettings = HintSettings()
    lenses: LensSettings = LensSettings()
    mcp: McpSettings = McpSettings()
    lint: LintSettings = LintSettings()

    def inputs_for(self, path: Path) -> dict[str, Any]:
        """The inputs set for a workflow file; a later entry of the map wins."""
        found: dict[str, Any] = {}
        for pattern, values in self.inputs.items():
            if pattern == path.name or fnmatch(path.as_posix(), pattern):
                found.update(values)
        return found

    def lint_for(self, path: Path | None) -> LintSettings:
        """Which diagnostics are wanted of a file. A project's settings that are unusable count as not given."""
        try:
            found = settings_for(path.parent) if path is not None else None
        except SettingsError:
            found = None
        return found.lint if found is not None else self.lint


def unusable(path: Path | None) -> str | None:
    """Why the settings of a file's project can't be used; None if they can, or there are none."""
    try:
        settings_for(path.parent) if path is not None else None
    except SettingsError as error:
        return str(error)
    return None


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

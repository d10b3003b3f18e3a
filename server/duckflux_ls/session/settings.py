"""Reads the client's settings, the section `duckflux`. A setting of the wrong type counts as not given."""

from __future__ import annotations

from fnmatch import fnmatch
from pathlib import Path
from typing import Annotated, Any

import msgspec
from duckflux.ide.code_lenses import LensSettings
from duckflux.ide.inlay_hints import HintSettings
from duckflux.language.lint.settings import LintSettings, SettingsError, settings_for

SECTION = "duckflux"


class TraceSettings(msgspec.Struct, frozen=True, rename="camel"):
    """The folder of traces, relative to the workflow's.

    Without `values` they contain no inputs and outputs, nor what steps print; without `output` not the latter.
    `max_megabytes` is how much all traces of the workspace may have together, None for no limit. With `replay`,
    expressions are evaluated again on the last one while they are written.
    """

    directory: str = ".duckflux/traces"
    values: bool = True
    output: bool = True
    replay: bool = False
    max_megabytes: Annotated[int, msgspec.Meta(ge=1)] | None = 200


class RunSettings(msgspec.Struct, frozen=True, rename="camel"):
    """Settings of runs: how many steps may run at once (None: no limit), and where runs are kept, if at all."""

    max_parallel: Annotated[int, msgspec.Meta(ge=1, le=10_000)] | None = None
    durable: str | None = None


class McpSettings(msgspec.Struct, frozen=True):
    """The permission to start a server to list its `tools` for completion."""

    tools: bool = True


class Settings(msgspec.Struct, frozen=True):
    """All settings.

    `inputs` maps a workflow's file name, or a glob for its path, to the inputs to run it with; `lint` applies
    where no file of the project has settings.
    """

    inputs: dict[str, dict[str, Any]] = {}
    trace: TraceSettings = TraceSettings()
    run: RunSettings = RunSettings()
    hints: HintSettings = HintSettings()
    lenses: LensSettings = LensSettings()
    mcp: McpSettings = McpSettings()
    lint: LintSettings = LintSettings()

    def inputs_for(self, path: Path) -> dict[str, Any]:
        """Return the inputs that are set for a workflow file; a later entry of the map wins."""
        found: dict[str, Any] = {}
        for pattern, values in self.inputs.items():
            if pattern == path.name or fnmatch(path.as_posix(), pattern):
                found.update(values)
        return found

    def lint_for(self, path: Path | None) -> LintSettings:
        """Return the lint settings of a file. Invalid settings of its project count as not given."""
        try:
            found = settings_for(path.parent) if path is not None else None
        except SettingsError:
            found = None
        return found.lint if found is not None else self.lint


def invalid_settings(path: Path | None) -> str | None:
    """Return why the settings of a file's project are invalid, or None if they are valid or there are none."""
    try:
        settings_for(path.parent) if path is not None else None
    except SettingsError as error:
        return str(error)
    return None


def read_settings(raw: Any) -> Settings:
    """Return the settings in what a client sent, which may be anything."""
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

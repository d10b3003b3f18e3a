"""The lint settings, from `.duckflux.toml`, `[tool.duckflux]` in `pyproject.toml`, or the editor.

They select diagnostics and change severities; a run does not depend on them.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import msgspec

from ...files import SETTINGS_BYTES, read_file
from .. import registry
from ..registry import Severity
from ..workflow_files import Stamp, stamp

FILES = (".duckflux.toml", "pyproject.toml")

_Code = Annotated[
    str,
    msgspec.Meta(
        pattern=r"^(DF[0-9]{0,3}|[a-z]+(-[a-z]+)*)$",
        description="A rule: a code (`DF301`), the start of codes (`DF3`), or a name (`unknown-participant`).",
    ),
]
_Codes = tuple[_Code, ...]


_MAX_KEY_PARTS = 100


class SettingsError(Exception):
    """Invalid settings; the text has the file and the reason."""


class LintSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The diagnostics that are shown, and their severities."""

    select: Annotated[_Codes, msgspec.Meta(description="The rules that are reported. All by default.")] = (
        "DF",
    )
    ignore: Annotated[_Codes, msgspec.Meta(description="The rules that are not reported.")] = ()
    severity: Annotated[
        dict[_Code, Severity],
        msgspec.Meta(description="Other severities, by rule; the longest match counts."),
    ] = {}
    shellcheck: Annotated[
        bool, msgspec.Meta(description="Check commands with shellcheck if it is installed.")
    ] = True

    def shows(self, code: str) -> bool:
        """Return whether diagnostics of a code are shown. The longer match in `select` and `ignore` counts."""
        return _longest_match(self.select, code) > _longest_match(self.ignore, code)

    def severity_of(self, code: str, default: Severity) -> Severity:
        """Return the severity of a code, by default `default`."""
        matching = max(
            (rule for rule in self.severity if _matches(rule, code)),
            key=_precision,
            default=None,
        )
        return default if matching is None else self.severity[matching]


def _matches(rule: str, code: str) -> bool:
    """Return whether a code, the beginning of one, or a slug stands for `code`."""
    return code.startswith(registry.code_of(rule) or rule)


def _precision(rule: str) -> int:
    """Return how many characters of a code a rule of the settings gives."""
    return len(registry.code_of(rule) or rule)


def _longest_match(rules: tuple[str, ...], code: str) -> int:
    """Return how many characters of `code` the best match gives; -1 if there is none."""
    return max((_precision(rule) for rule in rules if _matches(rule, code)), default=-1)


class ProjectSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The duckflux settings of a project."""

    lint: LintSettings = LintSettings()


def read(raw: Any, source: str) -> ProjectSettings:
    """Return the settings from a table of TOML or an object of JSON. Raise SettingsError."""
    try:
        settings = msgspec.convert(raw, ProjectSettings)
    except msgspec.ValidationError as error:
        raise SettingsError(f"{source}: {error}") from None
    lint = settings.lint
    for code in (*lint.select, *lint.ignore, *lint.severity):
        if not any(_matches(code, known) for known in registry.REGISTRY):
            raise SettingsError(f"{source}: unknown rule `{code}`: `duckflux explain` lists all")
    return settings


def settings_for(folder: Path) -> ProjectSettings | None:
    """Return the settings of the nearest file with some, in a folder or above it, or None.

    Raise SettingsError if that file is invalid.
    """
    for parent in (folder, *folder.parents):
        for name in FILES:
            settings = _of_file(parent / name)
            if settings is not None:
                return settings
    return None


def _of_file(path: Path) -> ProjectSettings | None:
    state = stamp(path)
    if state is None:
        return None
    cached = _cache.get(path)
    if cached is None or cached[0] != state:
        cached = _cache[path] = state, _load(path)
    if isinstance(cached[1], SettingsError):
        raise cached[1]
    return cached[1]


def _load(path: Path) -> ProjectSettings | SettingsError | None:
    try:
        table = _toml(read_file(path, SETTINGS_BYTES).decode("utf-8"))
        if path.name == "pyproject.toml":
            tool = table.get("tool")
            if not isinstance(tool, dict) or "duckflux" not in tool:
                return None
            return read(tool["duckflux"], f"{path}: [tool.duckflux]")
        return read(table, str(path))
    except (OSError, ValueError) as error:
        # An invalid pyproject.toml is not an error of duckflux.
        if path.name == "pyproject.toml":
            return None
        return SettingsError(f"{path}: {error.strerror if isinstance(error, OSError) else error}")
    except SettingsError as error:
        return error


def _toml(text: str) -> dict[str, Any]:
    """Return the table of a TOML text. Raises ValueError."""
    import tomllib

    for number, line in enumerate(text.split("\n"), 1):
        # The time that tomllib takes for a key grows with the square of its parts, and more.
        if any(part.count(".") >= _MAX_KEY_PARTS for part in line.split("=")[:-1]):
            raise ValueError(f"line {number}: a key has more than {_MAX_KEY_PARTS} parts")
    try:
        return tomllib.loads(text)
    except RecursionError:
        raise ValueError("it is nested too deeply") from None
    except tomllib.TOMLDecodeError:
        raise
    except ValueError:
        # The message is about a limit of Python.
        raise ValueError("a number has too many digits") from None


_cache: dict[Path, tuple[Stamp, ProjectSettings | SettingsError | None]] = {}


def json_schema() -> dict[str, Any]:
    """Return the JSON Schema of the settings."""
    schema = msgspec.json.schema(ProjectSettings)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "duckflux settings"} | schema

"""Which diagnostics are wanted, and how bad each is: from `.duckflux.toml`, from `[tool.duckflux]` in
`pyproject.toml`, or from the editor. Only what is shown depends on it; a run does not."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import msgspec

from .. import registry
from ..registry import Severity
from ..workflow_files import Stamp, stamp

FILES = (".duckflux.toml", "pyproject.toml")

_Code = Annotated[
    str,
    msgspec.Meta(
        pattern=r"^(DF[0-9]{0,3}|[a-z]+(-[a-z]+)*)$",
        description="A rule: a code (`DF301`), the beginning of some (`DF3`), or a name (`unknown-participant`).",
    ),
]
_Codes = tuple[_Code, ...]


class SettingsError(Exception):
    """Settings that can't be used; the text says where and why."""


class LintSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which diagnostics are shown, and how."""

    select: Annotated[_Codes, msgspec.Meta(description="The codes that are shown. All without it.")] = ("DF",)
    ignore: Annotated[_Codes, msgspec.Meta(description="The codes that are not shown after all.")] = ()
    severity: Annotated[
        dict[_Code, Severity],
        msgspec.Meta(description="Another severity for a code; the longest match counts."),
    ] = {}
    shellcheck: Annotated[
        bool, msgspec.Meta(description="Whether commands are shown to shellcheck, where it is installed.")
    ] = True

    def shows(self, code: str) -> bool:
        """Whether diagnostics of a code are wanted. Of `select` and `ignore` the longer match counts."""
        return _longest_match(self.select, code) > _longest_match(self.ignore, code)

    def severity_of(self, code: str, usual: Severity) -> Severity:
        """How bad a code is here."""
        matching = max(
            (one for one in self.severity if _matches(one, code)),
            key=_precision,
            default=None,
        )
        return usual if matching is None else self.severity[matching]


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
    """Settings of duckflux for a project."""

    lint: LintSettings = LintSettings()


def read(raw: Any, where: str) -> ProjectSettings:
    """Settings from a table of TOML or an object of JSON. Raises SettingsError."""
    try:
        settings = msgspec.convert(raw, ProjectSettings)
    except msgspec.ValidationError as error:
        raise SettingsError(f"{where}: {error}") from None
    lint = settings.lint
    for code in (*lint.select, *lint.ignore, *lint.severity):
        if not any(_matches(code, known) for known in registry.REGISTRY):
            raise SettingsError(f"{where}: unknown rule `{code}`: `duckflux explain` lists all")
    return settings


def settings_for(folder: Path) -> ProjectSettings | None:
    """The settings of the nearest file that has some, in a folder or above; None where there are none. Raises
    SettingsError for such a file that can't be used."""
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
    known = _known.get(path)
    if known is None or known[0] != state:
        known = _known[path] = state, _load(path)
    if isinstance(known[1], SettingsError):
        raise known[1]
    return known[1]


def _load(path: Path) -> ProjectSettings | SettingsError | None:
    import tomllib

    try:
        table = tomllib.loads(path.read_text("utf-8"))
        if path.name == "pyproject.toml":
            tool = table.get("tool")
            if not isinstance(tool, dict) or "duckflux" not in tool:
                return None
            return read(tool["duckflux"], f"{path}: [tool.duckflux]")
        return read(table, str(path))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        # Somebody else's file is theirs to mend.
        return None if path.name == "pyproject.toml" else SettingsError(f"{path}: {error}")
    except SettingsError as error:
        return error


_known: dict[Path, tuple[Stamp, ProjectSettings | SettingsError | None]] = {}


def json_schema() -> dict[str, Any]:
    """The JSON Schema of the settings."""
    schema = msgspec.json.schema(ProjectSettings)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "duckflux settings"} | schema

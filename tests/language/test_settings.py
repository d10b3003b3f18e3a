"""Which diagnostics are shown, and how: the settings of a project. docs/settings.schema.json is their schema.

`DUCKFLUX_UPDATE_GOLDEN=1 pytest tests/language/test_settings.py` writes the schema anew.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from duckflux.cli.main import main
from duckflux.language.analysis import analyse, with_settings
from duckflux.language.lint.settings import LintSettings, SettingsError, json_schema, read, settings_for

PROJECT = Path(__file__).parents[2]
SCHEMA = PROJECT / "docs" / "settings.schema.json"
TEXT = "flow:\n  - absent\n  - {type: exec, run: ls, url: x, timeout: 5 min}\n"


def shown(**fields: object) -> list[tuple[str, str]]:
    lint = read({"lint": fields}, "here").lint
    return [(found.code, str(found.severity)) for found in with_settings(analyse(TEXT), lint).diagnostics]


def test_usually_all() -> None:
    assert shown() == [("DF301", "error"), ("DF209", "warning"), ("DF205", "error")]


def test_the_longest_match_counts() -> None:
    assert shown(ignore=["DF2"]) == [("DF301", "error")]
    assert shown(select=["DF", "DF205"], ignore=["DF2"]) == [("DF301", "error"), ("DF205", "error")]
    assert shown(select=["DF2"], ignore=["DF209"], severity={"DF2": "warning"}) == [("DF205", "warning")]
    assert shown(select=["DF2"], severity={"DF2": "warning", "DF209": "information"}) == [
        ("DF209", "information"),
        ("DF205", "warning"),
    ]


def test_names_stand_for_codes() -> None:
    assert shown(ignore=["unknown-participant", "field-of-other-type"]) == [("DF205", "error")]
    assert shown(select=["DF2"], severity={"DF2": "warning", "invalid-duration": "information"}) == [
        ("DF209", "warning"),
        ("DF205", "information"),
    ]


@pytest.mark.parametrize(
    ("table", "why"),
    [
        ({"lint": {"ignores": []}}, "unknown field `ignores`"),
        ({"lint": {"ignore": ["X1"]}}, "$.lint.ignore[0]"),
        ({"lint": {"ignore": ["DF999"]}}, "unknown rule `DF999`"),
        ({"lint": {"ignore": ["unknown-thing"]}}, "unknown rule `unknown-thing`"),
        ({"lint": {"severity": {"DF301": "fatal"}}}, "fatal"),
    ],
)
def test_mistakes_are_named(table: object, why: str) -> None:
    with pytest.raises(SettingsError, match=r"^here: ") as error:
        read(table, "here")
    assert why in str(error.value)


def test_the_nearest_file_counts(tmp_path: Path) -> None:
    inner = tmp_path / "a" / "b"
    inner.mkdir(parents=True)
    assert settings_for(inner) is None or PROJECT in inner.parents
    (tmp_path / "pyproject.toml").write_text('[tool.duckflux.lint]\nignore = ["DF3"]\n')
    assert settings_for(inner) == read({"lint": {"ignore": ["DF3"]}}, "")
    (tmp_path / "a" / "pyproject.toml").write_text("[project]\n")
    assert settings_for(inner) == read({"lint": {"ignore": ["DF3"]}}, "")
    (tmp_path / "a" / ".duckflux.toml").write_text('[lint]\nselect = ["DF2"]\n')
    assert settings_for(inner) == read({"lint": {"select": ["DF2"]}}, "")
    (tmp_path / "a" / ".duckflux.toml").write_text("")
    assert (found := settings_for(inner)) is not None and found.lint == LintSettings()


def test_lint_obeys(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("w.duck.yaml").write_text(TEXT)
    Path(".duckflux.toml").write_text('[lint]\nignore = ["DF205", "DF3"]\n')
    assert main(["lint", "w.duck.yaml"]) == 0
    assert "[DF209]" in capfd.readouterr().out
    main(["lint", "--fix", "w.duck.yaml"])
    assert Path("w.duck.yaml").read_text() == TEXT
    Path(".duckflux.toml").write_text('[lint]\nseverity = {DF209 = "error"}\nignore = ["DF3", "DF205"]\n')
    assert main(["lint", "w.duck.yaml"]) == 1
    Path(".duckflux.toml").write_text("[lint\n")
    capfd.readouterr()
    assert main(["lint", "w.duck.yaml"]) == 1
    assert capfd.readouterr().err.startswith("w.duck.yaml: error: invalid settings: ")


def test_the_schema_is_up_to_date() -> None:
    text = json.dumps(json_schema(), indent=2) + "\n"
    if os.environ.get("DUCKFLUX_UPDATE_GOLDEN"):
        SCHEMA.write_text(text, "utf-8", newline="\n")
    assert SCHEMA.read_text("utf-8") == text


def test_the_editor_has_the_same_fields() -> None:
    package = json.loads((PROJECT / "vscode-client" / "package.json").read_text("utf-8"))
    setting = package["contributes"]["configuration"]["properties"]["duckflux.lint"]
    lint = json_schema()["$defs"]["LintSettings"]["properties"]
    assert {name: field["description"] for name, field in setting["properties"].items()} == {
        name: field["description"] for name, field in lint.items()
    }

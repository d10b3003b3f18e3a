"""The manifest of the VS Code extension says what the server knows, and names only what is there."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import msgspec
from duckflux.ide import scratch
from duckflux.ide.completion import whole_files
from duckflux.language.workflow_files import TEST_SUFFIXES, WORKFLOW_SUFFIXES
from duckflux_ls.session.settings import Settings

ROOT = Path(__file__).parents[2]
CLIENT = ROOT / "vscode-client"
MANIFEST = json.loads((CLIENT / "package.json").read_text("utf-8"))
CONTRIBUTED = MANIFEST["contributes"]
PROPERTIES: dict[str, Any] = CONTRIBUTED["configuration"]["properties"]
COMMANDS = {command["command"] for command in CONTRIBUTED["commands"]}
SNIPPETS = json.loads((CLIENT / "snippets.json").read_text("utf-8"))
# What only the client knows of.
OWN_SETTINGS = {"duckflux.server.path", "duckflux.run.showOutput", "duckflux.trace.server"}


def settings_of(record: type[msgspec.Struct], prefix: str) -> dict[str, Any]:
    """The settings that the server reads, with their defaults. Those of `lint` are one setting."""
    found: dict[str, Any] = {}
    for field in msgspec.structs.fields(record):
        name = f"{prefix}.{field.encode_name}"
        if isinstance(field.type, type) and issubclass(field.type, msgspec.Struct) and field.name != "lint":
            found |= settings_of(field.type, name)
        else:
            found[name] = {} if field.name in ("lint", "inputs") else field.default
    return found


def test_its_settings_are_those_of_the_server() -> None:
    declared = {name: setting["default"] for name, setting in PROPERTIES.items() if name not in OWN_SETTINGS}
    assert declared == settings_of(Settings, "duckflux")
    lint = next(field for field in msgspec.structs.fields(Settings) if field.name == "lint")
    fields = {field.name for field in msgspec.structs.fields(lint.type)}
    assert set(PROPERTIES["duckflux.lint"]["properties"]) == fields


def test_the_words_of_the_file_are_offered_nowhere() -> None:
    """Not in commands either: text of an embedded language has the settings of that language."""
    contributes = MANIFEST["contributes"]
    assert contributes["configurationDefaults"]["[duckflux]"]["editor.wordBasedSuggestions"] == "off"
    assert not any("embeddedLanguages" in grammar for grammar in contributes["grammars"])


def test_every_setting_is_described_here_and_in_the_docs() -> None:
    text = (ROOT / "docs" / "editors.md").read_text("utf-8")
    for name, setting in PROPERTIES.items():
        assert setting.get("markdownDescription") or setting.get("description"), name
        assert f"`{name.removeprefix('duckflux.')}`" in text, f"docs/editors.md lacks {name}"


def test_every_command_is_registered_and_documented() -> None:
    source = (CLIENT / "src" / "commands.ts").read_text("utf-8")
    menu = CONTRIBUTED["menus"]["view/item/context"]
    of_traces = {entry["command"] for entry in menu if "trace" in entry["when"]}
    text = (ROOT / "docs" / "editors.md").read_text("utf-8")
    for command in CONTRIBUTED["commands"]:
        name = command["command"].removeprefix("duckflux.")
        assert re.search(rf"^    {name}[:,]", source, re.MULTILINE), f"commands.ts lacks {name}"
        if command["command"] in of_traces:
            assert f"**{command['title']}**" in text, f"docs/editors.md lacks {command['title']}"
        elif name != "refreshWorkflows":
            assert f"duckflux: {command['title']}" in text, f"docs/editors.md lacks {command['title']}"


def test_menus_and_walkthrough_name_commands_that_are_there() -> None:
    used = {entry["command"] for entries in CONTRIBUTED["menus"].values() for entry in entries}
    used |= set(re.findall(r"command:(duckflux\.\w+)\)", json.dumps(CONTRIBUTED)))
    assert used <= COMMANDS


def test_nothing_runs_in_a_workspace_that_is_not_trusted() -> None:
    for place, entries in CONTRIBUTED["menus"].items():
        for entry in entries:
            if re.search(r"\.(run\w*|(resume|replay)(Trace)?)$", entry["command"]):
                assert entry["when"] == "false" or "isWorkspaceTrusted" in entry["when"], (place, entry)


def test_its_language_has_all_suffixes() -> None:
    workflows, scratches = CONTRIBUTED["languages"]
    assert set(workflows["extensions"]) == {*WORKFLOW_SUFFIXES, *TEST_SUFFIXES}
    assert (scratches["id"], scratches["extensions"]) == (scratch.LANGUAGE_ID, [scratch.SUFFIX])


def test_every_file_it_names_is_there_and_packaged() -> None:
    named = set(
        re.findall(
            r'"\.?/?((?:images|syntaxes|walkthrough)/[^"]+)"', json.dumps([CONTRIBUTED, MANIFEST["icon"]])
        )
    )
    assert named
    kept = (CLIENT / ".vscodeignore").read_text("utf-8").splitlines()
    for path in named:
        assert (CLIENT / path).is_file(), path
        assert any(Path(path).match(line[1:].replace("**", "*")) for line in kept if line.startswith("!")), (
            path
        )


def test_a_new_workflow_is_the_one_that_completion_offers() -> None:
    """Without a prefix a snippet is in no list: what is listed comes from the server, and only where it fits."""
    [snippet] = SNIPPETS.values()
    assert "prefix" not in snippet
    assert "\n".join(snippet["body"]) == whole_files.WORKFLOWS[0].body

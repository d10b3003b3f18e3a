"""The block of docs/editors/sublime.md, as far as it can be tested without Sublime Text."""

import json
import subprocess

import msgspec
import pytest
from duckflux_ls.session.settings import Settings

from .docs import blocks

pytestmark = pytest.mark.editor


def test_its_command_starts_the_server_and_its_settings_are_known(path: str) -> None:
    (block,) = blocks("sublime", "json")
    client = json.loads(block)["clients"]["duckflux"]
    command = [client["command"][0], "--version"]
    assert subprocess.run(command, env={"PATH": path}, capture_output=True, check=True).stdout.startswith(
        b"duckflux-ls"
    )
    assert client["command"][1:] == ["--stdio"]
    known = {f"duckflux.{field.name}" for field in msgspec.structs.fields(Settings)}
    assert set(client["settings"]) <= known

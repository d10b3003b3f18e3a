"""docs/lsp.md: every method of the protocol is in the table, and the table says what the server does."""

from __future__ import annotations

import re
from pathlib import Path

from duckflux_ls.app import server
from duckflux_ls.app.server import create_server
from lsprotocol import types

DOCUMENT = Path(__file__).parents[2] / "docs" / "lsp.md"
# What pygls answers by itself, and what is only ever sent by the server.
_BUILT_IN = {"exit", "$/cancelRequest", "$/setTrace", "$/progress", "workspace/executeCommand"}
_BUILT_IN |= {"window/workDoneProgress/cancel"}
_TO_THE_CLIENT = {
    method for method in types.METHOD_TO_TYPES if types.message_direction(method) == "serverToClient"
}


def table() -> dict[str, bool]:
    rows = re.findall(r"^\| (`.+`) \| (yes|no) \|", DOCUMENT.read_text(), re.MULTILINE)
    return {method: answer == "yes" for methods, answer in rows for method in re.findall("`(.+?)`", methods)}


def test_every_method_is_in_the_table() -> None:
    assert sorted(table()) == sorted(types.METHOD_TO_TYPES)


def test_the_table_says_what_the_server_answers() -> None:
    answered = set(create_server().protocol.fm.features) | _BUILT_IN
    for method, yes in table().items():
        if method not in _TO_THE_CLIENT:
            assert yes == (method in answered), method


def test_every_command_is_documented() -> None:
    commands = set(re.findall(r"`(duckflux\.server\.\w+)`", DOCUMENT.read_text()))
    assert commands == set(create_server().protocol.fm.commands)


def test_every_module_of_requests_is_registered() -> None:
    folder = Path(server.__file__).parents[1] / "requests"
    registered = {request.__name__.rpartition(".")[2] for request in server._REQUESTS}
    assert registered == {path.stem for path in folder.glob("*.py")} - {"__init__"}

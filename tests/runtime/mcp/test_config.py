"""Where MCP servers are looked up, and what their files may say."""

from __future__ import annotations

import json

import pytest
from duckflux.runtime.mcp.config import ConfigError, all_servers, find_server

ENVIRONMENT = {"HOME": "/home/duck", "TOKEN": "s3cret", "EMPTY": ""}


@pytest.fixture
def write(tmp_path):
    def write(file: str, content: object) -> None:
        path = tmp_path / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content if isinstance(content, str) else json.dumps(content))

    return write


def servers(**named: object) -> dict[str, object]:
    return {"mcpServers": {name: {"command": command} for name, command in named.items()}}


def test_the_nearest_folder_wins_and_mcp_json_before_vs_codes(write, tmp_path):
    write(".mcp.json", servers(a="far", far="far"))
    write("p/.mcp.json", servers(a="near"))
    write("p/.vscode/mcp.json", {"servers": {"a": {"command": "code"}, "b": {"command": "code"}}})
    folder = tmp_path / "p" / "deep" / "down"
    found = {name: find_server(name, folder, ENVIRONMENT) for name in ("a", "b", "far")}
    assert {name: server.command for name, server in found.items()} == {
        "a": "near",
        "b": "code",
        "far": "far",
    }
    assert found["b"].folder == tmp_path / "p"
    listed = [server.name for server in all_servers(folder, ENVIRONMENT)]
    assert listed[:3] == ["a", "b", "far"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("${TOKEN}", "s3cret"),
        ("Bearer ${TOKEN}!", "Bearer s3cret!"),
        ("${NONE:-fallback}", "fallback"),
        ("${NONE:-}", ""),
        ("${NONE:-http://x:1/?a=b}", "http://x:1/?a=b"),
        ("${EMPTY:-fallback}", ""),
        ("${TOKEN:-fallback}", "s3cret"),
        ("${env:TOKEN}", "s3cret"),
        ("${env:NONE}", ""),
        ("${userHome}", "/home/duck"),
        ("${workspaceFolder}/x", "FOLDER/x"),
        ("${workspaceFolderBasename}", "BASE"),
        ("${pathSeparator}${/}", "//"),
        ("$TOKEN $$ {TOKEN}", "$TOKEN $$ {TOKEN}"),
    ],
)
def test_references(write, tmp_path, text, expected):
    expected = expected.replace("FOLDER", str(tmp_path)).replace("BASE", tmp_path.name)
    write(".mcp.json", {"mcpServers": {"s": {"command": text, "args": [text], "env": {"E": text}}}})
    server = find_server("s", tmp_path, ENVIRONMENT)
    assert (server.command, server.args, server.env) == (expected, (expected,), {"E": expected})
    write(".mcp.json", {"mcpServers": {"s": {"url": text, "headers": {"Authorization": text}}}})
    server = find_server("s", tmp_path, ENVIRONMENT)
    assert (server.url, server.headers) == (expected, {"Authorization": expected})


def test_comments_and_last_commas_are_no_mistake(write, tmp_path):
    write(
        ".vscode/mcp.json",
        """
        // the servers
        {"servers": { /* one */ "s": {"command": "http://x // no comment, }", "args": ["a", "/*b*/",],},}}
        """,
    )
    server = find_server("s", tmp_path, ENVIRONMENT)
    assert (server.command, server.args) == ("http://x // no comment, }", ("a", "/*b*/"))


def test_numbers_and_flags_in_env_are_texts(write, tmp_path):
    write(".mcp.json", {"mcpServers": {"s": {"command": "c", "env": {"PORT": 80, "ON": True}}}})
    assert find_server("s", tmp_path, ENVIRONMENT).env == {"PORT": "80", "ON": "true"}


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("{", "FILE:1:2: it is not JSON: it ends too early"),
        ("[]", "FILE: it must be an object, with the servers by name under `mcpServers`"),
        ({"mcpServers": []}, "FILE: it must be an object, with the servers by name under `mcpServers`"),
        ({"mcpServers": {"s": 1}}, "FILE: server 's' must be an object"),
        ({"mcpServers": {"s": {}}}, "FILE: server 's' needs either `command` or `url`"),
        ({"mcpServers": {"s": {"command": 1}}}, "FILE: server 's': `command` must be a string"),
        ({"mcpServers": {"s": {"command": "c", "args": "a"}}}, "FILE: server 's': `args` must be a list"),
        ({"mcpServers": {"s": {"command": "c", "env": ["a"]}}}, "FILE: server 's': `env` must be an object"),
        ({"mcpServers": {"s": {"type": "sse", "url": "u"}}}, "FILE: server 's' has the outdated type sse"),
        (
            {"mcpServers": {"s": {"command": "${NONE}"}}},
            "FILE: server 's': the environment variable NONE is not set and has no default",
        ),
        ({"mcpServers": {"s": {"command": "${input:key}"}}}, "FILE: server 's' needs the input 'key'"),
        (
            {"mcpServers": {"s": {"command": "${what:else}"}}},
            "FILE: server 's': unknown variable `${what:else}`",
        ),
        (servers(ss="c"), "no MCP server 's' is configured"),
        ({}, "no MCP server 's' is configured: add it under `mcpServers`"),
    ],
)
def test_mistakes_are_named(write, tmp_path, content, words):
    write(".mcp.json", content)
    with pytest.raises(ConfigError) as error:
        find_server("s", tmp_path, ENVIRONMENT)
    assert str(error.value).startswith(words.replace("FILE", str(tmp_path / ".mcp.json")))
    assert "s3cret" not in str(error.value)

"""Reads which MCP servers are configured: `.mcp.json` and `.vscode/mcp.json` in the workflow's folder or above.

Other programs share these files, so they are read in the same way: `${VAR}` and `${VAR:-default}` as by
Claude Code, `${env:VAR}`, `${workspaceFolder}` and `${userHome}` as by VS Code; comments and trailing commas
are allowed. The nearest folder wins, and in one folder `.mcp.json`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import msgspec

from ...language.semantics.mcp_servers import ConfigError, server_files

_REFERENCE = re.compile(r"\$\{([^{}]*)\}")


class ServerConfig(msgspec.Struct, frozen=True):
    """A configured server with references expanded.

    It has a `command` (stdio) or a `url` (streamable HTTP).
    """

    name: str
    file: Path
    folder: Path
    command: str | None = None
    args: tuple[str, ...] = ()
    env: dict[str, str] = {}
    cwd: str | None = None
    url: str | None = None
    headers: dict[str, str] = {}


def find_server(name: str, folder: Path, environment: Mapping[str, str]) -> ServerConfig:
    """Return the server of this name for workflows in `folder`. Raises ConfigError."""
    found: list[str] = []
    for file, home, servers in server_files(folder):
        if name in servers:
            return _server(name, file, home, servers[name], environment)
        found += servers
    if found:
        from duckflux.language.suggest import closest, did_you_mean

        known = f"the configured servers are {', '.join(dict.fromkeys(found))}"
        raise ConfigError(
            f"no MCP server '{name}' is configured{did_you_mean(closest(name, found))}: {known}"
        )
    raise ConfigError(
        f"no MCP server '{name}' is configured: add it under `mcpServers` to a `.mcp.json` in the folder of the "
        "workflow or in a parent folder"
    )


def all_servers(folder: Path, environment: Mapping[str, str]) -> Iterator[ServerConfig | ConfigError]:
    """Yield all servers for workflows in `folder`, an error in the place of an invalid one."""
    seen: set[str] = set()
    for file, home, servers in server_files(folder):
        for name, entry in servers.items():
            if name in seen:
                continue
            seen.add(name)
            try:
                yield _server(name, file, home, entry, environment)
            except ConfigError as error:
                yield error


def _server(name: str, file: Path, home: Path, entry: Any, environment: Mapping[str, str]) -> ServerConfig:
    where = f"{file}: server '{name}'"

    def expanded(value: Any) -> Any:
        return _expand(value, where, home, environment)

    if not isinstance(entry, dict):
        raise ConfigError(f"{where} must be an object")
    kind = entry.get("type")
    if kind == "sse":
        raise ConfigError(
            f"{where} has the outdated type sse: use type http and the URL of its streamable HTTP"
        )
    if ("command" in entry) == ("url" in entry):
        raise ConfigError(f"{where} needs either `command` or `url`")
    fields = {
        key: expanded(entry[key])
        for key in ("command", "args", "env", "cwd", "url", "headers")
        if key in entry
    }
    for key, expected in (("env", dict), ("headers", dict), ("args", list)):
        if not isinstance(fields.get(key, expected()), expected):
            raise ConfigError(f"{where}: `{key}` must be {'a list' if expected is list else 'an object'}")
    for key in ("env", "headers"):
        # Ports and flags may be written as numbers.
        fields[key] = {k: v if isinstance(v, str) else _json(v) for k, v in fields.get(key, {}).items()}
    try:
        return msgspec.convert({**fields, "name": name, "file": file, "folder": home}, ServerConfig)
    except msgspec.ValidationError as error:
        field = str(error).partition("`$.")[2].rstrip("`") or "it"
        raise ConfigError(f"{where}: `{field}` must be a string") from None


def _json(value: Any) -> str:
    return msgspec.json.encode(value).decode()


def _expand(value: Any, where: str, home: Path, environment: Mapping[str, str]) -> Any:
    if isinstance(value, str):
        return _REFERENCE.sub(lambda found: _value(found[1], where, home, environment), value)
    if isinstance(value, list):
        return [_expand(item, where, home, environment) for item in value]
    if isinstance(value, dict):
        return {key: _expand(item, where, home, environment) for key, item in value.items()}
    return value


def _value(reference: str, where: str, home: Path, environment: Mapping[str, str]) -> str:
    name, has_default, default = reference.partition(":-")
    if has_default:
        return environment.get(name, default)
    match reference.partition(":"):
        case ("workspaceFolder", _, _):
            return str(home)
        case ("workspaceFolderBasename", "", _):
            return home.name
        case ("userHome", "", _):
            return environment.get("HOME", "")
        case ("pathSeparator" | "/", "", _):
            return "/"
        case ("env", ":", variable):
            return environment.get(variable, "")
        case ("input", ":", id_):
            raise ConfigError(f"{where} needs the input '{id_}', which only VS Code can ask for")
        case (variable, "", _) if variable in environment:
            return environment[variable]
        case (variable, "", _):
            raise ConfigError(f"{where}: the environment variable {variable} is not set and has no default")
        case _:
            raise ConfigError(f"{where}: unknown variable `${{{reference}}}`")

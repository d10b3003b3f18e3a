"""Which MCP servers are configured: `.mcp.json` and `.vscode/mcp.json`, in the workflow's folder or one above it.

These files are shared with other programs, so comments and trailing commas are no mistake. The nearest folder
wins, in one folder `.mcp.json`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import msgspec

if TYPE_CHECKING:
    from pathlib import Path

FILES = ((".mcp.json", "mcpServers"), (".vscode/mcp.json", "servers"))
_TEXT_OR_COMMENT = re.compile(r'("(?:\\.|[^"\\])*")|//[^\n]*|/\*.*?\*/', re.DOTALL)
_TEXT_OR_LAST_COMMA = re.compile(r'("(?:\\.|[^"\\])*")|,(?=\s*[}\]])')


class ConfigError(Exception):
    """A server that is not configured, or wrongly. The text is for people and shows no value of the file."""


def server_files(folder: Path) -> Iterator[tuple[Path, Path, dict[str, Any]]]:
    """(file, its workspace folder, its servers), the nearest first. Raises ConfigError for a broken file."""
    for home in (folder, *folder.parents):
        for name, key in FILES:
            file = home / name
            content = _content(file)
            if content is not None:
                yield file, home, _servers(file, content, key)


def server_names(folder: Path) -> tuple[str, ...] | None:
    """The names of the servers for the workflows in a folder; None if there is no file, or it can't be read."""
    try:
        files = list(server_files(folder))
    except ConfigError:
        return None
    return tuple(dict.fromkeys(name for _, _, servers in files for name in servers)) if files else None


def _content(file: Path) -> bytes | None:
    try:
        return file.read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise ConfigError(f"{file}: {error.strerror}") from None


def _servers(file: Path, content: bytes, key: str) -> dict[str, Any]:
    try:
        text = _TEXT_OR_COMMENT.sub(lambda found: found[1] or " ", content.decode("utf-8-sig"))
        document = msgspec.json.decode(_TEXT_OR_LAST_COMMA.sub(lambda found: found[1] or "", text))
    except UnicodeDecodeError:
        raise ConfigError(f"{file} is no UTF-8 text") from None
    except (msgspec.DecodeError, RecursionError) as error:
        raise ConfigError(f"{file} is no JSON: {error}") from None
    servers = document.get(key, {}) if isinstance(document, dict) else None
    if not isinstance(servers, dict):
        raise ConfigError(f"{file}: it must be an object, with the servers by name under `{key}`")
    return servers

"""The configured MCP servers: `.mcp.json` and `.vscode/mcp.json` in the workflow's folder or above.

These files are shared with other programs, so comments and trailing commas are allowed. The nearest folder
wins; within a folder, `.mcp.json`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from duckflux.json_text import JsonError, parse_json

from ...files import SETTINGS_BYTES, read_file

if TYPE_CHECKING:
    from pathlib import Path

FILES = ((".mcp.json", "mcpServers"), (".vscode/mcp.json", "servers"))
_TEXT_OR_COMMENT = re.compile(r'("(?:\\.|[^"\\])*(?:"|\\?\Z))|//[^\n]*|/\*.*?(?:\*/|\Z)', re.DOTALL)
_TEXT_OR_LAST_COMMA = re.compile(r'("(?:\\.|[^"\\])*(?:"|\\?\Z))|,(?=\s*[}\]])', re.DOTALL)


class ConfigError(Exception):
    """A server that is missing from the configuration, or an invalid configuration.

    The message contains no value of the file, which may be secret.
    """


def server_files(folder: Path) -> Iterator[tuple[Path, Path, dict[str, Any]]]:
    """Yield (file, its workspace folder, its servers), the nearest first.

    Raises ConfigError for an invalid file.
    """
    for home in (folder, *folder.parents):
        for name, key in FILES:
            file = home / name
            content = _content(file)
            if content is not None:
                yield file, home, _servers(file, content, key)


def server_names(folder: Path) -> tuple[str, ...] | None:
    """Return the names of the servers for a folder, None if there is no file or it cannot be read."""
    try:
        files = list(server_files(folder))
    except ConfigError:
        return None
    return tuple(dict.fromkeys(name for _, _, servers in files for name in servers)) if files else None


def _content(file: Path) -> bytes | None:
    try:
        return read_file(file, SETTINGS_BYTES)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise ConfigError(f"{file}: {error.strerror}") from None


def _blank(comment: str) -> str:
    """Return a text of the size of a comment, so that what follows keeps its line and column."""
    return re.sub(r"[^\n]", " ", comment)


def _servers(file: Path, content: bytes, key: str) -> dict[str, Any]:
    try:
        text = _TEXT_OR_COMMENT.sub(lambda found: found[1] or _blank(found[0]), content.decode())
        document = parse_json(_TEXT_OR_LAST_COMMA.sub(lambda found: found[1] or " ", text))
    except UnicodeDecodeError:
        raise ConfigError(f"{file} is no UTF-8 text") from None
    except JsonError as error:
        raise ConfigError(f"{file}:{error.line}:{error.column}: it is not JSON: {error.reason}") from None
    servers = document.get(key, {}) if isinstance(document, dict) else None
    if not isinstance(servers, dict):
        raise ConfigError(f"{file}: it must be an object, with the servers by name under `{key}`")
    return servers

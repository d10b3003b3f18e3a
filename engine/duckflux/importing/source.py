"""Reads a YAML file with its comments."""

from __future__ import annotations

import io
from bisect import bisect_right
from collections.abc import Iterator
from typing import Any

from .plan import ImportFailedError


class Source:
    """A YAML file: plain values, the lines where things begin, and the comments by those lines.

    `file` is its path in the repository where it is not the one that is imported.
    """

    def __init__(self, text: str, file: str = "") -> None:
        self.file = file
        try:
            from ruamel.yaml import YAML
            from ruamel.yaml.comments import CommentedMap
            from ruamel.yaml.error import YAMLError
        except ImportError:
            raise ImportFailedError(
                "reading comments needs ruamel.yaml: pip install 'duckflux-ls[import]'"
            ) from None
        yaml = YAML(typ="rt")
        yaml.allow_duplicate_keys = True
        try:
            root = yaml.load(io.StringIO(text))
        except (YAMLError, ValueError, RecursionError) as error:
            mark = getattr(error, "problem_mark", None)
            where = f"line {mark.line + 1}: " if mark is not None else ""
            problem = getattr(error, "problem", None) or str(error)
            raise ImportFailedError(f"{where}{problem}") from None
        if not isinstance(root, CommentedMap):
            raise ImportFailedError("this is not a map of fields, as a pipeline is")
        self.root: Any = root
        self._lines = text.splitlines()
        self._content_from = _content_from(self._lines)
        self._comments = dict(sorted(self._found(root)))

    def line(self, holder: Any, key: Any) -> int:
        """Return the line, from 0, of a key of a map or an item of a list."""
        try:
            position = holder.lc.key(key) if hasattr(holder, "keys") else holder.lc.item(key)
        except (AttributeError, KeyError, IndexError, TypeError):
            return 0
        return int(position[0])

    def quoted(self, line: int) -> tuple[str, ...]:
        """Return the lines of what begins at a line as comments."""
        width = _indentation(self._lines[line])
        end = line + 1
        while end < len(self._lines) and (
            not self._lines[end].strip() or _indentation(self._lines[end]) > width
        ):
            end += 1
        return tuple(f"#   {text[width:]}".rstrip() for text in self._lines[line:end] if text.strip())

    def comments_by_part(self, starts: list[int]) -> dict[int, tuple[str, ...]]:
        """Return the comments of the parts that begin at some lines.

        One above a part, with nothing but other comments between, belongs to it; any other to the part around it.
        """
        parts: dict[int, list[str]] = {}
        for line, comment in self._comments.items():
            index = bisect_right(starts, line)
            following = starts[index] if index < len(starts) else None
            if following is not None and self._is_full(line) and self._is_empty(line, following):
                owner = following
            else:
                owner = starts[index - 1] if index else -1
            parts.setdefault(owner, []).append(comment)
        return {start: tuple(comments) for start, comments in parts.items()}

    def _is_full(self, line: int) -> bool:
        return self._lines[line].lstrip().startswith("#")

    def _is_empty(self, first: int, end: int) -> bool:
        return first >= len(self._lines) or self._content_from[first] >= end

    def _found(self, node: Any) -> Iterator[tuple[int, str]]:
        """Yield the comments of a node and all inside it, with their lines."""
        attributes = getattr(node, "ca", None)
        if attributes is not None:
            yield from _tokens([attributes.comment, *attributes.items.values(), attributes.end])
        for inner in node.values() if hasattr(node, "values") else node if isinstance(node, list) else ():
            if isinstance(inner, (dict, list)):
                yield from self._found(inner)


def _indentation(text: str) -> int:
    return len(text) - len(text.lstrip())


def _tokens(found: Any) -> Iterator[tuple[int, str]]:
    if isinstance(found, (list, tuple)):
        for one in found:
            yield from _tokens(one)
    elif hasattr(found, "start_mark"):
        line = found.start_mark.line
        for text in found.value.split("\n"):
            if text.strip().startswith("#"):
                yield line, text.strip()
            line += 1


def _content_from(lines: list[str]) -> list[int]:
    """Return for each line the first one, from it on, that is neither empty nor a comment."""
    found = [len(lines)] * (len(lines) + 1)
    for index in range(len(lines) - 1, -1, -1):
        text = lines[index].lstrip()
        found[index] = index if text and not text.startswith("#") else found[index + 1]
    return found

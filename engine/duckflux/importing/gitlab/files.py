"""Puts a pipeline together: the files that it includes, the jobs that others extend, and what they reference."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Mapping
from typing import Any

from ..notes import Notes
from ..plan import Files, ImportFailedError
from ..source import Source
from ..tokens import UntranslatableError

_MAX_FILES = 100
_MAX_DEPTH = 10
_ELSEWHERE = {
    "remote": "it is on another server",
    "template": "it is a template of GitLab",
    "project": "it is in another project",
    "component": "it is a component of another project",
    "artifact": "a job writes it while the pipeline runs",
}


class Pipeline:
    """The fields of a pipeline's files, as one map, and where each is from."""

    def __init__(self, source: Source, files: Files, notes: Notes) -> None:
        self.root: dict[str, Any] = {}
        self.sources: list[Source] = []
        self._origins: dict[str, Source] = {}
        self._files = files
        self._notes = notes
        self._add(source, set())

    def _add(self, source: Source, including: set[str]) -> None:
        """Add a file after those that it includes, whose fields it may replace."""
        given = source.root.get("include")
        for entry in given if isinstance(given, list) else [given] if given else []:
            for path in self._local_paths(source, entry):
                included = self._read(source, path)
                if included is not None and path not in including and len(self.sources) < _MAX_FILES:
                    self._add(included, including | {path})
        self.root = merged(self.root, source.root)
        self._origins |= {str(key): source for key in source.root}
        self.sources.append(source)

    def _local_paths(self, source: Source, entry: Any) -> Iterator[str]:
        fields = {"local": entry} if isinstance(entry, str) else entry if isinstance(entry, dict) else {}
        elsewhere = next((name for name in _ELSEWHERE if name in fields), None)
        local = fields.get("local")
        if isinstance(local, str) and "://" not in local and "*" not in local and "$" not in local:
            yield posixpath.normpath(local.lstrip("/"))
            return
        name = "remote" if isinstance(local, str) and "://" in local else elsewhere
        reason = _ELSEWHERE.get(name or "", "write the path of each file")
        self._note_include(source, fields.get(name or "local", entry), f"{reason}: copy what is needed")

    def _read(self, source: Source, path: str) -> Source | None:
        text = self._files(path)
        if text is None:
            self._note_include(source, path, "this file is not there")
            return None
        try:
            return Source(text, path)
        except ImportFailedError as error:
            self._note_include(source, path, str(error))
            return None

    def _note_include(self, source: Source, what: Any, reason: str) -> None:
        line = source.line(source.root, "include")
        self._notes.add(source, line, f"`include` of {' '.join(str(what).split())}", reason, "include")

    def source_of(self, key: str) -> Source:
        """Return the file that has the last word about a field or job."""
        return self._origins[key]

    def line(self, key: str) -> int:
        """Return the line, from 0, of a field or job in its file."""
        source = self._origins[key]
        return source.line(source.root, key)

    def job(self, name: str) -> dict[str, Any]:
        """Return a job with the fields of those that it extends, and what it references.

        Raises UntranslatableError for a reference to nothing.
        """
        found = self._resolved(self._extended(self.root[name], name))
        assert isinstance(found, dict)  # noqa: S101
        return found

    def _extended(self, job: Mapping[str, Any], name: str, depth: int = 0) -> dict[str, Any]:
        found: dict[str, Any] = {}
        given = job.get("extends")
        for base in given if isinstance(given, list) else [given] if given else []:
            parent = self.root.get(base) if isinstance(base, str) else None
            if isinstance(parent, dict) and depth < _MAX_DEPTH:
                found = merged(found, self._extended(parent, name, depth + 1))
                continue
            what = f"`extends: {base}` of {name}"
            self._notes.add(self._origins[name], self.line(name), what, "it is in another file", "extends")
        return merged(found, {key: value for key, value in job.items() if key != "extends"})

    def _resolved(self, node: Any, depth: int = 0) -> Any:
        """Return a value with what `!reference` names in its place, in lists at that position."""
        if getattr(getattr(node, "tag", None), "value", None) == "!reference":
            return self._referenced([str(key) for key in node], depth)
        if isinstance(node, dict):
            return {str(key): self._resolved(value, depth) for key, value in node.items()}
        if isinstance(node, list):
            return [self._resolved(value, depth) for value in node]
        return node

    def _referenced(self, path: list[str], depth: int) -> Any:
        value: Any = self.root
        if path and isinstance(self.root.get(path[0]), dict):
            value = {path[0]: self._extended(self.root[path[0]], path[0])}
        for key in path:
            value = value.get(key) if isinstance(value, dict) else None
        if value is None or depth >= _MAX_DEPTH:
            shown = ", ".join(path)
            raise UntranslatableError(f"`!reference [{shown}]` names nothing in these files", "!reference")
        return self._resolved(value, depth + 1)


def merged(base: Mapping[str, Any], own: Mapping[str, Any]) -> dict[str, Any]:
    """Return two maps as one, as `extends` and `include` merge: maps key by key, everything else replaced."""
    found = {str(key): value for key, value in base.items()}
    for key, value in own.items():
        before = found.get(str(key))
        is_map = isinstance(before, dict) and isinstance(value, dict)
        found[str(key)] = merged(before, value) if is_map and before is not None else value
    return found

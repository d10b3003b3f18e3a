"""Keeps the outputs that runs from the editor take for steps instead of running them."""

from __future__ import annotations

import asyncio
import errno
import json
import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from duckflux.files import FileTooLargeError, read_file
from duckflux.json_text import JsonError, parse_json
from duckflux.language.analysis import Analysis
from duckflux.language.model.workflow import Call, step_names, walk
from duckflux.language.semantics.reaching_definitions import name_of
from duckflux.trace.private_files import make_folder, replace_atomically
from duckflux.trace.view.annotate import ResultLine
from duckflux.value_changes import value_text
from lsprotocol import types

from ..session import command_names

log = logging.getLogger(__name__)
_MAX_TITLE = 40
_MAX_BYTES = 4 * 1024 * 1024
_NONE: Mapping[str, Any] = {}


class Pins:
    """The pinned outputs of each workflow, by its file and the names of the steps.

    They are read from `.duckflux/pins.json` beside the workflow when they are first asked for.
    """

    def __init__(self) -> None:
        self._outputs: dict[Path, dict[str, Any]] = {}
        self._changing = asyncio.Lock()

    async def of(self, path: Path | None) -> Mapping[str, Any]:
        """Return the pinned outputs of a workflow by the names of the steps."""
        if path is None:
            return _NONE
        if path not in self._outputs:
            found = await asyncio.to_thread(_read, path)
            self._outputs.setdefault(path, found)
        return self._outputs[path]

    async def mocks(self, path: Path, analysis: Analysis) -> Mapping[str, Any]:
        """Return those of steps that the workflow still has."""
        names = step_names(analysis.workflow)
        return {name: output for name, output in (await self.of(path)).items() if name in names}

    async def pin(self, path: Path, name: str, output: Any) -> str | None:
        """Have later runs take this output for a step. Return why it is not kept beyond this session, if so."""
        return await self._change(path, {**await self.of(path), name: output})

    async def unpin(self, path: Path, name: str) -> bool:
        """Have later runs run a step again. Return False if its output was not pinned."""
        outputs = await self.of(path)
        if name not in outputs:
            return False
        await self._change(path, {other: output for other, output in outputs.items() if other != name})
        return True

    async def _change(self, path: Path, outputs: dict[str, Any]) -> str | None:
        self._outputs[path] = outputs
        async with self._changing:
            try:
                await asyncio.to_thread(_write, path, outputs)
            except OSError as error:
                return error.strerror or str(error)
        return None


def can_be_pinned(output: Any) -> bool:
    """Return whether an output can stand in a file of mocks: there, maps with these keys have a meaning."""
    return not (isinstance(output, Mapping) and ("$each" in output or "$error" in output))


def name_at(analysis: Analysis, line: ResultLine | None) -> str | None:
    """Return the name of the step at a line of results, None if it has none or runs no participant."""
    if line is None:
        return None
    steps = (step for step in walk(analysis.workflow.flow) if step.pointer == line.path)
    return next((name_of(step) for step in steps if isinstance(step, Call)), None)


def pin_command(uri: str, name: str) -> types.Command:
    """Return the command that pins the last output of a step."""
    title = f"Pin the output of `{name}`: later runs take it"
    return types.Command(title, command_names.PIN, arguments=[{"uri": uri, "name": name}])


def unpin_command(uri: str, name: str, output: Any) -> types.Command:
    """Return the command that unpins a step; its title is the mark that shows what is pinned."""
    title = f"◆ Pinned, does not run: {value_text(output, _MAX_TITLE)}: unpin"
    return types.Command(title, command_names.UNPIN, arguments=[{"uri": uri, "name": name}])


def _file(workflow: Path) -> Path:
    """Return the file with the pinned outputs of all workflows of a folder, by their file names."""
    return workflow.parent / ".duckflux" / "pins.json"


def _read_all(file: Path) -> dict[str, dict[str, Any]]:
    """Return the pinned outputs in a file by the names of workflows and steps; none of one that is damaged."""
    try:
        found = parse_json(read_file(file, _MAX_BYTES))
    except FileNotFoundError:
        return {}
    except (OSError, JsonError) as error:
        log.warning("no outputs are pinned: %s: %s", file, error)
        return {}
    workflows = found.items() if isinstance(found, dict) else ()
    return {
        workflow: {name: output for name, output in outputs.items() if can_be_pinned(output)}
        for workflow, outputs in workflows
        if isinstance(outputs, dict)
    }


def _read(workflow: Path) -> dict[str, Any]:
    return _read_all(_file(workflow)).get(workflow.name, {})


def _write(workflow: Path, outputs: Mapping[str, Any]) -> None:
    """Write the pinned outputs of a workflow, beside those of others that are still there. Raises OSError."""
    file = _file(workflow)
    kept = {name: pins for name, pins in _read_all(file).items() if (workflow.parent / name).is_file()}
    kept.pop(workflow.name, None)
    if outputs:
        kept[workflow.name] = dict(outputs)
    content = json.dumps(kept, ensure_ascii=False).encode("utf-8", "surrogatepass")
    if len(content) > _MAX_BYTES:
        reason = f"the pinned outputs of a folder may have {_MAX_BYTES >> 20} MiB together"
        raise FileTooLargeError(errno.EFBIG, reason)
    make_folder(file.parent)
    with replace_atomically(file) as stream:
        stream.write(content)

"""Reads actions of the same repository, and says of others why they are not translated."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Mapping
from typing import Any, NamedTuple

from ..plan import Files, ImportFailedError
from ..source import Source
from ..tokens import UntranslatableError

_REASONS = (
    (r"actions/checkout@", "this is of another commit or repository: `git` in a command fetches it"),
    (
        r"actions/(?:upload|download)-artifact|actions/cache",
        "files stay where they are between steps and runs",
    ),
    (r"[^/]+/(?:setup-|install-)|.*(?:-toolchain|setup)", "install it on the machine that runs this"),
    (r"\./", "this action is not in the repository: name its commands here"),
    (r"docker://", "`docker run` in a command does the same"),
)
# The checkout of the commit that is there anyway.
_OF_ANOTHER = {"repository", "ref"}


class Action(NamedTuple):
    """A composite action: its file, where it is in the repository, its inputs and outputs, and its steps."""

    source: Source
    folder: str
    inputs: Mapping[str, Any]
    outputs: Mapping[str, Any]
    steps: Any


def reason_for(uses: str) -> str:
    """Return why an action is not translated, and what to do in its place."""
    other = "an action of GitHub: write the command that it runs"
    return next((why for pattern, why in _REASONS if re.match(pattern, uses)), other)


def is_plain_checkout(uses: str, given: Mapping[str, Any]) -> bool:
    """Return whether a step fetches the files that a run here has already."""
    return action_name(uses) == "actions/checkout" and not _OF_ANOTHER & given.keys()


def action_name(uses: str) -> str:
    """Return an action without its version."""
    return uses.partition("@")[0]


def local_action(uses: str, files: Files) -> Action | None:
    """Return an action of the same repository, None for any other.

    Raises UntranslatableError for one that is not a list of steps.
    """
    if not uses.startswith("./"):
        return None
    folder = posixpath.normpath(uses)
    for name in ("action.yml", "action.yaml"):
        path = posixpath.join(folder, name)
        text = files(path)
        if text is not None:
            return _read(_source(text, path), folder)
    return None


def _source(text: str, path: str) -> Source:
    try:
        return Source(text, path)
    except ImportFailedError as error:
        raise UntranslatableError(f"{path}: {error}", "action of this repository") from None


def _read(source: Source, folder: str) -> Action:
    runs = source.root.get("runs")
    runs = runs if isinstance(runs, dict) else {}
    if runs.get("using") != "composite":
        using = runs.get("using", "nothing")
        reason = f"{source.file} has no steps (`using: {using}`): write the command that it runs"
        raise UntranslatableError(reason, "action of this repository")
    inputs, outputs = (source.root.get(field) for field in ("inputs", "outputs"))
    return Action(
        source,
        folder,
        inputs if isinstance(inputs, dict) else {},
        outputs if isinstance(outputs, dict) else {},
        runs.get("steps") or [],
    )

"""Brings the text that a run has loaded together with that of the file as it is now: lines and steps."""

from __future__ import annotations

from difflib import SequenceMatcher

import msgspec

from ..files import read_named_file
from ..language.analysis import analyse
from ..language.model.workflow import Call, Workflow, walk
from ..language.syntax import MAX_BYTES
from ..runtime.engine.frame import WorkflowFrame
from ..runtime.engine.step_settings import StepSettings, settings_of, settings_of_fallback
from .client import DebugError

_MAX_LINES = 20_000


class LineMap:
    """The lines of two texts that are the same; both count from 0."""

    def __init__(self, then: str, now: str) -> None:
        self._blocks: list[tuple[int, int, int]] | None = None
        if then == now:
            return
        lines_then, lines_now = then.splitlines(), now.splitlines()
        if len(lines_then) + len(lines_now) > _MAX_LINES:
            return
        matcher = SequenceMatcher(None, lines_then, lines_now, autojunk=False)
        self._blocks = [(a, b, size) for a, b, size in matcher.get_matching_blocks() if size]

    @classmethod
    def of_file(cls, file: str, then: str) -> LineMap:
        """Return the map from a text to that of its file, the identity if that can't be read."""
        now = text_of_file(file)
        return cls(then, then if now is None else now)

    def then(self, line: int) -> int:
        """Return the line of the text then that a line of the file now was, or that follows it."""
        if self._blocks is None:
            return line
        for a, b, size in self._blocks:
            if line < b + size:
                return a + max(line - b, 0)
        return self._blocks[-1][0] + self._blocks[-1][2] if self._blocks else line

    def now(self, line: int) -> int:
        """Return where a line of the text then is in the file now, or what has replaced it."""
        if self._blocks is None:
            return line
        end = 0
        for a, b, size in self._blocks:
            if line < a:
                return min(end, b)
            if line < a + size:
                return b + line - a
            end = b + size
        return end


def text_of_file(file: str) -> str | None:
    """Return the text of a file, None if it can't be read."""
    try:
        return read_named_file(file, MAX_BYTES).decode()
    except (OSError, UnicodeDecodeError):
        return None


def settings_from_text(failed: StepSettings, frame: WorkflowFrame, text: str) -> StepSettings:
    """Return the settings in a text of its file of a step that failed with others. Raises DebugError.

    The step is found where it was, or by its name. From then on the run uses them for it.
    """
    analysis = analyse(text, frame.file)
    if analysis.errors:
        first = analysis.errors[0]
        line, _ = analysis.document.lines.position(first.start)
        raise DebugError(f"the edited text has an error in line {line + 1}: {first.message}")
    settings = _find(failed, analysis.workflow)
    if settings is None:
        raise DebugError(f"the edited text has no step `{failed.label}` that takes the place of this one")
    settings = msgspec.structs.replace(settings, path=failed.path)
    frame.replace_settings(settings, analysis.document)
    return settings


def _find(failed: StepSettings, workflow: Workflow) -> StepSettings | None:
    if failed.path.startswith("/participants/"):
        name = failed.name or ""
        return settings_of_fallback(workflow, name) if name in workflow.participants else None
    calls = [step for step in walk(workflow.flow) if isinstance(step, Call)]
    found = [settings_of(workflow, call) for call in calls]
    same = [settings for settings in found if (settings.name, settings.type) == (failed.name, failed.type)]
    in_place = next((settings for settings in same if settings.path == failed.path), None)
    return in_place or (same[0] if len(same) == 1 and failed.name is not None else None)

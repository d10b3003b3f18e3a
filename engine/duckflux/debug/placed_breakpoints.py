"""Places breakpoints in the files that a run has loaded, and finds those at a position."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence

from ..language.model.workflow import escape_pointer
from ..runtime.engine.debugging import PARTICIPANT
from ..runtime.engine.frame import WorkflowFrame
from .breakpoints import Breakpoint
from .edited_text import LineMap
from .sites import Sites, sites_of_file


class PlacedBreakpoints:
    """The breakpoints of a run by where they stand.

    `moved` is called with a breakpoint that stands elsewhere since its file was loaded, `placed` whenever those
    of a file have been placed.
    """

    def __init__(self, moved: Callable[[str, Breakpoint], None], placed: Callable[[], None]) -> None:
        self._moved = moved
        self._placed = placed
        self._sites: dict[str, Sites] = {}
        self._of_files: dict[str, list[Breakpoint]] = {}
        self._of_names: dict[str, Breakpoint] = {}
        # By plain pairs, which are made faster than positions.
        self._armed: dict[str, dict[tuple[str, str], list[Breakpoint]]] = {}

    def set_in_file(self, file: str, breakpoints: list[Breakpoint]) -> None:
        """Replace the breakpoints of a file, which are placed where they can stand."""
        self._of_files[os.path.realpath(file)] = breakpoints
        loaded = [known for known in self._sites if os.path.realpath(known) == os.path.realpath(file)]
        for known in loaded or [file]:
            self._arm(known)

    def set_on_names(self, by_name: Mapping[str, Breakpoint]) -> None:
        """Replace the breakpoints on the names of steps."""
        self._of_names = dict(by_name)
        for file in self._sites:
            self._arm(file)

    def at(self, frame: WorkflowFrame, path: str, field: str) -> Sequence[Breakpoint]:
        """Return the breakpoints at a position in the file of a frame."""
        self.sites_of(frame)
        armed = self._armed.get(frame.file)
        return armed.get(_position(path, field) if field else (path, ""), ()) if armed else ()

    def sites_of(self, frame: WorkflowFrame) -> Sites:
        """Return the sites of the file of a frame."""
        known = self._sites.get(frame.file)
        if known is None or known.workflow is not frame.workflow:
            return self._learn(frame)
        return known

    def loaded_sites(self, file: str) -> Sites | None:
        """Return the sites of a file that the run has come to."""
        return self._sites.get(file)

    @property
    def are_at_fields(self) -> bool:
        """Return whether any stands on an expression or a participant."""
        positions = (position for armed in self._armed.values() for position in armed)
        return any(field or path.startswith("/participants/") for path, field in positions)

    def _learn(self, frame: WorkflowFrame) -> Sites:
        """Take note of a file as the run has loaded it, and place its breakpoints again."""
        sites = self._sites[frame.file] = Sites(frame.workflow)
        breakpoints = self._of_files.get(os.path.realpath(frame.file), [])
        before = [(breakpoint_, breakpoint_.site) for breakpoint_ in breakpoints]
        self._arm(frame.file)
        for breakpoint_, site in before:
            if breakpoint_.site != site:
                self._moved(frame.file, breakpoint_)
        return sites

    def _arm(self, file: str) -> None:
        """Place the breakpoints of a file: on the text that runs, or on the file until it does."""
        sites = self._sites.get(file) or sites_of_file(file)
        armed: dict[tuple[str, str], list[Breakpoint]] = {}
        lines = LineMap.of_file(file, sites.workflow.document.text) if sites is not None else None
        for breakpoint_ in self._of_files.get(os.path.realpath(file), []):
            request = breakpoint_.request
            line = lines.then(request.line) if lines is not None else request.line
            breakpoint_.site = (
                sites.place(line, request.column) if sites and not breakpoint_.problem else None
            )
            if breakpoint_.site is not None:
                armed.setdefault(breakpoint_.site.position, []).append(breakpoint_)
        for name, breakpoint_ in self._of_names.items():
            for position in sites.positions_of(name) if sites is not None else ():
                armed.setdefault(position, []).append(breakpoint_)
        self._armed[file] = armed
        self._placed()


def _position(path: str, field: str) -> tuple[str, str]:
    """Return where breakpoints for a position stand: those of a participant hold for all steps that call it."""
    if field.startswith(f"{PARTICIPANT}."):
        return f"/participants/{escape_pointer(field.partition('.')[2])}", ""
    return path, field

"""Makes the inlay hints with the results of the last run, at the ends of the lines."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import msgspec
from duckflux.ide.markdown import fenced, plain
from duckflux.language.syntax import LineIndex
from duckflux.trace.model import CANCELLED
from duckflux.trace.view.labels import StepResult, duration_text, label
from lsprotocol import types

from ..session import command_names
from ..session.command_links import command_link
from ..session.positions import Encoding, to_position
from .overlay import NOT_PRINTING, Overlay, ShownResult

if TYPE_CHECKING:
    from duckflux.trace.view.compared_runs import StepPlace

_MAX_VALUE = 1_500
_MAX_CHANGES = 12
STALE_MARK = "~ "


class ResultHints(msgspec.Struct, frozen=True):
    """The results of a run that hints are made from, and what they are compared with.

    `before` is the run that the one on the lines is compared with, `medians` are the times that steps took in
    earlier runs; with `output_of`, the URI of the document, tooltips link to what a step has printed. Without
    `values` they show no inputs and outputs.
    """

    overlay: Overlay
    before: Overlay | None = None
    medians: Mapping[StepPlace, float] = {}
    output_of: str | None = None
    values: bool = True

    def hints(
        self, lines: LineIndex, wanted: types.Range, encoding: Encoding, lazy: str | None = None
    ) -> list[types.InlayHint]:
        """Return at most one hint for each line, of the outermost step that starts there.

        `~` marks results that need not hold any more: what they depend on was changed. With `lazy`, the URI of
        the document, the client resolves the tooltip of a hint when it shows it.
        """
        hints: dict[int, types.InlayHint] = {}
        for shown in self._shown():
            line = lines.position(shown.start)[0]
            if line in hints or not wanted.start.line <= line <= wanted.end.line:
                continue
            hints[line] = types.InlayHint(
                position=to_position(lines, lines.line_end(line), encoding),
                label=self._label(shown),
                padding_left=True,
                tooltip=self._tooltip(shown.result) if lazy is None else None,
                data=[lazy, shown.result.path] if lazy is not None else None,
            )
        return list(hints.values())

    def tooltip(self, step: str) -> types.MarkupContent | None:
        """Return the tooltip of a step's hint, or None if it has no result any more."""
        found = (shown.result for shown in self._shown() if shown.result.path == step)
        result = next(found, None)
        return self._tooltip(result) if result is not None else None

    def _shown(self) -> list[ShownResult]:
        """Return the results, and those of steps that ran only in the run before."""
        shown = self.overlay.shown()
        if self.before is None or self.before.stale:
            return shown
        from duckflux.trace.view.compared_runs import counterpart

        now = self.overlay.results()
        gone = (one for one in self.before.shown() if counterpart(one.result, now) is None)
        return sorted([*shown, *gone], key=lambda one: one.start)

    def _label(self, shown: ShownResult) -> str:
        result = shown.result
        text = label(result, shown.elapsed)
        if result.last.status != "running" and self.before is not None:
            from duckflux.trace.view.compared_runs import compared_label

            text = compared_label(*self._sides(result))
        elif percent := self._percent(result):
            text = f"{text} {percent:+}%"
        return text if self._holds(result) else STALE_MARK + text

    def _holds(self, result: StepResult) -> bool:
        return self.overlay.holds(result.path) or result.path not in self.overlay.ran

    def _sides(self, result: StepResult) -> tuple[StepResult | None, StepResult | None]:
        """Return a result in the run before and in the one on the lines."""
        from duckflux.trace.view.compared_runs import counterpart

        before = self.before.results() if self.before is not None else {}
        if result.path in self.overlay.ran:
            return counterpart(result, before), result
        return result, None

    def _usual(self, result: StepResult) -> float | None:
        return self.medians.get((result.path, result.last.name))

    def _percent(self, result: StepResult) -> int | None:
        if not self.medians:
            return None
        from duckflux.trace.view.compared_runs import percent_of_median

        return percent_of_median(result, self._usual(result))

    def _tooltip(self, result: StepResult) -> types.MarkupContent:
        step = result.last
        status = CANCELLED if step.was_cancelled else step.status
        spent = "" if status == "running" else f", {duration_text(step.duration)}"
        parts = [f"**{plain(step.name)}** ({step.type}): {status}{spent}"]
        if result.executions > 1:
            parts.append(f"The last of {result.executions} executions.")
        if (usual := self._usual(result)) is not None:
            parts.append(f"Median of the earlier runs: {duration_text(round(usual))}.")
        if not self._holds(result):
            parts.append("*The text that this depends on has changed since this run.*")
        if self.before is not None and self.values:
            parts.append(self._changes(result))
        recorded = (("input", step.input), ("output", step.output)) if self.values else ()
        for title, value in (("error", step.error), *recorded):
            if value is not None and value is not msgspec.UNSET:
                parts.append(f"{title}\n{_block(value)}")
        if self.output_of is not None and step.type not in NOT_PRINTING:
            parts.append(output_link(self.output_of, result.path))
        if self.overlay.trace_path:
            parts.append(f"[trace file]({self.overlay.trace_path.as_uri()})")
        return types.MarkupContent(types.MarkupKind.Markdown, "\n\n".join(parts))

    def _changes(self, result: StepResult) -> str:
        """Return in which values the last executions of a step differ in the two runs."""
        from duckflux.trace.view.compare import step_changes

        before, now = self._sides(result)
        if before is None or now is None:
            return f"It ran only in the run {'before' if now is None else 'on the lines'}."
        changes = [str(change) for change in step_changes(before.last, now.last)]
        if not changes:
            return "Its values are the same as before."
        more = ["…"] if len(changes) > _MAX_CHANGES else []
        return f"changed\n{fenced(chr(10).join([*changes[:_MAX_CHANGES], *more]), 'text')}"


def output_link(uri: str, step: str) -> str:
    """Return a link in Markdown to what a step has printed, for clients that have the command."""
    return command_link("≡ output", command_names.SHOW_STEP_OUTPUT, {"uri": uri, "step": step})


def _block(value: Any) -> str:
    """Return a value as a block of code."""
    text = value if isinstance(value, str) else msgspec.json.format(msgspec.json.encode(value)).decode()
    if len(text) > _MAX_VALUE:
        text = text[:_MAX_VALUE] + "\n…"
    return fenced(text.rstrip())

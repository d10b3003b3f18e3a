"""Makes the inlay hints with the results of the last run, at the ends of the lines."""

from __future__ import annotations

from typing import Any

import msgspec
from duckflux.ide.markdown import fenced, plain
from duckflux.language.syntax import LineIndex
from duckflux.trace.model import CANCELLED
from duckflux.trace.view.labels import StepResult, duration_text, label
from lsprotocol import types

from ..session import command_names
from ..session.command_links import command_link
from ..session.positions import Encoding, to_position
from .overlay import NOT_PRINTING, Overlay

_MAX_VALUE = 1_500
STALE_MARK = "~ "


def result_hints(
    overlay: Overlay,
    lines: LineIndex,
    wanted: types.Range,
    encoding: Encoding,
    lazy: str | None = None,
    output_of: str | None = None,
) -> list[types.InlayHint]:
    """Return at most one hint for each line, of the outermost step that starts there.

    `~` marks results that need not hold any more: what they depend on was changed. With `lazy`, the URI of the
    document, the client resolves the tooltip of a hint when it shows it; with `output_of`, the URI again,
    tooltips link to what the step has printed.
    """
    hints: dict[int, types.InlayHint] = {}
    for shown in overlay.shown():
        line = lines.position(shown.start)[0]
        if line in hints or not wanted.start.line <= line <= wanted.end.line:
            continue
        text = label(shown.result, shown.elapsed)
        hints[line] = types.InlayHint(
            position=to_position(lines, lines.line_end(line), encoding),
            label=text if overlay.holds(shown.result.path) else STALE_MARK + text,
            padding_left=True,
            tooltip=_tooltip(shown.result, overlay, output_of) if lazy is None else None,
            data=[lazy, shown.result.path] if lazy is not None else None,
        )
    return list(hints.values())


def tooltip(overlay: Overlay, step: str, output_of: str | None = None) -> types.MarkupContent | None:
    """Return the tooltip of a step's hint, or None if it has no result any more."""
    result = next((shown.result for shown in overlay.shown() if shown.result.path == step), None)
    return _tooltip(result, overlay, output_of) if result is not None else None


def _tooltip(result: StepResult, overlay: Overlay, output_of: str | None) -> types.MarkupContent:
    step = result.last
    status = CANCELLED if step.was_cancelled else step.status
    spent = "" if status == "running" else f", {duration_text(step.duration)}"
    parts = [f"**{plain(step.name)}** ({step.type}): {status}{spent}"]
    if result.executions > 1:
        parts.append(f"The last of {result.executions} executions.")
    if not overlay.holds(result.path):
        parts.append("*The text that this depends on has changed since this run.*")
    for title, value in (("error", step.error), ("input", step.input), ("output", step.output)):
        if value is not None and value is not msgspec.UNSET:
            parts.append(f"{title}\n{_block(value)}")
    if output_of is not None and step.type not in NOT_PRINTING:
        parts.append(output_link(output_of, result.path))
    if overlay.trace_path:
        parts.append(f"[trace file]({overlay.trace_path.as_uri()})")
    return types.MarkupContent(types.MarkupKind.Markdown, "\n\n".join(parts))


def output_link(uri: str, step: str) -> str:
    """Return a link in Markdown to what a step has printed, for clients that have the command."""
    return command_link("≡ output", command_names.SHOW_STEP_OUTPUT, {"uri": uri, "step": step})


def _block(value: Any) -> str:
    """Return a value as a block of code."""
    text = value if isinstance(value, str) else msgspec.json.format(msgspec.json.encode(value)).decode()
    if len(text) > _MAX_VALUE:
        text = text[:_MAX_VALUE] + "\n…"
    return fenced(text.rstrip())

"""Describes the CEL function whose arguments are being typed."""

from __future__ import annotations

from .. import cel
from ..cel import services
from ..language.analysis import Analysis
from ..language.syntax import LineIndex
from .cursor import probe_at


def signature_help(
    lines: LineIndex, offset: int, previous: Analysis | None = None
) -> services.SignatureHelp | None:
    """Return the signatures of the function around an offset, or None outside of a call.

    `previous`, an earlier analysis of the text, saves work.
    """
    probe = probe_at(lines.text, offset, previous.document if previous else None)
    if probe is None or not any("x-cel" in schema for schema in probe.cursor.schemas):
        return None
    return services.signature_at(cel.parse(probe.before + probe.after), len(probe.before))

"""textDocument/signatureHelp: the parameters of the CEL function whose arguments are being written."""

from __future__ import annotations

from duckflux import cel
from duckflux.cel import services
from duckflux.ide.cursor import probe_at
from duckflux.language.analysis import Analysis
from duckflux.language.syntax import LineIndex
from lsprotocol import types


def signature_help(
    lines: LineIndex, offset: int, previous: Analysis | None = None
) -> types.SignatureHelp | None:
    """The ways to call the function around an offset; None outside of one. `previous` saves work."""
    probe = probe_at(lines.text, offset, previous.document if previous else None)
    if probe is None or not any("x-cel" in rule for rule in probe.cursor.rules):
        return None
    found = services.signature_at(cel.parse(probe.before + probe.after), len(probe.before))
    if found is None:
        return None
    signatures = [
        types.SignatureInformation(
            label=signature.label,
            documentation=types.MarkupContent(types.MarkupKind.Markdown, signature.doc),
            parameters=[types.ParameterInformation(label=name) for name in signature.parameters],
        )
        for signature in found.signatures
    ]
    return types.SignatureHelp(signatures, found.active, found.parameter)

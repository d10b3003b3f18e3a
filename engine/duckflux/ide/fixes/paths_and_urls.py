"""Fixes paths of files and folders beside the workflow, and URLs."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator

from ... import cel
from ...language.analysis import Analysis, Diagnostic
from ...language.semantics.called_workflows import called_file
from ...language.suggest import closest
from ...language.workflow_files import is_workflow_name
from .fix import Fix
from .scalar_content import ContentRange, part_at, rewritten

_HOST = re.compile(r"(?:localhost|[\w-]+(?:\.[\w-]+)+)(?::\d+)?(?:[/?#].*)?")
_SCHEME = re.compile(r"[\w+.-]+:/{0,2}")


def correct_workflow_path(analysis: Analysis, diagnostic: Diagnostic) -> Iterator[Fix]:
    """Change the path to that of a workflow file with a similar name."""
    return _similar(analysis, diagnostic, lambda entry: entry.is_file() and is_workflow_name(entry.name))


def correct_folder(analysis: Analysis, diagnostic: Diagnostic) -> Iterator[Fix]:
    """Change the path to that of a folder with a similar name."""
    return _similar(analysis, diagnostic, lambda entry: entry.is_dir() and not entry.name.startswith("."))


def correct_url(analysis: Analysis, diagnostic: Diagnostic) -> Iterator[Fix]:
    """Add the scheme of a URL; write `%20` for a space."""
    part = part_at(analysis, diagnostic)
    text = _corrected_url(part) if part is not None else None
    if part is not None and text is not None:
        yield rewritten(analysis, part.scalar, text, f"Change to `{text}`")._replace(safe=False)


def _corrected_url(part: ContentRange) -> str | None:
    text = part.scalar.text.strip()
    if part.text.isspace():
        return _joined(text) if "+" in text else re.sub(r"\s", "%20", text)
    if _HOST.fullmatch(text):
        return f"https://{text}"
    scheme = _SCHEME.match(text)
    meant = closest(part.text.lower(), ("https", "http"))
    return f"{meant}://{text[scheme.end() :]}" if scheme and meant else None


def _joined(text: str) -> str | None:
    """Return the text as an expression, if only the quotes around its beginning are missing."""
    first, _, rest = text.partition(" + ")
    joined = f"'{first}' + {rest}"
    return None if not rest or cel.parse(joined).errors else joined


def _similar(
    analysis: Analysis, diagnostic: Diagnostic, is_one: Callable[[os.DirEntry[str]], bool]
) -> Iterator[Fix]:
    """Yield a fix that changes the last name of a path to a similar one that exists."""
    part = part_at(analysis, diagnostic)
    if part is None or analysis.path is None:
        return
    before, slash, name = part.text.rpartition("/")
    own = analysis.path.name
    try:
        with os.scandir(called_file(analysis.path, before or ".")) as entries:
            there = [entry.name for entry in entries if is_one(entry) and entry.name != own]
    except (OSError, ValueError):
        return
    # All names have the same suffix: only the stems are compared.
    stems = {one.partition(".")[0]: one for one in there}
    meant = stems.get(closest(name.partition(".")[0], stems) or "")
    if meant is not None:
        text = part.replaced(f"{before}{slash}{meant}")
        yield rewritten(analysis, part.scalar, text, f"Change to `{before}{slash}{meant}`")._replace(
            safe=False
        )

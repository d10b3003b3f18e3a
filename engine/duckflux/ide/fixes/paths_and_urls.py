"""Where something is: files and folders beside the workflow, and addresses."""

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


def workflow_file(analysis: Analysis, diagnostic: Diagnostic) -> Iterator[Fix]:
    """The workflow file that is called nearly so."""
    return _alike(analysis, diagnostic, lambda entry: entry.is_file() and is_workflow_name(entry.name))


def folder(analysis: Analysis, diagnostic: Diagnostic) -> Iterator[Fix]:
    """The folder that is called nearly so."""
    return _alike(analysis, diagnostic, lambda entry: entry.is_dir() and not entry.name.startswith("."))


def address(analysis: Analysis, diagnostic: Diagnostic) -> Iterator[Fix]:
    """What a URL begins with; `%20` for a space."""
    part = part_at(analysis, diagnostic)
    text = _mended_address(part) if part is not None else None
    if part is not None and text is not None:
        yield rewritten(analysis, part.scalar, text, f"Change to `{text}`")._replace(safe=False)


def _mended_address(part: ContentRange) -> str | None:
    text = part.scalar.text.strip()
    if part.text.isspace():
        return _joined(text) if "+" in text else re.sub(r"\s", "%20", text)
    if _HOST.fullmatch(text):
        return f"https://{text}"
    scheme = _SCHEME.match(text)
    meant = closest(part.text.lower(), ("https", "http"))
    return f"{meant}://{text[scheme.end() :]}" if scheme and meant else None


def _joined(text: str) -> str | None:
    """The same as an expression, if only the quotes around its beginning are missing."""
    first, _, rest = text.partition(" + ")
    joined = f"'{first}' + {rest}"
    return None if not rest or cel.parse(joined).errors else joined


def _alike(
    analysis: Analysis, diagnostic: Diagnostic, is_one: Callable[[os.DirEntry[str]], bool]
) -> Iterator[Fix]:
    """The same path but for its last name, which is that of something there."""
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
    # What all names end with says nothing.
    stems = {one.partition(".")[0]: one for one in there}
    meant = stems.get(closest(name.partition(".")[0], stems) or "")
    if meant is not None:
        text = part.replaced(f"{before}{slash}{meant}")
        yield rewritten(analysis, part.scalar, text, f"Change to `{before}{slash}{meant}`")._replace(
            safe=False
        )

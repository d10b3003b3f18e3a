"""What people copy from the documentation, to be tested as it stands there."""

import re
from pathlib import Path

_DOCS = Path(__file__).parent.parent.parent / "docs" / "editors"


def page(name: str) -> str:
    """The text of a page of docs/editors."""
    return (_DOCS / f"{name}.md").read_text()


def blocks(name: str, language: str) -> list[str]:
    """The code blocks of a language on a page of docs/editors."""
    return re.findall(rf"^```{language}\n(.*?)^```$", page(name), re.MULTILINE | re.DOTALL)

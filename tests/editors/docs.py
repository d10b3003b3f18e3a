"""What people copy from the documentation, to be tested as it stands there."""

import re
from pathlib import Path

_DOCS = Path(__file__).parent.parent.parent / "docs" / "editors"


def blocks(page: str, language: str) -> list[str]:
    """The code blocks of a language on a page of docs/editors."""
    text = (_DOCS / f"{page}.md").read_text()
    return re.findall(rf"^```{language}\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)

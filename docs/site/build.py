"""Build the documentation as a site: `make docs`.

The pages keep their places, so that links between them work as they do in the repository. Links to other files
of the repository are written as plain text.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

SITE = Path(__file__).parent
ROOT = SITE.parents[1]
PLACE = ROOT / "build" / "site"
PAGES = PLACE / "pages"
_LINK = re.compile(r"(?<!!)\[((?:[^\[\]]|\[[^\]]*\])+)\]\((?!https?:|mailto:|#)([^)\s#]+)(#[^)\s]*)?\)")


def main() -> int:
    """Collect the pages, build the site, and return the exit code."""
    shutil.rmtree(PLACE, ignore_errors=True)
    PAGES.mkdir(parents=True)
    configuration = shutil.copy(SITE / "mkdocs.yml", PLACE)
    published = set(_published())
    for path in published:
        target = PAGES / path
        target.parent.mkdir(parents=True, exist_ok=True)
        if path.suffix == ".md":
            text = (ROOT / path).read_text("utf-8")
            target.write_text(_without_other_links(text, path, published), encoding="utf-8")
        else:
            shutil.copy(ROOT / path, target)
    command = [sys.executable, "-m", "zensical", "build", "--strict", "-f", str(configuration)]
    return subprocess.run(command, check=False).returncode


def _published() -> Iterator[Path]:
    """Yield the pages and what they show, relative to the root."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "*.md", "docs/images", "docs/*.json", "vscode-client/images"],
        cwd=ROOT,
        check=True,
        stdout=subprocess.PIPE,
    )
    for name in listed.stdout.decode().split("\0"):
        if name and not name.startswith((".github/", "tests/", "vscode-client/walkthrough", "engine/")):
            yield Path(name)


def _without_other_links(text: str, page: Path, published: set[Path]) -> str:
    def replaced(match: re.Match[str]) -> str:
        target = (ROOT / page.parent / match[2]).resolve()
        is_published = target.is_relative_to(ROOT) and target.relative_to(ROOT) in published
        return match[0] if is_published else match[1]

    return _LINK.sub(replaced, text)


if __name__ == "__main__":
    sys.exit(main())

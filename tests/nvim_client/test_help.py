"""The plugin's help is found however it was installed: the tags come with it."""

from __future__ import annotations

import re
from pathlib import Path

DOC = Path(__file__).parents[2] / "nvim-client" / "doc"
AGAIN = "run nvim --headless --clean +'helptags nvim-client/doc' +q"


def test_the_tags_are_those_of_the_help() -> None:
    tags = re.findall(r"(?<!\S)\*([^*\s|]+)\*(?!\S)", (DOC / "duckflux.txt").read_text("utf-8"))
    lines = "".join(f"{tag}\tduckflux.txt\t/*{tag}*\n" for tag in sorted(tags))
    assert (DOC / "tags").read_text("utf-8") == lines, AGAIN

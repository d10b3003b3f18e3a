"""Tells which commands print text that is certainly no JSON, so that their output stays text."""

from __future__ import annotations

import re

# `echo` and `printf` as the first thing that a script does, after `set -eu` and the like.
_PRINTS = re.compile(r"\s*(?:set [-+][\w ]+[;\n]\s*)*(echo|printf)[ \t]+")
_JSON_WORDS = ("true", "false", "null")


def prints_text(command: str) -> bool:
    """Return whether a command begins its output with text that no JSON can begin with."""
    found = _PRINTS.match(command)
    printed = _literal_start(command, found.end(), found[1]) if found is not None else None
    text = printed.strip() if printed is not None else ""
    if not text or text[0] in '{["-0123456789':
        return False
    return not any(word.startswith(text) for word in _JSON_WORDS)


def _literal_start(script: str, at: int, command: str) -> str | None:
    """Return what a command certainly prints first; None if it may print to somewhere else."""
    printed: list[str] = []
    is_known, quote = True, ""
    while at < len(script):
        character = script[at]
        if quote:
            if character == quote:
                quote = ""
                at += 1
                continue
        elif (
            character in "\n;&"
            or script.startswith("||", at)
            or (character == "#" and script[at - 1] in " \t")
        ):
            break
        elif character in "|<>()":
            return None
        elif character in "'\"":
            quote = character
            at += 1
            continue
        if quote != "'" and (character == "`" or script.startswith("$(", at)):
            return None
        is_expanded = quote != "'" and character == "$"
        is_known &= not is_expanded and character != "\\" and not (command == "printf" and character == "%")
        at += 2 if character == "\\" and quote != "'" else 1
        if is_known:
            printed.append(character)
    return "".join(printed)

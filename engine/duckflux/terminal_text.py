"""Makes texts of others fit for terminals and logs, where control characters and some words are commands."""

from __future__ import annotations

import re

# C0 and C1, line separators, and what changes the direction of the text around it.
_CONTROL = "\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069"
# What the logs of GitHub and Azure take for a command: `::error::`, `##[group]`, `##vso[task.setvariable]`.
_COMMAND_ANYWHERE = r"#(?=#(?:vso)?\[)"
_COMMAND = rf"(?m:^(?P<indent>\s*):(?=:[\w-]+(?: [^\n]*)?::))|{_COMMAND_ANYWHERE}"
# As texts, so that a command that prints no such thing does not compile them.
_IN_LINES = f"{_COMMAND}|[{_CONTROL}]"
_IN_ONE_LINE = f"{_COMMAND}|[\t\n{_CONTROL}]"
_IN_JSON = f"{_COMMAND_ANYWHERE}|[{_CONTROL}]"
_SHORT = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}

_COLOR = r"\x1b\[[0-9;:]*m"
# Other escape sequences: of cursor and screen; with a text of their own, as titles and links; of two characters.
_SEQUENCE = (
    r"(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]"
    r"|(?:\x1b[\]PX^_]|[\x90\x98\x9d-\x9f])[^\x07\x1b\x9c]*(?:\x07|\x1b\\|\x9c)?"
    r"|\x1b[ -/]*[0-~]?"
    r"|[\x00-\x08\x0b-\x1f\x7f-\x9f]"
)


def printable_line(text: str) -> str:
    r"""Return a text in one line, with control characters as escapes such as `\n` and `\x1b`."""
    return text if _is_plain(text) else re.sub(_IN_ONE_LINE, _escape, text)


def printable(text: str) -> str:
    """Return a text of lines, with all other control characters as escapes."""
    if _is_plain(text.replace("\n", "")):
        return text
    return re.sub(_IN_LINES, _escape, text.replace("\r\n", "\n"))


def printable_json(text: str) -> str:
    """Return JSON that means the same, with control characters as its own escapes."""
    return re.sub(_IN_JSON, lambda found: f"\\u{ord(found[0]):04x}", text)


def printable_output(line: str, *, colors: bool) -> str:
    """Return a line that a program wrote for a terminal, without all that is not text; `colors` are kept."""
    if line.isprintable():
        return printable_line(line)
    pieces = re.split(f"({_COLOR})", line)
    pieces[::2] = (printable_line(re.sub(_SEQUENCE, "", text.replace("\t", " "))) for text in pieces[::2])
    if not colors or len(pieces) == 1:
        return "".join(pieces[::2])
    return "".join((*pieces, "\x1b[0m"))


def _is_plain(text: str) -> bool:
    return text.isprintable() and "::" not in text and "##" not in text


def _escape(found: re.Match[str]) -> str:
    char = found[0][-1]
    number = ord(char)
    escape = _SHORT.get(char) or (f"\\x{number:02x}" if number < 256 else f"\\u{number:04x}")
    return f"{found['indent'] or ''}{escape}"

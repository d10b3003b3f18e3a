"""Text to tokens (CEL spec, "Lexis")."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

import msgspec

# A token's kind is its own text for operators and these names for the rest.
NAME: Final = "name"
QUOTED: Final = "quoted name"
NUMBER: Final = "number"
STRING: Final = "string"
OPEN_STRING: Final = "unterminated string"
BAD: Final = "unexpected character"
END: Final = "end of expression"

KEYWORDS: Final = frozenset({"true", "false", "null", "in"})
RESERVED: Final = frozenset(
    [
        "as",
        "break",
        "const",
        "continue",
        "else",
        "for",
        "function",
        "if",
        "import",
        "let",
        "package",
        "namespace",
        "return",
        "var",
        "void",
        "while",
    ]
)

_TRIVIA = r"(?:[ \t\n\f\r]|//[^\n]*)*+"
_PATTERN = re.compile(
    _TRIVIA
    + r"""(?:
    (?P<string>
        (?:[rR][bB]?|[bB][rR])(?:'{3}[\s\S]*?'{3}|"{3}[\s\S]*?"{3}|'(?!'')[^'\r\n]*'|"(?!"")[^"\r\n]*")
        |[bB]?(?:
            '{3}(?:[^\\]|\\[\s\S])*?'{3}|"{3}(?:[^\\]|\\[\s\S])*?"{3}
            |'(?!'')(?:[^'\\\r\n]|\\[^\r\n])*'|"(?!"")(?:[^"\\\r\n]|\\[^\r\n])*"
        ))
    |(?P<open>(?:[rR][bB]?|[bB][rR]?)?(?:'{3}[\s\S]*|"{3}[\s\S]*|['"][^\r\n]*))
    |(?P<name>[A-Za-z_][A-Za-z0-9_]*)
    |(?P<number>0[xX][0-9a-fA-F]+[uU]?|[0-9]*\.[0-9]+(?:[eE][+-]?[0-9]+)?|[0-9]+[eE][+-]?[0-9]+|[0-9]+[uU]?)
    |(?P<operator>&&|\|\||[=!<>]=|[-+*/%!<>?:.,()[\]{}])
    |(?P<quoted>`[A-Za-z0-9_.\-/ ]+`)
    |(?P<end>\Z)
    |(?P<bad>[\s\S])
    )""",
    re.VERBOSE,
)
_COMMENT = re.compile(r"//[^\n]*")
_KINDS = {
    "name": NAME,
    "number": NUMBER,
    "string": STRING,
    "open": OPEN_STRING,
    "quoted": QUOTED,
    "bad": BAD,
    "end": END,
}


class Token(msgspec.Struct, frozen=True, eq=False, gc=False):
    """A word of the text; ``kind`` is the text itself for operators and keywords, else one of the names above."""

    kind: str
    text: str
    start: int
    end: int


def tokenize(text: str) -> list[Token]:
    """The tokens of ``text``, always ended by one of kind ``END``; bad characters become tokens too."""
    tokens = []
    for match in _PATTERN.finditer(text):
        group = match.lastgroup or "end"
        word = match[group]
        if group == "operator" or (group == "name" and word in KEYWORDS):
            kind = word
        else:
            kind = _KINDS[group]
        tokens.append(Token(kind, word, *match.span(group)))
        if group == "end":
            break
    return tokens


def comments(text: str) -> Iterator[tuple[int, int]]:
    """The ranges of the comments."""
    position = 0
    for token in tokenize(text):
        for match in _COMMENT.finditer(text, position, token.start):
            yield match.span()
        position = token.end

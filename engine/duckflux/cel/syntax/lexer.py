"""Split text into tokens (CEL spec, "Lexis")."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

import msgspec

# The kinds of tokens other than operators and keywords, whose kind is their text.
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

# The kinds of tokens that an operand may end with: only an operator can follow.
OPERAND_ENDS: Final = frozenset({NAME, QUOTED, NUMBER, STRING, "true", "false", "null", ")", "]", "}"})

_TRIVIA = r"(?:[ \t\n\f\r]|//[^\n]*)*+"
_PATTERN = re.compile(
    _TRIVIA
    + r"""(?:
    (&&|\|\||[=!<>]=|\.(?![0-9])|[-+*/%!<>?:,()[\]{}])
    |((?!(?:[rR][bB]?|[bB][rR]?)['"])[A-Za-z_][A-Za-z0-9_]*)
    |(0[xX][0-9a-fA-F]+[uU]?|[0-9]*\.[0-9]+(?:[eE][+-]?[0-9]+)?|[0-9]+[eE][+-]?[0-9]+|[0-9]+[uU]?)
    |(
        (?:[rR][bB]?|[bB][rR])(?:'{3}[\s\S]*?'{3}|"{3}[\s\S]*?"{3}|'(?!'')[^'\r\n]*'|"(?!"")[^"\r\n]*")
        |[bB]?(?:
            '{3}(?:[^\\]|\\[\s\S])*?'{3}|"{3}(?:[^\\]|\\[\s\S])*?"{3}
            |'(?!'')(?:[^'\\\r\n]|\\[^\r\n])*'|"(?!"")(?:[^"\\\r\n]|\\[^\r\n])*"
        ))
    |((?:[rR][bB]?|[bB][rR]?)?(?:'{3}[\s\S]*|"{3}[\s\S]*|['"][^\r\n]*))
    |(`[A-Za-z0-9_.\-/ ]+`)
    |(\Z)
    |([\s\S])
    )""",
    re.VERBOSE,
)
# The kinds of the pattern's groups, in their order; operators and keywords are their own kind.
_KINDS = ("", "", NAME, NUMBER, STRING, OPEN_STRING, QUOTED, END, BAD)
_OPERATOR, _NAME, _END = 1, 2, 7
_COMMENT = re.compile(r"//[^\n]*")


class Token(msgspec.Struct, frozen=True, eq=False, gc=False):
    """A token; ``kind`` is the text itself for operators and keywords, else one of the names above."""

    kind: str
    text: str
    start: int
    end: int


def tokenize(text: str) -> list[Token]:
    """Return the tokens of ``text``, the last of kind ``END``; invalid characters become tokens too."""
    tokens = []
    for match in _PATTERN.finditer(text):
        group = match.lastindex or _END
        word = match[group]
        kind = word if group == _OPERATOR or (group == _NAME and word in KEYWORDS) else _KINDS[group]
        tokens.append(Token(kind, word, *match.span(group)))
        if group == _END:
            break
    return tokens


def comments(text: str) -> Iterator[tuple[int, int]]:
    """Yield the ranges of the comments."""
    position = 0
    for token in tokenize(text):
        for match in _COMMENT.finditer(text, position, token.start):
            yield match.span()
        position = token.end

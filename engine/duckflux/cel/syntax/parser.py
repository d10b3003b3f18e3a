"""Parse tokens to a tree: a Pratt parser that recovers from every error (CEL spec, "Syntax").

Invalid text gives a tree with ``Error`` nodes; the range of a problem is that of the unexpected token.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Final, NamedTuple

from .. import literals
from ..errors import Problem
from ..library.declarations import FUNCTION, METHOD, Library
from ..library.standard import STANDARD
from . import lexer
from .lexer import Token
from .nodes import (
    Ast,
    Binary,
    Call,
    Conditional,
    Error,
    Expr,
    Ident,
    Index,
    ListNode,
    Literal,
    Macro,
    MapNode,
    Select,
    Unary,
)
from .recursion import MAX_DEPTH, raised_recursion_limit

_CONSTANTS: Final = {"true": True, "false": False, "null": None}
_CLOSERS: Final = frozenset({")", "]", "}", ",", ":", lexer.END})

# How tightly operators bind.
CONDITIONAL_POWER: Final = 1
OPERATOR_POWERS: Final = {
    operator: power
    for power, group in {
        2: ("||",),
        3: ("&&",),
        4: ("<", "<=", ">", ">=", "==", "!=", "in"),
        5: ("+", "-"),
        6: ("*", "/", "%"),
    }.items()
    for operator in group
}
UNARY_POWER: Final = 7
POSTFIX_POWER: Final = 8


@lru_cache(16_384)
def parse(text: str, library: Library = STANDARD) -> Ast:
    """Return the tree of ``text``.

    Never raises: syntax errors are in ``errors``, and the tree has ``Error`` nodes there. Trees are cached.
    """
    with raised_recursion_limit(len(text)):
        return _Parser(text, library).parse()


class _Parser:
    __slots__ = ("depth", "library", "position", "problems", "text", "token", "tokens")

    def __init__(self, text: str, library: Library) -> None:
        self.text = text
        self.library = library
        self.tokens = lexer.tokenize(text)
        self.position = 0
        self.token = self.tokens[0]
        self.problems: list[Problem] = []
        self.depth = 0

    def parse(self) -> Ast:
        root = self.expression()
        if self.token.kind != lexer.END:
            root = self.trailing(root)
        if len(self.tokens) > MAX_DEPTH and _too_deep(root):
            self.problems.append(
                Problem("too-complex", "the expression is nested too deeply", root.start, root.end)
            )
            root = Error(root.start, root.end)
        return Ast(self.text, root, tuple(self.problems), self.library)

    def expression(self, power: int = 0) -> Expr:
        """Parse an expression whose operators all bind tighter than ``power``."""
        self.depth += 1
        if self.depth > MAX_DEPTH:
            return self.give_up()
        token = self.token
        prefix = _PREFIX.get(token.kind)
        left = prefix(self) if prefix else self.missing()
        while (infix := _INFIX.get(self.token.kind)) is not None and infix.power > power:
            left = infix.parse(self, left, token.start)
        self.depth -= 1
        return left

    # Tokens

    def advance(self) -> Token:
        token = self.token
        if token.kind != lexer.END:
            self.position += 1
            self.token = self.tokens[self.position]
        return token

    def last_end(self) -> int:
        """Return the end of the last token consumed; unlike a node's end, it is behind a closing parenthesis."""
        return self.tokens[self.position - 1].end if self.position else 0

    def accept(self, kind: str) -> bool:
        if self.token.kind != kind:
            return False
        self.advance()
        return True

    def expect(self, kind: str, what: str = "") -> int:
        """Consume a token of ``kind`` and return its end, or report that it is missing."""
        if self.token.kind == kind:
            return self.advance().end
        self.unexpected(what or f"`{kind}`")
        return self.last_end()

    # Problems

    def problem(self, message: str, start: int, end: int, code: str = "syntax") -> None:
        """Report a problem, unless another one that it follows from has been reported at or after ``start``."""
        if not self.problems or self.problems[-1].start < start:
            self.problems.append(Problem(code, message, start, end))

    def unexpected(self, expected: str) -> None:
        token = self.token
        if token.kind == lexer.OPEN_STRING:
            return self.problem("the string is not closed", token.start, token.end)
        actual = "the end" if token.kind == lexer.END else f"`{token.text}`"
        suggestion = f"; did you mean `{token.text * 2}`?" if token.text in ("=", "&", "|") else ""
        return self.problem(f"expected {expected}, found {actual}{suggestion}", token.start, token.end)

    def missing(self) -> Expr:
        """Return an ``Error`` where an operand is missing.

        An unexpected token is skipped, unless an enclosing construct may need it.
        """
        token = self.token
        self.unexpected("an expression")
        if token.kind in _CLOSERS or token.kind in OPERATOR_POWERS:
            hole = self.last_end() if token.kind == lexer.END else token.start
            return Error(hole, hole)
        self.advance()
        return Error(token.start, token.end)

    def trailing(self, root: Expr) -> Expr:
        """Report and parse the text after a complete expression."""
        parts = [root]
        self.unexpected("an operator or the end")
        while self.token.kind != lexer.END:
            if self.token.kind in _PREFIX:
                parts.append(self.expression())
            else:
                self.advance()
        return Error(self.tokens[0].start, self.last_end(), tuple(parts))

    def give_up(self) -> Expr:
        start = self.token.start
        self.problem("the expression is nested too deeply", start, self.token.end, "too-complex")
        self.position = len(self.tokens) - 1
        self.token = self.tokens[-1]
        self.depth -= 1
        return Error(start, self.token.end)

    # Operands

    def name(self) -> Expr:
        token = self.advance()
        if token.text in lexer.RESERVED and self.token.kind != "(":
            self.problem(f"`{token.text}` is a reserved word", token.start, token.end, "reserved")
        if self.token.kind == "(":
            return self.call(None, token, token.start)
        return Ident(token.start, token.end, token.text)

    def absolute_name(self) -> Expr:
        dot = self.advance()
        if self.token.kind != lexer.NAME:
            self.unexpected("a name")
            return Error(dot.start, dot.end)
        token = self.advance()
        if self.token.kind == "(":
            return self.call(None, token, dot.start)
        return Ident(dot.start, token.end, token.text, True)

    def constant(self) -> Expr:
        token = self.advance()
        return Literal(token.start, token.end, _CONSTANTS[token.kind])

    def number(self) -> Expr:
        token = self.advance()
        return self.literal(token.start, token.end, literals.number)

    def string(self) -> Expr:
        token = self.advance()
        return self.literal(token.start, token.end, literals.string)

    def literal(self, start: int, end: int, read: Callable[[str], object]) -> Expr:
        try:
            return Literal(start, end, read(self.text[start:end]))
        except literals.LiteralError as error:
            error_start = start + error.offset
            self.problem(
                error.message, error_start, end if error.length is None else error_start + error.length
            )
            return Error(start, end)

    def open_string(self) -> Expr:
        self.unexpected("a string")
        token = self.advance()
        return Error(token.start, token.end)

    def unary(self) -> Expr:
        token = self.advance()
        following = self.token
        if token.kind == "-" and following.kind == lexer.NUMBER:
            self.advance()
            return self.literal(
                token.start, following.end, lambda text: literals.number("-" + following.text)
            )
        operand = self.expression(UNARY_POWER)
        return Unary(token.start, self.last_end(), token.kind, operand)

    def group(self) -> Expr:
        self.advance()
        inner = self.expression()
        self.expect(")")
        return inner

    def list_of(self) -> Expr:
        start = self.advance().start
        elements: list[Expr] = []
        optional = set()
        while self.token.kind not in ("]", lexer.END):
            if self.accept_optional():
                optional.add(len(elements))
            elements.append(self.expression())
            if not self.separator("]"):
                break
        end = self.expect("]", "`,` or `]`" if elements else "")
        return ListNode(start, end, tuple(elements), frozenset(optional))

    def map_of(self) -> Expr:
        start = self.advance().start
        entries: list[tuple[Expr, Expr]] = []
        optional = set()
        while self.token.kind not in ("}", lexer.END):
            if self.accept_optional():
                optional.add(len(entries))
            key = self.expression()
            self.expect(":")
            entries.append((key, self.expression()))
            if not self.separator("}"):
                break
        end = self.expect("}", "`,` or `}`" if entries else "")
        return MapNode(start, end, tuple(entries), frozenset(optional))

    def separator(self, closer: str) -> bool:
        """Return whether another element follows; a missing comma before one is noted and passed over."""
        if self.accept(","):
            return True
        if self.token.kind == closer or self.token.kind not in _PREFIX:
            return False
        self.unexpected(f"`,` or `{closer}`")
        return self.token.kind not in _CLOSERS

    def accept_optional(self) -> bool:
        token = self.token
        if not self.accept("?"):
            return False
        if not self.library.optionals:
            self.problem("optional values are not part of this language", token.start, token.end)
        return True

    # Operators after an operand

    def binary(self, left: Expr, start: int) -> Expr:
        operator = self.advance().kind
        right = self.expression(_INFIX[operator].power)
        return Binary(start, self.last_end(), operator, left, right)

    def conditional(self, condition: Expr, start: int) -> Expr:
        self.advance()
        then = self.expression(CONDITIONAL_POWER)
        self.expect(":")
        otherwise = self.expression(0)
        return Conditional(start, self.last_end(), condition, then, otherwise)

    def select(self, operand: Expr, start: int) -> Expr:
        self.advance()
        optional = self.accept_optional()
        token = self.token
        if token.kind not in (lexer.NAME, lexer.QUOTED):
            self.unexpected("a field or method name")
            return Select(start, self.last_end(), operand, "", self.last_end(), self.last_end(), optional)
        self.advance()
        if self.token.kind == "(" and token.kind == lexer.NAME and not optional:
            return self.call(operand, token, start)
        field = token.text.strip("`")
        return Select(start, token.end, operand, field, token.start, token.end, optional)

    def index(self, operand: Expr, start: int) -> Expr:
        self.advance()
        optional = self.accept_optional()
        index = self.expression()
        end = self.expect("]")
        return Index(start, end, operand, index, optional)

    def call(self, target: Expr | None, name: Token, start: int) -> Expr:
        self.advance()
        args: list[Expr] = []
        while self.token.kind != ")":
            args.append(self.expression())
            if not self.separator(")"):
                break
        end = self.expect(")", "`,` or `)`" if args else "")
        return self.resolve(target, name, tuple(args), start, end)

    def resolve(
        self, target: Expr | None, token: Token, args: tuple[Expr, ...], start: int, end: int
    ) -> Expr:
        """Return a call as a macro, a function of a namespace, or a plain call."""
        name, name_start = token.text, token.start
        namespace = _dotted(target)
        qualified = f"{namespace}.{name}"
        if namespace and (
            (qualified, len(args), FUNCTION) in self.library.macros or qualified in self.library.functions
        ):
            name, name_start, target = qualified, start, None
        macro = self.library.macros.get((name, len(args), FUNCTION if target is None else METHOD))
        if macro is None:
            return Call(start, end, name, target, args, name_start, token.end)
        variables = tuple(
            arg for arg in args[: macro.variables] if isinstance(arg, Ident) and not arg.absolute
        )
        if len(variables) < macro.variables:
            self.wrong_argument(
                name, "a name", next(arg for arg in args if not isinstance(arg, Ident) or arg.absolute)
            )
            return Error(start, end, args if target is None else (target, *args))
        if name == "has" and not isinstance(args[0], Select):
            self.wrong_argument(name, "a field selection such as `a.b`", args[0])
            return Error(start, end, args)
        return Macro(start, end, name, target, variables, args[macro.variables :], name_start, token.end)

    def wrong_argument(self, macro: str, expected: str, argument: Expr) -> None:
        if not isinstance(argument, Error):
            self.problems.append(
                Problem("bad-macro", f"`{macro}` takes {expected} here", argument.start, argument.end)
            )


def _dotted(node: Expr | None) -> str | None:
    names: list[str] = []
    while isinstance(node, Select) and not node.optional:
        names.append(node.field)
        node = node.operand
    if not isinstance(node, Ident):
        return None
    return ".".join([node.name, *reversed(names)])


def _too_deep(root: Expr) -> bool:
    level = [root]
    for _ in range(MAX_DEPTH):
        level = [child for node in level for child in node.children]
        if not level:
            return False
    return True


class _Infix(NamedTuple):
    power: int
    parse: Callable[[_Parser, Expr, int], Expr]


_PREFIX: Final[dict[str, Callable[[_Parser], Expr]]] = {
    lexer.NAME: _Parser.name,
    ".": _Parser.absolute_name,
    "true": _Parser.constant,
    "false": _Parser.constant,
    "null": _Parser.constant,
    lexer.NUMBER: _Parser.number,
    lexer.STRING: _Parser.string,
    lexer.OPEN_STRING: _Parser.open_string,
    "!": _Parser.unary,
    "-": _Parser.unary,
    "(": _Parser.group,
    "[": _Parser.list_of,
    "{": _Parser.map_of,
}

_INFIX: Final[dict[str, _Infix]] = {
    "?": _Infix(CONDITIONAL_POWER, _Parser.conditional),
    ".": _Infix(POSTFIX_POWER, _Parser.select),
    "[": _Infix(POSTFIX_POWER, _Parser.index),
    **{operator: _Infix(power, _Parser.binary) for operator, power in OPERATOR_POWERS.items()},
}

r"""Match regular expressions in time linear in the text.

All ways to match are followed at once, by the states of an automaton (K. Thompson, "Regular Expression Search
Algorithm", 1968). Python's ``re`` tries one way after the other, which can take exponentially long; only its
parser is used here. The syntax is RE2's without ``\p`` and ``\Q``, with look-around if that is asked for.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable, Iterable, Iterator
from re import _constants as codes  # type: ignore[attr-defined]
from re import _parser as parser  # type: ignore[attr-defined]
from typing import Any, Final, TypeAlias, TypeVar

import msgspec

_MAX_REPEAT: Final = 1_000
_MAX_STATES: Final = 5_000
_MAX_LENGTH: Final = 20_000_000
# What a match may compute and keep: states that are visited where no earlier step knows the result.
_MAX_VISITS: Final = 20_000_000
_MAX_KEPT: Final = 500_000
_MATCH: Final = 0

_Is: TypeAlias = Callable[[str], bool]
_States: TypeAlias = frozenset[int]
_Assertion: TypeAlias = Callable[[str], bytearray]
"""Returns where in a text something holds: a flag for each position from the start to the end."""
_Key = TypeVar("_Key", bound=tuple[_States, Any])
_Value = TypeVar("_Value")


class PatternError(ValueError):
    """The pattern is not a valid regular expression; the message says why."""


class TooCostlyError(Exception):
    """The pattern would take too long on a text."""


class _Char(msgspec.Struct, frozen=True):
    """A state that consumes a character."""

    accepts: _Is
    then: int


class _Split(msgspec.Struct, frozen=True):
    """A state that goes on as several."""

    to: tuple[int, ...]


class _Check(msgspec.Struct, frozen=True):
    """A state that goes on where an assertion holds."""

    assertion: int
    then: int


class Automaton:
    """A compiled pattern, which follows a text forwards or, for a look-ahead, backwards."""

    def __init__(self, backwards: bool) -> None:
        self.backwards = backwards
        self.start = _MATCH
        self._states: list[_Char | _Split | _Check | None] = [None]
        self._assertions: list[_Assertion] = []
        self._reached: dict[tuple[_States, tuple[int, ...]], tuple[_States, bool]] = {}
        self._after: dict[tuple[_States, str], _States] = {}
        self._kept = 0

    def add(self, state: _Char | _Split | _Check | None) -> int:
        """Return the index of a new state; None is one that `replace` makes."""
        if len(self._states) >= _MAX_STATES:
            raise PatternError("it is too large: counted repeats multiply")
        self._states.append(state)
        return len(self._states) - 1

    def replace(self, index: int, state: _Split) -> None:
        self._states[index] = state

    def add_assertion(self, holds: _Assertion, then: int) -> int:
        self._assertions.append(holds)
        return self.add(_Check(len(self._assertions) - 1, then))

    def is_match(self, text: str) -> bool:
        """Return whether the pattern matches anywhere in a text. Raise TooCostlyError."""
        return next(self._ends(text), None) is not None

    def ends(self, text: str) -> bytearray:
        """Return flags for the positions where a match ends; it begins there if it goes backwards."""
        found = bytearray(len(text) + 1)
        for position in self._ends(text):
            found[position] = True
        return found

    def _ends(self, text: str) -> Iterator[int]:
        if len(text) > _MAX_LENGTH:
            raise TooCostlyError
        checks = [holds(text) for holds in self._assertions]
        states: _States = frozenset()
        visits = 0
        positions = range(len(text), -1, -1) if self.backwards else range(len(text) + 1)
        for position in positions:
            key = states, tuple([check[position] for check in checks])
            found = self._reached.get(key)
            if found is None:
                found = self._keep(self._reached, key, self._closure(*key))
                visits += len(self._states)
            states, is_match = found
            if is_match:
                yield position
            if position == positions[-1]:
                return
            step = states, text[position - 1 if self.backwards else position]
            after = self._after.get(step)
            if after is None:
                after = self._keep(self._after, step, self._follow(*step))
                visits += len(states)
                if visits > _MAX_VISITS:
                    raise TooCostlyError
            states = after

    def _closure(self, states: _States, holds: tuple[int, ...]) -> tuple[_States, bool]:
        """Return the consuming states that are reached from these and the start, and whether a match is."""
        reached: set[int] = set()
        waiting = [*states, self.start]
        while waiting:
            index = waiting.pop()
            if index in reached:
                continue
            reached.add(index)
            match self._states[index]:
                case _Split(to):
                    waiting += to
                case _Check(assertion, then) if holds[assertion]:
                    waiting.append(then)
        consuming = frozenset(index for index in reached if isinstance(self._states[index], _Char))
        return consuming, _MATCH in reached

    def _follow(self, states: _States, char: str) -> _States:
        consuming = (self._states[index] for index in states)
        return frozenset(
            state.then for state in consuming if isinstance(state, _Char) and state.accepts(char)
        )

    def _keep(self, known: dict[_Key, _Value], key: _Key, value: _Value) -> _Value:
        self._kept += len(key[0]) + 1
        if self._kept > _MAX_KEPT:
            self._reached.clear()
            self._after.clear()
            self._kept = 0
        known[key] = value
        return value


def compile_pattern(pattern: str, look_around: bool) -> Automaton:
    """Return the automaton of a pattern. Raise PatternError if it is invalid."""
    try:
        with warnings.catch_warnings():
            # How a later Python reads the pattern is not a problem of its author.
            warnings.simplefilter("ignore", FutureWarning)
            tree = parser.parse(_in_python_syntax(pattern), re.ASCII)
        return _Compiler(look_around).automaton(tree, tree.state.flags, backwards=False)
    except re.error as error:
        raise PatternError(error.msg) from None
    except (OverflowError, RecursionError):
        raise PatternError("it is too large") from None


class _Compiler:
    """Makes automata of patterns that Python's parser has read."""

    def __init__(self, look_around: bool) -> None:
        self._look_around = look_around

    def automaton(self, tree: Iterable[Any], flags: int, backwards: bool) -> Automaton:
        automaton = Automaton(backwards)
        automaton.start = self._sequence(automaton, tree, _MATCH, flags)
        return automaton

    def _sequence(self, automaton: Automaton, items: Iterable[Any], then: int, flags: int) -> int:
        """Add the states of items, one after the other and on to `then`, and return the first."""
        for item in items if automaton.backwards else reversed(list(items)):
            then = self._item(automaton, item, then, flags)
        return then

    def _item(self, automaton: Automaton, item: Any, then: int, flags: int) -> int:
        match item:
            case codes.SUBPATTERN, (_, added, removed, body):
                return self._sequence(automaton, body, then, (flags | added) & ~removed)
            case codes.BRANCH, (_, branches):
                starts = [self._sequence(automaton, branch, then, flags) for branch in branches]
                return automaton.add(_Split(tuple(starts)))
            case ((codes.MAX_REPEAT | codes.MIN_REPEAT), (least, most, body)):
                return self._repeat(automaton, (least, most, body), then, flags)
            case codes.AT, where:
                return automaton.add_assertion(_position_check(where, flags), then)
            case ((codes.ASSERT | codes.ASSERT_NOT), (direction, body)) if self._look_around:
                around = self.automaton(body, flags, backwards=direction > 0)
                return automaton.add_assertion(_around_check(around, item[0] is codes.ASSERT_NOT), then)
            case ((codes.LITERAL | codes.NOT_LITERAL | codes.ANY | codes.IN), _):
                return automaton.add(_Char(_char_check(item, flags), then))
        raise PatternError(_UNSUPPORTED.get(item[0], "it has syntax that RE2 has not"))

    def _repeat(self, automaton: Automaton, repeat: tuple[Any, Any, Any], then: int, flags: int) -> int:
        least, most, body = repeat
        is_bounded = most is not codes.MAXREPEAT
        if least > _MAX_REPEAT or (is_bounded and most > _MAX_REPEAT):
            raise PatternError(f"it repeats something more than {_MAX_REPEAT} times")
        here = then
        if is_bounded:
            for _ in range(most - least):
                here = automaton.add(_Split((self._sequence(automaton, body, here, flags), then)))
        else:
            here = automaton.add(None)
            automaton.replace(here, _Split((self._sequence(automaton, body, here, flags), then)))
        for _ in range(least):
            here = self._sequence(automaton, body, here, flags)
        return here


_UNSUPPORTED: Final = {
    codes.ASSERT: "RE2 has no look-around",
    codes.ASSERT_NOT: "RE2 has no look-around",
    codes.GROUPREF: "back-references are not supported",
    codes.GROUPREF_EXISTS: "back-references are not supported",
}


def _around_check(automaton: Automaton, is_negative: bool) -> _Assertion:
    if not is_negative:
        return automaton.ends
    return lambda text: bytearray(not found for found in automaton.ends(text))


def _position_check(where: Any, flags: int) -> _Assertion:
    is_there = _positions(flags)[where]
    return lambda text: bytearray(is_there(text, position) for position in range(len(text) + 1))


def _positions(flags: int) -> dict[Any, Callable[[str, int], bool]]:
    """Return what tells whether an anchor holds at a position of a text."""

    def starts(text: str, at: int) -> bool:
        return at == 0 or (is_multiline and text[at - 1] == "\n")

    def ends(text: str, at: int) -> bool:
        return at == len(text) or (is_multiline and text[at] == "\n")

    def between(text: str, at: int) -> bool:
        return (at > 0 and _is_word(text[at - 1])) != (at < len(text) and _is_word(text[at]))

    is_multiline = bool(flags & re.MULTILINE)
    return {
        codes.AT_BEGINNING: starts,
        codes.AT_BEGINNING_STRING: lambda text, at: at == 0,
        codes.AT_END: ends,
        codes.AT_END_STRING: lambda text, at: at == len(text),
        codes.AT_BOUNDARY: between,
        codes.AT_NON_BOUNDARY: lambda text, at: not between(text, at),
    }


def _char_check(item: Any, flags: int) -> _Is:
    """Return what tells whether an item of one character accepts a character."""
    kind, what = item
    if kind is codes.ANY:
        return (lambda char: True) if flags & re.DOTALL else (lambda char: char != "\n")
    if kind is not codes.IN:
        what = [(codes.LITERAL, what)]
    is_negated = kind is codes.NOT_LITERAL or what[0][0] is codes.NEGATE
    checks = [_member_check(member) for member in what if member[0] is not codes.NEGATE]
    cases = _cases if flags & re.IGNORECASE else _itself

    def accepts(char: str) -> bool:
        return is_negated != any(check(each) for each in cases(char) for check in checks)

    return accepts


def _itself(char: str) -> tuple[str, ...]:
    return (char,)


def _cases(char: str) -> tuple[str, ...]:
    return char, char.lower(), char.upper()


def _member_check(member: Any) -> _Is:
    match member:
        case codes.LITERAL, code:
            return chr(code).__eq__
        case codes.RANGE, (first, last):
            return lambda char: len(char) == 1 and first <= ord(char) <= last
        case codes.CATEGORY, category if category in _CATEGORIES:
            return _CATEGORIES[category]
    raise PatternError("it has a set of characters that RE2 has not")


def _is_word(char: str) -> bool:
    return char == "_" or (char.isascii() and char.isalnum())


def _is_digit(char: str) -> bool:
    return char.isascii() and char.isdigit()


def _is_space(char: str) -> bool:
    return char in ("\t", "\n", "\f", "\r", " ")


_CATEGORIES: Final[dict[Any, _Is]] = {
    codes.CATEGORY_DIGIT: _is_digit,
    codes.CATEGORY_NOT_DIGIT: lambda char: not _is_digit(char),
    codes.CATEGORY_SPACE: _is_space,
    codes.CATEGORY_NOT_SPACE: lambda char: not _is_space(char),
    codes.CATEGORY_WORD: _is_word,
    codes.CATEGORY_NOT_WORD: lambda char: not _is_word(char),
}

_POSIX: Final = {
    "alnum": "0-9A-Za-z",
    "alpha": "A-Za-z",
    "ascii": r"\x00-\x7f",
    "blank": r"\t ",
    "cntrl": r"\x00-\x1f\x7f",
    "digit": "0-9",
    "graph": "!-~",
    "lower": "a-z",
    "print": " -~",
    "punct": r"!-/:-@\[-`{-~",
    "space": r"\t-\r ",
    "upper": "A-Z",
    "word": "0-9A-Za-z_",
    "xdigit": "0-9A-Fa-f",
}
_DIFFERENT: Final = re.compile(r"\\[\s\S]|\[:(\^?)(\w+):\]|\(\?<(?=[A-Za-z_])|\(\?[#(]|\{,")


def _in_python_syntax(pattern: str) -> str:
    """Return a pattern with what RE2 and ``re`` spell differently spelled as in ``re``."""

    def replace(match: re.Match[str]) -> str:
        match match[0]:
            case r"\z":
                return r"\Z"
            case r"\Z" | r"\N":
                raise PatternError(f"bad escape {match[0]}")
            case r"\p" | r"\P" | r"\Q" | r"\C":
                raise PatternError(f"{match[0]} needs google-re2")
            case "(?<":
                return "(?P<"
            case "(?#" | "(?(":
                raise PatternError("it has a group that RE2 has not")
            case "{,":
                return r"\{,"
        if match[2] is None:
            return match[0]
        if match[1] or match[2] not in _POSIX:
            raise PatternError(f"{match[0]} needs google-re2")
        return _POSIX[match[2]]

    return _DIFFERENT.sub(replace, pattern)

"""Random CEL expressions, as text, over the variables of CONTEXT: mostly of fitting types, sometimes not."""

from __future__ import annotations

from typing import Any, NamedTuple

from hypothesis import strategies as st

CONTEXT: dict[str, Any] = {
    "x": 3,
    "y": -7,
    "f": 2.5,
    "s": "héllo wörld",
    "b": True,
    "l": [1, 2, 3],
    "m": {"a": 1, "b": "x", "c": [1.5, None], "d": {"e": False}},
    "n": None,
}

Texts = st.SearchStrategy[str]


def leaves(text: str) -> Texts:
    return st.sampled_from(text.split("  "))


def build(template: str, *parts: Texts) -> Texts:
    return st.builds(template.format, *parts)


class Kinds(NamedTuple):
    """Expressions by their type."""

    int: Texts
    double: Texts
    string: Texts
    bool: Texts
    list: Texts
    time: Texts
    span: Texts
    other: Texts


LEAVES = Kinds(
    leaves("0  1  2  -1  7  9223372036854775807  -9223372036854775808  0x1F  x  y  m.a  l[1]  l[9]"),
    leaves("0.0  1.0  2.5  -0.5  1e10  f  m.c[0]  .25  0.1"),
    leaves("''  'a'  'héllo'  \"b\\n\"  r'\\d+'  '💡x'  s  m.b  '1'  'true'  '2.5'  'l'  'h.llo'  m.zz"),
    leaves("true  false  b  m.d.e  undefined"),
    leaves("[]  l  [x, 1, 2]  ['a', s]  m.c  [1, 1.0, 1u]  s.split('l')"),
    leaves(
        "timestamp('2024-02-29T12:30:45Z')  timestamp(0)  timestamp('1969-12-31T23:59:59Z')"
        "  timestamp('0001-01-01T00:00:00Z')"
    ),
    leaves("duration('1h30m')  duration('-90s')  duration('0s')  duration('100h')"),
    leaves("null  n  {}  m  m.d  1u  5u  18446744073709551615u  b'ab'  b'\\xff'"),
)

ACCESSORS = leaves(
    "getFullYear  getMonth  getDate  getDayOfMonth  getDayOfWeek  getDayOfYear  getHours  getMinutes  getSeconds"
)
ORDERINGS = leaves("<  <=  >  >=  ==  !=")
QUANTIFIERS = leaves("all  exists  exists_one")


def grow(below: Kinds) -> Kinds:
    """Expressions one level deeper."""
    any_ = st.one_of(*below)
    # One operand in twenty is of any type.
    ints, doubles, strings, bools, lists, times, spans, _ = (
        st.integers(0, 19).flatmap(lambda roll, kind=kind: any_ if roll == 0 else kind) for kind in below
    )
    return Kinds(
        st.one_of(
            LEAVES.int,
            build("({} {} {})", ints, st.sampled_from("+-*/%"), ints),
            build("-({})", ints),
            build("int({})", st.one_of(below.double, below.string, below.time)),
            build("size({})", st.one_of(strings, lists)),
            build("({}).indexOf({})", strings, strings),
            build("({}).lastIndexOf({}, {})", strings, strings, ints),
            build("({} ? {} : {})", bools, ints, ints),
            build("({}).{}()", times, ACCESSORS),
            build("({}).{}({})", times, ACCESSORS, leaves("'+02:30'  'Europe/Berlin'  'UTC'  'Nowhere'")),
            build("({}).{}()", spans, leaves("getHours  getMinutes  getSeconds  getMilliseconds")),
            build("({})[{}]", lists, ints),
        ),
        st.one_of(
            LEAVES.double,
            build("({} {} {})", doubles, st.sampled_from("+-*/"), doubles),
            build("double({})", st.one_of(ints, strings)),
        ),
        st.one_of(
            LEAVES.string,
            build("({} + {})", strings, strings),
            # Each implementation has its own names for NaN and the infinities.
            build("string({})", st.one_of(ints, LEAVES.double, bools, LEAVES.other)),
            build("({}).{}()", strings, leaves("lowerAscii  upperAscii  trim")),
            build("({}).substring({})", strings, ints),
            build("({}).substring({}, {})", strings, ints, ints),
            build("({}).charAt({})", strings, ints),
            build("({}).replace({}, {})", strings, strings, strings),
            build("({}).join({})", lists, strings),
        ),
        st.one_of(
            LEAVES.bool,
            build("({} {} {})", ints, ORDERINGS, st.one_of(ints, doubles)),
            build("({} {} {})", strings, ORDERINGS, strings),
            build("({} {} {})", times, ORDERINGS, times),
            build("({} {} {})", spans, ORDERINGS, spans),
            build("({} {} {})", any_, leaves("==  !="), any_),
            build("({} {} {})", bools, leaves("&&  ||"), bools),
            build("!({})", bools),
            build("({} in {})", any_, below.list),
            build("({}).{}({})", strings, leaves("contains  startsWith  endsWith  matches"), strings),
            build("({}).{}(i, {} {} i)", lists, QUANTIFIERS, any_, ORDERINGS),
            build("({}).{}(i, {})", lists, QUANTIFIERS, bools),
            build("has(m.{})", leaves("a  b  zz  d.e  d.f  a.b")),
        ),
        st.one_of(
            LEAVES.list,
            build("({} + {})", lists, lists),
            build("[{}, {}]", any_, any_),
            build("({}).filter(i, {} {} i)", lists, any_, ORDERINGS),
            build("({}).map(i, i {} {})", lists, st.sampled_from("+-*/%"), any_),
            build("({}).map(i, {}, [i])", lists, bools),
            build("[{{'a': {}, 'k': {}}}]", any_, any_),
        ),
        st.one_of(LEAVES.time, build("({} {} {})", times, st.sampled_from("+-"), spans)),
        st.one_of(
            LEAVES.span,
            build("({} {} {})", spans, st.sampled_from("+-"), spans),
            build("({} - {})", times, times),
        ),
        LEAVES.other,
    )


EXPRESSIONS = st.one_of(*grow(grow(grow(LEAVES))))


def _plain() -> Texts:
    """Well-typed expressions of the core alone, for implementations that have no more."""
    ints, strings = leaves("0  1  2  -1  7  x  y  m.a  l[1]"), leaves("''  'a'  'héllo'  s  m.b  'l'")
    bools = leaves("true  false  b  m.d.e  1/0 > 1  l[9] == 1")
    for _ in range(2):
        ints = st.one_of(
            ints,
            build("({} {} {})", ints, st.sampled_from("+-*/%"), ints),
            build("size({})", strings),
            build("({} ? {} : {})", bools, ints, ints),
        )
        bools = st.one_of(
            bools,
            build("({} {} {})", ints, ORDERINGS, ints),
            build("({} {} {})", strings, leaves("==  !=  <  <=  >  >="), strings),
            build("({} {} {})", bools, leaves("&&  ||"), bools),
            build("!({})", bools),
            build("({} in [{}, {}])", ints, ints, ints),
            build("({}).{}({})", strings, leaves("contains  startsWith  endsWith"), strings),
            build("l.{}(i, i {} {})", leaves("all  exists  exists_one"), ORDERINGS, ints),
            build("has(m.{})", leaves("a  zz  d.e  d.f")),
        )
    lists = st.one_of(build("l.map(i, i + {})", ints), build("l.filter(i, i {} {})", ORDERINGS, ints))
    return st.one_of(ints, strings, bools, lists)


PLAIN = _plain()

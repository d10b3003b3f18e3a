"""Random CEL expressions, as text, over the variables of CONTEXT: mostly of fitting types, sometimes not."""

from __future__ import annotations

from typing import Any

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


INT_LEAF = leaves("0  1  2  -1  7  9223372036854775807  -9223372036854775808  0x1F  x  y  m.a  l[1]  l[9]")
DOUBLE_LEAF = leaves("0.0  1.0  2.5  -0.5  1e10  f  m.c[0]  .25  0.1")
STRING_LEAF = leaves(
    "''  'a'  'héllo'  \"b\\n\"  r'\\d+'  '💡x'  s  m.b  '1'  'true'  '2.5'  'l'  'h.llo'  m.zz"
)
BOOL_LEAF = leaves("true  false  b  m.d.e  undefined")
LIST_LEAF = leaves("[]  l  [x, 1, 2]  ['a', s]  m.c  [1, 1.0, 1u]  s.split('l')")
OTHER_LEAF = leaves("null  n  {}  m  m.d  1u  5u  18446744073709551615u  b'ab'  b'\\xff'")
TIME_LEAF = leaves(
    "timestamp('2024-02-29T12:30:45Z')  timestamp(0)  timestamp('1969-12-31T23:59:59.5Z')"
    "  timestamp('0001-01-01T00:00:00Z')"
)
SPAN_LEAF = leaves("duration('1h30m')  duration('-1.5s')  duration('0s')  duration('100h')")

ANY: Texts = st.deferred(lambda: st.one_of(INT, DOUBLE, STRING, BOOL, LIST, TIME, SPAN, OTHER_LEAF))


def mostly(strategy: Texts) -> Texts:
    return st.integers(0, 11).flatmap(lambda roll: ANY if roll == 0 else strategy)


INT: Texts = st.deferred(
    lambda: st.one_of(
        INT_LEAF,
        INT_LEAF,
        INT_LEAF,
        build("({} {} {})", mostly(INT), st.sampled_from("+-*/%"), mostly(INT)),
        build("-({})", mostly(INT)),
        build("int({})", st.one_of(DOUBLE, STRING, TIME)),
        build("size({})", st.one_of(STRING, LIST)),
        build("({}).indexOf({})", mostly(STRING), mostly(STRING)),
        build("({}).lastIndexOf({}, {})", mostly(STRING), mostly(STRING), mostly(INT)),
        build("({} ? {} : {})", mostly(BOOL), mostly(INT), mostly(INT)),
        build("({}).{}()", mostly(TIME), leaves(ACCESSORS)),
        build("({}).{}({})", mostly(TIME), leaves(ACCESSORS), leaves("'+02:30'  'Europe/Berlin'  'UTC'")),
        build("({}).{}()", mostly(SPAN), leaves("getHours  getMinutes  getSeconds  getMilliseconds")),
    )
)
ACCESSORS = "getFullYear  getMonth  getDate  getDayOfMonth  getDayOfWeek  getDayOfYear  getHours  getMinutes  getSeconds"
DOUBLE: Texts = st.deferred(
    lambda: st.one_of(
        DOUBLE_LEAF,
        DOUBLE_LEAF,
        build("({} {} {})", mostly(DOUBLE), st.sampled_from("+-*/"), mostly(DOUBLE)),
        build("double({})", st.one_of(INT, STRING)),
    )
)
STRING: Texts = st.deferred(
    lambda: st.one_of(
        STRING_LEAF,
        STRING_LEAF,
        STRING_LEAF,
        build("({} + {})", mostly(STRING), mostly(STRING)),
        build("string({})", st.one_of(INT, DOUBLE, BOOL, OTHER_LEAF)),
        build("({}).{}()", mostly(STRING), leaves("lowerAscii  upperAscii  trim")),
        build("({}).substring({})", mostly(STRING), mostly(INT)),
        build("({}).substring({}, {})", mostly(STRING), mostly(INT), mostly(INT)),
        build("({}).charAt({})", mostly(STRING), mostly(INT)),
        build("({}).replace({}, {})", mostly(STRING), mostly(STRING), mostly(STRING)),
        build("({}).join({})", mostly(LIST), mostly(STRING)),
    )
)
BOOL: Texts = st.deferred(
    lambda: st.one_of(
        BOOL_LEAF,
        BOOL_LEAF,
        build("({} {} {})", mostly(INT), ORDERINGS, mostly(st.one_of(INT, DOUBLE))),
        build("({} {} {})", mostly(STRING), ORDERINGS, mostly(STRING)),
        build("({} {} {})", mostly(TIME), ORDERINGS, mostly(TIME)),
        build("({} {} {})", ANY, st.sampled_from(["==", "!="]), ANY),
        build("({} {} {})", mostly(BOOL), st.sampled_from(["&&", "||"]), mostly(BOOL)),
        build("!({})", mostly(BOOL)),
        build("({} in {})", ANY, mostly(LIST)),
        build(
            "({}).{}({})", mostly(STRING), leaves("contains  startsWith  endsWith  matches"), mostly(STRING)
        ),
        build("({}).{}(i, {} {} i)", mostly(LIST), leaves("all  exists  exists_one"), ANY, ORDERINGS),
        build("({}).{}(i, {})", mostly(LIST), leaves("all  exists  exists_one"), mostly(BOOL)),
        build("has(m.{})", leaves("a  b  zz  d.e  d.f  a.b")),
    )
)
ORDERINGS = st.sampled_from(["<", "<=", ">", ">=", "==", "!="])
LIST: Texts = st.deferred(
    lambda: st.one_of(
        LIST_LEAF,
        LIST_LEAF,
        build("({} + {})", mostly(LIST), mostly(LIST)),
        build("[{}, {}]", ANY, ANY),
        build("({}).filter(i, {} {} i)", mostly(LIST), ANY, ORDERINGS),
        build("({}).map(i, i {} {})", mostly(LIST), st.sampled_from("+-*/%"), ANY),
        build("({}).map(i, {}, [i])", mostly(LIST), mostly(BOOL)),
        build("[{{'a': {}, 'k': {}}}]", ANY, ANY),
    )
)
TIME: Texts = st.deferred(
    lambda: st.one_of(
        TIME_LEAF,
        TIME_LEAF,
        build("({} + {})", mostly(TIME), mostly(SPAN)),
        build("({} - {})", mostly(TIME), mostly(SPAN)),
    )
)
SPAN: Texts = st.deferred(
    lambda: st.one_of(
        SPAN_LEAF,
        SPAN_LEAF,
        build("({} {} {})", mostly(SPAN), st.sampled_from("+-"), mostly(SPAN)),
        build("({} - {})", mostly(TIME), mostly(TIME)),
    )
)

EXPRESSIONS = ANY

"""The text of a workflow file as a tree with exact ranges: see docs/language.md#yaml."""

from __future__ import annotations

import math
import sys
from pathlib import Path

import pytest
from duckflux.ide.formatting import formatted
from duckflux.language import registry
from duckflux.language.analysis import analyse
from duckflux.language.syntax import MAX_BYTES, parse, plain_value
from duckflux.language.syntax.document import _whole
from duckflux.language.syntax.edits import apply, as_yaml
from duckflux.language.syntax.parser import MAX_DEPTH
from duckflux.language.syntax.text_difference import line_edits
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

sys.path.insert(0, str(Path(__file__).parent))
from marks import at, everything, marked, show

REPEATABLE = settings(
    max_examples=80, deadline=None, print_blob=True, suppress_health_check=[HealthCheck.too_slow]
)


def value_of(text: str) -> object:
    document = parse(f"x: {text}")
    assert not document.problems
    return plain_value(document.root)["x"]


@pytest.mark.parametrize(
    "text", ["yes", "no", "on", "off", "Yes", "NO", "y", "n", "1:30", "0b1", "1_000", "nan"]
)
def test_yaml_1_1_words_are_text(text: str) -> None:
    assert value_of(text) == text


@pytest.mark.parametrize(
    "text", ["0o18", "0xg", "2022-11-28", "1.2.3", "1e", "+.", "tRUE", "nuLL", "-0x1", "<<x"]
)
def test_almost_values_are_text(text: str) -> None:
    assert value_of(text) == text


@pytest.mark.parametrize("text", ["", "~", "null", "Null", "NULL", "!!null null", "# nothing"])
def test_null(text: str) -> None:
    assert value_of(text) is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("true", True),
        ("True", True),
        ("FALSE", False),
        ("0o17", 15),
        ("010", 10),
        ("0xfF", 255),
        ("-7", -7),
        ("+7", 7),
        ("123456789012345678901234567890", 123456789012345678901234567890),
        ("1.5", 1.5),
        (".5", 0.5),
        ("1.", 1.0),
        ("1e3", 1000.0),
        ("-.inf", -math.inf),
        ("'1'", "1"),
        ('"true"', "true"),
        ("''", ""),
        ("!!str 12", "12"),
        ("!!int '12'", 12),
        ("!!float 2", 2.0),
        ("! 12", "12"),
        ("{a: [1, b], c: }", {"a": [1, "b"], "c": None}),
    ],
)
def test_values(text: str, expected: object) -> None:
    value = value_of(text)
    assert value == expected
    assert type(value) is type(expected)


def test_not_a_number() -> None:
    assert math.isnan(value_of(".nan"))


def test_a_number_of_any_length_is_no_attack() -> None:
    assert value_of("9" * 5000) == "9" * 5000


RANGES = [
    ("plain", "a: «x y» # comment\nb: 1", ("a",)),
    ("plain over two lines", "a: «x\n  y»\nb: 1", ("a",)),
    ("single quotes", "a: «'it''s'» \n", ("a",)),
    ("double quotes", 'a: «"x\\n\\\n  y"»\n', ("a",)),
    ("flow list", "a: «[1, [2]]» # c\n", ("a",)),
    ("in a flow list", "a: [1, [«22»]]\n", ("a", 1, 0)),
    ("flow map", "a: «{b: 1,\n  c: 2}»\n", ("a",)),
    ("block map", "a:\n  «b: 1\n  c: 2»\n\n# later\nd: 1", ("a",)),
    ("block list", "a:\n  «- 1\n  - b: 2»\n\nd: 1", ("a",)),
    ("list without indentation", "a:\n«- 1\n- 2»\nd: 1", ("a",)),
    ("literal block", "a: «|\n  x\n  y»\n\n\nb: 1", ("a",)),
    ("folded block", "a: «>-\n  x\n\n  y»\n\nb: 1", ("a",)),
    ("CRLF", "a: 1\r\nb: «x»\r\nc: 1\r\n", ("b",)),
    ("CRLF in a block", "a: «|\r\n  x\r\n  y»\r\n\r\nb: 1", ("a",)),
    ("BOM", "\ufeffa: 1\nb: «x»\n", ("b",)),
    ("two BOMs", "\ufeff\ufeffa: 1\nb: «x»\n", ("b",)),
    ("BOM of a file put behind another", "# one\n\ufeffa: «x»\n", ("a",)),
    ("non-BMP", "a: 💡💡\nb: '💡' # 💡\nc: «[💡]»", ("c",)),
    ("U+2028", "a: 'x\u2028y'\nb: «z»\n", ("b",)),
    ("NEL", "a: 'x\u0085y'\nb: «z»\n", ("b",)),
    ("anchor", "a: &x «y»\nb: *x", ("a",)),
    ("anchor on a map", "a: &x\n  «b: 1»\nc: *x", ("a",)),
    ("alias", "a: &x [1]\nb: «*x» # c", ("b",)),
    ("tag", "a: !!str «12»", ("a",)),
    ("anchor and tag", "a: &x !!str «12»", ("a",)),
    ("nothing", "a:«»\nb: 1", ("a",)),
    ("root", "\n# c\n«a: 1\nb: x» # d\n", ()),
    ("in a step", "flow:\n  - a\n  - b: {when: «x»}\n", ("flow", 1, "b", "when")),
    ("a split list", "id: x\nflow:\n  «- a\n  - b: {when: x}»\n\noutput: y", ("flow",)),
    ("a split map", "participants:\n  «a:\n    type: exec\n  b: 1»\nflow: []", ("participants",)),
]


@pytest.mark.parametrize(("text", "path"), [r[1:] for r in RANGES], ids=[r[0] for r in RANGES])
def test_ranges(text: str, path: tuple[str | int, ...]) -> None:
    clean, _ = marked(text)
    document = parse(clean)
    assert not document.problems
    assert show(clean, *document.offsets(at(document, *path))) == text


def test_lines_end_where_editors_end_them() -> None:
    document = parse("a: 'x\u2028y'\r\nb: 1\rc: 2\n")
    assert [document.position(pair.key) for pair in document.root] == [(0, 0), (1, 0), (2, 0)]
    assert len(document.lines) == 4
    assert document.lines.line_text(0) == "a: 'x\u2028y'"


def test_merge_keys() -> None:
    document = parse("a: &x {p: 1, q: 2}\nb: {<<: *x, q: 3}\nc: {<<: [{p: 0}, *x]}\nd: {'<<': 1}")
    assert not document.problems
    value = plain_value(document.root)
    assert value["b"] == {"q": 3, "p": 1}
    assert value["c"] == {"p": 0, "q": 2}
    assert value["d"] == {"<<": 1}
    assert [document.source(key) for key in at(document, "b").merges] == ["<<"]


def test_anchors_reach_across_steps() -> None:
    text = "participants:\n  a: &x {type: exec, run: b}\n  c: *x\nflow:\n  - c\n"
    document = parse(text)
    assert not document.problems
    assert plain_value(document.root)["participants"]["c"] == {"type": "exec", "run": "b"}


PROBLEMS = [
    (registry.DUPLICATE_KEY, "a: 1\n«a»: 2", "duplicate key `a`"),
    (registry.DUPLICATE_KEY, "a: {b: 1, «'b'»: 2}", "duplicate key `b`"),
    (registry.DUPLICATE_KEY, "flow:\n  - a\nid: x\n«flow»:\n  - b", "duplicate key `flow`"),
    (registry.DUPLICATE_KEY, "participants:\n  a: {}\n  «a»: {}", "duplicate key `a`"),
    (registry.UNSUPPORTED_TAG, "a: «!!python/object:os.system» x", "unknown tag `!!python/object:os.system`"),
    (registry.UNSUPPORTED_TAG, "a: &b «!secret»\n  c: 1", "unknown tag `!secret`"),
    (registry.UNSUPPORTED_TAG, "a: [«!x» []]", "unknown tag `!x`"),
    (registry.MULTIPLE_DOCUMENTS, "a: 1\n«---»\nb: 2", "a file contains one workflow"),
    (registry.UNDEFINED_ALIAS, "a: «*b»", "undefined alias `*b`: no anchor `&b` before it"),
    (registry.UNDEFINED_ALIAS, "flow:\n  - x\n  - «*b»\n", "undefined alias `*b`: no anchor `&b` before it"),
    (registry.UNDEFINED_ALIAS, "a: &b [«*b»]", "alias `*b` is inside its own anchor"),
    (registry.INVALID_CHARACTER, "a: x«\x07»y", "character U+0007 is not allowed"),
    (registry.INVALID_CHARACTER, "a: 1\nb: '«\x00»'", "character U+0000 is not allowed"),
    (registry.INVALID_CHARACTER, "flow:\n  - a\n  - 'x«\x1b»'\n", "character U+001B is not allowed"),
    (registry.INVALID_CHARACTER, "a: «\ud800»", "character U+D800 is not allowed"),
    (registry.INVALID_KEY, "a: {? «[1]» : 2}", "a key must be text, not a list or a map"),
    (registry.INVALID_KEY, "a: {«<<»: 1}", "`<<` must be a map"),
]


@pytest.mark.parametrize(("code", "text", "message"), PROBLEMS)
def test_problems_of_the_text(code: str, text: str, message: str) -> None:
    clean, _ = marked(text)
    document = parse(clean)
    (problem,) = document.problems
    assert (problem.code, show(clean, *document.offsets(problem.span))) == (code, text)
    assert message in problem.message


def test_a_tag_that_does_not_fit_its_text() -> None:
    document = parse("a: !!int x")
    problems = [(p.code, p.message) for p in document.problems]
    assert problems == [(registry.UNSUPPORTED_TAG, "`x` is not a valid int")]


def test_limit_of_bytes() -> None:
    start = "a: "
    assert not parse(start + "x" * (MAX_BYTES - len(start))).problems
    (problem,) = parse("é" * (MAX_BYTES // 2 + 1)).problems
    assert (problem.code, problem.message) == (registry.OVER_LIMIT, "the file is larger than 10 MiB")


@pytest.mark.parametrize("opener", ["[", "{a: "])
def test_limit_of_nesting(opener: str) -> None:
    closer = {"[": "]"}.get(opener, "}")
    assert not parse("x: " + opener * (MAX_DEPTH - 1) + closer * (MAX_DEPTH - 1)).problems
    (problem,) = parse("x: " + opener * 5000).problems
    assert problem.code == registry.OVER_LIMIT
    assert "nested deeper than 200 levels" in problem.message


def test_limit_of_aliases() -> None:
    lines = ["a0: &a0 [" + ", ".join("x" * 10) + "]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 9)]
    document = parse("\n".join(lines))
    assert document.root is None
    (problem,) = document.problems
    assert problem.code == registry.OVER_LIMIT
    assert "1,000,000 values when aliases are expanded" in problem.message


# (the broken text, part of the message, what is still read)
BROKEN = [
    ("a: «'x»\nb: 1", "missing closing quote: add a '", {"a": "x", "b": 1}),
    ('a: «"x» # c\nb: 1', 'missing closing quote: add a "', {"a": "x", "b": 1}),
    ("a: «[»1, 2\nb: 1", "unclosed `[`: add a `]`", {"a": [1, 2], "b": 1}),
    ("a: «{»c: 2\nb: 1", "unclosed `{`: add a `}`", {"a": {"c": 2}, "b": 1}),
    ("a: 1\n«bb»\nc: 2", "expected `:` after `bb`", {"a": 1, "c": 2}),
    ("a: x«:» y: z\nb: 1", "unexpected `:`", {"b": 1}),
    ("a: «@x»\nb: 1", "text that starts with `@` must be in quotes", {"a": None, "b": 1}),
    ("a: {b: 1, c: «`x}»\nb: 1", "text that starts with ``` must be in quotes", {"a": {"b": 1, "c": None}}),
    ("a: «`x`»\nb: 1", "text that starts with ``` must be in quotes", {"b": 1}),
    ("a:\n«\t»b: 1\nc: 1", "indent with spaces", {"c": 1}),
    ('a: "x«\\q»"\nb: 1', "unknown escape `\\q` in double quotes", {"b": 1}),
    ("a: 'x' «y»\nb: 1", "put the whole value in quotes", {"b": 1}),
    ("a:\n  - 1\n  «b:» 2\nc: 1", "expected `- `", {"c": 1}),
    (
        "a:\n    b: 1\n  «c:» 2\nd: 1",
        "invalid indentation: it matches no block above",
        {"a": {"b": 1}, "d": 1},
    ),
    (
        "participants:\n  «build»\n    type: exec\n  c: {type: exec}\nflow: [c]",
        "expected `:` after `build`",
        None,
    ),
    ("flow:\n  - a\n  - «'b»\n  - c", "missing closing quote", {"flow": ["a", "b", "c"]}),
    ("flow:\n  - a\n  - b: {when: «'x}»\n  - c", "missing closing quote", None),
    ("a: [«'x]»\nb: 1", "missing closing quote", {"a": ["x]"], "b": 1}),
    ("flow:\n  - a\n  - b: «[»\n", "unclosed `[`", {"flow": ["a", {"b": []}]}),
    ("a: «{»b: [1], c:\nd: 1", "unclosed `{`", {"a": {"b": [1], "c": None}, "d": 1}),
    ("flow:\n  - a\n  - «[»b\n  - c", "unclosed `[`", {"flow": ["a", ["b"], "c"]}),
    ("\ufefffl: «'x»\nb: 1", "missing closing quote", {"fl": "x", "b": 1}),
    ("a: 💡\r\nb: «'💡»\r\nc: 1", "missing closing quote", {"a": "💡", "b": "💡", "c": 1}),
]


@pytest.mark.parametrize(("text", "message", "read"), BROKEN, ids=[repr(b[0]) for b in BROKEN])
def test_syntax_errors(text: str, message: str, read: dict[str, object] | None) -> None:
    clean, _ = marked(text)
    document = parse(clean)
    (problem,) = document.problems
    assert show(clean, *document.offsets(problem.span)) == text
    assert problem.code == registry.SYNTAX_ERROR
    assert message in problem.message
    if read is not None:
        value = plain_value(document.root)
        assert {key: value.get(key) for key in read} == read


def test_each_broken_block_has_its_own_error() -> None:
    text = "participants:\n  a: {type: exec\n  b: {type: exec}\nflow:\n  - 'a\n  - b\noutput: \"x\n"
    document = parse(text)
    assert [(p.code, document.position(p.span)) for p in document.problems] == [
        (registry.SYNTAX_ERROR, (1, 5)),
        (registry.SYNTAX_ERROR, (4, 4)),
        (registry.SYNTAX_ERROR, (6, 8)),
    ]
    value = plain_value(document.root)
    assert value["participants"]["b"] == {"type": "exec"}
    assert value["flow"] == ["a", "b"]


@pytest.mark.parametrize("text", ["", " \n\n", "# only a comment\n", "---\n", "\ufeff"])
def test_empty_texts(text: str) -> None:
    document = parse(text)
    assert (plain_value(document.root), document.problems) == (None, ())


# Properties ------------------------------------------------------------------------------------------------

DEEP = "\n          "
SCALARS = st.sampled_from(
    [
        *("a", "1", "'x: y'", '"x\\ty"', "x # c", "", "[1, b]", "{k: v}", "💡", "&anchor v", "!!str 1"),
        *(f"|{DEEP}lines\n{DEEP}of text", f">-{DEEP}folded{DEEP}text", f"'two{DEEP}lines'"),
    ]
)
KEYS = st.sampled_from(["type", "run", "when", "'as'", "x y", "é"])


@st.composite
def workflows(draw: st.DrawFn) -> str:
    """Valid texts with all that splits into blocks, and things between them."""

    def fields(indent: str) -> str:
        keys = draw(st.lists(KEYS, min_size=1, max_size=3, unique=True))
        return "".join(f"{indent}{key}: {draw(SCALARS)}\n" for key in keys)

    between = st.sampled_from(["", "", "", "\n", "# comment\n", "    # indented: comment\n"])
    sections = draw(st.permutations(["id", "participants", "flow", "output"]))
    text = ""
    for section in sections[: draw(st.integers(1, 4))]:
        text += f"{section}:{draw(st.sampled_from(['', ' ', ' # c']))}\n"
        count = draw(st.integers(0, 3))
        dash = draw(st.sampled_from(["-", "  -"]))
        for number in range(count):
            text += draw(between)
            if section == "flow":
                kind = draw(st.integers(0, 2))
                inner = " " * (len(dash) + 5)
                text += [
                    f"{dash} {draw(SCALARS)}\n",
                    f"{dash}\n{fields(inner)}",
                    f"{dash} p{number}:\n{fields(inner)}",
                ][kind]
            else:
                text += f"  p{number}:\n{fields('    ')}"
        text += draw(between)
    end = draw(st.sampled_from(["\n", "\r\n"]))
    return draw(st.sampled_from(["", "\ufeff"])) + text.replace("\n", end)


@REPEATABLE
@given(workflows())
def test_blocks_read_as_the_whole_text_does(text: str) -> None:
    bom = int(text.startswith("\ufeff"))
    whole = _whole(text, bom, {})
    if not whole.problems:
        assert everything(parse(text)) == everything(whole)


PIECES = st.sampled_from(
    [
        *"\n '\"[]{}:-#&*!|>\t\r\ufeff💡",
        "  ",
        "\n  ",
        "\n  - ",
        "a: b",
        "flow:\n",
        "- x",
        "&a ",
        "*a",
        "---\n",
    ]
)


@REPEATABLE
@given(workflows(), st.lists(st.tuples(st.floats(0, 1), st.integers(0, 6), PIECES), min_size=1, max_size=5))
def test_an_edited_document_equals_a_fresh_one(text: str, edits: list[tuple[float, int, str]]) -> None:
    document = parse(text)
    for place, removed, put in edits:
        offset = int(place * len(text))
        text = text[:offset] + put + text[offset + removed :]
        document = parse(text, document)
        assert everything(document) == everything(parse(text))


@REPEATABLE
@given(workflows(), st.lists(st.tuples(st.floats(0, 1), st.integers(0, 3), PIECES), max_size=3))
def test_no_text_is_too_broken_to_analyse(text: str, edits: list[tuple[float, int, str]]) -> None:
    for place, removed, put in edits:
        offset = int(place * len(text))
        text = text[:offset] + put + text[offset + removed :]
    for diagnostic in analyse(text).diagnostics:
        assert 0 <= diagnostic.start <= diagnostic.end <= len(text)
        assert diagnostic.message


@pytest.mark.parametrize("text", ["", "\n\n", "  \r\n ", "# nothing\n"])
def test_an_empty_file_is_said_to_be_one_inside_of_it(text: str) -> None:
    (diagnostic,) = [d for d in analyse(text).diagnostics if d.code == registry.NOT_A_WORKFLOW]
    assert 0 <= diagnostic.start <= diagnostic.end <= len(text)


@pytest.mark.parametrize("mark", ["\x85", "\u2028", "\u2029"], ids=ascii)
@pytest.mark.parametrize(
    "text",
    [
        "a{}b",
        "'a{}b'",
        '"a{}b"',
        "a{}",
        "|\n  a{}b\n  c",
        ">\n  a{}\n\n  b",
        "x # {}y",
        "[a{}b, c]",
        "|\n  a\n  b{}",
    ],
)
def test_line_breaks_of_yaml_1_1_are_text(text: str, mark: str) -> None:
    expected = repr(value_of(text.format("_"))).replace("_", mark)
    assert repr(value_of(text.format(mark))).replace(ascii(mark)[1:-1], mark) == expected
    document = parse(f"id: x\nflow:\n- {text.format(mark)}\n")
    assert not document.problems
    plain = parse(f"id: x\nflow:\n- {text.format('_')}\n")
    assert [document.offsets(node) for _, node in document.root] == [
        plain.offsets(node) for _, node in plain.root
    ]


@pytest.mark.parametrize("mark", ["\x85", "\u2028", "\u2029"], ids=ascii)
def test_escapes_of_line_breaks_and_of_private_characters(mark: str) -> None:
    assert value_of(f'"{mark}\\ue000\\N\\L\\P\ue001"') == f"{mark}\ue000\x85\u2028\u2029\ue001"


@pytest.mark.parametrize("mark", ["\x85", "\u2028", "\u2029"], ids=ascii)
def test_line_breaks_of_yaml_1_1_stay_when_text_is_written(mark: str) -> None:
    for text in (f"a{mark}b", f"{mark}", f"a{mark}", f"{mark}a: b #"):
        assert value_of(as_yaml(text)) == text
    assert formatted(f"a:   x{mark} \nb: |\n    c{mark}\n    d\n") == f"a: x{mark}\nb: |\n  c{mark}\n  d\n"
    before, after = f"a{mark}b\nc", f"a{mark}b\nd"
    assert apply(before, line_edits(before, after)) == after


EXPLICIT_KEYS = """\
? participants
: ? a
  : type: exec
    ? run
    : echo
  b: {? type : exec, run: echo}
  ? c
  : type: exec
    run: echo
flow:
  - ? a
    : when: x
  - ? loop
    : max: 2
      steps:
        - ? b
          : when: x
? output
: x
"""


def test_explicit_keys_at_any_depth() -> None:
    document = parse(EXPLICIT_KEYS)
    assert not document.problems
    assert plain_value(document.root) == {
        "participants": {name: {"type": "exec", "run": "echo"} for name in "abc"},
        "flow": [{"a": {"when": "x"}}, {"loop": {"max": 2, "steps": [{"b": {"when": "x"}}]}}],
        "output": "x",
    }
    assert formatted(EXPLICIT_KEYS) == EXPLICIT_KEYS


@pytest.mark.parametrize(
    "head", ["%FOO bar", "%YAML 1.3", "# x\n\n%FOO # y", "%FOO\n%BAR 1 2", "%YAML 1.2\n%FOO"]
)
def test_unknown_directives_are_warnings(head: str) -> None:
    document = parse(f"{head}\n---\na:   1\n")
    assert {problem.code for problem in document.problems} == {registry.UNKNOWN_DIRECTIVE}
    assert len(document.problems) == head.count("%") - head.count("%YAML 1.2")
    assert not list(document.errors())
    assert plain_value(document.root) == {"a": 1}
    assert formatted(document.text).endswith("---\na: 1\n")


@pytest.mark.parametrize("head", ["%YAML 2.0", "%YAML", "%YAML 1.2\n%YAML 1.2"])
def test_directives_that_cannot_be_read_are_errors(head: str) -> None:
    assert list(parse(f"{head}\n---\na: 1\n").errors())

"""Services for editors: highlighting, completion, signature help, descriptions and references.

The functions are pure and return plain data; offsets count code points in the expression's text. They also
take expressions with syntax errors.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

import msgspec

from .checker import Checked, Scope, check
from .checker.inference import Inference
from .library.declarations import FUNCTION, METHOD, Function, Library, Macro
from .library.standard import TYPE_NAMES
from .syntax import lexer
from .syntax.identifiers import identifiers, name_range
from .syntax.nodes import Ast, Binary, Call, Expr, Ident, Index, ListNode, Select, walk
from .syntax.nodes import Macro as MacroNode
from .types import DYN, EnumType, Field, ListType, MapType, OptionalType, RecordType, Type, field_of

# Kinds of completions and descriptions.
VARIABLE: Final = "variable"
FIELD: Final = "field"
FUNCTION_KIND: Final = "function"
METHOD_KIND: Final = "method"
MACRO: Final = "macro"
KEYWORD: Final = "keyword"
VALUE: Final = "value"
TYPE: Final = "type"


class Highlight(msgspec.Struct, frozen=True):
    """A highlighted range. Kinds: those above, and string, number, operator, comment, error and parameter."""

    kind: str
    start: int
    end: int


class Completion(msgspec.Struct, frozen=True):
    """A completion item: ``insert`` replaces the text from ``start`` to ``end``."""

    label: str
    kind: str
    insert: str
    start: int
    end: int
    detail: str = ""
    doc: str = ""


class Signature(msgspec.Struct, frozen=True):
    """A signature of a function or macro, and the parameters inside the parentheses."""

    label: str
    parameters: tuple[str, ...]
    doc: str


class SignatureHelp(msgspec.Struct, frozen=True):
    """The signatures of the call at an offset; ``active`` is the first with enough parameters."""

    signatures: tuple[Signature, ...]
    active: int
    parameter: int


class Description(msgspec.Struct, frozen=True):
    """A name with its type, or a function with its signatures."""

    kind: str
    name: str
    start: int
    end: int
    type: Type | None = None
    doc: str = ""
    signatures: tuple[str, ...] = ()


# Highlighting


def highlight(ast: Ast) -> tuple[Highlight, ...]:
    """Return the highlighted ranges of the text, in its order."""
    roles = dict(_roles(ast))
    highlights = [Highlight("comment", start, end) for start, end in lexer.comments(ast.text)]
    for token in lexer.tokenize(ast.text):
        if token.kind != lexer.END:
            kind = roles.get(token.start) or _TOKEN_KINDS.get(token.kind, "operator")
            highlights.append(Highlight(kind, token.start, token.end))
    return tuple(sorted(highlights, key=lambda highlight: highlight.start))


_TOKEN_KINDS: Final = {
    lexer.NAME: VARIABLE,
    lexer.QUOTED: FIELD,
    lexer.NUMBER: "number",
    lexer.STRING: "string",
    lexer.OPEN_STRING: "string",
    lexer.BAD: "error",
    "in": KEYWORD,
    **dict.fromkeys(("true", "false", "null"), KEYWORD),
}


def _roles(ast: Ast) -> Iterator[tuple[int, str]]:
    """Yield the start and the kind of each name."""
    for node in walk(ast.root):
        if isinstance(node, MacroNode):
            yield node.name_start, MACRO
        elif isinstance(node, Call):
            yield node.name_start, FUNCTION_KIND if node.target is None else METHOD_KIND
        elif isinstance(node, Select):
            yield node.field_start, FIELD
    for ident, macro in identifiers(ast):
        start, _ = name_range(ident)
        if macro is not None:
            yield start, "parameter"
        elif ident.name in TYPE_NAMES:
            yield start, TYPE


# Nodes and names


def node_at(ast: Ast, offset: int) -> Expr:
    """Return the smallest node that touches ``offset``, or the root when none does."""
    best = ast.root
    for node in walk(ast.root):
        if node.start <= offset <= node.end and node.end - node.start <= best.end - best.start:
            best = node
    return best


def describe(checked: Checked, offset: int, scope: Scope | None = None) -> Description | None:
    """Return the description of the name at ``offset``; documentation of variables comes from ``scope``."""
    ast = checked.ast
    for node in walk(ast.root):
        if isinstance(node, Ident) and node.start <= offset <= node.end:
            return _describe_name(checked, node, scope or {})
        if isinstance(node, Select) and node.field and node.field_start <= offset <= node.field_end:
            doc = _field_doc(checked.types.get(node.operand), node.field)
            return Description(
                FIELD, node.field, node.field_start, node.field_end, checked.types.get(node), doc
            )
        if isinstance(node, (Call, MacroNode)) and node.name_start <= offset <= node.name_end:
            return _describe_call(checked, node)
    return None


def _describe_name(checked: Checked, node: Ident, scope: Scope) -> Description:
    declaration = scope.get(node.name)
    outer = any(ident is node and macro is None for ident, macro in identifiers(checked.ast))
    doc = declaration.doc if isinstance(declaration, Field) and outer else ""
    return Description(VARIABLE, node.name, node.start, node.end, checked.types.get(node), doc)


def _field_doc(owner: Type | None, name: str) -> str:
    if isinstance(owner, OptionalType):
        owner = owner.value
    if isinstance(owner, RecordType) and name in owner.fields:
        return owner.fields[name].doc
    return ""


def _describe_call(checked: Checked, node: Call | MacroNode) -> Description | None:
    signatures = _signatures(checked.ast.library, node.function, method=node.target is not None)
    if not signatures:
        return None
    kind = MACRO if isinstance(node, MacroNode) else FUNCTION_KIND
    labels = tuple(signature.label for signature in signatures)
    type_ = checked.types.get(node)
    return Description(kind, node.function, node.name_start, node.name_end, type_, signatures[0].doc, labels)


def references_at(ast: Ast, offset: int) -> tuple[tuple[int, int], ...]:
    """Return the ranges of all references to the variable at ``offset``.

    For a macro's own variable its declaration is among them.
    """
    idents = [*identifiers(ast)]
    target = next(((ident, macro) for ident, macro in idents if ident.start <= offset <= ident.end), None)
    if target is None:
        return ()
    name, binder = target[0].name, target[1]
    return tuple(name_range(ident) for ident, macro in idents if ident.name == name and macro is binder)


def _macros_around(ast: Ast, offset: int) -> Iterator[MacroNode]:
    """Yield the macros with ``offset`` in their arguments, outermost first; an unclosed one has no end."""
    for node in walk(ast.root):
        if not isinstance(node, MacroNode) or not node.variables:
            continue
        end = node.end if ast.text[node.end - 1] == ")" else len(ast.text)
        if node.variables[0].start <= offset <= end:
            value_of_bind = node.args[0] if node.function == "cel.bind" else None
            if value_of_bind is None or not value_of_bind.start <= offset <= value_of_bind.end:
                yield node


# Completions


def complete(ast: Ast, scope: Scope, offset: int) -> tuple[Completion, ...]:
    """Return the completions at ``offset``, the most likely first; the client filters them by prefix."""
    checked = check(ast, scope)
    token = _token_at(ast.text, offset)
    if token.kind == lexer.OPEN_STRING or (token.kind == lexer.STRING and offset < token.end):
        return _complete_string(checked, token)
    if token.kind in (lexer.STRING, lexer.NUMBER) or any(
        start < offset <= end for start, end in lexer.comments(ast.text)
    ):
        return ()
    start, end = (token.start, token.end) if token.kind == lexer.NAME else (offset, offset)
    owner = _owner(ast, offset)
    if owner is not None:
        return tuple(_member_completions(checked.types.get(owner, DYN), ast.library, start, end))
    if _is_after_operand(ast.text, start):
        return ()
    values = _expected_values(checked, offset)
    return (*_quoted(values, start, end), *_name_completions(checked, scope, offset, start, end))


def _token_at(text: str, offset: int) -> lexer.Token:
    """Return the token that ends at or surrounds ``offset``, else an empty one."""
    for token in lexer.tokenize(text):
        if token.start < offset <= token.end and token.kind != lexer.END:
            return token
    return lexer.Token(lexer.END, "", offset, offset)


def _is_after_operand(text: str, offset: int) -> bool:
    """Return whether an operand ends before ``offset``, so that only an operator can follow."""
    before = [token for token in lexer.tokenize(text) if token.end <= offset and token.kind != lexer.END]
    return bool(before) and before[-1].kind in lexer.OPERAND_ENDS


def _owner(ast: Ast, offset: int) -> Expr | None:
    """Return the node whose member is being written at ``offset``."""
    for node in walk(ast.root):
        if isinstance(node, Select):
            end = node.field_end
            if not node.field:
                end += len(ast.text[end:]) - len(ast.text[end:].lstrip())
            if node.field_start <= offset <= end:
                return node.operand
        elif (
            isinstance(node, (Call, MacroNode)) and node.name_start <= offset <= node.name_end and node.target
        ):
            return node.target
    return None


def _member_completions(type_: Type, library: Library, start: int, end: int) -> Iterator[Completion]:
    if isinstance(type_, OptionalType):
        type_ = type_.value
    if isinstance(type_, RecordType):
        for name, field in type_.fields.items():
            insert = name if name.isidentifier() else f"`{name}`"
            yield Completion(name, FIELD, insert, start, end, str(field.type), field.doc)
    for function in library.functions.values():
        if function.form != FUNCTION and "." not in function.name and _receives(function, type_):
            yield _call_completion(function, METHOD_KIND, start, end)
    if type_ == DYN or isinstance(type_, (ListType, MapType, RecordType)):
        for macro in _distinct(library.macros.values(), METHOD):
            yield Completion(macro.name, MACRO, macro.name, start, end, macro.signature, macro.doc)


def _receives(function: Function, type_: Type) -> bool:
    inference = Inference()
    return any(
        overload.params and inference.is_assignable(type_, inference.instantiate(overload)[0][0])
        for overload in function.overloads
    )


def _call_completion(function: Function, kind: str, start: int, end: int) -> Completion:
    detail = function.signature(function.overloads[0])
    return Completion(function.name, kind, function.name, start, end, detail, function.doc)


def _distinct(macros: Iterable[Macro], target: str) -> Iterable[Macro]:
    return {macro.name: macro for macro in macros if macro.target == target}.values()


def _name_completions(
    checked: Checked, scope: Scope, offset: int, start: int, end: int
) -> Iterator[Completion]:
    local = {
        v.name: checked.types.get(v, DYN) for m in _macros_around(checked.ast, offset) for v in m.variables
    }
    for name, type_ in local.items():
        yield Completion(name, VARIABLE, name, start, end, str(type_))
    for name, declaration in scope.items():
        if name.isidentifier() and name not in local:
            field = field_of(declaration)
            yield Completion(name, VARIABLE, name, start, end, str(field.type), field.doc)
    library = checked.ast.library
    for macro in _distinct(library.macros.values(), FUNCTION):
        yield Completion(macro.name, MACRO, macro.name, start, end, macro.signature, macro.doc)
    for function in library.functions.values():
        if function.form != METHOD:
            yield _call_completion(function, FUNCTION_KIND, start, end)
    for word in ("true", "false", "null"):
        yield Completion(word, KEYWORD, word, start, end)


def _complete_string(checked: Checked, token: lexer.Token) -> tuple[Completion, ...]:
    """Return the completions inside the string at ``token``: values of an enumeration, or keys of a record."""
    start, end = _inside_quotes(token)
    for node in walk(checked.ast.root):
        if isinstance(node, Index) and node.index.start == token.start:
            owner = checked.types.get(node.operand)
            fields = owner.fields if isinstance(owner, RecordType) else {}
            return tuple(Completion(n, FIELD, n, start, end, str(f.type), f.doc) for n, f in fields.items())
    values = _expected_values(checked, token.start)
    return tuple(Completion(value, VALUE, value, start, end) for value in values)


def _inside_quotes(token: lexer.Token) -> tuple[int, int]:
    """Return the range of the content of a string, which need not be closed."""
    quote = next(char for char in token.text if char in "'\"")
    end = token.end - 1 if token.kind == lexer.STRING else token.end
    return token.start + token.text.index(quote) + 1, end


def _quoted(values: tuple[str, ...], start: int, end: int) -> Iterator[Completion]:
    return (Completion(f'"{value}"', VALUE, f'"{value}"', start, end) for value in values)


def _expected_values(checked: Checked, offset: int) -> tuple[str, ...]:
    """Return the values of the enumeration that the operand at ``offset`` is compared with."""
    other = _compared_with(checked.ast, offset)
    type_ = checked.types.get(other) if other is not None else None
    return type_.values if isinstance(type_, EnumType) else ()


def _compared_with(ast: Ast, offset: int) -> Expr | None:
    """Return what the operand at ``offset`` is compared with."""
    for node in walk(ast.root):
        if not isinstance(node, Binary) or node.operator not in ("==", "!=", "in"):
            continue
        for side, other in ((node.left, node.right), (node.right, node.left)):
            if _is_operand_at(side, offset, len(ast.text)):
                return other
    return None


def _is_operand_at(node: Expr, offset: int, length: int) -> bool:
    if isinstance(node, ListNode):
        return node.start < offset <= node.end
    return node.start == offset or (node.start == node.end and node.start <= offset <= length)


class Awaited(msgspec.Struct, frozen=True):
    """A part of an expression of which a field, or with ``compared`` a value, may be written at an offset.

    It replaces the text from ``start`` to ``end``; ``quoted`` says whether that is inside of a string.
    """

    part: Expr
    start: int
    end: int
    compared: bool = False
    quoted: bool = False


def awaited_at(ast: Ast, offset: int) -> Awaited | None:
    """Return what a field (``a.b.|``) or a value (``a.b == |``) at ``offset`` would be of, None if of nothing."""
    token = _token_at(ast.text, offset)
    if token.kind == lexer.OPEN_STRING or (token.kind == lexer.STRING and offset < token.end):
        other = _compared_with(ast, token.start)
        start, end = _inside_quotes(token)
        return Awaited(other, start, end, compared=True, quoted=True) if other is not None else None
    start, end = (token.start, token.end) if token.kind == lexer.NAME else (offset, offset)
    owner = _owner(ast, offset)
    if owner is not None:
        return Awaited(owner, start, end)
    if _is_after_operand(ast.text, start):
        return None
    other = _compared_with(ast, offset)
    return Awaited(other, start, end, compared=True) if other is not None else None


# Signatures


def signature_at(ast: Ast, offset: int) -> SignatureHelp | None:
    """Return the signatures of the function in whose parentheses ``offset`` lies."""
    call = _open_call(ast.text, offset)
    if call is None:
        return None
    name, method, commas = call
    signatures = _signatures(ast.library, name, method=method)
    if not signatures:
        return None
    active = next((i for i, signature in enumerate(signatures) if len(signature.parameters) > commas), 0)
    return SignatureHelp(signatures, active, commas)


def _open_call(text: str, offset: int) -> tuple[str, bool, int] | None:
    """Return the call whose arguments ``offset`` is in: its name, whether a method, and its commas so far."""
    tokens = [token for token in lexer.tokenize(text) if token.end <= offset and token.kind != lexer.END]
    open_calls: list[tuple[int, int]] = []
    for position, token in enumerate(tokens):
        if token.kind in ("(", "[", "{"):
            open_calls.append((position, 0))
        elif token.kind in (")", "]", "}") and open_calls:
            open_calls.pop()
        elif token.kind == "," and open_calls:
            opener, commas = open_calls[-1]
            open_calls[-1] = (opener, commas + 1)
    for opener, commas in reversed(open_calls):
        if tokens[opener].kind == "(" and opener and tokens[opener - 1].kind == lexer.NAME:
            return _callee(tokens[:opener], commas)
    return None


def _callee(tokens: list[lexer.Token], commas: int) -> tuple[str, bool, int]:
    name = tokens[-1].text
    if len(tokens) < 2 or tokens[-2].kind != ".":
        return name, False, commas
    if len(tokens) > 2 and tokens[-3].kind == lexer.NAME and tokens[-3].text in _NAMESPACES:
        return f"{tokens[-3].text}.{name}", False, commas
    return name, True, commas


_NAMESPACES: Final = frozenset({"strings", "math", "base64", "optional", "cel"})


def _signatures(library: Library, name: str, *, method: bool) -> tuple[Signature, ...]:
    target = METHOD if method else FUNCTION
    signatures = [
        Signature(macro.signature, macro.params, macro.doc)
        for macro in library.macros.values()
        if macro.name == name and macro.target == target
    ]
    function = library.functions.get(name)
    if function is not None and function.form != (FUNCTION if method else METHOD):
        signatures += _function_signatures(function, method)
    return tuple(signatures)


def _function_signatures(function: Function, method: bool) -> Iterator[Signature]:
    for overload in function.overloads:
        named = [f"{name}: {type_}" for name, type_ in zip(overload.names, overload.params, strict=True)]
        inside = tuple(named[1:] if method else named)
        receiver = f"{overload.params[0]}." if method else ""
        yield Signature(
            f"{receiver}{function.name}({', '.join(inside)}) -> {overload.result}", inside, function.doc
        )

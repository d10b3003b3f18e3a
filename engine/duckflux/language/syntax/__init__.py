"""Parse text to one YAML 1.2 tree with exact ranges, also from an invalid or unfinished file."""

from .document import MAX_BYTES, Document, parse, too_large, unread
from .line_index import LineIndex
from .nodes import Block, Mapping, Node, Pair, Problem, Scalar, Sequence, Span, plain_value

__all__ = [
    "MAX_BYTES",
    "Block",
    "Document",
    "LineIndex",
    "Mapping",
    "Node",
    "Pair",
    "Problem",
    "Scalar",
    "Sequence",
    "Span",
    "parse",
    "plain_value",
    "too_large",
    "unread",
]

"""Keeps what steps print beside the trace, with times: a line of JSON for each piece, within limits.

Of a step that prints more than its limit, the beginning and the end are kept.
"""

from __future__ import annotations

import contextlib
from collections import deque
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import BinaryIO, NamedTuple

import msgspec

from duckflux.runtime.events import OutputChunk

from ..files import TRACE_BYTES, open_regular_file
from .private_files import create_file, make_folder

_SUFFIX = ".log"
_MAX_BEGINNING = 512 * 1024
_MAX_END = 128 * 1024
_MAX_RUN = 64 * 1024 * 1024


class PrintedLine(NamedTuple):
    """A line that a step has printed, without its newline, and when it began to."""

    seq: int
    at: str
    stream: str
    text: str


class Piece(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True):
    """A piece of what a step has printed; `left_out` counts characters before it that are not kept."""

    seq: int
    at: str
    stream: str
    text: str
    left_out: int = 0

    @property
    def notice(self) -> str:
        """Return what to show for the characters that are not kept, empty if there are none."""
        return f"… {self.left_out:,} characters left out …" if self.left_out else ""


class _StepLog:
    """The output of one step so far; `end` is what is only written when the step has ended."""

    def __init__(self) -> None:
        self.size = 0
        self.left_out = 0
        self.end: deque[OutputChunk] = deque()
        self._end_size = 0

    def keep_end(self, chunk: OutputChunk) -> None:
        """Keep a piece as long as not too many come after it."""
        if len(chunk.text) > _MAX_END:
            self.left_out += len(chunk.text) - _MAX_END
            chunk = msgspec.structs.replace(chunk, text=chunk.text[-_MAX_END:])
        self.end.append(chunk)
        self._end_size += len(chunk.text)
        while self._end_size > _MAX_END:
            dropped = len(self.end.popleft().text)
            self._end_size -= dropped
            self.left_out += dropped


def log_path(trace: Path) -> Path:
    """Return the path of the file with what the steps of a trace have printed."""
    return trace.with_name(trace.name + _SUFFIX)


class OutputLog:
    """Writes the file of a trace from the first piece on. All methods raise OSError."""

    def __init__(self, trace: Path) -> None:
        self._path = log_path(trace)
        self._file: BinaryIO | None = None
        self._encode = msgspec.json.Encoder().encode
        self._steps: dict[int, _StepLog] = {}
        self._size = 0

    def add(self, chunk: OutputChunk) -> None:
        """Take a piece, whose secrets are masked."""
        step = self._steps.setdefault(chunk.seq, _StepLog())
        if self._size > _MAX_RUN:
            step.left_out += len(chunk.text)
        elif step.end or step.size + len(chunk.text) > _MAX_BEGINNING:
            step.keep_end(chunk)
        else:
            step.size += self._write(Piece(chunk.seq, chunk.at, chunk.stream, chunk.text))

    def finish(self, seq: int) -> None:
        """Write the rest of a step that has ended."""
        step = self._steps.pop(seq, None)
        if step is None:
            return
        for chunk in step.end:
            self._write(Piece(seq, chunk.at, chunk.stream, chunk.text, step.left_out))
            step.left_out = 0
        if step.left_out:
            self._write(Piece(seq, "", "stdout", "", step.left_out))

    def flush(self) -> None:
        """Write buffered pieces to the file."""
        if self._file is not None:
            self._file.flush()

    def close(self) -> None:
        """Write the rest of all steps, and close the file."""
        for seq in [*self._steps]:
            self.finish(seq)
        if self._file is not None:
            self._file.close()

    def _write(self, piece: Piece) -> int:
        if self._file is None:
            make_folder(self._path.parent)
            self._file = create_file(self._path)
        line = self._encode(piece) + b"\n"
        self._file.write(line)
        self._size += len(line)
        return len(line)


class LineAssembler:
    """Joins pieces to whole lines: a line has the time at which it began."""

    def __init__(self) -> None:
        self._begun: dict[tuple[int, str], PrintedLine] = {}

    def add(self, seq: int, at: str, stream: str, text: str) -> Iterator[PrintedLine]:
        """Yield the lines that a piece completes."""
        key = (seq, stream)
        *whole, rest = text.split("\n")
        for line in whole:
            begun = self._begun.pop(key, None)
            yield PrintedLine(seq, begun.at if begun else at, stream, (begun.text if begun else "") + line)
        if rest:
            begun = self._begun.get(key)
            self._begun[key] = (
                begun._replace(text=begun.text + rest) if begun else PrintedLine(seq, at, stream, rest)
            )

    def rest(self) -> Iterator[PrintedLine]:
        """Yield the lines that have no end."""
        yield from self._begun.values()
        self._begun.clear()


def read_output(trace: Path, seqs: Iterable[int] | None = None) -> list[PrintedLine]:
    """Return what the steps of a trace, or some of them, have printed, by time; empty if it was not kept."""
    wanted = None if seqs is None else frozenset(seqs)
    lines: list[PrintedLine] = []
    assembler = LineAssembler()
    for piece in read_pieces(trace):
        if wanted is not None and piece.seq not in wanted:
            continue
        if piece.notice:
            at = piece.at or (lines[-1].at if lines else "")
            lines.append(PrintedLine(piece.seq, at, piece.stream, piece.notice))
        lines += assembler.add(piece.seq, piece.at, piece.stream, piece.text)
    lines += assembler.rest()
    return sorted(lines, key=lambda line: line.at)


def read_pieces(trace: Path) -> Iterator[Piece]:
    """Yield what the steps of a trace have printed, as it came."""
    return (piece for piece, _ in read_pieces_from(trace, 0))


def read_pieces_from(trace: Path, offset: int) -> Iterator[tuple[Piece, int]]:
    """Yield what was printed after an offset of the file, each piece with the offset after it."""
    decode = msgspec.json.Decoder(Piece).decode
    with contextlib.suppress(OSError), open_regular_file(log_path(trace), TRACE_BYTES) as file:
        file.seek(offset)
        for line in file:
            # The last one may be incomplete.
            if not line.endswith(b"\n"):
                return
            offset += len(line)
            with contextlib.suppress(ValueError):
                yield decode(line), offset

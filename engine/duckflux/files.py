"""Read files by kind and size.

Anything can have the name that the program looks for: a named pipe waits for a writer for ever, a device never
ends, a sparse file fills the memory. So files are read here: regular ones only, up to a limit for their purpose.
"""

from __future__ import annotations

import errno
import os
import stat
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path
    from typing import BinaryIO

_MIB = 1024 * 1024
SETTINGS_BYTES = _MIB
INPUTS_BYTES = 64 * _MIB
TRACE_BYTES = 1024 * _MIB

_FLAGS = os.O_RDONLY | sum(
    getattr(os, name, 0) for name in ("O_BINARY", "O_CLOEXEC", "O_NOCTTY", "O_NONBLOCK")
)


class NotRegularFileError(OSError):
    """The path leads to a pipe, a device or a socket."""


class FileTooLargeError(OSError):
    """The file is larger than the limit for its purpose."""


def open_regular_file(path: Path | str, limit: int) -> BinaryIO:
    """Return a regular file of at most `limit` bytes, opened for reading.

    Raises OSError, NotRegularFileError for another kind of file, FileTooLargeError for a larger one.
    """
    # Opening alone has effects on some devices, and the path may lead to another file after a check.
    check_regular_file(path)
    descriptor = os.open(path, _FLAGS)
    try:
        status = os.fstat(descriptor)
        _check_kind(path, status.st_mode)
        if status.st_size > limit:
            raise _too_large(path, limit)
        return open(descriptor, "rb")
    except BaseException:
        os.close(descriptor)
        raise


def read_file(path: Path | str, limit: int) -> bytes:
    """Return the content of a regular file of at most `limit` bytes.

    Raises OSError, NotRegularFileError for another kind of file, FileTooLargeError for a larger one.
    """
    with open_regular_file(path, limit) as file:
        return read_stream(file, path, limit)


def read_named_file(path: Path | str, limit: int) -> bytes:
    """Return the content of a file that a person named, at most `limit` bytes: a pipe or a device may be meant.

    Raises OSError, FileTooLargeError for more.
    """
    with open(path, "rb") as file:
        return read_stream(file, path, limit)


def read_stream(stream: BinaryIO, name: Path | str, limit: int) -> bytes:
    """Return the rest of a stream. Raises OSError, FileTooLargeError for more than `limit` bytes."""
    # The size that the system tells is not a bound: files grow, and those of /proc have none.
    content = stream.read(limit + 1)
    if len(content) > limit:
        raise _too_large(name, limit)
    return content


def _too_large(name: Path | str, limit: int) -> FileTooLargeError:
    return FileTooLargeError(errno.EFBIG, f"is larger than {limit // _MIB} MiB", str(name))


def check_regular_file(path: Path | str) -> None:
    """Raise OSError unless a path leads to a regular file, NotRegularFileError for a pipe or a device."""
    _check_kind(path, os.stat(path).st_mode)


def _check_kind(path: Path | str, mode: int) -> None:
    if stat.S_ISDIR(mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
    if not stat.S_ISREG(mode):
        raise NotRegularFileError(errno.EINVAL, "is a pipe or a device", str(path))

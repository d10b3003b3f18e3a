"""Says who may connect to a TCP port of this project: only those who know a token, or all on this machine."""

from __future__ import annotations

from pathlib import Path

from .files import SETTINGS_BYTES, read_named_file

_MIN_TOKEN = 16


class TcpAccessError(Exception):
    """A port can't be opened like this; the message is for users."""


def address(text: str) -> tuple[str, int]:
    """Return the host and the port of an address. Raises TcpAccessError."""
    host, _, port = text.rpartition(":")
    if host.startswith("[") and host.endswith("]"):
        host = host[1:-1]
    elif ":" in host:
        host = ""
    if not host or not port.isdecimal() or int(port) > 65535:
        raise TcpAccessError(f"{text!r} is not HOST:PORT such as 127.0.0.1:7700 or [::1]:7700")
    return host, int(port)


def is_loopback(host: str) -> bool:
    """Return whether only this machine can reach an address."""
    return host in ("localhost", "::1") or host.startswith("127.")


def required_token(
    option: str, host: str, token_file: Path | None, *, insecure: bool, advice: str
) -> str | None:
    """Return the token that a client must give, None if it need not. Raises TcpAccessError.

    `option` is the one that opens the port, and `advice` what to do where a token is missing.
    """
    if token_file is None:
        if insecure and is_loopback(host):
            return None
        addition = "" if insecure else "; --insecure lets all users of this machine in, on a loopback address"
        raise TcpAccessError(f"{option}: who connects can run programs as you: {advice}{addition}")
    try:
        token = read_named_file(token_file, SETTINGS_BYTES).decode("utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise TcpAccessError(
            f"--token-file {token_file}: {getattr(error, 'strerror', None) or error}"
        ) from None
    if len(token) < _MIN_TOKEN:
        raise TcpAccessError(f"--token-file {token_file}: the token needs at least {_MIN_TOKEN} characters")
    return token

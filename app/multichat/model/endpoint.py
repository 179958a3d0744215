"""Where a peer is reached, as people write it. Pure."""

from typing import Final

from multichat.errors import UsageError

_PORT_MAX: Final = 65_535


def parse_endpoint(text: str, default_port: int) -> tuple[str, int]:
    """HOST, HOST:PORT, [IPv6] or [IPv6]:PORT as host and port. Raises UsageError, which says what is wrong."""
    if text.startswith("["):
        host, bracket, port = text[1:].partition("]")
        if not bracket or (port and not port.startswith(":")):
            raise UsageError(f"{text!r} is not [ADDRESS]:PORT")
        port = port[1:]
    else:
        host, _, port = text.partition(":")
        if ":" in port:
            raise UsageError(f"write an IPv6 address in brackets: [{text}]:PORT")
    if not host or not host.isprintable() or " " in host:
        raise UsageError(f"{text!r} has no host; a peer is HOST:PORT")
    return host, parse_port(port) if port else default_port


def parse_port(text: str) -> int:
    """A TCP port. Raises UsageError."""
    if not text.isascii() or not text.isdecimal() or not 0 < int(text) <= _PORT_MAX:
        raise UsageError(f"a port is a number from 1 to {_PORT_MAX}, not {text!r}")
    return int(text)

"""The TCP port on which a program is reached: which one, over which protocols, and how it is left."""

import asyncio
import contextlib
import errno
import socket
from typing import Final

from multifeed.errors import ListenError

# Taken if it is free, so that a peer can be given by its host alone and a firewall opened once.
DEFAULT_PORT: Final = 27_272

_BACKLOG: Final = 64


def open_listener(port: int | None) -> socket.socket:
    """A listening socket: on `port`, or on the default port if it is free, or on any. Raises ListenError."""
    failure: OSError | None = None
    for candidate in (DEFAULT_PORT, 0) if port is None else (port,):
        try:
            return bind_listener(candidate)
        except OSError as error:
            failure = error
    assert failure is not None
    raise ListenError(f"cannot listen on TCP port {port or 'any'}: {failure.strerror}; choose another with --port")


def bind_listener(port: int) -> socket.socket:
    """A listening socket on exactly this port, over IPv6 and IPv4 as far as the machine has them. Raises OSError."""
    try:
        return _bind("::", port, socket.AF_INET6)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise
    return _bind("", port, socket.AF_INET)


async def close_server(server: asyncio.Server | None) -> None:
    """Take no more connections. Those that were taken just now have reached their protocols when this returns."""
    if server is None:
        return
    loop = asyncio.get_running_loop()
    for listener in server.sockets:
        # A loop that is told of completed accepts, and not of readable sockets, has no step between the two.
        with contextlib.suppress(NotImplementedError):
            loop.remove_reader(listener.fileno())
    # A server that is closed between the accept and its next step, as is one of a busy program, loses the connection:
    # nobody is told of it, and nobody closes it.
    await asyncio.sleep(0)
    server.close()


def _bind(host: str, port: int, family: socket.AddressFamily) -> socket.socket:
    return socket.create_server((host, port), family=family, backlog=_BACKLOG, dualstack_ipv6=family == socket.AF_INET6)

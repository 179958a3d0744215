"""Beacons over IPv6, for networks where nobody has an IPv4 address: to a multicast group that no router passes on.

Owns the socket of it, and in which interfaces' groups it is. Knows nothing of what a datagram says.
"""

import contextlib
import ipaddress
import socket
import struct
import sys
from collections.abc import Iterable
from typing import Final

from multifeed.net.interfaces import LinkLocalInterface

# Link-local scope, not assigned to anybody for good (RFC 4291, section 2.7): "mch1" at its end.
GROUP: Final = "ff12::6d63:6831"


class MulticastSocket:
    """A socket in the group of each interface that `join` was given."""

    def __init__(self, port: int) -> None:
        self.socket = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
        self._port = port
        self._joined: set[int] = set()
        try:
            self.socket.setblocking(False)
            self.socket.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            # Programs on one machine share the port, as with broadcast.
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if sys.platform != "linux" and hasattr(socket, "SO_REUSEPORT"):
                self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
            self.socket.bind(("::", port))
        except OSError:
            self.socket.close()
            raise

    @classmethod
    def open(cls, port: int) -> "MulticastSocket | None":
        """A socket; None on a machine without IPv6."""
        try:
            return cls(port)
        except OSError:
            return None

    def join(self, interfaces: Iterable[LinkLocalInterface]) -> None:
        """Hear the group on these interfaces, and no more on those that are gone."""
        indexes = {interface.index for interface in interfaces}
        for index in indexes - self._joined:
            with contextlib.suppress(OSError):
                self._set_membership(socket.IPV6_JOIN_GROUP, index)
                self._joined.add(index)
        for index in self._joined - indexes:
            with contextlib.suppress(OSError):
                self._set_membership(socket.IPV6_LEAVE_GROUP, index)
        self._joined &= indexes

    def send(self, datagram: bytes, interface: LinkLocalInterface) -> None:
        """Send to the group on one interface. Raises OSError."""
        self.socket.sendto(datagram, (GROUP, self._port, 0, interface.index))

    def _set_membership(self, option: int, index: int) -> None:
        request = ipaddress.IPv6Address(GROUP).packed + struct.pack("@I", index)
        self.socket.setsockopt(socket.IPPROTO_IPV6, option, request)


def host_of(sender: tuple[str, int, int, int]) -> str:
    """Where to dial whoever a datagram came from: a link-local address means nothing without its interface."""
    host, _, _, index = sender
    host = host.partition("%")[0]
    if index and ipaddress.IPv6Address(host).is_link_local:
        with contextlib.suppress(OSError):
            return f"{host}%{socket.if_indextoname(index)}"
    return host

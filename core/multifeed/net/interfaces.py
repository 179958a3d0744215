"""The network interfaces of this machine, by `netifaces`, read anew at every call."""

import contextlib
import ipaddress
import socket
import struct
import sys
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final

import netifaces

from multifeed.errors import InvalidArgumentError

if sys.platform == "linux":
    import fcntl

# From the kernel's sockios.h and if.h.
_SIOCGIFFLAGS: Final = 0x8913
_UP_AND_RUNNING: Final = 0x1 | 0x40

# A network this small has no broadcast address (RFC 3021).
_PREFIX_WITH_BROADCAST_MAX: Final = 30


@dataclass(frozen=True, slots=True)
class InterfaceAddress:
    """An IPv4 address of an interface; `broadcast` is None where there is no such thing (a tunnel, a single host)."""

    interface: str
    address: ipaddress.IPv4Address
    network: ipaddress.IPv4Network
    broadcast: ipaddress.IPv4Address | None


def require_interfaces(names: Collection[str]) -> None:
    """Raise InvalidArgumentError for a name that no interface of this machine has."""
    known = netifaces.interfaces()
    for name in names:
        if name not in known:
            raise InvalidArgumentError(f"there is no interface {name!r}; there is {', '.join(sorted(known))}")


def interface_addresses(only: Collection[str] = ()) -> list[InterfaceAddress]:
    """The IPv4 addresses of this machine, of the interfaces named in `only` or of all."""
    found = []
    for name in netifaces.interfaces():
        if only and name not in only:
            continue
        try:
            addresses = netifaces.ifaddresses(name).get(netifaces.AF_INET, [])
        except (ValueError, OSError):
            # It went away between the two calls.
            continue
        found += [_interface_address(name, address) for address in addresses if "addr" in address]
    return found


@dataclass(frozen=True, slots=True)
class LinkLocalInterface:
    """An interface with a link-local IPv6 address; `index` is its number on this machine, now."""

    interface: str
    index: int


def link_local_interfaces(only: Collection[str] = ()) -> list[LinkLocalInterface]:
    """The interfaces that IPv6 works on without anybody having set it up, of those named in `only` or of all."""
    found = []
    for name in netifaces.interfaces():
        if only and name not in only:
            continue
        try:
            addresses = netifaces.ifaddresses(name).get(netifaces.AF_INET6, [])
            if any(_is_link_local(address.get("addr", "")) for address in addresses):
                found.append(LinkLocalInterface(name, socket.if_nametoindex(name)))
        except (ValueError, OSError):
            continue
    return found


NetworkAddress = InterfaceAddress | LinkLocalInterface


def is_loopback(address: NetworkAddress) -> bool:
    """Whether it leads to this machine alone."""
    return isinstance(address, InterfaceAddress) and address.address.is_loopback


@dataclass(frozen=True, slots=True)
class Networks:
    """All that this machine is on, at one moment."""

    addresses: Sequence[InterfaceAddress]
    link_local: Sequence[LinkLocalInterface]
    # The interfaces that can carry something: up, and with a cable where there is one. Their addresses do not tell.
    running: frozenset[str] = frozenset()

    @property
    def beacon_networks(self) -> list[NetworkAddress]:
        """Every network, once: where there is IPv4 broadcast, IPv6 reaches the same people."""
        reached = {address.interface for address in self.addresses if address.broadcast is not None}
        return [*self.addresses, *(other for other in self.link_local if other.interface not in reached)]

    @property
    def targets(self) -> list[NetworkAddress]:
        """Where to send a beacon for everybody to hear it: one of the addresses of each network that has broadcast."""
        by_broadcast = {address.broadcast: address for address in self.addresses if address.broadcast is not None}
        return [*by_broadcast.values(), *(it for it in self.beacon_networks if isinstance(it, LinkLocalInterface))]


def read_networks(only: Collection[str] = ()) -> Networks:
    """The networks of this machine now, of the interfaces named in `only` or of all."""
    addresses, link_local = tuple(interface_addresses(only)), tuple(link_local_interfaces(only))
    names = {address.interface for address in addresses} | {other.interface for other in link_local}
    return Networks(addresses, link_local, frozenset(filter(_is_running, names)))


def is_on(host: str, only: Collection[str]) -> bool:
    """Whether `host`, an address of this machine, is one of an interface named in `only`."""
    address, _, scope = host.partition("%")
    if scope:
        return scope in only
    return any(str(known.address) == address.removeprefix("::ffff:") for known in interface_addresses(only))


def is_reached_by(host: str, only: Collection[str]) -> bool:
    """Whether `host`, an address of somebody else, is on a network of an interface named in `only`."""
    address = ipaddress.ip_address(host)
    return any(address in known.network for known in interface_addresses(only))


def _is_running(name: str) -> bool:
    """Whether an interface is up and has its cable; where the system cannot be asked, whether it has an address."""
    if sys.platform != "linux":
        return True
    with contextlib.suppress(OSError), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        answer = fcntl.ioctl(sock, _SIOCGIFFLAGS, struct.pack("16sh14x", name.encode(), 0))
        flags: int = struct.unpack("16sh14x", answer)[1]
        return flags & _UP_AND_RUNNING == _UP_AND_RUNNING
    return False


def _is_link_local(address: str) -> bool:
    try:
        return ipaddress.IPv6Address(address.partition("%")[0]).is_link_local
    except ValueError:
        return False


def _interface_address(name: str, address: dict[str, str]) -> InterfaceAddress:
    interface = ipaddress.IPv4Interface(f"{address['addr']}/{address.get('netmask', '255.255.255.255')}")
    network = interface.network
    has_broadcast = network.prefixlen <= _PREFIX_WITH_BROADCAST_MAX and (
        # Loopback has one (127.255.255.255), though systems do not say so; a tunnel has none.
        interface.ip.is_loopback or "broadcast" in address
    )
    return InterfaceAddress(name, interface.ip, network, network.broadcast_address if has_broadcast else None)

"""Where peers are, as one tells another: what is worth telling, and what may be believed. Pure."""

from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, ip_address

from multifeed.net.options import HostPort
from multifeed.protocol.events import Whereabouts

_IPAddress = IPv4Address | IPv6Address


def whereabouts_at(instance_id: bytes, host: str, port: int, *, told_to: str) -> Whereabouts | None:
    """What to tell the peer at `told_to` of one at `host`; None if it would be of no use there.

    An address of one machine or of one cable means something else, or nothing, to anybody who is not there too.
    """
    address, listener = _parse(host), _parse(told_to)
    if address is None or listener is None or port == 0 or not _is_of_use(address, listener):
        return None
    return Whereabouts(instance_id, address.packed, port)


def host_port_of(whereabouts: Whereabouts, *, said_by: str) -> HostPort | None:
    """Where to dial, by the word of the peer at `said_by`; None if nobody can be there."""
    address, speaker = ip_address(whereabouts.address), _parse(said_by)
    if speaker is None or not _is_of_use(address, speaker):
        return None
    return str(address), whereabouts.port


def _is_of_use(address: _IPAddress, other: _IPAddress) -> bool:
    if address.is_multicast or address.is_unspecified or address.is_link_local or address.is_reserved:
        return False
    return not address.is_loopback or other.is_loopback


@lru_cache(maxsize=1_024)
def _parse(host: str) -> _IPAddress | None:
    try:
        # A scope names an interface of this machine.
        address = ip_address(host.partition("%")[0])
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address

"""Peers that were given by hand and met, kept in the store so that they need not be given again.

Owns the form in which they are kept. What the disk has changed is as if nobody had been met.
"""

from typing import Final

import cbor2

from multifeed import limits
from multifeed.multifeed import Multifeed
from multifeed.net.options import HostPort

_NAME: Final = "peers"


def remembered_peers(multi: Multifeed) -> list[HostPort]:
    """Where peers were met, the last one first."""
    packed = multi.meta(_NAME)
    if packed is None:
        return []
    try:
        entries = cbor2.loads(packed, max_depth=2)
    except (cbor2.CBORError, ValueError):
        return []
    return [host_port for entry in entries if (host_port := _host_port(entry))] if isinstance(entries, list) else []


def remember_peer(multi: Multifeed, host_port: HostPort) -> None:
    """Keep where a peer was met. Raises StoreError."""
    before = remembered_peers(multi)
    peers = [host_port, *(other for other in before if other != host_port)][: limits.REMEMBERED_PEERS_MAX]
    if peers != before:
        multi.set_meta(_NAME, cbor2.dumps([list(peer) for peer in peers]))


def _host_port(entry: object) -> HostPort | None:
    match entry:
        case [str() as host, int() as port] if host and 0 < port <= 65_535:
            return host, port
    return None

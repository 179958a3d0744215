"""How others are to be reached, by a swarm and by a bridge to JavaScript peers: what whoever starts them may choose.

Apart from both, whose modules take time to load that a command line need not wait for.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

# A name or an address, and a TCP port.
HostPort = tuple[str, int]


@dataclass(frozen=True, slots=True)
class SwarmOptions:
    """How to reach others: `port` None takes any; no `interfaces` means all of them."""

    port: int | None = None
    interfaces: Sequence[str] = ()
    peers: Sequence[HostPort] = ()
    discovery: bool = True
    agent: str = ""


@dataclass(frozen=True, slots=True)
class BridgeOptions:
    """Which JavaScript peers to share with: those who come in on TCP port `listen`, those at `connect`.

    `key` is that of their room, 32 bytes; None stands for the one that is in multifeed's source. No `interfaces` means
    all of them.
    """

    listen: int | None = None
    connect: Sequence[HostPort] = ()
    key: bytes | None = field(default=None, repr=False)
    interfaces: Sequence[str] = ()

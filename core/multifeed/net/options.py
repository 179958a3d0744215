"""How a swarm is to reach others: what whoever starts it may choose.

Apart from the swarm, whose modules take time to load that a command line need not wait for.
"""

from collections.abc import Sequence
from dataclasses import dataclass

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

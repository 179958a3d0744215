"""What goes on with beacons on each network of this machine: what leaves, and who is heard.

Owns the counts, for somebody who sees nobody and wonders why. Knows no sockets: it is told. Bounded whatever is heard.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from ipaddress import AddressValueError, IPv4Address
from typing import Any

from multifeed import limits
from multifeed.net.interfaces import LinkLocalInterface, NetworkAddress
from multifeed.protocol.beacon import Beacon


@dataclass(slots=True)
class Network:
    """An address of this machine, or an interface with IPv6 alone; `error` says why the last beacon could not leave."""

    address: NetworkAddress
    sent: int = 0
    error: str = ""
    own_heard: int = 0
    # Other programs of the room, by instance id.
    heard: set[bytes] = field(default_factory=set)
    # Hosts with programs of other rooms.
    foreign_hosts: set[str] = field(default_factory=set)

    @property
    def has_broadcast(self) -> bool:
        """Whether beacons reach everybody there at once."""
        return isinstance(self.address, LinkLocalInterface) or self.address.broadcast is not None


class Sightings:
    """Of one program, whose instance id is `own_id`."""

    def __init__(self, own_id: bytes) -> None:
        self._own_id = own_id
        self._networks: dict[NetworkAddress, Network] = {}
        self._ahead_s: dict[bytes, int] = {}

    @property
    def networks(self) -> list[Network]:
        """Those that there are now, in the order in which the system names them."""
        return list(self._networks.values())

    @property
    def clocks_ahead_s(self) -> list[int]:
        """By how much the clocks of those who were heard are ahead of ours, in seconds."""
        return list(self._ahead_s.values())

    def there_are(self, addresses: Iterable[NetworkAddress]) -> None:
        """These are the networks now; what went on in others is forgotten."""
        self._networks = {address: self._networks.get(address) or Network(address) for address in addresses}

    def sent(self, address: NetworkAddress, error: str = "") -> None:
        """A beacon has left, or could not because of `error`."""
        network = self._networks[address]
        network.error = error
        network.sent += not error

    def heard(self, host: str, beacon: Beacon | None, now_s: int) -> None:
        """A beacon has come from `host`; None for one of another room. `now_s` is this machine's clock."""
        for network in self._networks.values():
            if not _is_at(host, network.address):
                continue
            if beacon is None:
                _add_bounded(network.foreign_hosts, host)
            elif beacon.instance_id == self._own_id:
                network.own_heard += 1
            else:
                _add_bounded(network.heard, beacon.instance_id)
        if beacon is not None and beacon.instance_id != self._own_id:
            self._ahead_s.pop(beacon.instance_id, None)
            if len(self._ahead_s) < limits.SIGHTINGS_MAX:
                self._ahead_s[beacon.instance_id] = beacon.time_s - now_s

    def left(self, instance_id: bytes) -> None:
        """Somebody of the room has said that they leave."""
        self._ahead_s.pop(instance_id, None)
        for network in self._networks.values():
            network.heard.discard(instance_id)


def _is_at(host: str, address: NetworkAddress) -> bool:
    if isinstance(address, LinkLocalInterface):
        return host.partition("%")[2] == address.interface
    ipv4_address = _ipv4_address(host)
    return ipv4_address is not None and ipv4_address in address.network


@lru_cache(maxsize=1_024)
def _ipv4_address(host: str) -> IPv4Address | None:
    try:
        return IPv4Address(host)
    except AddressValueError:
        return None


def _add_bounded(seen: set[Any], one: object) -> None:
    if len(seen) < limits.SIGHTINGS_MAX:
        seen.add(one)

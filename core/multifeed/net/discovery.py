"""Discovery: tells the network that we are here, and hears who else is, by UDP broadcast, or multicast without IPv4.

Owns the socket, the schedule of beacons and what is done with a datagram. Knows the room only by its beacon key, and
nothing of links: who is heard is handed on.
"""

import asyncio
import ipaddress
import random
import socket
import sys
import time
from collections.abc import Callable, Collection
from dataclasses import replace
from typing import Any, Final, Protocol

import nacl.utils

from multifeed import limits
from multifeed.errors import ListenError, MessageError
from multifeed.net.interfaces import InterfaceAddress, NetworkAddress, Networks, is_loopback, read_networks
from multifeed.net.multicast import MulticastSocket, host_of
from multifeed.net.schedule import BeaconSchedule
from multifeed.net.sightings import Sightings
from multifeed.protocol.beacon import NONCE_LENGTH_BYTES, Beacon, BeaconBox, is_beacon

# Where beacons are sent and heard: below the ports that systems give to clients, and not registered for anything.
DISCOVERY_PORT: Final = 27_272


# Senders are told as host and port; over IPv6 with two numbers more.
_IPV4_SENDER_LENGTH: Final = 2


class DiscoveryListener(Protocol):
    """Who is told what discovery comes by."""

    def beacon_heard(self, beacon: Beacon, host: str) -> None:
        """Somebody of the room is at `host`."""
        ...

    def beacon_of_leaving(self, beacon: Beacon) -> None:
        """Somebody of the room leaves."""
        ...

    def network_works(self, works: bool) -> None:  # noqa: FBT001 (the one thing that it says)
        """No beacon can be sent any more, or one can again."""
        ...

    def network_changed(self) -> None:
        """An interface came, went or has another address."""
        ...


class Discovery(asyncio.DatagramProtocol):
    """Sends our beacon and tells `listener` what others' say, and what becomes of the network."""

    def __init__(
        self,
        beacon_key: bytes,
        *,
        own_id: bytes,
        interfaces: Collection[str],
        make_beacon: Callable[[int], Beacon],
        listener: DiscoveryListener,
    ) -> None:
        self._box = BeaconBox(beacon_key)
        self._own_id = own_id
        self._interfaces = interfaces
        self._make_beacon = make_beacon
        self._listener = listener
        self.sightings = Sightings(own_id)
        self._network_works = True
        self._socket: socket.socket | None = None
        self._transport: asyncio.DatagramTransport | None = None
        self._schedule: BeaconSchedule | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._watch_timer: asyncio.TimerHandle | None = None
        self._networks = Networks((), ())
        self._watched = self._networks
        self._multicast: MulticastSocket | None = None
        self._multicast_transport: asyncio.DatagramTransport | None = None

    async def start(self) -> None:
        """Send the first beacon and go on from there. Raises ListenError if the port cannot be shared."""
        self._watched = self._read_networks()
        self._socket = open_socket()
        loop = asyncio.get_running_loop()
        self._transport, _ = await loop.create_datagram_endpoint(lambda: self, sock=self._socket)
        self._schedule = BeaconSchedule(random.Random(), loop.time())  # noqa: S311 (no secret)
        self._multicast = MulticastSocket.open(DISCOVERY_PORT)
        if self._multicast is not None:
            self._multicast_transport, _ = await loop.create_datagram_endpoint(
                lambda: self, sock=self._multicast.socket
            )
        self._send_if_due()
        self._watch_timer = loop.call_later(limits.INTERFACES_INTERVAL_S, self._watch)

    def close(self) -> None:
        """Tell everybody that we leave; send and hear no more."""
        for timer in (self._timer, self._watch_timer):
            if timer is not None:
                timer.cancel()
        if self._socket is not None:
            self._broadcast(replace(self._make_beacon(int(time.time())), is_leaving=True))
        for transport in (self._transport, self._multicast_transport):
            if transport is not None:
                transport.close()
        self._socket = None

    # --- sending ---

    def _send_if_due(self) -> None:
        assert self._schedule is not None, "it was started"
        now_s = asyncio.get_running_loop().time()
        if now_s >= self._schedule.due_s:
            self._send()
            self._schedule.sent(now_s)
        self._set_timer()

    def _set_timer(self) -> None:
        assert self._schedule is not None, "it was started"
        if self._timer is not None:
            self._timer.cancel()
        self._timer = asyncio.get_running_loop().call_at(self._schedule.due_s, self._send_if_due)

    def _watch(self) -> None:
        """Show ourselves to a network that was not there before, or that we had another address on."""
        loop = asyncio.get_running_loop()
        self._watch_timer = loop.call_later(limits.INTERFACES_INTERVAL_S, self._watch)
        networks = self._read_networks()
        if networks == self._watched or self._schedule is None:
            return
        self._watched = networks
        self._schedule.restart(loop.time())
        self._listener.network_changed()
        self._send_if_due()

    def _send(self) -> None:
        works = self._broadcast(self._make_beacon(int(time.time())))
        if works != self._network_works:
            self._network_works = works
            self._listener.network_works(works)

    def _broadcast(self, beacon: Beacon) -> bool:
        """Send to all networks; whether it has left for one that leads anywhere."""
        self._read_networks()
        if self._multicast is not None:
            self._multicast.join(self._networks.link_local)
        reached = [address for address in self._networks.targets if self._send_to(address, self._sealed(beacon))]
        is_alone_meant = bool(self._interfaces) and all(map(is_loopback, self._networks.addresses))
        return any(
            address.interface in self._networks.running and (is_alone_meant or not is_loopback(address))
            for address in reached
        )

    def _sealed(self, beacon: Beacon) -> bytes:
        # A nonce of its own for every datagram, so that no two can be linked.
        return self._box.seal(beacon, nacl.utils.random(NONCE_LENGTH_BYTES))

    def _send_to(self, address: NetworkAddress, datagram: bytes) -> bool:
        assert self._socket is not None
        try:
            if isinstance(address, InterfaceAddress):
                self._socket.sendto(datagram, (str(address.broadcast), DISCOVERY_PORT))
            elif self._multicast is not None:
                self._multicast.send(datagram, address)
        except OSError as error:
            # An interface that is down, a network without a route, a full queue: the others may work.
            self.sightings.sent(address, error.strerror or str(error))
            return False
        self.sightings.sent(address)
        return True

    def _read_networks(self) -> Networks:
        self._networks = read_networks(self._interfaces)
        self.sightings.there_are(self._networks.beacon_networks)
        return self._networks

    # --- hearing ---

    def datagram_received(self, data: bytes, addr: tuple[Any, ...]) -> None:
        """Take a datagram from anyone; whatever it is, nothing is raised."""
        if len(data) > limits.DATAGRAM_LENGTH_MAX_BYTES:
            return
        try:
            beacon = self._box.unseal(data)
        except MessageError:
            return
        if not is_beacon(data):
            return
        host = addr[0] if len(addr) == _IPV4_SENDER_LENGTH else host_of(addr)
        if not self._is_ours_to_hear(host):
            return
        self.sightings.heard(host, beacon, int(time.time()))
        if beacon is not None and beacon.instance_id != self._own_id and self._schedule is not None:
            self._take(beacon, host)

    def _take(self, beacon: Beacon, host: str) -> None:
        assert self._schedule is not None, "it was started"
        if beacon.is_leaving:
            self._schedule.left(beacon.instance_id)
            self.sightings.left(beacon.instance_id)
            self._listener.beacon_of_leaving(beacon)
            return
        self._schedule.heard(beacon.instance_id, asyncio.get_running_loop().time())
        self._set_timer()
        self._listener.beacon_heard(beacon, host)

    def error_received(self, exc: Exception) -> None:
        """Some earlier datagram could not be delivered: nothing to do, the next one may be."""

    def _is_ours_to_hear(self, host: str) -> bool:
        """Whether the sender is on an interface that we were told to use."""
        if not self._interfaces:
            return True
        if ":" in host:
            return host.partition("%")[2] in self._interfaces
        source = ipaddress.IPv4Address(host)
        return any(source in address.network for address in self._networks.addresses)


def open_socket() -> socket.socket:
    """A socket that hears every broadcast on the discovery port, beside others. Raises ListenError."""
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    try:
        sock.setblocking(False)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
        # All programs on this machine hear every broadcast. Linux shares by SO_REUSEADDR, also between users; BSD and
        # macOS want SO_REUSEPORT.
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if sys.platform != "linux" and hasattr(socket, "SO_REUSEPORT"):
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        sock.bind(("", DISCOVERY_PORT))
    except OSError as error:
        sock.close()
        raise ListenError(f"cannot listen on UDP port {DISCOVERY_PORT}: {error.strerror}") from error
    return sock

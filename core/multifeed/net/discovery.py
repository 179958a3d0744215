"""Discovery: tells the network that we are here, and hears who else is, by UDP broadcast.

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
from typing import Any, Final

import nacl.utils

from multifeed import limits
from multifeed.errors import ListenError, MessageError
from multifeed.net.interfaces import InterfaceAddress, interface_addresses
from multifeed.protocol.beacon import NONCE_LENGTH_BYTES, Beacon, BeaconBox

# Where beacons are sent and heard: below the ports that systems give to clients, and not registered for anything.
DISCOVERY_PORT: Final = 27_272

# How many heard instances are remembered, to tell newcomers.
_HEARD_MAX: Final = limits.ADDRESSES_MAX


class Discovery(asyncio.DatagramProtocol):
    """Sends our beacon and calls `on_beacon(beacon, host)` for each other one of the room.

    `make_beacon` gives the beacon to send. `on_network(works)` hears when no beacon can be sent, and when one can
    again.
    """

    def __init__(
        self,
        beacon_key: bytes,
        *,
        interfaces: Collection[str],
        make_beacon: Callable[[int], Beacon],
        on_beacon: Callable[[Beacon, str], None],
        on_network: Callable[[bool], None],
    ) -> None:
        self._box = BeaconBox(beacon_key)
        self._interfaces = interfaces
        self._make_beacon = make_beacon
        self._on_beacon = on_beacon
        self._on_network = on_network
        self._network_works = True
        self._socket: socket.socket | None = None
        self._transport: asyncio.DatagramTransport | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._answer_timer: asyncio.TimerHandle | None = None
        self._sent_count = 0
        self._sent_at_s = 0.0
        self._heard: dict[bytes, None] = {}

    async def start(self) -> None:
        """Send the first beacon and go on from there. Raises ListenError if the port cannot be shared."""
        self._socket = _open_socket()
        loop = asyncio.get_running_loop()
        self._transport, _ = await loop.create_datagram_endpoint(lambda: self, sock=self._socket)
        self._send_by_schedule()

    def close(self) -> None:
        """Send and hear no more."""
        for timer in (self._timer, self._answer_timer):
            if timer is not None:
                timer.cancel()
        if self._transport is not None:
            self._transport.close()
        self._socket = None

    # --- sending ---

    def _send_by_schedule(self) -> None:
        self._send()
        loop = asyncio.get_running_loop()
        self._sent_count += 1
        burst = limits.BEACON_BURST_S
        if self._sent_count < len(burst):
            delay_s = burst[self._sent_count] - burst[self._sent_count - 1]
        else:
            delay_s = limits.BEACON_INTERVAL_S + random.uniform(-1, 1) * limits.BEACON_JITTER_S  # noqa: S311 (no secret)
        self._timer = loop.call_later(delay_s, self._send_by_schedule)

    def _answer_newcomer(self) -> None:
        """Show ourselves to somebody new: at once, or as soon as we may again; one answer serves all who are new."""
        if self._answer_timer is None:
            due_s = self._sent_at_s + limits.BEACON_ANSWER_INTERVAL_S
            self._answer_timer = asyncio.get_running_loop().call_at(due_s, self._send)

    def _send(self) -> None:
        if self._socket is None:
            return
        if self._answer_timer is not None:
            self._answer_timer.cancel()
            self._answer_timer = None
        self._sent_at_s = asyncio.get_running_loop().time()
        beacon = self._make_beacon(int(time.time()))
        targets = {address.broadcast for address in self._addresses() if address.broadcast is not None}
        sent = [self._send_to(str(target), beacon) for target in targets]
        if any(sent) != self._network_works:
            self._network_works = any(sent)
            self._on_network(self._network_works)

    def _send_to(self, host: str, beacon: Beacon) -> bool:
        assert self._socket is not None
        # A nonce of its own for every datagram, so that no two can be linked.
        datagram = self._box.seal(beacon, nacl.utils.random(NONCE_LENGTH_BYTES))
        try:
            self._socket.sendto(datagram, (host, DISCOVERY_PORT))
        except OSError:
            # An interface that is down, a network without a route, a full queue: the others may work.
            return False
        return True

    def _addresses(self) -> list[InterfaceAddress]:
        return interface_addresses(self._interfaces)

    # --- hearing ---

    def datagram_received(self, data: bytes, addr: tuple[str | Any, int]) -> None:
        """Take a datagram from anyone; whatever it is, nothing is raised."""
        if len(data) > limits.DATAGRAM_LENGTH_MAX_BYTES:
            return
        try:
            beacon = self._box.unseal(data)
        except MessageError:
            return
        if beacon is None or not self._is_ours_to_hear(addr[0]):
            return
        if beacon.instance_id not in self._heard:
            self._heard[beacon.instance_id] = None
            if len(self._heard) > _HEARD_MAX:
                del self._heard[next(iter(self._heard))]
            self._answer_newcomer()
        self._on_beacon(beacon, addr[0])

    def error_received(self, exc: Exception) -> None:
        """Some earlier datagram could not be delivered: nothing to do, the next one may be."""

    def _is_ours_to_hear(self, host: str) -> bool:
        """Whether the sender is on an interface that we were told to use."""
        if not self._interfaces:
            return True
        source = ipaddress.IPv4Address(host)
        return any(source in address.network for address in self._addresses())


def _open_socket() -> socket.socket:
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

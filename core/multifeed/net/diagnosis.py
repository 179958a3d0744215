"""What stands between this machine and others of a room: looks at the network for a few seconds, and tells.

Owns the looking: beacons sent and heard on each interface, and a handshake with whoever is said to be there. What it
means, and what to do, is the caller's to say. Holds nothing and stays nowhere.
"""

import asyncio
import ipaddress
import socket
import time
from collections.abc import Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Final

import nacl.utils

from multifeed import keys, limits
from multifeed.errors import ListenError, MessageError
from multifeed.keys import KeyPair
from multifeed.net.addresses import HostPort
from multifeed.net.discovery import DISCOVERY_PORT, open_socket
from multifeed.net.interfaces import InterfaceAddress, interface_addresses, link_local_interfaces
from multifeed.protocol.beacon import NONCE_LENGTH_BYTES, Beacon, BeaconBox, is_beacon
from multifeed.protocol.heads import DIGEST_LENGTH_BYTES, HeadIndex
from multifeed.protocol.messages import INSTANCE_ID_LENGTH_BYTES
from multifeed.protocol.noise import DhKeyPair
from multifeed.protocol.session import Identity, Session

_SEND_INTERVAL_S: Final = 0.5
_READ_LENGTH_BYTES: Final = 1 << 16


class Outcome(Enum):
    """What came of dialling somebody."""

    MET = "met"
    NO_SUCH_HOST = "no such host"
    NO_ROUTE = "no route"
    REFUSED = "refused"
    NO_ANSWER = "no answer"
    NOT_OF_THIS_ROOM = "not of this room"


@dataclass(slots=True)
class Network:
    """One address of this machine, and what went on there; `error` says why nothing could be sent."""

    address: InterfaceAddress
    sent: int = 0
    error: str = ""
    own_heard: int = 0
    # Other programs of the room, by instance id.
    heard: set[bytes] = field(default_factory=set)
    # Hosts with programs of other rooms.
    foreign_hosts: set[str] = field(default_factory=set)


@dataclass(slots=True)
class Dialled:
    """Somebody who was heard or given by hand, and what came of it."""

    host_port: HostPort
    by_hand: bool
    outcome: Outcome
    agent: str = ""


@dataclass(slots=True)
class Diagnosis:
    """All that was found; `port_error` says why nothing could be heard at all."""

    networks: list[Network]
    dialled: list[Dialled] = field(default_factory=list)
    port_error: str = ""
    # By how much the clocks of those who were heard are ahead of ours, in seconds.
    clocks_ahead_s: list[int] = field(default_factory=list)
    # Interfaces on which there is only IPv6: there others are found by multicast, which is not looked at here.
    ipv6_only: list[str] = field(default_factory=list)


async def diagnose(
    room_key: bytes, *, interfaces: Collection[str] = (), peers: Sequence[HostPort] = (), duration_s: float = 3.0
) -> Diagnosis:
    """Look around for `duration_s`, then dial whoever was heard and `peers`."""
    look = _Look(room_key, interfaces)
    diagnosis = look.diagnosis
    try:
        sock = open_socket()
    except ListenError as error:
        diagnosis.port_error = str(error)
    else:
        loop = asyncio.get_running_loop()
        transport, _ = await loop.create_datagram_endpoint(lambda: look, sock=sock)
        try:
            await look.look_around(sock, duration_s)
        finally:
            transport.close()
    targets = {**dict.fromkeys(look.found, False), **dict.fromkeys(peers, True)}
    diagnosis.dialled = await asyncio.gather(*(_dial(room_key, target, by_hand) for target, by_hand in targets.items()))
    return diagnosis


class _Look(asyncio.DatagramProtocol):
    """Sends beacons that ask others to show themselves, and notes what is heard where."""

    def __init__(self, room_key: bytes, interfaces: Collection[str]) -> None:
        addresses = interface_addresses(interfaces)
        with_ipv4 = {address.interface for address in addresses}
        self.diagnosis = Diagnosis(
            [Network(address) for address in addresses],
            ipv6_only=[
                link_local.interface
                for link_local in link_local_interfaces(interfaces)
                if link_local.interface not in with_ipv4
            ],
        )
        self.found: dict[HostPort, None] = {}
        self._box = BeaconBox(keys.beacon_key_of(room_key))
        self._instance_id = nacl.utils.random(INSTANCE_ID_LENGTH_BYTES)
        self._heard: set[bytes] = set()

    async def look_around(self, sock: socket.socket, duration_s: float) -> None:
        end_s = time.monotonic() + duration_s
        while time.monotonic() < end_s:
            for network in self.diagnosis.networks:
                if network.address.broadcast is None:
                    continue
                beacon = Beacon(self._instance_id, 0, int(time.time()), bytes(DIGEST_LENGTH_BYTES))
                datagram = self._box.seal(beacon, nacl.utils.random(NONCE_LENGTH_BYTES))
                try:
                    sock.sendto(datagram, (str(network.address.broadcast), DISCOVERY_PORT))
                    network.sent += 1
                except OSError as error:
                    network.error = error.strerror or str(error)
            await asyncio.sleep(_SEND_INTERVAL_S)

    def datagram_received(self, data: bytes, addr: tuple[Any, ...]) -> None:
        """Note it."""
        if not is_beacon(data):
            return
        host = ipaddress.IPv4Address(addr[0])
        networks = [network for network in self.diagnosis.networks if host in network.address.network]
        try:
            beacon = self._box.unseal(data)
        except MessageError:
            return
        for network in networks:
            if beacon is None:
                network.foreign_hosts.add(str(host))
            elif beacon.instance_id == self._instance_id:
                network.own_heard += 1
            else:
                network.heard.add(beacon.instance_id)
        if beacon is not None and networks and beacon.instance_id not in self._heard | {self._instance_id}:
            self._heard.add(beacon.instance_id)
            self.diagnosis.clocks_ahead_s.append(beacon.time_s - int(time.time()))
            if beacon.port and not beacon.is_leaving:
                self.found[str(host), beacon.port] = None


async def _dial(room_key: bytes, host_port: HostPort, by_hand: bool) -> Dialled:  # noqa: FBT001 (as it is told)
    outcome, agent = await _outcome_of(room_key, host_port)
    return Dialled(host_port, by_hand, outcome, agent)


async def _outcome_of(room_key: bytes, host_port: HostPort) -> tuple[Outcome, str]:
    try:
        async with asyncio.timeout(limits.DIAL_TIMEOUT_S):
            reader, writer = await asyncio.open_connection(*host_port)
    except TimeoutError:
        return Outcome.NO_ANSWER, ""
    except ConnectionRefusedError:
        return Outcome.REFUSED, ""
    except (OSError, UnicodeError) as error:
        is_name = isinstance(error, UnicodeError | socket.gaierror)
        return (Outcome.NO_SUCH_HOST if is_name else Outcome.NO_ROUTE), ""
    try:
        agent = await _meet(room_key, reader, writer)
    finally:
        writer.close()
        with suppress(OSError):
            await writer.wait_closed()
    return (Outcome.NOT_OF_THIS_ROOM, "") if agent is None else (Outcome.MET, agent)


async def _meet(room_key: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> str | None:
    """Shake hands; the other side's agent, None if it does not know the room."""
    loop = asyncio.get_running_loop()
    identity = Identity(
        room_key,
        DhKeyPair.from_private(nacl.utils.random(32)),
        nacl.utils.random(INSTANCE_ID_LENGTH_BYTES),
        KeyPair.generate(),
        0,
        "multichat doctor",
    )
    session = Session(
        initiator=True, identity=identity, heads=HeadIndex(), ephemeral=nacl.utils.random(32), now_s=loop.time()
    )
    with suppress(OSError, TimeoutError):
        async with asyncio.timeout(limits.HANDSHAKE_TIMEOUT_S):
            while session.peer is None and not session.is_closed:
                writer.write(session.data_to_send())
                data = await reader.read(_READ_LENGTH_BYTES)
                if not data:
                    break
                session.receive(data, loop.time())
    if session.peer is None:
        return None
    session.close("the doctor has seen enough")
    writer.write(session.data_to_send())
    return session.peer.agent

"""What stands between this machine and others of a room: looks at the network for a few seconds, and tells.

Owns what is told. What it means, and what to do, is the caller's to say. A program that runs tells the same of itself
(`Swarm.diagnosis`); who looks from outside holds nothing and stays nowhere.
"""

import asyncio
import errno
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field

import nacl.utils

from multifeed import keys
from multifeed.errors import ListenError
from multifeed.net.discovery import Discovery
from multifeed.net.listener import DEFAULT_PORT, bind_listener
from multifeed.net.options import HostPort
from multifeed.net.outcome import Outcome
from multifeed.net.probe import Look, look_at_all
from multifeed.net.sightings import Network
from multifeed.protocol.beacon import Beacon
from multifeed.protocol.heads import DIGEST_LENGTH_BYTES
from multifeed.protocol.messages import INSTANCE_ID_LENGTH_BYTES


@dataclass(frozen=True, slots=True)
class Dialled:
    """Somebody who was heard or given by hand, and what came of it; None while nothing has."""

    host_port: HostPort
    by_hand: bool
    outcome: Outcome | None
    agent: str = ""


@dataclass(frozen=True, slots=True)
class Door:
    """The TCP port on which others reach a program; `error` says why it cannot be opened.

    `came_in` is how many have come in by it so far, None for one who only looks.
    """

    port: int
    error: str = ""
    came_in: int | None = None


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """All that was found; `discovery_error` says why nothing could be heard at all."""

    door: Door
    networks: list[Network]
    dialled: list[Dialled] = field(default_factory=list)
    discovery_error: str = ""
    # By how much the clocks of those who were met are ahead of ours, in seconds; of those who were heard, if none was.
    clocks_ahead_s: list[int] = field(default_factory=list)
    # Whether anybody is looked for by beacons at all.
    has_discovery: bool = True


async def diagnose(
    room_key: bytes,
    *,
    port: int | None = None,
    interfaces: Collection[str] = (),
    peers: Sequence[HostPort] = (),
    duration_s: float = 3.0,
) -> Diagnosis:
    """Look around for `duration_s`, then dial whoever was heard and `peers`; `port` is where others would reach us."""
    seeker = _Seeker()
    discovery = Discovery(
        keys.beacon_key_of(room_key),
        own_id=seeker.instance_id,
        interfaces=interfaces,
        make_beacon=seeker.beacon,
        listener=seeker,
    )
    error = ""
    try:
        await discovery.start()
        await asyncio.sleep(duration_s)
    except ListenError as refusal:
        error = str(refusal)
    finally:
        discovery.close()
    targets = {**dict.fromkeys(seeker.found.values(), False), **dict.fromkeys(peers, True)}
    looks = await look_at_all(room_key, targets)
    return Diagnosis(
        _door(DEFAULT_PORT if port is None else port),
        discovery.sightings.networks,
        [
            Dialled(target, by_hand, look.outcome, look.agent)
            for (target, by_hand), look in zip(targets.items(), looks, strict=True)
        ],
        error,
        _clocks(looks) or discovery.sightings.clocks_ahead_s,
    )


def _clocks(looks: Iterable[Look]) -> list[int]:
    """By how much the clocks of those who were met are ahead; everybody has one voice, however many programs."""
    return list({look.feed_key: look.clock_ahead_s for look in looks if look.clock_ahead_s is not None}.values())


def _door(port: int) -> Door:
    try:
        bind_listener(port).close()
    except OSError as error:
        in_use = error.errno == errno.EADDRINUSE
        return Door(port, "in use by another program" if in_use else error.strerror or str(error))
    return Door(port)


class _Seeker:
    """Somebody who asks others to show themselves, and notes where they are. See DiscoveryListener."""

    def __init__(self) -> None:
        self.instance_id = nacl.utils.random(INSTANCE_ID_LENGTH_BYTES)
        # By instance id: one program may be heard over several networks.
        self.found: dict[bytes, HostPort] = {}

    def beacon(self, time_s: int) -> Beacon:
        return Beacon(self.instance_id, 0, time_s, bytes(DIGEST_LENGTH_BYTES))

    def beacon_heard(self, beacon: Beacon, host: str) -> None:
        if beacon.port:
            self.found.setdefault(beacon.instance_id, (host, beacon.port))

    def beacon_of_leaving(self, beacon: Beacon) -> None:
        self.found.pop(beacon.instance_id, None)

    def network_works(self, works: bool) -> None:  # noqa: FBT001 (see DiscoveryListener)
        pass

    def network_changed(self) -> None:
        pass

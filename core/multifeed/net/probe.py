"""A look at whoever listens at an address: whether it is of the room, and if not, of another version.

Owns a connection for as long as the look takes. Nothing is said about what this side holds, and nothing is stored.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Final

import nacl.utils

from multifeed import limits
from multifeed.errors import RemoteError
from multifeed.keys import KeyPair
from multifeed.net.options import HostPort
from multifeed.net.outcome import Outcome, outcome_of
from multifeed.protocol.channel import PROTOCOL_VERSION, Channel
from multifeed.protocol.heads import HeadIndex
from multifeed.protocol.messages import INSTANCE_ID_LENGTH_BYTES
from multifeed.protocol.noise import DhKeyPair
from multifeed.protocol.session import Identity, Session

_READ_LENGTH_BYTES: Final = 1 << 16

# Those that are worth trying: whoever is far behind or ahead finds out elsewhere.
_VERSIONS: Final = range(1, PROTOCOL_VERSION + 4)


@dataclass(frozen=True, slots=True)
class Look:
    """What is at an address; of whoever was met there, the agent, the feed, and by how much their clock is ahead."""

    outcome: Outcome
    agent: str = ""
    feed_key: bytes = b""
    clock_ahead_s: int | None = None


async def look_at(room_key: bytes, host_port: HostPort) -> Look:
    """See who is at an address."""
    try:
        async with _connection(host_port) as (reader, writer):
            met = await _meet(room_key, reader, writer)
    except (OSError, UnicodeError) as error:
        return Look(outcome_of(error))
    if met is not None:
        return met
    version = await other_version_at(room_key, host_port)
    return Look(Outcome.NOT_OF_THIS_ROOM if version is None else Outcome.ANOTHER_VERSION)


async def other_version_at(room_key: bytes, host_port: HostPort) -> int | None:
    """Which other version of the protocol is spoken there, by one who knows the room; None if none is, or too far off.

    Who knows the room and speaks a version answers the first message of its handshake; nobody else does.
    """
    for version in _VERSIONS:
        if version != PROTOCOL_VERSION and await _answers(room_key, host_port, version):
            return version
    return None


async def _answers(room_key: bytes, host_port: HostPort, version: int) -> bool:
    device, ephemeral = (DhKeyPair.from_private(nacl.utils.random(32)) for _ in range(2))
    channel = Channel(initiator=True, room_key=room_key, device=device, ephemeral=ephemeral, version=version)
    with suppress(OSError, UnicodeError, RemoteError):
        async with _connection(host_port) as (reader, writer), asyncio.timeout(limits.HANDSHAKE_TIMEOUT_S):
            writer.write(channel.data_to_send())
            while not channel.is_open:
                data = await reader.read(_READ_LENGTH_BYTES)
                if not data:
                    return False
                for _ in channel.receive(data):
                    pass
            return True
    return False


async def _meet(room_key: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> Look | None:
    """Shake hands, and ask what their clock shows; None if the other side does not know the room."""
    loop = asyncio.get_running_loop()
    session = Session(
        initiator=True,
        identity=_nobody(room_key),
        heads=HeadIndex(),
        ephemeral=nacl.utils.random(32),
        now_s=loop.time(),
    )
    with suppress(OSError):
        async with asyncio.timeout(limits.HANDSHAKE_TIMEOUT_S):
            while not session.is_confirmed and not session.is_closed:
                writer.write(session.data_to_send())
                data = await reader.read(_READ_LENGTH_BYTES)
                if not data:
                    break
                session.receive(data, loop.time(), time_s=int(time.time()))
    if session.peer is None:
        return None
    session.close("only looking")
    writer.write(session.data_to_send())
    return Look(Outcome.MET, session.peer.agent, session.peer.feed_key, session.clock_ahead_s)


def _nobody(room_key: bytes) -> Identity:
    """Somebody who has never been there before and does not come again."""
    device = DhKeyPair.from_private(nacl.utils.random(32))
    instance_id = nacl.utils.random(INSTANCE_ID_LENGTH_BYTES)
    return Identity(room_key, device, instance_id, KeyPair.generate(), 0, "multichat doctor")


@asynccontextmanager
async def _connection(host_port: HostPort) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    async with asyncio.timeout(limits.DIAL_TIMEOUT_S):
        reader, writer = await asyncio.open_connection(*host_port)
    try:
        yield reader, writer
    finally:
        writer.close()
        with suppress(OSError):
            await writer.wait_closed()


async def look_at_all(room_key: bytes, targets: Iterable[HostPort]) -> list[Look]:
    """What is at each address, looked at all at once."""
    return await asyncio.gather(*(look_at(room_key, target) for target in targets))

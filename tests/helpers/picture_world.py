"""People in a room of theirs, to be drawn: real rooms, feeds and stores, linked on loopback, the same in every run.

Owns what would differ from run to run and from machine to machine: keys, the clock and its zone, the networks that the
machine is on, and how fast it is. What happens in the room, and what of it is drawn, is the scenes'.
"""

import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import UTC, datetime
from hashlib import blake2b
from ipaddress import IPv4Address, IPv4Network
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import pytest
from textual.pilot import Pilot

from multichat.advice import findings_of
from multichat.app import MultichatApp
from multichat.model.finding import Finding
from multichat.model.message import Message
from multichat.profile import ROOM_KEY_META, WRITER_NAME, RoomOptions, store_path
from multichat.room import Room
from multichat.settings import Settings
from multichat.themes import DARK
from multichat.widgets import timeline_view
from multichat.widgets.composer import Composer
from multichat.widgets.welcome import Welcome
from multifeed import KeyPair, Multifeed
from multifeed.net.diagnosis import Diagnosis, Door
from multifeed.net.interfaces import InterfaceAddress
from multifeed.net.options import SwarmOptions
from multifeed.net.sightings import Network
from tests.helpers.feeds import heads_of
from tests.helpers.screen import settle
from tests.helpers.swarms import LOOPBACK, until

# A Tuesday.
_DAY: Final = 24

# As of a laptop in some wireless network; the addresses are those for examples (RFC 5737).
_NETWORK: Final = InterfaceAddress(
    "wlan0", IPv4Address("192.0.2.10"), IPv4Network("192.0.2.0/24"), IPv4Address("192.0.2.255")
)


class PictureRoom(Room):
    """A room on a machine that is the same everywhere."""

    def diagnose(self) -> list[Finding]:
        """What is found out about a network on which nobody else is."""
        return findings_of(Diagnosis(Door(27_272, came_in=0), [Network(_NETWORK, sent=4, own_heard=4)]))

    @property
    def is_quiet(self) -> bool:
        """Whether all that has happened has been told."""
        return self._follower.is_idle and self._presence._timer is None


class World:
    """One room, `name`, and its people; it is nine o'clock."""

    def __init__(self, directory: Path, name: str, *, is_by_invitation: bool = False) -> None:
        self._directory = directory
        self._name = name
        self._key = _digest(f"the room {name}")
        self._invite_key = self._key if is_by_invitation else None
        self.rooms: dict[str, PictureRoom] = {}
        self.now_ms = 0
        self.at(9, 0)

    def at(self, hour: int, minute: int, *, day: int = _DAY) -> None:
        """Let it be this time, in UTC, of a day in November 2026."""
        self.now_ms = round(datetime(2026, 11, day, hour, minute, tzinfo=UTC).timestamp() * 1000)

    @contextmanager
    def store(self, nickname: str, owner: str | None = None) -> Iterator[Multifeed]:
        """What somebody has on the disk who is not here at the moment; `owner` is whose key that is."""
        path = store_path(self._options(owner or nickname).directory(nickname))
        path.parent.mkdir(parents=True, exist_ok=True)
        with Multifeed.open(path, value_encoding="cbor") as multi:
            yield multi

    def open(
        self, nickname: str, *, owner: str | None = None, room_type: type[PictureRoom] = PictureRoom
    ) -> PictureRoom:
        """The room of somebody who has not started looking for others."""
        with self.store(nickname, owner) as multi:
            multi.writer(WRITER_NAME, key_pair=key_pair_of(owner or nickname))
            # Working it out of the name would take time.
            multi.set_meta(ROOM_KEY_META, self._key)
        return room_type(self._options(owner or nickname), nickname)

    def _options(self, owner: str) -> RoomOptions:
        peers = [(LOOPBACK, room.port) for room in self.rooms.values()]
        swarm = SwarmOptions(interfaces=("lo",), discovery=False, peers=peers)
        return RoomOptions(self._directory, self._name, profile=owner, swarm=swarm, key=self._invite_key)

    async def enter(self, nickname: str, *, owner: str | None = None) -> None:
        """Somebody comes, and everybody learns what the others know."""
        room = self.rooms[owner or nickname] = self.open(nickname, owner=owner)
        await room.start()
        await self.all_is_known()

    async def leave(self, owner: str) -> None:
        """Somebody goes, and everybody sees it."""
        await self.all_is_known()
        await self.rooms.pop(owner).close()
        await self.all_is_known()

    def say(self, owner: str, text: str, *, is_action: bool = False) -> None:
        """Somebody says or does something; the others will hear of it."""
        self.rooms[owner].send(text, is_action=is_action)

    async def say_alone(self, nickname: str, text: str) -> None:
        """Somebody who has no network says something."""
        room = self.open(nickname)
        room.send(text)
        await room.close()

    @asynccontextmanager
    async def look(
        self, nickname: str, size: tuple[int, int], *, room_type: type[PictureRoom] = PictureRoom
    ) -> AsyncIterator[Pilot[int]]:
        """The screen, of so many columns and lines, of somebody who comes and looks at it until they go."""
        room = self.open(nickname, room_type=room_type)
        app = MultichatApp(lambda _: room, nickname, nickname, settings=Settings(theme=DARK.name))
        self.rooms[nickname] = room
        async with app.run_test(size=size) as pilot:
            for composer in app.screen.query(Composer):
                composer.cursor_blink = False
            for welcome in app.screen.query(Welcome):
                welcome.look()
            await self.settle(pilot)
            yield pilot
            # The program closes it.
            del self.rooms[nickname]

    async def settle(self, pilot: Pilot[int]) -> None:
        """Let everything that was caused happen and be painted."""
        await self.all_is_known()
        await settle(pilot)

    async def all_is_known(self) -> None:
        """Wait until everybody has met everybody, holds all that was said, and has been told of both."""
        await until(self._is_all_known)

    def _is_all_known(self) -> bool:
        rooms = list(self.rooms.values())
        heads = [heads_of(feed for feed in room._multi.feeds() if feed.length) for room in rooms]
        others = len(rooms) - 1
        return all(
            room.is_quiet
            and room.people == others
            and known == heads[0]
            and all(len(room.delivery(message.position)) >= others for message in _own_messages(room))
            for room, known in zip(rooms, heads, strict=True)
        )

    async def close(self) -> None:
        """Everybody goes."""
        for room in self.rooms.values():
            await room.close()
        self.rooms.clear()


@asynccontextmanager
async def world(name: str, *, is_by_invitation: bool = False) -> AsyncIterator[World]:
    """A room and its people; meanwhile this process has their clock, in UTC."""
    with TemporaryDirectory() as directory, pytest.MonkeyPatch.context() as patch:
        made = World(Path(directory), name, is_by_invitation=is_by_invitation)
        patch.setattr(time, "time_ns", lambda: made.now_ms * 1_000_000)
        # What arrived late is marked for as long as a machine takes to draw it.
        patch.setattr(timeline_view, "_LATE_SEEN_AFTER_S", 3_600.0)
        patch.delenv("NO_COLOR", raising=False)
        with _zone_of_utc(patch):
            try:
                yield made
            finally:
                await made.close()


@contextmanager
def _zone_of_utc(patch: pytest.MonkeyPatch) -> Iterator[None]:
    patch.setenv("TZ", "UTC")
    time.tzset()
    try:
        yield
    finally:
        patch.undo()
        time.tzset()


def _own_messages(room: Room) -> Iterator[Message]:
    return (message for message in room.history.after(None, 1_000) if room.is_own(message.feed))


def key_pair_of(owner: str) -> KeyPair:
    """What somebody signs with, the same in every run."""
    return KeyPair.from_seed(_digest(owner))


def _digest(name: str) -> bytes:
    """32 bytes, the same for the same name."""
    return blake2b(name.encode(), digest_size=32).digest()

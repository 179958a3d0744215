"""Rooms that are shared with JavaScript peers, and such a peer that needs no node: the same protocol, in Python."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from multichat.model.conversation import Event, Notice
from multichat.model.people import Person
from multichat.profile import RoomOptions
from multichat.room import Room
from multifeed import KeyPair, Multifeed
from multifeed.hypercore9.peer import Policy
from multifeed.net.js_link import PUBLIC_KEY, JsBridge, open_doors
from multifeed.net.options import BridgeOptions, SwarmOptions
from tests.helpers.js_pair import offers_all
from tests.helpers.program import new_room
from tests.helpers.swarms import LOOPBACK, until

TIME = "2026-11-24T09:00:00.{:03d}Z"


def js_message(nickname: str, text: str, number: int = 0) -> dict[str, Any]:
    """What such a program writes."""
    return {"type": "chat-message", "nickname": nickname, "text": text, "timestamp": TIME.format(number)}


class FakeJsPeer:
    """Somebody on the other side of such a link."""

    def __init__(self, multi: Multifeed, key_pair: KeyPair | None) -> None:
        self.multi = multi
        self.own = multi.writer("local", key_pair=key_pair)
        self.notices: list[str] = []
        self.bridge: JsBridge | None = None

    @property
    def port(self) -> int:
        assert self.bridge is not None
        return self.bridge.port

    def say(self, *texts: str, nickname: str = "anna") -> None:
        for text in texts:
            self.own.append(js_message(nickname, text, self.own.length))

    @property
    def values(self) -> dict[bytes, list[Any]]:
        """All that is held, by feed; every block has to be JSON."""
        return {feed.key: [feed.get(seq) for run in feed.held for seq in range(*run)] for feed in self.multi.feeds()}

    @property
    def texts(self) -> set[str]:
        """What it could show."""
        return {value["text"] for values in self.values.values() for value in values if "text" in value}


class Rooms:
    """Rooms of one name, each of a person of their own, which meet only where they are told to."""

    def __init__(self, directory: Path, stack: AsyncExitStack) -> None:
        self.notices: dict[str, list[str]] = {}
        self.events: dict[str, list[Event]] = {}
        self.options = RoomOptions(directory, new_room(), swarm=SwarmOptions(interfaces=("lo",), discovery=False))
        self._directory = directory
        self._stack = stack

    async def open(self, nickname: str, *peers: Room, bridge: BridgeOptions | None = None) -> Room:
        """Somebody's room, linked with those of `peers`."""
        room = Room(replace(self.options, bridge=bridge), nickname)
        self._stack.push_async_callback(room.close)
        notices = self.notices.setdefault(nickname, [])
        events = self.events.setdefault(nickname, [])
        room.listen(lambda event: notices.append(event.text) if isinstance(event, Notice) else events.append(event))
        await room.start()
        for peer in peers:
            room.connect(f"{LOOPBACK}:{peer.port}")
            await until(lambda: room.people > 0 and peer.people > 0)  # noqa: B023 (waited for at once)
        return room

    async def share(self, nickname: str, *peers: Room, key: bytes | None = None, dials: tuple[int, ...] = ()) -> Room:
        """Somebody's room, shared with JavaScript peers who come in by any port, and those whom it `dials`."""
        connect = [(LOOPBACK, port) for port in dials]
        return await self.open(nickname, *peers, bridge=BridgeOptions(0, connect, key, ("lo",)))

    @asynccontextmanager
    async def js_peer(
        self, name: str, room: Room | None = None, *, key: bytes = PUBLIC_KEY, key_pair: KeyPair | None = None
    ) -> AsyncIterator[FakeJsPeer]:
        """Somebody with JavaScript, who dials `room`, and can be dialled."""
        with Multifeed.open(self._directory / f"{name}.sqlite", value_encoding="json") as multi:
            peer = FakeJsPeer(multi, key_pair)
            connect = [] if room is None else [(LOOPBACK, js_port(room))]
            doors = open_doors(0, ["lo"])
            peer.bridge = JsBridge(
                multi, Policy(offers_all), key=key, doors=doors, connect=connect, notice=peer.notices.append
            )
            await peer.bridge.start()
            try:
                yield peer
            finally:
                await peer.bridge.close()


def js_port(room: Room) -> int:
    """Where JavaScript peers come into a room."""
    bridge = room._network._bridge
    assert bridge is not None
    return bridge._links.port


@asynccontextmanager
async def rooms_in(directory: Path) -> AsyncIterator[Rooms]:
    """Rooms that are closed with the `with`."""
    async with AsyncExitStack() as stack:
        yield Rooms(directory, stack)


def texts(room: Room) -> list[str]:
    """What one reads there, in its order."""
    return [message.text for message in room.history.before(None, 10_000)]


def others(room: Room) -> list[Person]:
    """Everybody else who is listed there."""
    return [person for person in room.everyone() if not person.is_own]

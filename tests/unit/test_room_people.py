"""Rooms on the loopback interface: who is here and was, and who holds what one has written."""

import json
import os
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import pytest

from multichat.model.conversation import Delivered, Event, NamesChanged, Notice, PeopleChanged
from multichat.model.message import Message
from multichat.model.people import SEED_AGENT_ENDING, Person
from multichat.profile import RoomOptions
from multichat.room import Room
from multifeed import KeyPair, Multifeed
from multifeed.net.options import SwarmOptions
from multifeed.net.swarm import Swarm, SwarmCallbacks
from multifeed.protocol.events import Peer
from multifeed.protocol.heads import Claim
from tests.helpers.program import new_room
from tests.helpers.swarms import LOOPBACK, until


class _Rooms:
    """Rooms of one name, each of a person of their own, which meet only where they are told to."""

    def __init__(self, directory: Path, stack: AsyncExitStack) -> None:
        self.name = new_room()
        self._directory = directory
        self._stack = stack

    def options(self, agent: str = "multichat/test") -> RoomOptions:
        swarm = SwarmOptions(interfaces=("lo",), discovery=False, agent=agent)
        return RoomOptions(self._directory, self.name, swarm=swarm)

    async def open(self, nickname: str, *peers: Room, agent: str = "multichat/test") -> Room:
        room = Room(self.options(agent), nickname)
        self._stack.push_async_callback(room.close)
        await room.start()
        for peer in peers:
            room.connect(f"{LOOPBACK}:{peer.port}")
            await until(lambda: room.own_feed in _here(peer) and peer.own_feed in _here(room))  # noqa: B023 (waited for at once)
        return room

    def desk_path(self, nickname: str) -> Path:
        return self.options().directory(nickname) / "desk.json"


@asynccontextmanager
async def _rooms(directory: Path) -> AsyncIterator[_Rooms]:
    async with AsyncExitStack() as stack:
        yield _Rooms(directory, stack)


def _here(room: Room) -> set[bytes]:
    return {person.feed for person in room.everyone() if person.is_here}


def _who(room: Room, other: Room) -> Person:
    return next(person for person in room.everyone() if person.feed == other.own_feed)


def _holders(room: Room, message: Message) -> list[bytes]:
    return [person.feed for person in room.delivery(message.position)]


def _heard(room: Room) -> list[Event]:
    events: list[Event] = []
    room.listen(events.append)
    return events


async def test_a_message_waits_then_is_held_by_one_and_by_two_and_that_is_remembered(tmp_path: Path) -> None:
    async with _rooms(tmp_path) as rooms:
        alice = await rooms.open("alice")
        events = _heard(alice)
        one, two = alice.send("one"), alice.send("two")
        assert _holders(alice, one) == []
        bob = await rooms.open("bob", alice)
        await until(lambda: _holders(alice, two) == [bob.own_feed])
        assert _holders(alice, one) == [bob.own_feed]
        await until(lambda: Delivered(alice.own_feed, 0) in events)
        carol = await rooms.open("carol", alice)
        await until(lambda: set(_holders(alice, two)) == {bob.own_feed, carol.own_feed})
        await bob.close()
        await carol.close()
        three = alice.send("three")
        assert _holders(alice, three) == []
        assert len(_holders(alice, two)) == 2
        await alice.close()
        again = await rooms.open("alice")
        assert set(_holders(again, two)) == {bob.own_feed, carol.own_feed}
        assert _holders(again, three) == []
        events = _heard(again)
        bob = await rooms.open("bob", again)
        await until(lambda: _holders(again, three) == [bob.own_feed])
        await until(lambda: Delivered(again.own_feed, 2) in events)


async def test_many_messages_that_are_taken_at_once_are_told_as_one_change(tmp_path: Path) -> None:
    async with _rooms(tmp_path) as rooms:
        alice = await rooms.open("alice")
        messages = [alice.send(str(number)) for number in range(200)]
        events = _heard(alice)
        bob = await rooms.open("bob", alice)
        await until(lambda: _holders(alice, messages[0]) == _holders(alice, messages[-1]) == [bob.own_feed])
        await until(lambda: any(isinstance(event, Delivered) for event in events))
        assert sum(isinstance(event, Delivered) for event in events) < 20


async def test_what_somebody_holds_is_their_own_word_and_nobody_elses(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with _rooms(tmp_path) as rooms:
        alice = await rooms.open("alice")
        bob = await rooms.open("bob", alice)
        carol = await rooms.open("carol")
        message = alice.send("hello")
        carol.send("I hear you by way of bob")
        # The two are not made known to each other.
        monkeypatch.setattr(bob._network._made(), "_introduce", lambda _: None)
        carol.connect(f"{LOOPBACK}:{bob.port}")
        await until(lambda: len(carol.history.after(None, 10)) == len(alice.history.after(None, 10)) == 2)
        await until(lambda: _holders(alice, message) == [bob.own_feed])
        assert (_who(alice, carol).is_here, _who(alice, carol).last_here_ms) == (False, None)
        assert _who(alice, carol).nickname == "carol"
        assert _here(alice) == {alice.own_feed, bob.own_feed}


async def test_who_has_not_proven_a_key_is_nobody(tmp_path: Path) -> None:
    async with _rooms(tmp_path) as rooms:
        alice = await rooms.open("alice")
        bob = await rooms.open("bob", alice)
        message = alice.send("hello")
        await until(lambda: _holders(alice, message) == [bob.own_feed])
        await bob.close()
        await until(lambda: _here(alice) == {alice.own_feed})
        carol = KeyPair.generate().public_key
        for claimed in (carol, bob.own_feed):
            await _pretend_to_be(claimed, alice, tmp_path / f"{claimed.hex()}.sqlite")
            assert _here(alice) == {alice.own_feed}
        assert carol not in {person.feed for person in alice.everyone()}
        assert _holders(alice, message) == [bob.own_feed]


async def _pretend_to_be(feed: bytes, room: Room, path: Path) -> None:
    """Dial a room with its key, and with somebody's public key but not their secret one, until it has been refused."""
    other = KeyPair.generate()
    notices: list[str] = []
    key = room._multi.meta("room key")
    assert key is not None
    with Multifeed.open(path) as multi:
        swarm = Swarm(
            multi,
            key,
            KeyPair(feed, other.seed, other._secret_key),
            SwarmOptions(interfaces=("lo",), peers=[(LOOPBACK, room.port)], discovery=False),
            SwarmCallbacks(
                people_changed=lambda: None,
                held=lambda _peer, _claim: None,
                copy_met=lambda _yields: None,
                store_error=lambda _error: None,
                notice=notices.append,
            ),
        )
        try:
            await swarm.start()
            # It has met the room, which has proven itself, and been let go.
            await until(lambda: any(address.outcome is not None for address in swarm._addresses))
            await until(lambda: not swarm.peers and not swarm._links)
        finally:
            await swarm.close()


async def test_a_claim_counts_only_for_the_history_that_one_has(tmp_path: Path) -> None:
    async with _rooms(tmp_path) as rooms:
        alice = await rooms.open("alice")
        message = alice.send("hello")
        head = alice._multi.writer("local").head
        bob = Peer(os.urandom(16), os.urandom(32), os.urandom(32), 0, "")
        own_copy = Peer(os.urandom(16), alice.own_feed, os.urandom(32), 0, "")
        runs = ((0, 1),)
        alice._on_held(bob, Claim(alice.own_feed, 1, os.urandom(32), runs))
        alice._on_held(bob, Claim(alice.own_feed, 2, os.urandom(32), ((0, 2),)))
        alice._on_held(bob, Claim(os.urandom(32), 1, head.tree_hash, runs))
        alice._on_held(own_copy, Claim(alice.own_feed, 1, head.tree_hash, runs))
        assert _holders(alice, message) == []
        alice._on_held(bob, Claim(alice.own_feed, 1, head.tree_hash, runs))
        assert _holders(alice, message) == [bob.feed_key]
        alice.send("one more")
        alice._on_held(bob, Claim(alice.own_feed, 1, head.tree_hash, ()))
        assert _holders(alice, message) == []


async def test_a_restored_profile_learns_who_holds_what_it_had_lost(tmp_path: Path) -> None:
    async with _rooms(tmp_path) as rooms:
        alice = await rooms.open("alice")
        alice.send("one")
        await alice.close()
        store = rooms.options().directory("alice") / "room.sqlite"
        backup = store.read_bytes()
        alice = await rooms.open("alice")
        bob = await rooms.open("bob", alice)
        two = alice.send("two")
        await until(lambda: _holders(alice, two) == [bob.own_feed])
        await alice.close()
        store.write_bytes(backup)
        alice = await rooms.open("alice")
        # Bob's word is kept for what is here; beyond, something else might yet be written.
        assert _holders(alice, two) == []
        bob.connect(f"{LOOPBACK}:{alice.port}")
        await until(lambda: _holders(alice, two) == [bob.own_feed])
        assert [message.text for message in alice.history.after(None, 10)] == ["one", "two"]


async def test_whoever_leaves_is_remembered_with_the_time(tmp_path: Path) -> None:
    async with _rooms(tmp_path) as rooms:
        alice = await rooms.open("alice")
        events = _heard(alice)
        bob = await rooms.open("bob", alice)
        assert PeopleChanged(1) in events
        assert _who(alice, bob).nickname == bob.own_feed.hex()[:8]
        bob.send("hello")
        await until(lambda: NamesChanged() in events)
        assert _who(alice, bob).nickname == "bob"
        assert [person.nickname for person in alice.everyone()] == ["alice", "bob"]
        before_ms = time.time_ns() // 1_000_000
        await bob.close()
        await until(lambda: not _who(alice, bob).is_here)
        left_ms = _who(alice, bob).last_here_ms
        assert left_ms is not None
        assert before_ms <= left_ms <= time.time_ns() // 1_000_000
        carol = await rooms.open("carol", alice)
        await alice.close()
        alice = await rooms.open("alice")
        assert _who(alice, bob).last_here_ms == left_ms
        assert [person.feed for person in alice.everyone()] == [alice.own_feed, carol.own_feed, bob.own_feed]
        assert _who(alice, bob).nickname == "bob"


async def test_a_seed_is_called_so(tmp_path: Path) -> None:
    async with _rooms(tmp_path) as rooms:
        alice = await rooms.open("alice")
        seed = await rooms.open("seed", alice, agent=f"multichat/test{SEED_AGENT_ENDING}")
        assert (_who(alice, seed).nickname, _who(alice, seed).is_seed) == ("seed", True)
        await seed.close()
        await alice.close()
        alice = await rooms.open("alice")
        assert (_who(alice, seed).nickname, _who(alice, seed).is_seed) == ("seed", True)


async def test_a_room_keeps_what_is_left_on_its_desk(tmp_path: Path) -> None:
    async with _rooms(tmp_path) as rooms:
        alice = await rooms.open("alice")
        alice.change_desk(draft="half a thought", recall=("one", "two"))
        alice.change_desk(draft="half")
        await alice.close()
        alice = await rooms.open("alice")
        assert (alice.desk.draft, alice.desk.recall) == ("half", ("one", "two"))
        await alice.close()
        rooms.desk_path("alice").write_text("{")
        alice = await rooms.open("alice")
        assert alice.desk.draft == ""
        alice.change_desk(notify="none")
        await alice.close()
        assert json.loads(rooms.desk_path("alice").read_text())["notify"] == "none"


async def test_a_desk_that_cannot_be_written_is_said_once_and_breaks_nothing(tmp_path: Path) -> None:
    async with _rooms(tmp_path) as rooms:
        alice = await rooms.open("alice")
        events = _heard(alice)
        rooms.desk_path("alice").mkdir()
        (rooms.desk_path("alice") / "in the way").touch()
        alice.change_desk(draft="one")
        await until(lambda: any(isinstance(event, Notice) for event in events))
        alice.send("hello")
        bob = await rooms.open("bob", alice)
        await until(lambda: len(bob.history.after(None, 10)) == 1)
        assert sum("desk.json" in event.text for event in events if isinstance(event, Notice)) == 1

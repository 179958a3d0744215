"""Rooms on the loopback interface: who is called what there, and whose keys were checked."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import pytest

from multichat.errors import UsageError
from multichat.model.conversation import Event, NamesChanged, Notice
from multichat.model.people import Person
from multichat.profile import RoomOptions
from multichat.room import Room
from multifeed.net.options import SwarmOptions
from tests.helpers.program import new_room
from tests.helpers.swarms import LOOPBACK, until


class _Rooms:
    """Rooms of one name, each of a profile of its own, which meet only where they are told to."""

    def __init__(self, directory: Path, stack: AsyncExitStack) -> None:
        self._directory = directory
        self._stack = stack
        self._name = new_room()

    async def open(self, profile: str, nickname: str, *peers: Room) -> Room:
        swarm = SwarmOptions(interfaces=("lo",), discovery=False)
        room = Room(RoomOptions(self._directory, self._name, profile=profile, swarm=swarm), nickname)
        self._stack.push_async_callback(room.close)
        await room.start()
        for peer in peers:
            room.connect(f"{LOOPBACK}:{peer.port}")
            await until(lambda: peer.own_feed in _here(room))  # noqa: B023 (waited for at once)
        return room


@asynccontextmanager
async def _rooms(directory: Path) -> AsyncIterator[_Rooms]:
    async with AsyncExitStack() as stack:
        yield _Rooms(directory, stack)


def _here(room: Room) -> set[bytes]:
    return {person.feed for person in room.everyone() if person.is_here}


def _others(room: Room) -> list[Person]:
    return [person for person in room.everyone() if not person.is_own]


def _notices(room: Room) -> list[str]:
    notices: list[str] = []

    def hear(event: Event) -> None:
        if isinstance(event, Notice):
            notices.append(event.text)

    room.listen(hear)
    return notices


async def test_a_checked_key_stays_checked_until_its_owner_is_called_otherwise(tmp_path: Path) -> None:
    async with _rooms(tmp_path) as rooms:
        alice = await rooms.open("alice", "alice")
        bob = await rooms.open("bob", "bob", alice)
        with pytest.raises(UsageError, match="no name yet"):
            bob.check(alice.own_feed)
        with pytest.raises(UsageError, match="that is you"):
            bob.check(bob.own_feed)
        alice.send("hello")
        await until(lambda: [person.nickname for person in _others(bob)] == ["alice"])
        assert bob.check(alice.own_feed)
        assert _others(bob)[0].is_checked
        await bob.close()

        again = await rooms.open("bob", "bob", alice)
        notices = _notices(again)
        assert _others(again)[0].is_checked
        assert again.identity(alice.own_feed).checked_as == "alice"
        alice.rename("al")
        alice.send("call me so")
        await until(lambda: any("is called al now: the check mark" in notice for notice in notices))
        assert not _others(again)[0].is_checked
        assert again.identity(alice.own_feed).names == ("alice", "al")
        await again.close()

        third = await rooms.open("bob", "bob")
        assert third.identity(alice.own_feed).checked_as is None


async def test_when_somebody_was_seen_first_and_last_is_known_from_what_they_said(tmp_path: Path) -> None:
    async with _rooms(tmp_path) as rooms:
        alice = await rooms.open("alice", "alice")
        sent = [alice.send(f"message {number}") for number in range(50)]
        bob = await rooms.open("bob", "bob", alice)
        await until(lambda: len(bob.history.after(None, 100)) == 50)
        identity = bob.identity(alice.own_feed)
        assert identity.first_seen_ms == sent[0].timestamp_ms
        assert identity.last_seen_ms is not None
        assert identity.last_seen_ms >= sent[-1].timestamp_ms
        assert identity.feeds == (alice.own_feed,)
        assert identity.forked == frozenset()


async def test_whoever_goes_on_in_another_log_is_still_one_person(tmp_path: Path) -> None:
    async with _rooms(tmp_path) as rooms:
        alice = await rooms.open("alice", "alice")
        bob = await rooms.open("bob", "bob", alice)
        notices = _notices(bob)
        before = alice.own_feed
        alice.send("in one log")
        await until(lambda: len(bob.history.after(None, 100)) == 1)
        alice._go_on_in_another_feed("the profile was copied")
        alice.send("in another")
        await until(lambda: len(bob.history.after(None, 100)) == 2)
        await until(lambda: _here(bob) == {bob.own_feed, alice.own_feed})
        assert alice.own_feed != before
        assert [(person.feed, person.label) for person in _others(bob)] == [(alice.own_feed, "alice")]
        assert bob.identity(alice.own_feed).feeds == (before, alice.own_feed)
        assert bob.identity(before).feeds == (before, alice.own_feed)
        assert [person.feed for person in bob.meant("alice")] == [alice.own_feed]
        assert notices == []
        assert {bob.calling(message.feed, message.nickname).label for message in bob.history.after(None, 9)} == {
            "alice"
        }
        assert alice.calling(before, alice.nickname).label == "alice"


async def test_an_old_page_with_a_name_that_somebody_else_has_now_tells_both_apart(tmp_path: Path) -> None:
    async with _rooms(tmp_path) as rooms:
        alice = await rooms.open("alice", "alice")
        carol = await rooms.open("carol", "alice")
        old = carol.send("before she was called carol")
        carol.rename("carol")
        carol.send("since then")
        new = alice.send("hello")
        bob = await rooms.open("bob", "bob", alice, carol)
        await until(lambda: len(bob.history.after(None, 9)) == 3)
        await bob.close()
        again = await rooms.open("bob", "bob")
        events: list[Event] = []
        again.listen(events.append)
        assert again.calling(alice.own_feed, new.nickname).suffix == ""
        assert again.calling(carol.own_feed, old.nickname).suffix
        assert again.calling(alice.own_feed, new.nickname).suffix
        await until(lambda: NamesChanged() in events)
        assert not any(isinstance(event, Notice) for event in events)


async def test_whoever_takes_a_name_that_is_taken_is_told_and_told_apart(tmp_path: Path) -> None:
    async with _rooms(tmp_path) as rooms:
        alice = await rooms.open("alice", "alice")
        bob = await rooms.open("bob", "bob", alice)
        alice.send("hello")
        await until(lambda: [person.nickname for person in _others(bob)] == ["alice"])
        notices = _notices(bob)
        bob.rename("Alice")
        await until(lambda: len(notices) == 1)
        assert notices[0].startswith(f"alice\u00b7{alice.own_feed.hex()[:4]} is not you")
        oneself = next(person for person in bob.everyone() if person.is_own)
        assert oneself.label == f"Alice\u00b7{bob.own_feed.hex()[:4]}"
        assert {person.feed for person in bob.meant("alice")} == {alice.own_feed, bob.own_feed}

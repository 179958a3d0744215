"""Rooms on the loopback interface in which somebody does not want to hear somebody else."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import pytest

from multichat.errors import UsageError
from multichat.model.conversation import Event, HearingChanged, HeldAside, Notice
from multichat.model.muted import Unmuted, unheard
from multichat.model.people import Person
from multichat.model.record import Record, continuation_value
from multichat.profile import RoomOptions
from multichat.room import Room
from multifeed import KeyPair, Multifeed, limits
from multifeed.net.options import SwarmOptions
from tests.helpers.feeds import copy_range, key_pair
from tests.helpers.program import new_room
from tests.helpers.swarms import LOOPBACK, until

_HOUR_MS = 3_600_000


class _Rooms:
    """Rooms of one name, each of a person of their own, which meet only where they are told to."""

    def __init__(self, directory: Path, stack: AsyncExitStack) -> None:
        self._options = RoomOptions(directory, new_room(), swarm=SwarmOptions(interfaces=("lo",), discovery=False))
        self._stack = stack

    async def open(self, nickname: str, *peers: Room) -> Room:
        room = Room(self._options, nickname)
        self._stack.push_async_callback(room.close)
        await room.start()
        for peer in peers:
            room.connect(f"{LOOPBACK}:{peer.port}")
            await until(lambda: _is_here(peer, room) and _is_here(room, peer))  # noqa: B023 (waited for at once)
        return room


@asynccontextmanager
async def _rooms(directory: Path) -> AsyncIterator[_Rooms]:
    async with AsyncExitStack() as stack:
        yield _Rooms(directory, stack)


def _is_here(room: Room, other: Room) -> bool:
    return any(person.feed == other.own_feed and person.is_here for person in room.everyone())


def _texts(room: Room) -> list[str]:
    """What somebody reads there."""
    return [message.text for message in Unmuted(room.history, unheard(room)).after(None, 1000)]


def _who(room: Room, feed: bytes) -> Person:
    return next(person for person in room.everyone() if person.feed == feed)


def _heard(room: Room) -> list[Event]:
    events: list[Event] = []
    room.listen(events.append)
    return events


async def test_who_is_blocked_is_hidden_and_not_taken_until_it_is_undone(tmp_path: Path) -> None:
    async with _rooms(tmp_path) as rooms:
        alice = await rooms.open("alice")
        bob = await rooms.open("bob", alice)
        bob.send("before")
        await until(lambda: _texts(alice) == ["before"])
        events = _heard(alice)
        alice.block(bob.own_feed)
        assert HearingChanged() in events
        assert alice.blocked == {bob.own_feed}
        assert _who(alice, bob.own_feed).is_blocked
        assert _texts(alice) == []
        bob.send("after")
        alice.send("an answer")
        await until(lambda: "an answer" in _texts(bob))
        # Bob goes on to hear alice, and is still here.
        assert _who(alice, bob.own_feed).is_here
        assert _texts(alice) == ["an answer"]
        alice.unblock(bob.own_feed)
        # Those two were said in one moment, without knowing of each other.
        await until(lambda: set(_texts(alice)) == {"before", "after", "an answer"})
        assert not _who(alice, bob.own_feed).is_blocked


async def test_who_is_blocked_is_listed_though_nothing_is_known_of_them(tmp_path: Path) -> None:
    async with _rooms(tmp_path) as rooms:
        alice = await rooms.open("alice")
        key = key_pair(7).public_key
        alice.block(key)
        assert alice.meant(key.hex()[:12]) == [_who(alice, key)]
        assert _who(alice, key).is_blocked
        alice.change_desk(muted=(key_pair(8).public_key,))
        assert _who(alice, key_pair(8).public_key).is_muted


async def test_one_cannot_block_oneself_nor_more_than_anybody_would(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with _rooms(tmp_path) as rooms:
        alice = await rooms.open("alice")
        with pytest.raises(UsageError):
            alice.block(alice.own_feed)
        monkeypatch.setattr("multifeed.multifeed.BLOCKED_FEEDS_MAX", 1)
        alice.block(bytes(32))
        with pytest.raises(UsageError):
            alice.block(b"k" * 32)
        assert alice.blocked == {bytes(32)}


# --- who goes on in another log ---


def _give(source: Multifeed, room: Room, key: bytes, start: int = 0) -> None:
    """Let the room come by what somebody has written."""
    feed = source.feed(key)
    assert feed is not None
    copy_range(feed, room._multi.candidate(key), start, feed.length)


def _write(source: Multifeed, pair: KeyPair, *values: object) -> bytes:
    source.writer(pair.public_key.hex(), key_pair=pair).extend(values)
    return pair.public_key


@pytest.mark.parametrize("is_blocked", [True, False])
async def test_who_goes_on_in_another_log_is_not_heard_there_either(tmp_path: Path, *, is_blocked: bool) -> None:
    first, second, stranger = key_pair(1), key_pair(2), key_pair(3)
    async with _rooms(tmp_path) as rooms:
        alice = await rooms.open("alice")
        with Multifeed.open(tmp_path / "theirs.sqlite", value_encoding="cbor") as theirs:
            _write(theirs, first, Record("mallory", "one", 1000).value())
            _write(theirs, second, continuation_value(first, second.public_key), Record("mallory", "two", 2000).value())
            # Whoever only says so, and has not the key's word for it, is somebody else.
            forged = continuation_value(stranger, stranger.public_key) | {"feed": first.public_key}
            _write(theirs, stranger, forged, Record("eve", "three", 3000).value())
            _give(theirs, alice, first.public_key)
            await until(lambda: _texts(alice) == ["one"])
            if is_blocked:
                alice.block(first.public_key)
            else:
                alice.change_desk(muted=(first.public_key,))
            events = _heard(alice)
            for pair in (second, stranger):
                _give(theirs, alice, pair.public_key)
            await until(lambda: len(alice.history.after(None, 10)) == 3)
            assert _texts(alice) == ["three"]
            assert unheard(alice) == {first.public_key, second.public_key}
            assert alice.blocked == (unheard(alice) if is_blocked else frozenset())
            (notice,) = [event.text for event in events if isinstance(event, Notice) and "another log" in event.text]
            assert notice.endswith(", which is blocked too" if is_blocked else ", which is muted too")
            # It is undone for both, by the one name under which they are known.
            if is_blocked:
                alice.unblock(second.public_key)
                assert _texts(alice) == ["one", "two", "three"]


async def test_a_block_holds_for_all_logs_of_one_that_are_known_already(tmp_path: Path) -> None:
    first, second, third = key_pair(1), key_pair(2), key_pair(3)
    async with _rooms(tmp_path) as rooms:
        alice = await rooms.open("alice")
        with Multifeed.open(tmp_path / "theirs.sqlite", value_encoding="cbor") as theirs:
            _write(theirs, first, Record("mallory", "one", 1000).value())
            for earlier, later in ((first, second), (second, third)):
                link = continuation_value(earlier, later.public_key)
                _write(theirs, later, link, Record("mallory", "more", 2000).value())
            for pair in (third, first, second):
                _give(theirs, alice, pair.public_key)
        await until(lambda: len(_texts(alice)) == 3)
        alice.block(second.public_key)
        assert alice.blocked == {first.public_key, second.public_key, third.public_key}
        assert _texts(alice) == []


# --- what else is not heard ---


async def test_what_is_held_aside_of_those_whom_one_does_not_hear_is_not_counted(tmp_path: Path) -> None:
    writer = key_pair(1)
    async with _rooms(tmp_path) as rooms:
        alice = await rooms.open("alice")
        events = _heard(alice)
        ahead_ms = alice._timeline.next_timestamp_ms() + _HOUR_MS
        with Multifeed.open(tmp_path / "theirs.sqlite", value_encoding="cbor") as theirs:
            _write(theirs, writer, Record("mallory", "ahead", ahead_ms).value())
            _give(theirs, alice, writer.public_key)
        await until(lambda: HeldAside(1) in events)
        alice.block(writer.public_key)
        assert events[-1] == HearingChanged()
        assert [event.count for event in events if isinstance(event, HeldAside)] == [1, 0]
        alice.unblock(writer.public_key)
        assert [event.count for event in events if isinstance(event, HeldAside)] == [1, 0, 1]


async def test_whoever_writes_faster_than_anybody_reads_is_told_of_once_and_by_name(tmp_path: Path) -> None:
    async with _rooms(tmp_path) as rooms:
        alice = await rooms.open("alice")
        events = _heard(alice)
        mallory = await rooms.open("mallory", alice)
        mallory.send("hello")
        await until(lambda: _texts(alice) == ["hello"])
        at_once = int(limits.FEED_GROWTH_BURST_S * limits.FEED_GROWTH_BLOCKS_PER_S)
        flood = [Record("mallory", f"{number}", 2000 + number).value() for number in range(at_once + 2000)]
        mallory._own.feed.extend(flood)
        await until(lambda: any(isinstance(event, Notice) for event in events))
        mallory._own.feed.extend(flood)
        alice.send("and still one is heard at once")
        await until(lambda: mallory.history.before(None, 1)[-1].text == "and still one is heard at once")
        (notice,) = [event.text for event in events if isinstance(event, Notice)]
        assert notice.startswith("mallory writes faster than anybody reads")
        assert "/mute mallory or /block mallory" in notice
        feed = alice._multi.feed(mallory.own_feed)
        assert feed is not None
        assert feed.held.size < feed.length


async def test_both_are_there_after_a_restart(tmp_path: Path) -> None:
    async with _rooms(tmp_path) as rooms:
        alice = await rooms.open("alice")
        keys = [key_pair(number).public_key for number in (1, 2)]
        alice.block(keys[0])
        alice.change_desk(muted=(keys[1],))
        await alice.close()
        again = await rooms.open("alice")
        assert again.blocked == {keys[0]}
        assert unheard(again) == set(keys)

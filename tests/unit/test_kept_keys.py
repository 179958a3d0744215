"""The keys that a profile keeps: what for, whose, what having them allows, and where they never show."""

import gc
import os
import shutil
import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, closing
from pathlib import Path

import pytest

from multichat.profile import ROOM_KEY_META, RoomOptions
from multichat.room import Room
from multifeed import ConflictError, Feed, KeyPair, Multifeed
from multifeed.net.options import SwarmOptions
from multifeed.protocol.noise import DhKeyPair
from tests.helpers.feeds import copy_range, open_multifeeds
from tests.helpers.swarms import LOOPBACK, program, until

_DEVICE_KEY_META = "device key"
_SWARM = SwarmOptions(interfaces=("lo",), discovery=False, agent="test")


def _options(directory: Path, room: str) -> RoomOptions:
    # A room by invitation: nothing is worked out of a name.
    return RoomOptions(directory, room, key=room.encode().ljust(32, b"."), swarm=_SWARM)


@asynccontextmanager
async def _opened(directory: Path, nickname: str, room: str = "shed") -> AsyncIterator[Room]:
    opened = Room(_options(directory, room), nickname)
    try:
        await opened.start()
        yield opened
    finally:
        await opened.close()


@asynccontextmanager
async def _two_who_have_met(directory: Path) -> AsyncIterator[tuple[Room, Room]]:
    async with _opened(directory, "alice") as alice, _opened(directory, "bob") as bob:
        bob.connect(f"{LOOPBACK}:{alice.port}")
        await until(lambda: alice.people == bob.people == 1)
        for room in (alice, bob):
            room.send("hello")
        await until(lambda: all(len(room.history.after(None, 9)) == 2 for room in (alice, bob)))
        yield alice, bob


def _meta(room: Room, name: str) -> bytes:
    value = room._multi.meta(name)
    assert value is not None
    return value


def _seed(room: Room) -> bytes:
    return room._own.key_pair.seed


async def test_each_key_is_for_one_thing_and_made_of_no_other(tmp_path: Path) -> None:
    device_keys = set()
    for place in ("one", "other"):
        directory = tmp_path / place
        directory.mkdir()
        # The feed's seed and the room's key are the same in both.
        async with program(directory, 7, b"r" * 32) as running:
            seed, device = running.feed.key_pair, running.multi.meta(_DEVICE_KEY_META)
        assert seed is not None
        assert device is not None
        assert device not in {seed.seed, b"r" * 32}
        assert DhKeyPair.from_private(device).public_key not in {seed.public_key, device}
        device_keys.add(device)
    assert len(device_keys) == 2


async def test_in_every_room_one_is_somebody_else(tmp_path: Path) -> None:
    """Whoever is in two rooms cannot tell by any key that two people of theirs are one."""
    seen: list[bytes] = []
    for room in ("garden", "shed"):
        async with _opened(tmp_path, "alice", room) as alice:
            seen += [alice.own_feed, _seed(alice), _meta(alice, _DEVICE_KEY_META)]
    assert len(set(seen)) == len(seen)


async def test_whoever_one_meets_leaves_no_secret_key_behind(tmp_path: Path) -> None:
    async with _two_who_have_met(tmp_path) as (alice, bob):
        own, secrets = (alice.own_feed, _seed(alice)), [_seed(bob), _meta(bob, _DEVICE_KEY_META)]
    directory = _options(tmp_path, "shed").directory("alice")
    kept = b"".join(path.read_bytes() for path in directory.iterdir())
    assert bob.own_feed in kept
    assert own[1] in kept
    assert not any(secret in kept for secret in secrets)
    with Multifeed.open(directory / "room.sqlite", value_encoding="cbor") as multi:
        assert [feed.key for feed in multi.feeds() if feed.writable] == [own[0]]


def test_whoever_has_the_disk_reads_everything_and_can_write_as_its_owner_until_the_owner_writes_on(
    tmp_path: Path,
) -> None:
    """At rest, nothing is encrypted: that is for the disk's own encryption to do."""
    path, stolen = tmp_path / "room.sqlite", tmp_path / "stolen.sqlite"
    with Multifeed.open(path) as multi:
        multi.writer("local").append(b"said among friends")
    shutil.copy(path, stolen)
    assert b"said among friends" in stolen.read_bytes()
    with Multifeed.open(path) as multi, Multifeed.open(stolen) as loot, open_multifeeds(1) as (other,):
        own, taken = multi.writer("local"), loot.writer("local")
        copy = other.add(own.key)
        taken.append(b"said by a thief")
        _copy(taken, copy)
        assert list(copy) == [b"said among friends", b"said by a thief"]
        own.append(b"said by the owner")
        with pytest.raises(ConflictError):
            copy.accept(1, own.blocks(1, 2), own.proof(1, 2))
        assert copy.conflict is not None


def _copy(source: Feed, target: Feed) -> None:
    copy_range(source, target, target.length, source.length)


def test_what_a_thief_changes_on_the_disk_and_puts_back_is_noticed(tmp_path: Path) -> None:
    path = tmp_path / "room.sqlite"
    with Multifeed.open(path) as multi, open_multifeeds(1) as (other,):
        feed = other.writer("local")
        feed.append(b"I owe you five")
        _copy(feed, multi.add(feed.key))
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE blocks SET data = ?", (b"I owe you nine",))
    with Multifeed.open(path) as multi:
        (damage,) = multi.audit()
        assert (damage.key, damage.start, damage.end) == (feed.key, 0, 1)
        assert multi.add(feed.key).held.size == 0


async def test_no_object_of_the_program_shows_a_secret_when_it_is_printed(tmp_path: Path) -> None:
    """Whatever ends up in an error, a log or a debugger's list of variables, these do not."""
    async with _two_who_have_met(tmp_path) as rooms:
        secrets = [secret for room in rooms for secret in (_seed(room), _meta(room, _DEVICE_KEY_META))]
        secrets += [_meta(rooms[0], ROOM_KEY_META)]
        shown = dict(_printed_objects())
    assert repr(Room) in map(repr, shown), "the objects are those that were alive"
    forms = [form for secret in secrets for form in (repr(secret)[2:-1], secret.hex())]
    assert [kind.__qualname__ for kind, text in shown.items() if any(form in text for form in forms)] == []


def _printed_objects() -> Iterator[tuple[type, str]]:
    """All objects of the program that there are at the moment, as they print, by their class."""
    gc.collect()
    printed: dict[type, list[str]] = {}
    for thing in gc.get_objects():
        if type(thing).__module__.startswith(("multichat", "multifeed")):
            printed.setdefault(type(thing), []).append(repr(thing))
    yield from ((kind, "\n".join(texts)) for kind, texts in printed.items())


def test_what_a_key_pair_shows_of_itself_is_its_public_half() -> None:
    seed = os.urandom(32)
    pair = KeyPair.from_seed(seed)
    for text in (repr(pair), str(pair), f"{[pair]}"):
        assert repr(pair.public_key) in text
        assert repr(seed)[2:-1] not in text
        assert repr(pair._secret_key)[2:-1] not in text


@pytest.mark.parametrize("length", [0, 31, 33, 64])
def test_a_key_that_cannot_be_one_is_refused_without_being_repeated(length: int) -> None:
    seed = b"very secret seed " * 4
    with pytest.raises(ValueError, match="32 bytes") as refused:
        KeyPair.from_seed(seed[:length])
    assert "secret" not in str(refused.value)

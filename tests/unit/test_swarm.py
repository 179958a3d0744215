"""Swarms on the loopback interface: who finds whom, and how many links there are."""

import asyncio
import os
import socket
import time
from contextlib import suppress
from functools import partial
from pathlib import Path

import pytest

from multifeed import InvalidArgumentError, Multifeed
from multifeed.errors import ListenError
from multifeed.net.discovery import DISCOVERY_PORT
from multifeed.net.link import Link
from multifeed.net.options import SwarmOptions
from multifeed.protocol.channel import Channel
from multifeed.protocol.noise import DhKeyPair
from tests.helpers.checks import assert_all_verify
from tests.helpers.swarms import LOOPBACK, Program, program, until


@pytest.fixture
def room_key() -> bytes:
    return os.urandom(32)


def _are_linked_once(one: Program, other: Program) -> bool:
    """Whether there is one link between the two, at both ends, and none that is on its way."""
    return all(len(each.swarm.peers) == len(each.swarm._links) == 1 for each in (one, other)) and (
        one.swarm.peers[0].feed_key == other.feed.key and other.swarm.peers[0].feed_key == one.feed.key
    )


async def test_two_meet_by_address_and_hold_the_same(tmp_path: Path, room_key: bytes) -> None:
    async with program(tmp_path, 1, room_key) as one, program(tmp_path, 2, room_key, peers=[one.address]) as other:
        one.feed.append(b"by one")
        other.feed.append(b"by the other")
        await until(lambda: one.holds(other.feed) and other.holds(one.feed))
        assert _are_linked_once(one, other)
        assert one.people == other.people == [1]
        # Live, both ways.
        one.feed.append(b"live")
        await until(lambda: other.holds(one.feed))
        other.feed.extend([b"live"] * 100)
        await until(lambda: one.holds(other.feed))
        await until(lambda: one.swarm.is_held(one.feed.key, 2) and other.swarm.is_held(other.feed.key, 101))
        assert not one.swarm.is_held(one.feed.key, 3)
        assert_all_verify(one.multi)
        assert_all_verify(other.multi)


async def test_who_leaves_says_goodbye(tmp_path: Path, room_key: bytes) -> None:
    async with program(tmp_path, 1, room_key) as one:
        async with program(tmp_path, 2, room_key, peers=[one.address]) as other:
            await until(lambda: _are_linked_once(one, other))
            other.feed.append(b"my last words")
        # What was queued before it left has come.
        await until(lambda: one.swarm.peers == [])
        assert one.holds(other.feed)
        assert one.people == [1, 0]


def _two_free_ports() -> list[int]:
    sockets = [socket.create_server((LOOPBACK, 0)) for _ in range(2)]
    ports = [int(sock.getsockname()[1]) for sock in sockets]
    for sock in sockets:
        sock.close()
    return ports


@pytest.mark.parametrize("attempt", range(5))
async def test_two_that_dial_each_other_at_once_keep_one_link(tmp_path: Path, room_key: bytes, attempt: int) -> None:
    del attempt
    first, second = _two_free_ports()
    async with (
        program(tmp_path, 1, room_key, port=first, peers=[(LOOPBACK, second)], starts=False) as one,
        program(tmp_path, 2, room_key, port=second, peers=[(LOOPBACK, first)], starts=False) as other,
    ):
        await asyncio.gather(one.swarm.start(), other.swarm.start())
        one.feed.append(b"by one")
        other.feed.append(b"by the other")
        await until(lambda: one.holds(other.feed) and other.holds(one.feed))
        await until(lambda: _are_linked_once(one, other))
        # Neither ever lost the other on the way.
        assert one.people[0] == other.people[0] == 1
        assert 0 not in one.people + other.people


async def test_who_dials_itself_notices_and_stops(tmp_path: Path, room_key: bytes) -> None:
    (port, _) = _two_free_ports()
    async with program(tmp_path, 1, room_key, port=port, peers=[(LOOPBACK, port)]) as alone:
        (address,) = alone.swarm._addresses._addresses.values()
        await until(lambda: address.is_own)
        await until(lambda: not alone.swarm._links)
        assert alone.swarm.peers == []
        assert alone.people == []
        assert alone.swarm._addresses.next_due_s(()) is None


async def test_the_same_person_in_two_programs_is_one(tmp_path: Path, room_key: bytes) -> None:
    async with program(tmp_path, 1, room_key) as one, program(tmp_path, 2, room_key, peers=[one.address]) as other:
        (tmp_path / "again").mkdir()
        async with program(tmp_path / "again", 2, room_key, peers=[one.address]):
            await until(lambda: len(one.swarm.peers) == 2)
            assert one.swarm.people == 1
        await until(lambda: _are_linked_once(one, other))


async def test_three_in_a_line_all_hold_everything(tmp_path: Path, room_key: bytes) -> None:
    async with (
        program(tmp_path, 2, room_key) as middle,
        program(tmp_path, 1, room_key, peers=[middle.address]) as left,
        program(tmp_path, 3, room_key, peers=[middle.address]) as right,
    ):
        everybody = [left, middle, right]
        for each in everybody:
            each.feed.extend([b"by %d" % number for number in range(20)])
        await until(lambda: all(one.holds(other.feed) for one in everybody for other in everybody))
        left.feed.append(b"live, over the middle")
        await until(lambda: right.holds(left.feed))
        for each in everybody:
            assert_all_verify(each.multi)


async def test_a_peer_of_another_room_gets_no_byte(tmp_path: Path, room_key: bytes) -> None:
    async with program(tmp_path, 1, room_key) as one:
        one.feed.append(b"for the room only")
        async with program(tmp_path, 2, os.urandom(32), peers=[one.address]) as stranger:
            stranger.feed.append(b"of the other room")
            (address,) = stranger.swarm._addresses._addresses.values()
            await until(lambda: address.failures >= 2)
            assert stranger.swarm.peers == one.swarm.peers == []
            assert stranger.multi.feeds() == [stranger.feed]
            assert one.multi.feeds() == [one.feed]


def _first_message_of_another_room() -> bytes:
    keys = [DhKeyPair.from_private(os.urandom(32)) for _ in range(2)]
    return Channel(initiator=True, room_key=bytes(32), device=keys[0], ephemeral=keys[1]).data_to_send()


@pytest.mark.parametrize(
    "junk",
    [
        _first_message_of_another_room(),
        b"\x00\x00",
        b"GET / HTTP/1.1\r\nHost: x\r\n\r\n" * 100,
        os.urandom(32),
        b"\x00\x30" + bytes(48),
        bytes(200_000),
    ],
    ids=["another room", "empty frame", "http", "short", "a first message of zeroes", "long"],
)
async def test_junk_from_a_stranger_gets_no_byte_and_changes_nothing(
    tmp_path: Path, room_key: bytes, junk: bytes
) -> None:
    async with program(tmp_path, 1, room_key) as one, program(tmp_path, 2, room_key, peers=[one.address]) as other:
        await until(lambda: _are_linked_once(one, other))
        reader, writer = await asyncio.open_connection(*one.address)
        writer.write(junk)
        writer.write_eof()
        # A connection that is closed with junk unread is reset.
        with suppress(ConnectionResetError):
            assert await reader.read() == b""
        writer.close()
        one.feed.append(b"we go on")
        await until(lambda: other.holds(one.feed))
        await until(lambda: _are_linked_once(one, other))
        assert one.people == [1]


async def test_many_strangers_that_say_nothing_do_not_keep_a_peer_out(tmp_path: Path, room_key: bytes) -> None:
    async with program(tmp_path, 1, room_key) as one:
        strangers = [await asyncio.open_connection(*one.address) for _ in range(40)]
        async with program(tmp_path, 2, room_key, peers=[one.address]) as other:
            await until(lambda: len(one.swarm.peers) == len(other.swarm.peers) == 1)
        for _, writer in strangers:
            writer.close()


def _has_lost(link: Link) -> bool:
    return link._transport is None


async def test_a_link_that_is_lost_is_made_again(tmp_path: Path, room_key: bytes) -> None:
    async with program(tmp_path, 1, room_key) as one, program(tmp_path, 2, room_key, peers=[one.address]) as other:
        for number in range(3):
            await until(lambda: _are_linked_once(one, other))
            (link,) = (one if number % 2 else other).swarm._links
            link.abort()
            await until(partial(_has_lost, link))
            one.feed.append(b"meanwhile")
        await until(lambda: _are_linked_once(one, other) and other.holds(one.feed))


async def test_an_address_where_nobody_is_yet_is_tried_again(tmp_path: Path, room_key: bytes) -> None:
    port, _ = _two_free_ports()
    async with program(tmp_path, 1, room_key, peers=[(LOOPBACK, port)]) as early:
        await until(lambda: any("nobody listens" in notice for notice in early.notices))
        async with program(tmp_path, 2, room_key, port=port) as late:
            late.feed.append(b"here I am")
            await until(lambda: early.holds(late.feed))
        # Said once, however often it was tried.
        assert len([notice for notice in early.notices if "nobody listens" in notice]) == 1


async def test_a_port_that_is_taken_is_said_before_anything_starts(tmp_path: Path, room_key: bytes) -> None:
    async with program(tmp_path, 1, room_key) as one:
        with Multifeed.open(tmp_path / "other.sqlite") as multi, pytest.raises(ListenError):
            Program(multi, 2, room_key, SwarmOptions(port=one.swarm.port, interfaces=("lo",)))


def test_an_interface_that_there_is_not_is_said_before_anything_starts(tmp_path: Path, room_key: bytes) -> None:
    with Multifeed.open(tmp_path / "own.sqlite") as multi, pytest.raises(InvalidArgumentError, match="nowhere0"):
        Program(multi, 1, room_key, SwarmOptions(port=0, interfaces=("nowhere0",)))


async def test_programs_on_one_machine_find_each_other(tmp_path: Path, room_key: bytes) -> None:
    async with (
        program(tmp_path, 1, room_key, discovery=True) as one,
        program(tmp_path, 2, room_key, discovery=True) as two,
        program(tmp_path, 3, room_key, discovery=True) as three,
        program(tmp_path, 4, os.urandom(32), discovery=True) as elsewhere,
    ):
        everybody = [one, two, three]
        for each in everybody:
            each.feed.append(b"here I am")
        await until(lambda: all(len(each.swarm.peers) == len(each.swarm._links) == 2 for each in everybody))
        await until(lambda: all(a.holds(b.feed) for a in everybody for b in everybody))
        assert elsewhere.swarm.peers == []


async def test_junk_datagrams_change_nothing(tmp_path: Path, room_key: bytes) -> None:
    async with program(tmp_path, 1, room_key, discovery=True) as one:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
            for junk in (b"", b"mch1", b"mch1" + os.urandom(100), os.urandom(1200), bytes(9000)):
                sock.sendto(junk, (LOOPBACK, DISCOVERY_PORT))
        async with program(tmp_path, 2, room_key, discovery=True) as two:
            await until(lambda: _are_linked_once(one, two))


@pytest.mark.parametrize("jump_s", [-86_400, 86_400, 10**9])
async def test_a_jump_of_the_clock_disturbs_no_link_and_newcomers_are_found(
    tmp_path: Path, room_key: bytes, monkeypatch: pytest.MonkeyPatch, jump_s: int
) -> None:
    now_s = time.time
    async with (
        program(tmp_path, 1, room_key, discovery=True) as one,
        program(tmp_path, 2, room_key, discovery=True) as other,
    ):
        await until(lambda: _are_linked_once(one, other))
        monkeypatch.setattr(time, "time", lambda: now_s() + jump_s)
        one.feed.append(b"after the jump")
        await until(lambda: other.holds(one.feed))
        (tmp_path / "late").mkdir()
        async with program(tmp_path / "late", 3, room_key, discovery=True) as late:
            await until(lambda: late.holds(one.feed) and len(one.swarm.peers) == 2)
        assert one.people == [1, 2, 1]


async def test_while_way_is_given_all_that_is_sent_arrives_all_the_same(tmp_path: Path, room_key: bytes) -> None:
    async with program(tmp_path, 1, room_key) as one, program(tmp_path, 2, room_key) as other:
        one.feed.extend([b"x" * 1_000] * 3_000)
        other.swarm.connect(one.address)
        count = 0

        def typed() -> bool:
            nonlocal count
            if count < 20:
                other.swarm.give_way()
                count += 1
            return count >= 20 and other.holds(one.feed)

        await until(typed)
        assert _are_linked_once(one, other)

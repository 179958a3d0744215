"""Strangers and members of a room who press against a running program: each is bounded, and all others go on."""

import asyncio
import os
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from pathlib import Path
from typing import cast

import pytest

from multifeed import limits
from multifeed.net.link import Link
from multifeed.protocol.heads import BUCKET_COUNT, DIGEST_LENGTH_BYTES
from multifeed.protocol.messages import AnyMessage, Blocks, Buckets, Bye, Offer, Offered, Ping, Pong, Request
from tests.helpers.pipe import RawPeer
from tests.helpers.swarms import Program, program, until

# What the system holds for a peer that does not read is kept small.
_SYSTEM_BUFFER_BYTES = 4_096


@pytest.fixture
def room_key() -> bytes:
    return os.urandom(32)


@asynccontextmanager
async def _two_programs(directory: Path, room_key: bytes) -> AsyncIterator[tuple[Program, Program]]:
    """The program that is pressed, and an honest one that is linked with it."""
    async with program(directory, 1, room_key) as one, program(directory, 2, room_key, peers=[one.address]) as other:
        await until(lambda: len(one.swarm.peers) == len(other.swarm.peers) == 1)
        yield one, other


async def _assert_they_go_on(one: Program, other: Program) -> None:
    one.feed.append(b"we go on")
    other.feed.append(b"so do I")
    await until(lambda: other.holds(one.feed) and one.holds(other.feed))


# --- strangers ---


async def _read_to_the_end(reader: asyncio.StreamReader) -> bytes:
    """What comes before the other side hangs up, however it does."""
    said = b""
    with suppress(ConnectionResetError):
        while data := await reader.read(65_536):
            said += data
    return said


async def test_of_strangers_that_say_nothing_one_too_many_from_one_address_is_turned_away_at_once(
    tmp_path: Path, room_key: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    # However slow this machine is, they stay until they go.
    monkeypatch.setattr(limits, "HANDSHAKE_TIMEOUT_S", 1000.0)
    count = limits.HANDSHAKES_PER_HOST_MAX
    async with _two_programs(tmp_path, room_key) as (one, other):
        strangers = [await asyncio.open_connection(*one.address) for _ in range(count)]
        await until(lambda: len(one.swarm._links) == 1 + count)
        for _ in range(3):
            reader, writer = await asyncio.open_connection(*one.address)
            assert await _read_to_the_end(reader) == b""
            writer.close()
            assert len(one.swarm._links) == 1 + count
        await _assert_they_go_on(one, other)
        for _, writer in strangers:
            writer.close()
        await until(lambda: len(one.swarm._links) == 1)


@pytest.mark.skipif(sys.platform != "linux", reason="all of 127.0.0.0/8 is there on Linux")
async def test_with_too_many_strangers_the_oldest_goes_and_a_newcomer_gets_in(
    tmp_path: Path, room_key: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "HANDSHAKE_TIMEOUT_S", 1000.0)
    async with _two_programs(tmp_path, room_key) as (one, other):
        strangers = [
            await asyncio.open_connection(*one.address, local_addr=(f"127.0.0.{2 + number % 3}", 0))
            for number in range(limits.HANDSHAKES_MAX)
        ]
        await until(lambda: len(one.swarm._links) == 1 + limits.HANDSHAKES_MAX)
        (tmp_path / "late").mkdir()
        async with program(tmp_path / "late", 3, room_key, peers=[one.address]) as late:
            await _assert_they_go_on(one, late)
            assert await _read_to_the_end(strangers[0][0]) == b""
            assert sum(link.is_stranger for link in one.swarm._links) == limits.HANDSHAKES_MAX - 1
        await _assert_they_go_on(one, other)
        for _, writer in strangers:
            writer.close()


async def test_strangers_lose_their_places_when_their_time_is_over_and_a_newcomer_gets_in(
    tmp_path: Path, room_key: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with _two_programs(tmp_path, room_key) as (one, _):
        with monkeypatch.context() as patch:
            patch.setattr(limits, "HANDSHAKE_TIMEOUT_S", 0.2)
            connections = [await asyncio.open_connection(*one.address) for _ in range(10)]
            # One byte now and then is not enough.
            connections[0][1].write(b"\x00")
            for reader, writer in connections:
                assert await _read_to_the_end(reader) == b""
                writer.close()
            await until(lambda: len(one.swarm._links) == 1)
        (tmp_path / "late").mkdir()
        async with program(tmp_path / "late", 3, room_key, peers=[one.address]) as late:
            await _assert_they_go_on(one, late)


# --- members ---


class _Insider:
    """A member of the room who says what a test wants, and reads only when told to."""

    def __init__(
        self, number: int, room_key: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self._raw = RawPeer(number, initiator=True, room_key=room_key)
        self.reader, self.writer = reader, writer
        self.heard: list[AnyMessage] = []

    @property
    def instance_id(self) -> bytes:
        return self._raw.identity.instance_id

    async def greet(self) -> None:
        """Shake hands and say hello."""
        while not self._raw.channel.is_open:
            self.say()
            self.heard += self._raw.receive(await self.reader.read(65_536), 0.0)
        self.say(self._raw.hello(initiator=True))

    def say(self, *said: AnyMessage) -> None:
        self._raw.send(*said)
        if not self.writer.is_closing():
            self.writer.write(self._raw.data_to_send())

    async def listen_for(self, kind: type[AnyMessage], count: int = 1) -> None:
        """Read until so many messages of a kind were heard."""
        while sum(isinstance(message, kind) for message in self.heard) < count:
            data = await self.reader.read(65_536)
            assert data, "the other side has hung up"
            self.heard += self._raw.receive(data, 0.0)

    async def ask_for_each_block(self, count: int) -> None:
        """Let the other side name its feed, and ask for so many blocks of it."""
        self.say(Buckets((bytes(DIGEST_LENGTH_BYTES),) * BUCKET_COUNT))
        await self.listen_for(Offer)
        self.say(*(Request(number, 0, number, number + 1, 0) for number in range(count)))


@asynccontextmanager
async def _insider(one: Program, number: int, room_key: bytes) -> AsyncIterator[_Insider]:
    sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _SYSTEM_BUFFER_BYTES)
    sock.setblocking(False)
    await asyncio.get_running_loop().sock_connect(sock, one.address)
    reader, writer = await asyncio.open_connection(sock=sock, limit=_SYSTEM_BUFFER_BYTES)
    try:
        insider = _Insider(number, room_key, reader, writer)
        await insider.greet()
        yield insider
    finally:
        writer.transport.abort()


async def _link_of(one: Program, insider: _Insider) -> Link:
    await until(lambda: insider.instance_id in one.swarm._pairs)
    link = dict(one.swarm._pairs.items())[insider.instance_id]
    assert link._transport is not None
    sock = cast("socket.socket", link._transport.get_extra_info("socket"))
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _SYSTEM_BUFFER_BYTES)
    return link


def _unsent(link: Link) -> int:
    """How many bytes wait in a link."""
    return 0 if link._transport is None else link._transport.get_write_buffer_size()


@pytest.mark.parametrize(
    "patches",
    [{"LINKS_MAX": 3}, {"ACCEPTED_LINKS_MAX": 3, "FULL_MESH_MAX_PEERS": 1}],
    ids=["of all links", "of those that others make in a large room"],
)
async def test_a_member_too_many_is_told_so_and_the_others_keep_their_links(
    tmp_path: Path, room_key: bytes, monkeypatch: pytest.MonkeyPatch, patches: dict[str, int]
) -> None:
    for name, value in patches.items():
        monkeypatch.setattr(limits, name, value)
    async with _two_programs(tmp_path, room_key) as (one, other), AsyncExitStack() as stack:
        insiders = [await stack.enter_async_context(_insider(one, 10 + number, room_key)) for number in range(3)]
        await insiders[2].listen_for(Bye)
        await _read_to_the_end(insiders[2].reader)
        assert len(one.swarm.peers) == 3
        # Who dials again takes the place that it has, once it has heard that it has it.
        again = await stack.enter_async_context(_insider(one, 10, room_key))
        await again.listen_for(Ping)
        again.say(Pong(0))
        await insiders[0].listen_for(Bye)
        for each in (again, insiders[1]):
            each.say(Ping(1))
            await each.listen_for(Pong)
        assert len(one.swarm.peers) == 3
        await _assert_they_go_on(one, other)


async def test_for_a_peer_that_stops_reading_no_more_answers_are_made_until_it_reads_on(
    tmp_path: Path, room_key: bytes
) -> None:
    count = limits.REQUESTS_IN_FLIGHT_MAX
    async with _two_programs(tmp_path, room_key) as (one, other):
        one.feed.extend([bytes(limits.BLOCK_LENGTH_MAX_BYTES)] * count)
        async with _insider(one, 10, room_key) as stuck:
            link = await _link_of(one, stuck)
            await stuck.ask_for_each_block(count)
            await until(lambda: link.session.is_paused)
            waiting = len(link.session._unanswered)
            assert 0 < waiting < count
            for _ in range(5):
                await _assert_they_go_on(one, other)
            # One answer more than the high mark, at most, and nothing since.
            assert _unsent(link) <= limits.LINK_BUFFER_HIGH_BYTES + limits.BLOCK_LENGTH_MAX_BYTES + 10_000
            assert len(link.session._unanswered) == waiting
            await stuck.listen_for(Blocks, count)
            assert len(link.session._unanswered) == 0


async def test_who_asks_for_much_that_has_to_be_answered_and_reads_nothing_is_let_go(
    tmp_path: Path, room_key: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Pongs are small; the limit comes to them.
    monkeypatch.setattr(limits, "LINK_BUFFER_MAX_BYTES", 50_000)
    async with _two_programs(tmp_path, room_key) as (one, other), _insider(one, 10, room_key) as stuck:
        link = await _link_of(one, stuck)
        stuck.say(*[Ping(1)] * 20_000)
        greatest = 0

        def is_gone() -> bool:
            nonlocal greatest
            greatest = max(greatest, _unsent(link))
            return link not in one.swarm._links

        await until(is_gone)
        # What one read asks for, beyond it.
        assert greatest <= limits.LINK_BUFFER_MAX_BYTES + limits.READ_LENGTH_MAX_BYTES
        await _assert_they_go_on(one, other)


class _SlowClock:
    """A clock by which this machine handles a hundred events in a turn."""

    def __init__(self) -> None:
        self._now_s = 0.0

    def perf_counter(self) -> float:
        self._now_s += limits.TURN_LENGTH_S / 100
        return self._now_s


async def test_a_flood_of_small_messages_keeps_no_other_peer_waiting_for_its_end(
    tmp_path: Path, room_key: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    key, count = b"k" * 32, 20_000
    offers = [Offer((Offered(0, None, number, b"h" * 32, ()),)) for number in range(2, count + 1)]
    async with _two_programs(tmp_path, room_key) as (one, other), _insider(one, 10, room_key) as flood:
        link = await _link_of(one, flood)
        most_waiting = 0

        def heard() -> int:
            """How much of the flood has come in."""
            nonlocal most_waiting
            most_waiting = max(most_waiting, len(one.swarm._inbox))
            return link.session.claims[key].length if key in link.session.claims else 0

        monkeypatch.setattr("multifeed.net.swarm.time", _SlowClock())
        flood.say(Offer((Offered(0, key, 1, b"h" * 32, ()),)), *offers)
        await until(lambda: heard() > 0)
        other.feed.append(b"in the midst of it")
        await until(lambda: heard() > 0 and one.holds(other.feed))
        assert heard() < count, "it had to wait until the flood was over"
        await until(lambda: heard() == count)
        # No more is looked at in one go, whatever has been read.
        assert most_waiting <= limits.MESSAGES_PER_READ_MAX
        assert not link.session.is_closed
        await _assert_they_go_on(one, other)


async def test_leaving_does_not_wait_for_a_peer_that_reads_nothing(tmp_path: Path, room_key: bytes) -> None:
    async with program(tmp_path, 2, room_key) as other, AsyncExitStack() as stack:
        async with program(tmp_path, 1, room_key, peers=[other.address]) as one:
            one.feed.extend([bytes(limits.BLOCK_LENGTH_MAX_BYTES)] * 8)
            stuck = await stack.enter_async_context(_insider(one, 10, room_key))
            link = await _link_of(one, stuck)
            await stuck.ask_for_each_block(8)
            await until(lambda: _unsent(link) > limits.BLOCK_LENGTH_MAX_BYTES)
            await until(lambda: other.holds(one.feed))
        await until(lambda: link._transport is None)
        # Those who read have heard the goodbye.
        await until(lambda: other.people == [1, 0])

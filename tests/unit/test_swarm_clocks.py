"""What a swarm learns of others' clocks, over links alone."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import pytest

from multifeed.net.diagnosis import diagnose
from multifeed.protocol.messages import Pong
from tests.helpers.feeds import key_pair
from tests.helpers.pipe import RawPeer
from tests.helpers.swarms import Program, program, until

HOUR_S = 3_600


@pytest.fixture
def room_key() -> bytes:
    return b"clocks".ljust(32)


@asynccontextmanager
async def _somebody(one: Program, room_key: bytes, number: int, ahead_s: int, *, feed: int) -> AsyncIterator[None]:
    """A program of the person whose feed is that of number `feed`, with a clock that is so far ahead."""
    raw = RawPeer(number, initiator=True, room_key=room_key)
    reader, writer = await asyncio.open_connection(*one.address)
    while not raw.channel.is_open:
        writer.write(raw.data_to_send())
        raw.receive(await reader.read(65_536), 0.0)
    raw.send(raw.hello(feed=key_pair(feed), initiator=True), Pong(0, int(time.time()) + ahead_s))
    writer.write(raw.data_to_send())
    await until(lambda: raw.identity.instance_id in {peer.instance_id for peer in one.swarm.peers})
    try:
        yield
    finally:
        writer.transport.abort()


async def test_two_programs_on_one_machine_have_one_clock_and_its_owner_is_proven(
    tmp_path: Path, room_key: bytes
) -> None:
    async with program(tmp_path, 1, room_key) as one, program(tmp_path, 2, room_key, peers=[one.address]) as other:
        await until(lambda: bool(one.swarm.clocks_ahead_s) and bool(other.swarm.clocks_ahead_s))
        assert one.swarm.clocks_ahead_s == {other.feed.key: 0}
        assert other.swarm.clocks_ahead_s == {one.feed.key: 0}
        assert one.swarm.diagnosis().clocks_ahead_s == [0]


async def test_everybody_has_one_voice_and_we_have_none(tmp_path: Path, room_key: bytes) -> None:
    async with program(tmp_path, 1, room_key) as one, AsyncExitStack() as stack:
        for number, ahead_s, feed in ((10, 9 * HOUR_S, 10), (11, 2 * HOUR_S, 10), (12, -HOUR_S, 12), (13, 77, 1)):
            await stack.enter_async_context(_somebody(one, room_key, number, ahead_s, feed=feed))
        await until(lambda: len(one.swarm.clocks_ahead_s) == 2)
        told_s = [one.swarm.clocks_ahead_s[key_pair(feed).public_key] for feed in (10, 12)]
        # Not to the second: time passes.
        assert [round(ahead_s / HOUR_S, 1) for ahead_s in told_s] == [2, -1]


async def test_the_clock_of_who_has_left_is_not_asked_any_more(tmp_path: Path, room_key: bytes) -> None:
    async with program(tmp_path, 1, room_key) as one:
        async with _somebody(one, room_key, 10, HOUR_S, feed=10):
            await until(lambda: bool(one.swarm.clocks_ahead_s))
        await until(lambda: not one.swarm.clocks_ahead_s)


async def test_whoever_looks_from_outside_sees_the_clocks_of_those_who_answer(tmp_path: Path, room_key: bytes) -> None:
    async with program(tmp_path, 1, room_key) as one:
        found = await diagnose(
            room_key, interfaces=("lo",), peers=[one.address, ("localhost", one.swarm.port)], duration_s=0
        )
        assert found.clocks_ahead_s == [0]

"""Peers that make each other known: who hears no beacons meets the others through one that both know."""

import os
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from multifeed import limits
from multifeed.protocol.events import Introduced, Whereabouts
from tests.helpers.pipe import greeted, session
from tests.helpers.swarms import Program, program, until


def _is_linked_with_all(each: Program, programs: list[Program]) -> bool:
    return {peer.feed_key for peer in each.swarm.peers} == {other.feed.key for other in programs if other is not each}


@pytest.mark.parametrize("count", [3, 6])
async def test_who_knows_one_comes_to_know_all(tmp_path: Path, count: int) -> None:
    room_key = os.urandom(32)
    async with AsyncExitStack() as stack:
        first = await stack.enter_async_context(program(tmp_path, 1, room_key))
        others = [
            await stack.enter_async_context(program(tmp_path, number, room_key, peers=[first.address]))
            for number in range(2, count + 1)
        ]
        programs = [first, *others]
        await until(lambda: all(_is_linked_with_all(each, programs) for each in programs))
        others[0].feed.append(b"to all")
        await until(lambda: all(each.holds(others[0].feed) for each in programs if each is not others[0]))


async def test_who_is_known_by_a_false_address_is_met_by_a_true_one(tmp_path: Path) -> None:
    room_key = os.urandom(32)
    async with (
        program(tmp_path, 1, room_key) as liar,
        program(tmp_path, 2, room_key, peers=[liar.address]) as one,
        program(tmp_path, 3, room_key) as other,
    ):
        await until(lambda: len(one.swarm.peers) == 1)
        (link,) = liar.swarm._pairs.links
        nobody = Whereabouts(other.swarm._identity.instance_id, b"\x7f\x00\x00\x01", 1)
        link.session.introduce([nobody])
        link.flush()
        instance_id = other.swarm._identity.instance_id
        await until(lambda: instance_id in {address.instance_id for address in one.swarm._addresses})
        assert len(one.swarm.peers) == 1
        one.swarm._addresses.heard(other.address, other.swarm._identity.instance_id, 0.0)
        one.swarm._schedule_turn()
        await until(lambda: len(one.swarm.peers) == 2)


def test_one_who_makes_too_many_known_is_not_listened_to_for_a_while() -> None:
    ours, theirs = session(1, initiator=True), session(2, initiator=False)
    pipe = greeted(ours, theirs)
    many = [
        Whereabouts(number.to_bytes(16), b"\x0a\x00\x00\x01", 1)
        for number in range(limits.INTRODUCTION_LENGTH_MAX_PEERS)
    ]
    for _ in range(100):
        ours.introduce(many)
    pipe.run()
    heard = sum(len(event.peers) for event in pipe.right.of(Introduced))
    assert heard == 4 * limits.INTRODUCTION_LENGTH_MAX_PEERS
    pipe.now_s += 2
    ours.introduce(many)
    pipe.run()
    later = sum(len(event.peers) for event in pipe.right.of(Introduced)) - heard
    assert later == 2 * limits.INTRODUCED_PEERS_PER_S
    assert not theirs.is_closed

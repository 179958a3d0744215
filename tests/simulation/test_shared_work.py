"""A newcomer fetches from all who hold something, each block once; who is slow, silent or lies holds nobody up."""

import pytest

from multifeed.protocol.events import Answered, Closed
from multifeed.protocol.session import Session
from tests.simulation.checkers import assert_nobody_accused, assert_nothing_forged, hold_the_union, written_by
from tests.simulation.liars import FlippingSession, SilentSession
from tests.simulation.world import Peer, Wire, World, new_world

_LENGTH = 12_000


def _holders(world: World, count: int, length: int = _LENGTH) -> list[Peer]:
    """One writer, and others that hold all of it."""
    holders = [world.peer() for _ in range(count)]
    holders[0].append(*(b"block %d" % seq for seq in range(length)))
    for other in holders[1:]:
        world.connect(holders[0], other)
    world.run(lambda: hold_the_union(holders))
    for end in [end for holder in holders for end in holder.ends]:
        end._wire.cut()
    world.pass_time(1)
    return holders


def _received(newcomer: Peer) -> int:
    return sum(len(event.blocks) for event in newcomer.heard if isinstance(event, Answered))


def _served(holders: list[Peer], newcomer: Peer) -> list[int]:
    """How many blocks each of them has given."""
    sessions = [
        next(end.session for end in newcomer.ends if end._wire._other(end).peer is holder) for holder in holders
    ]
    counts = dict.fromkeys(sessions, 0)
    for session, event in newcomer.heard_on:
        if isinstance(event, Answered):
            counts[session] += len(event.blocks)
    return [counts[session] for session in sessions]


@pytest.mark.parametrize("count", [2, 4, 8])
def test_all_who_hold_a_feed_share_the_work_and_each_block_comes_once(count: int) -> None:
    with new_world(count) as world:
        # So much that who is asked first cannot be asked for all of it at once.
        length = 8_000 * count
        holders = _holders(world, count, length)
        newcomer = world.peer()
        for holder in holders:
            world.connect(holder, newcomer)
        world.run(lambda: hold_the_union([holders[0], newcomer]))
        assert _received(newcomer) == length
        served = _served(holders, newcomer)
        assert min(served) > length / count / 3, served
        assert_nobody_accused([*holders, newcomer])


def _fetch_with_one_that_is_of_no_use(world: World, kind: type[Session], delay_s: float = 0.0) -> tuple[Peer, Wire]:
    holders = _holders(world, 3)
    newcomer = world.peer()
    wire = world.connect(holders[1], newcomer, left_session=kind)
    wire.delay_s = delay_s
    for holder in (holders[0], holders[2]):
        world.connect(holder, newcomer)
    world.run(lambda: hold_the_union([holders[0], newcomer]), limit_s=5)
    assert_nothing_forged([newcomer], written_by([holders[0]]))
    return newcomer, wire


def test_who_says_nothing_loses_its_share_to_others_and_keeps_its_link() -> None:
    with new_world(11) as world:
        newcomer, wire = _fetch_with_one_that_is_of_no_use(world, SilentSession)
        assert _received(newcomer) == _LENGTH
        world.pass_time(30)
        assert not wire.is_cut


def test_who_is_slow_loses_its_share_to_others_and_keeps_its_link() -> None:
    with new_world(12) as world:
        newcomer, wire = _fetch_with_one_that_is_of_no_use(world, Session, delay_s=1.5)
        world.pass_time(30)
        # What was asked of it before comes late, and once.
        assert _LENGTH <= _received(newcomer) <= _LENGTH + 8 * 384
        assert not wire.is_cut


def test_who_sends_what_does_not_hold_loses_its_link_and_the_others_bring_everything() -> None:
    with new_world(13) as world:
        newcomer, wire = _fetch_with_one_that_is_of_no_use(world, FlippingSession)
        world.pass_time(1)
        assert wire.is_cut
        assert wire.ends is not None
        (goodbye,) = [event for event in wire.ends[0].peer.heard if isinstance(event, Closed) and event.is_clean]
        assert "does not hold" in goodbye.reason
        assert len(newcomer.ends) == 2

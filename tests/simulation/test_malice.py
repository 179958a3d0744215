"""Peers that lie and writers that fork: what is wrong is never stored, and everybody else goes on."""

from contextlib import suppress

import pytest

from multifeed import FrozenError
from multifeed.protocol.events import Closed
from multifeed.protocol.heads import Claim
from multifeed.protocol.session import Session
from tests.helpers.checks import assert_all_verify
from tests.simulation.checkers import assert_nothing_forged, hold_the_union, written_by
from tests.simulation.liars import FlippingSession, ForgingSession, MakingUpSession, SwappingSession
from tests.simulation.world import Peer, World, new_world


def _honest_and(world: World, liar_feeds: int) -> tuple[list[Peer], Peer]:
    """Two honest peers that are linked, and one that is not yet, with the blocks of so many feeds."""
    honest = [world.peer(), world.peer()]
    liar = world.peer()
    for number in range(liar_feeds):
        writer = liar.feed if number == 0 else liar.multi.writer(f"more {number}")
        writer.extend([b"block %d of %d" % (seq, number) for seq in range(5)])
    world.connect(*honest)
    for peer in honest:
        peer.append(b"by %d" % peer.number)
    world.run(lambda: hold_the_union(honest))
    return honest, liar


@pytest.mark.parametrize("kind", [FlippingSession, ForgingSession])
def test_a_block_that_does_not_hold_is_not_stored_and_ends_the_link(kind: type[Session]) -> None:
    with new_world(1) as world:
        honest, liar = _honest_and(world, 1)
        wire = world.connect(liar, honest[0], left_session=kind)
        world.run(lambda: wire.is_cut)
        world.pass_time(1)
        assert honest[0].multi.feed(liar.feed.key) is None
        (goodbye,) = [event for event in liar.heard if isinstance(event, Closed)]
        assert "does not hold" in goodbye.reason
        _assert_others_go_on(world, honest)


@pytest.mark.parametrize("kind", [FlippingSession, ForgingSession])
def test_a_pushed_block_that_does_not_hold_is_not_stored_and_ends_the_link(kind: type[Session]) -> None:
    with new_world(2) as world:
        honest, liar = _honest_and(world, 0)
        wire = world.connect(liar, honest[0], left_session=kind)
        world.pass_time(1)
        liar.append(b"live")
        world.run(lambda: wire.is_cut)
        assert honest[0].multi.feed(liar.feed.key) is None
        _assert_others_go_on(world, honest)


def test_the_block_of_another_feed_is_not_stored() -> None:
    with new_world(3) as world:
        honest, liar = _honest_and(world, 2)
        wire = world.connect(liar, honest[0], left_session=SwappingSession)
        world.run(lambda: wire.is_cut)
        world.pass_time(1)
        written = written_by([*honest, liar])
        written |= {feed.key: feed.blocks(0, feed.length) for feed in liar.multi.feeds()}
        assert_nothing_forged(honest, written)
        _assert_others_go_on(world, honest)


def _assert_others_go_on(world: World, honest: list[Peer]) -> None:
    world.pass_time(1)
    honest[0].append(b"we go on")
    honest[1].append(b"and so do I")
    world.run(lambda: hold_the_union(honest), limit_s=5)
    for peer in honest:
        assert len(peer.ends) == 1
        assert_all_verify(peer.multi)


def test_a_liar_is_not_asked_for_that_feed_again_when_it_comes_back() -> None:
    with new_world(4) as world:
        honest, liar = _honest_and(world, 1)
        first = world.connect(liar, honest[0], left_session=FlippingSession)
        world.run(lambda: first.is_cut)
        world.pass_time(1)
        second = world.connect(liar, honest[0], left_session=FlippingSession)
        world.pass_time(30)
        assert not second.is_cut
        assert honest[0].multi.feed(liar.feed.key) is None


def test_an_honest_peer_brings_what_a_liar_held_back() -> None:
    with new_world(5) as world:
        honest, liar = _honest_and(world, 1)
        wire = world.connect(liar, honest[0], left_session=FlippingSession)
        world.run(lambda: wire.is_cut)
        world.connect(liar, honest[1])
        world.run(lambda: hold_the_union([*honest, liar]))
        assert_nothing_forged(honest, written_by([*honest, liar]))


class _Fork:
    """One key and two histories of ten blocks, the first three in common; two peers that hold one each."""

    def __init__(self, world: World) -> None:
        self.left, self.right = world.peer(feed=77), world.peer(feed=77)
        for peer in (self.left, self.right):
            peer.append(*(b"common %d" % seq for seq in range(3)))
            peer.append(*(b"history of %d: %d" % (peer.number, seq) for seq in range(7)))


def test_a_fork_costs_only_the_feed_that_forks() -> None:
    with new_world(6) as world:
        fork = _Fork(world)
        middle = [world.peer(), world.peer()]
        world.connect(fork.left, middle[0])
        world.connect(fork.right, middle[1])
        world.pass_time(2)
        before = [_blocks(peer, fork.left.feed.key) for peer in middle]
        assert [len(blocks) for blocks in before] == [10, 10]
        world.connect(*middle)
        for peer in middle:
            peer.append(b"by %d" % peer.number)
        world.run(lambda: _hold_each_other(middle), limit_s=10)
        for writer in (fork.left, fork.right):
            # It may have heard by now that its own feed is frozen.
            with suppress(FrozenError):
                writer.append(b"and on it goes")
        middle[0].append(b"we go on too")
        world.pass_time(30)
        assert [len(peer.ends) for peer in (fork.left, *middle, fork.right)] == [1, 2, 2, 1], "a link was lost"
        assert _hold_each_other([*middle, fork.left, fork.right], only=middle)
        # Nothing that was accepted has changed, whoever has shown what since.
        for peer, blocks in zip(middle, before, strict=True):
            assert _blocks(peer, fork.left.feed.key)[:10] == blocks
            assert_all_verify(peer.multi)


def _hold_each_other(peers: list[Peer], only: list[Peer] | None = None) -> bool:
    """Whether all `peers` hold what those of `only` (all) have written."""
    writers = only or peers
    return all(
        (feed := peer.multi.feed(writer.feed.key)) is not None and feed.held.covers(0, writer.feed.length)
        for peer in peers
        for writer in writers
    )


def _blocks(peer: Peer, key: bytes) -> list[bytes]:
    feed = peer.multi.feed(key)
    return [] if feed is None else feed.blocks(0, feed.length)


def test_two_thousand_made_up_feeds_cost_nothing_on_the_disk() -> None:
    with new_world(7) as world:
        honest, liar = _honest_and(world, 0)
        for number in range(2000):
            liar.replica.heads.set(Claim((number + 1000).to_bytes(32, "little"), 5, b"t" * 32, ((0, 5),)))
        world.connect(liar, honest[0], left_session=MakingUpSession)
        world.pass_time(5)
        assert len(honest[0].multi.feeds()) == 2
        honest[1].append(b"I go on")
        world.run(lambda: hold_the_union(honest), limit_s=5)

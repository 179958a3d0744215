"""Honest peers whose links break: they always come to the same history."""

import pytest

from multifeed.protocol.events import Closed
from tests.simulation.__main__ import run
from tests.simulation.checkers import (
    assert_nobody_accused,
    assert_nothing_forged,
    assert_same_digest,
    hold_the_union,
    written_by,
)
from tests.simulation.world import Peer, World, new_world


@pytest.mark.parametrize("seed", range(20))
def test_a_mesh_that_was_torn_holds_everything_once_it_heals(seed: int) -> None:
    run("mesh", seed)


def _three_in_a_line(world: World) -> list[Peer]:
    peers = [world.peer() for _ in range(3)]
    world.connect(peers[0], peers[1])
    world.connect(peers[2], peers[1])
    return peers


def test_three_in_a_line_all_hold_everything() -> None:
    with new_world(1) as world:
        peers = _three_in_a_line(world)
        for peer in peers:
            peer.append(*(b"%d by %d" % (seq, peer.number) for seq in range(10)))
        world.run(lambda: hold_the_union(peers), limit_s=5)
        assert_nothing_forged(peers, written_by(peers))
        assert_nobody_accused(peers)


def test_a_feed_that_is_new_goes_on_to_peers_already_connected() -> None:
    with new_world(2) as world:
        peers = _three_in_a_line(world)
        world.pass_time(10)
        newcomer = world.peer()
        newcomer.append(b"hello")
        world.connect(newcomer, peers[0])
        everybody = [*peers, newcomer]
        world.run(lambda: hold_the_union(everybody), limit_s=5)
        assert_same_digest(everybody)


def test_live_messages_reach_everybody_while_links_hold() -> None:
    with new_world(3) as world:
        peers = _three_in_a_line(world)
        world.pass_time(1)
        for number in range(50):
            peers[number % 3].append(b"message %d" % number)
            world.pass_time(0.1)
            assert hold_the_union(peers), f"message {number} did not arrive in time"
        assert_nobody_accused(peers)


@pytest.mark.parametrize("count", [1, 600, 2000])
def test_who_was_away_catches_up_with_a_feed_that_has_grown(count: int) -> None:
    with new_world(4) as world:
        left, right = world.peer(), world.peer()
        left.append(*(b"before %d" % seq for seq in range(101)))
        wire = world.connect(left, right)
        world.run(lambda: hold_the_union([left, right]))
        wire.cut()
        world.pass_time(1)
        left.append(*(b"meanwhile %d" % seq for seq in range(count)))
        world.connect(left, right)
        world.run(lambda: hold_the_union([left, right]))
        assert_nobody_accused([left, right])


def test_who_was_away_catches_up_with_blocks_too_large_for_one_answer() -> None:
    with new_world(5) as world:
        left, right = world.peer(), world.peer()
        left.append(b"before")
        wire = world.connect(left, right)
        world.run(lambda: hold_the_union([left, right]))
        wire.cut()
        world.pass_time(1)
        left.append(*(bytes([seq]) * 100_000 for seq in range(7)))
        world.connect(right, left)
        world.run(lambda: hold_the_union([left, right]))
        assert_nobody_accused([left, right])


def test_a_link_cut_at_any_byte_of_the_beginning_does_no_harm() -> None:
    with new_world(6) as world:
        left, right = world.peer(), world.peer()
        left.append(b"by the left")
        right.append(b"by the right")
        for cut_after in range(1, 1500, 23):
            world.connect(left, right, cut_after=cut_after)
            world.pass_time(0.5)
            assert_nothing_forged([left, right], written_by([left, right]))
        world.connect(left, right)
        world.run(lambda: hold_the_union([left, right]), limit_s=5)
        cuts = [event for peer in (left, right) for event in peer.heard if isinstance(event, Closed)]
        assert cuts
        assert not any(cut.is_clean for cut in cuts)


def test_a_thousand_feeds_come_over_one_link() -> None:
    with new_world(7) as world:
        left, right = world.peer(), world.peer()
        for number in range(1000):
            left.multi.writer(f"bot {number}").extend([b"a", b"b"])
        world.connect(left, right)
        world.run(lambda: right.multi.last_arrival == 2000, limit_s=30)
        assert_nobody_accused([left, right])

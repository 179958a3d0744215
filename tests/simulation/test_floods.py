"""Somebody writes faster than anybody reads: that comes slowly, and nobody else waits for it."""

from itertools import combinations

import pytest

from multifeed import limits
from multifeed.protocol.session import Session
from tests.simulation.checkers import assert_nobody_accused, assert_same_digest, hold_the_union
from tests.simulation.world import Peer, World, new_world

_INTERVAL_S = 0.1
_AT_ONCE = limits.FEED_GROWTH_BURST_S * limits.FEED_GROWTH_BLOCKS_PER_S
# What is on its way when it turns out that it is too much.
_SLACK = 8 * limits.RANGE_LENGTH_MAX_BLOCKS + limits.PUSHED_AHEAD_MAX_BLOCKS
_ORDINARY_S = 0.2


class HeedlessSession(Session):
    """Pushes whatever there is, whether it is taken or not."""

    def can_push(self, key: bytes, start: int) -> bool:
        del key, start
        return True


def _mesh(world: World, count: int) -> list[Peer]:
    peers = [world.peer() for _ in range(count)]
    for pair in combinations(peers, 2):
        world.connect(*pair)
    return peers


def _held(peer: Peer, writer: Peer) -> int:
    feed = peer.multi.feed(writer.feed.key)
    return 0 if feed is None else feed.held.size


def _taken_at_most(flood_s: float) -> float:
    return _AT_ONCE + flood_s * limits.FEED_GROWTH_BLOCKS_PER_S + _SLACK


def _flood(world: World, flooder: Peer, others: list[Peer], *, rounds: int, at_once: int) -> None:
    """Let the flooder write without end, and the others now and then; what they say is with each other at once."""
    for number in range(rounds):
        flooder.append(*(b"flood %d %d" % (number, place) for place in range(at_once)))
        writer = others[number % len(others)]
        writer.append(b"said in round %d" % number)
        world.run(
            lambda: all(_held(peer, writer) == writer.feed.length for peer in others),  # noqa: B023 (called at once)
            limit_s=_ORDINARY_S,
        )
        world.pass_time(_INTERVAL_S)


@pytest.mark.parametrize("kind", [Session, HeedlessSession])
def test_a_flood_is_taken_slowly_while_the_others_are_heard_as_ever_and_nothing_is_lost(kind: type[Session]) -> None:
    with new_world(1) as world:
        others = _mesh(world, 4)
        flooder = world.peer()
        for other in others:
            world.connect(flooder, other, left_session=kind)
        world.pass_time(1)
        begun_s = world.now_s
        _flood(world, flooder, others, rounds=60, at_once=150)
        flood_s = world.now_s - begun_s
        assert flooder.feed.length == 9_000
        for other in others:
            assert _AT_ONCE <= _held(other, flooder) <= _taken_at_most(flood_s)
            # What is held of it is its beginning, and at most what was on its way when it was too much.
            feed = other.multi.feed(flooder.feed.key)
            assert feed is not None
            assert feed.held.run_count <= 3
            assert other.floods == [flooder.feed.key]
            assert other.replica.missing == 0
        everybody = [*others, flooder]
        world.run(lambda: hold_the_union(everybody), limit_s=600)
        assert_same_digest(everybody)
        assert_nobody_accused(everybody)
        # It is over, and forgotten: nothing happens any more on its account.
        world.pass_time(limits.FEED_GROWTH_BURST_S)
        assert all(not other.replica._pace.lengths_max for other in others)
        assert all(other.floods == [flooder.feed.key] for other in others)


def test_a_relay_passes_a_flood_on_no_faster_than_it_takes_it() -> None:
    with new_world(2) as world:
        flooder, relay, far = (world.peer() for _ in range(3))
        world.connect(flooder, relay)
        world.connect(relay, far)
        world.pass_time(1)
        begun_s = world.now_s
        _flood(world, flooder, [relay, far], rounds=60, at_once=150)
        assert _held(far, flooder) <= _held(relay, flooder) <= _taken_at_most(world.now_s - begun_s)
        world.run(lambda: hold_the_union([flooder, relay, far]), limit_s=600)
        assert_nobody_accused([flooder, relay, far])


def test_who_links_again_and_again_floods_no_faster() -> None:
    with new_world(3) as world:
        flooder, other = world.peer(), world.peer()
        world.connect(flooder, other)
        # It is no newcomer.
        flooder.append(b"hello")
        world.pass_time(2 * limits.FEED_SETTLING_S)
        begun_s = world.now_s
        for _ in range(60):
            flooder.ends[0]._wire.cut()
            world.pass_time(0.5)
            flooder.append(*(b"flood %d" % place for place in range(500)))
            world.connect(flooder, other)
            world.pass_time(0.5)
        waited_s = 2 * limits.FEED_SETTLING_S
        flood_s = world.now_s - begun_s
        # Twice, since what it may have written while it was away does not count.
        assert _held(other, flooder) <= _taken_at_most(2 * flood_s + waited_s) < flooder.feed.length


def test_a_long_history_is_no_flood() -> None:
    with new_world(4) as world:
        writer, other, newcomer = (world.peer() for _ in range(3))
        writer.append(*(b"%d" % seq for seq in range(20_000)))
        world.connect(writer, other)
        world.run(lambda: hold_the_union([writer, other]), limit_s=20)
        world.connect(newcomer, other)
        world.run(lambda: hold_the_union([writer, other, newcomer]), limit_s=20)
        assert other.floods == newcomer.floods == []
        assert_nobody_accused([writer, other, newcomer])


def test_who_was_away_for_long_comes_back_with_what_was_written_meanwhile_as_fast_as_it_can() -> None:
    with new_world(5) as world:
        writer, other = world.peer(), world.peer()
        wire = world.connect(writer, other)
        for number in range(10):
            writer.append(b"before %d" % number)
            world.pass_time(10)
        wire.cut()
        world.pass_time(400)
        writer.append(*(b"meanwhile %d" % seq for seq in range(15_000)))
        world.connect(writer, other)
        world.run(lambda: hold_the_union([writer, other]), limit_s=20)
        assert other.floods == []


def test_what_one_pastes_is_no_flood() -> None:
    with new_world(6) as world:
        writer, other = world.peer(), world.peer()
        world.connect(writer, other)
        writer.append(b"hello")
        world.pass_time(2 * limits.FEED_SETTLING_S)
        writer.append(*(b"%d" % seq for seq in range(3_000)))
        world.run(lambda: hold_the_union([writer, other]), limit_s=5)
        assert other.floods == []


def test_a_flood_of_large_blocks_is_counted_by_its_bytes() -> None:
    with new_world(7) as world:
        flooder, other = world.peer(), world.peer()
        world.connect(flooder, other)
        flooder.append(b"hello")
        world.pass_time(2 * limits.FEED_SETTLING_S)
        begun_s = world.now_s
        for number in range(60):
            flooder.append(bytes([number]) * 200_000)
            world.pass_time(1)
        may_be_bytes = limits.FEED_GROWTH_BYTES_PER_S * (limits.FEED_GROWTH_BURST_S + world.now_s - begun_s)
        feed = other.multi.feed(flooder.feed.key)
        assert feed is not None
        held_bytes = sum(len(arrival.data) for arrival in other.multi.arrivals())
        assert may_be_bytes / 2 < held_bytes <= may_be_bytes + 8 * 200_000
        assert other.floods == [flooder.feed.key]


def test_what_the_disk_has_lost_comes_back_as_fast_as_it_can() -> None:
    with new_world(8) as world:
        writer, other = world.peer(), world.peer()
        writer.append(*(b"%d" % seq for seq in range(10_000)))
        world.connect(writer, other)
        world.run(lambda: hold_the_union([writer, other]), limit_s=20)
        world.pass_time(2 * limits.FEED_SETTLING_S)
        (lost,) = (row for row in other.multi._shelf.store.feeds() if row.key == writer.feed.key)
        other.multi._forget(lost)
        assert _held(other, writer) == 0
        other.turn()
        world.run(lambda: hold_the_union([writer, other]), limit_s=20)
        assert other.floods == []

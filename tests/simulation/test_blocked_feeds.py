"""Somebody does not want a feed: they take and pass on nothing of it, and nobody else notices more than that."""

import pytest

from multifeed import limits
from multifeed.protocol.events import Answered, Claimed, Pushed, Requested
from tests.simulation.__main__ import run
from tests.simulation.checkers import assert_nobody_accused, assert_quiet, assert_same_digest, hold_the_union
from tests.simulation.world import Peer, World, new_world


@pytest.mark.parametrize("seed", range(10))
def test_blocks_hold_while_links_come_and_go_and_unblocked_everybody_holds_everything(seed: int) -> None:
    run("blocks", seed)


def _in_a_line(world: World) -> tuple[Peer, Peer, Peer]:
    """One who writes, one in the middle, and one who knows only the latter."""
    writer, middle, far = (world.peer() for _ in range(3))
    world.connect(writer, middle)
    world.connect(middle, far)
    return writer, middle, far


def _write(world: World, peer: Peer, text: bytes) -> None:
    peer.append(text)
    world.pass_time(0.5)


def _holds(peer: Peer, writer: Peer) -> int:
    feed = peer.multi.feed(writer.feed.key)
    return 0 if feed is None else feed.held.size


def _spoken_of(peer: Peer, writer: Peer) -> list[object]:
    """What was said to a peer about somebody's feed."""
    claims = (event.claim for event in peer.heard if isinstance(event, Claimed | Pushed))
    answers = (event for event in peer.heard if isinstance(event, Answered) and event.asked.key == writer.feed.key)
    return [*(claim for claim in claims if claim.key == writer.feed.key), *answers]


def test_who_has_never_heard_of_it_hears_nothing_by_way_of_one_who_blocks_it() -> None:
    with new_world(1) as world:
        writer, middle, far = (world.peer() for _ in range(3))
        middle.multi.block(writer.feed.key)
        writer.append(b"before they meet")
        world.connect(writer, middle)
        world.connect(middle, far)
        world.pass_time(1)
        _write(world, writer, b"live")
        _write(world, middle, b"of others as ever")
        assert [_holds(peer, writer) for peer in (middle, far)] == [0, 0]
        assert [_holds(peer, middle) for peer in (writer, far)] == [1, 1]
        assert _spoken_of(far, writer) == []
        assert not any(isinstance(event, Requested) for event in writer.heard)
        assert middle.replica.missing == 0
        # Whoever writes it does not take it for held.
        assert writer.replica.claims(writer.feed.key) == []
        assert_quiet(world, [writer, middle, far], 30)


def test_what_was_held_stays_and_is_passed_on_no_more() -> None:
    with new_world(2) as world:
        writer, middle, far = _in_a_line(world)
        _write(world, writer, b"before")
        assert _holds(far, writer) == 1
        middle.multi.block(writer.feed.key)
        middle.turn()
        far.heard.clear()
        _write(world, writer, b"after")
        newcomer = world.peer()
        world.connect(newcomer, middle)
        world.pass_time(1)
        assert [_holds(peer, writer) for peer in (middle, far, newcomer)] == [1, 1, 0]
        assert _spoken_of(far, writer) == _spoken_of(newcomer, writer) == []
        feed = middle.multi.feed(writer.feed.key)
        assert feed is not None
        assert feed.block(0) == b"before"
        assert_quiet(world, [writer, middle, far, newcomer], 30)


def test_what_was_asked_for_before_is_refused_and_asked_for_no_more() -> None:
    with new_world(3) as world:
        middle, far = world.peer(), world.peer()
        writer = world.peer()
        wire = world.connect(writer, middle)
        writer.append(*(b"%d" % seq for seq in range(10_000)))
        world.run(lambda: _holds(middle, writer) == 10_000)
        wire.cut()
        world.connect(middle, far)
        world.run(lambda: _holds(far, writer) > 0)
        middle.multi.block(writer.feed.key)
        middle.turn()
        world.pass_time(1)
        held = _holds(far, writer)
        assert 0 < held < 10_000
        assert_quiet(world, [middle, far], 30)
        middle.multi.unblock(writer.feed.key)
        middle.turn()
        world.run(lambda: _holds(far, writer) == 10_000, limit_s=5)
        assert_nobody_accused([middle, far])


def test_what_is_on_its_way_is_not_stored() -> None:
    with new_world(4) as world:
        writer, other = world.peer(), world.peer()
        writer.append(*(b"%d" % seq for seq in range(10_000)))
        world.connect(writer, other)
        world.run(lambda: _holds(other, writer) > 0)
        other.multi.block(writer.feed.key)
        other.turn()
        held = _holds(other, writer)
        world.pass_time(5)
        assert _holds(other, writer) == held < 10_000
        assert other.replica.missing == 0
        assert not other.replica.is_syncing()
        assert_nobody_accused([writer, other])


def test_unblocked_everything_comes_at_once_over_the_links_that_there_are() -> None:
    with new_world(5) as world:
        writer, middle, far = _in_a_line(world)
        middle.multi.block(writer.feed.key)
        for number in range(20):
            _write(world, writer, b"%d" % number)
        middle.multi.unblock(writer.feed.key)
        middle.turn()
        world.run(lambda: hold_the_union([writer, middle, far]), limit_s=5)
        assert_same_digest([writer, middle, far])
        _write(world, writer, b"and live again")
        assert hold_the_union([writer, middle, far])


def test_what_was_written_while_it_was_blocked_is_no_flood_when_it_comes() -> None:
    with new_world(10) as world:
        writer, other = world.peer(), world.peer()
        world.connect(writer, other)
        _write(world, writer, b"before")
        world.pass_time(2 * limits.FEED_SETTLING_S)
        other.multi.block(writer.feed.key)
        writer.append(*(b"%d" % seq for seq in range(20_000)))
        world.pass_time(1)
        other.multi.unblock(writer.feed.key)
        other.turn()
        world.run(lambda: hold_the_union([writer, other]), limit_s=20)
        assert other.floods == []


def test_a_block_is_there_after_a_restart() -> None:
    with new_world(6) as world:
        writer, other = world.peer(), world.peer()
        world.connect(writer, other)
        _write(world, writer, b"before")
        other.multi.block(writer.feed.key)
        for end in list(other.ends):
            end._wire.cut()
        world.pass_time(1)
        other.crash()
        world.connect(other, writer)
        _write(world, writer, b"after")
        assert other.multi.blocked == {writer.feed.key}
        assert _holds(other, writer) == 1
        assert other.replica.heads.get(writer.feed.key) is None
        other.multi.unblock(writer.feed.key)
        other.turn()
        world.run(lambda: hold_the_union([writer, other]), limit_s=5)


def test_others_are_as_ever_between_one_who_blocks_and_one_who_does_not() -> None:
    with new_world(7) as world:
        writer, blocker, friend = (world.peer() for _ in range(3))
        blocker.multi.block(writer.feed.key)
        world.connect(writer, friend)
        wire = world.connect(blocker, friend)
        _write(world, writer, b"to whom it concerns")
        _write(world, friend, b"hello")
        assert _holds(friend, writer) == 1
        assert _holds(blocker, friend) == 1
        # Met again, they never hold the same, and find that out once.
        for _ in range(3):
            wire.cut()
            world.pass_time(1)
            wire = world.connect(blocker, friend)
            world.pass_time(1)
            assert_quiet(world, [writer, blocker, friend], 30)


def test_who_writes_stops_pushing_to_one_who_does_not_take_it() -> None:
    with new_world(8) as world:
        writer, other = world.peer(), world.peer()
        world.connect(writer, other)
        _write(world, writer, b"hello")
        other.multi.block(writer.feed.key)
        for number in range(400):
            writer.append(b"%d" % number)
            world.pass_time(0.05)
        pushed = [event for event in other.heard if isinstance(event, Pushed)]
        assert 200 < len(pushed) < 300
        other.multi.unblock(writer.feed.key)
        other.turn()
        world.run(lambda: hold_the_union([writer, other]), limit_s=5)
        world.pass_time(1)
        other.heard.clear()
        _write(world, writer, b"pushed again")
        assert any(isinstance(event, Pushed) for event in other.heard)


def test_evidence_against_a_blocked_feed_comes_once_it_is_unblocked() -> None:
    with new_world(9) as world:
        writer, twin = world.peer(feed=1), world.peer(feed=1)
        friend, blocker = world.peer(), world.peer()
        world.connect(writer, friend)
        _write(world, writer, b"one history")
        twin.append(b"another", b"history")
        world.connect(friend, blocker)
        world.pass_time(1)
        blocker.multi.block(writer.feed.key)
        world.connect(twin, friend)
        world.pass_time(1)
        theirs, ours = friend.multi.feed(writer.feed.key), blocker.multi.feed(writer.feed.key)
        assert theirs is not None
        assert ours is not None
        assert theirs.conflict is not None
        assert ours.conflict is None
        assert_quiet(world, [friend, blocker], 30)
        blocker.multi.unblock(writer.feed.key)
        blocker.turn()
        world.pass_time(1)
        assert ours.conflict is not None

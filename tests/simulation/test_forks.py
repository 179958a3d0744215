"""Writers that fork, by malice or by a copied profile: everybody comes to know, and only that feed is frozen."""

import pytest

from multifeed import FrozenError
from multifeed.protocol.events import Closed
from tests.helpers.checks import assert_all_verify
from tests.simulation.liars import SlanderingSession
from tests.simulation.world import Peer, World, new_world

_FORKED = 1


def _forked_pair(world: World, here: int, there: int) -> tuple[Peer, Peer]:
    """Two programs with one key pair, which have both written without having met."""
    first, second = world.peer(feed=_FORKED), world.peer(feed=_FORKED)
    for peer, mark, count in ((first, b"here", here), (second, b"there", there)):
        peer.append(b"common")
        peer.append(*[mark + b" %d" % number for number in range(count)])
    return first, second


def _knows(peer: Peer, key: bytes) -> bool:
    feed = peer.multi.feed(key)
    return feed is not None and feed.conflict is not None


@pytest.mark.parametrize(("here", "there"), [(1, 1), (1, 5), (700, 3), (3, 700)])
def test_evidence_reaches_everybody_and_all_other_feeds_go_on(here: int, there: int) -> None:
    with new_world(1) as world:
        first, second = _forked_pair(world, here, there)
        left, right = world.peer(), world.peer()
        for one, other in ((first, left), (left, right), (right, second)):
            world.connect(one, other)
        left.append(b"left speaks")
        right.append(b"right speaks")
        everybody = [first, left, right, second]
        world.run(lambda: all(_knows(peer, first.feed.key) for peer in everybody))
        left.append(b"left goes on")
        world.run(
            lambda: all(
                (feed := peer.multi.feed(left.feed.key)) is not None and feed.held.size == 2 for peer in everybody
            )
        )
        assert not [event for peer in everybody for event in peer.heard if isinstance(event, Closed)]
        for peer in everybody:
            assert_all_verify(peer.multi)
            feed = peer.multi.feed(first.feed.key)
            assert feed is not None
            assert feed.conflict is not None
            feed.conflict.require_valid(feed.key)


def test_what_was_accepted_of_a_fork_never_changes() -> None:
    with new_world(2) as world:
        first, second = _forked_pair(world, 2, 9)
        reader = world.peer()
        world.connect(first, reader)
        world.run(lambda: (feed := reader.multi.feed(first.feed.key)) is not None and feed.held.size == 3)
        feed = reader.multi.feed(first.feed.key)
        assert feed is not None
        before = feed.blocks(0, 3)
        world.connect(second, reader)
        world.run(lambda: _knows(reader, first.feed.key))
        assert feed.blocks(0, feed.length) == before


def test_a_newcomer_that_meets_one_branch_first_learns_of_the_other() -> None:
    for order in ((0, 1), (1, 0)):
        with new_world(3) as world:
            branches = _forked_pair(world, 4, 6)
            world.connect(*branches)
            world.run(lambda: all(_knows(peer, branches[0].feed.key) for peer in branches))  # noqa: B023 (run at once)
            newcomer = world.peer()
            for number in order:
                world.connect(branches[number], newcomer)
            world.run(lambda: _knows(newcomer, branches[0].feed.key))  # noqa: B023 (run at once)


def test_false_evidence_costs_its_sender_the_link_and_freezes_nothing() -> None:
    with new_world(4) as world:
        honest, liar = world.peer(), world.peer()
        honest.append(b"true")
        liar.append(b"also true")
        world.connect(liar, honest, left_session=SlanderingSession)
        world.run(lambda: any(isinstance(event, Closed) for event in liar.heard))
        reason = next(event.reason for event in liar.heard if isinstance(event, Closed))
        assert reason.startswith("sent what does not hold")
        assert all(feed.conflict is None for feed in honest.multi.feeds())


def test_the_forked_writer_itself_hears_of_it_and_writes_no_more() -> None:
    with new_world(5) as world:
        first, second = _forked_pair(world, 2, 2)
        world.connect(first, second)
        world.run(lambda: _knows(first, first.feed.key) and _knows(second, first.feed.key))
        for peer in (first, second):
            with pytest.raises(FrozenError):
                peer.feed.append(b"more")
            successor = peer.multi.continue_writer("own")
            successor.append(b"from here on")
            peer.turn()
        world.run(lambda: all(len(peer.multi.feeds()) == 3 for peer in (first, second)))


def test_a_restored_copy_takes_over_what_it_wrote_since() -> None:
    with new_world(6) as world:
        first, restored, friend = world.peer(feed=_FORKED), world.peer(feed=_FORKED), world.peer()
        for peer in (first, restored):
            peer.append(b"before the backup")
        first.append(b"after", b"the", b"backup")
        world.connect(first, friend)
        world.run(lambda: (feed := friend.multi.feed(first.feed.key)) is not None and feed.held.size == 4)
        world.connect(friend, restored)
        world.run(lambda: restored.feed.held.size == 4)
        assert restored.feed.append(b"goes on") == 4
        restored.turn()
        world.run(lambda: (feed := friend.multi.feed(first.feed.key)) is not None and feed.held.size == 5)
        assert all(feed.conflict is None for feed in friend.multi.feeds())

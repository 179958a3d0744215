"""A room of a thousand: a message is with everybody at once, and crosses each of them about once."""

import pytest

from multifeed.protocol.events import Answered, Pushed
from multifeed.topology import Topology
from tests.simulation.checkers import assert_nobody_accused, assert_same_digest
from tests.simulation.world import Peer, World, new_world

_SIZE = 1_000
_ALL_HAVE_IT_S = 0.03
_COPIES_MAX = 1.2


def _link_all(world: World, peers: list[Peer]) -> None:
    by_id = {peer.identity.instance_id: peer for peer in peers}
    made = set()
    for peer in peers:
        for other in Topology(peer.identity.instance_id, world.rng).wanted(by_id):
            pair = frozenset((peer.identity.instance_id, other))
            if pair not in made:
                made.add(pair)
                world.connect(peer, by_id[other])


def _count_copies(peers: list[Peer]) -> int:
    """How many times somebody was sent a block."""
    return sum(isinstance(event, Answered | Pushed) for peer in peers for event in peer.heard)


@pytest.mark.timeout(300)
def test_a_message_reaches_a_thousand_within_30_ms_and_each_about_once() -> None:
    with new_world(1) as world:
        world.delays_s = (0.0005, 0.003)
        peers = [world.peer() for _ in range(_SIZE)]
        _link_all(world, peers)
        world.pass_time(1)
        for number, author in enumerate(world.rng.sample(peers, 3)):
            for peer in peers:
                peer.heard.clear()
            author.append(b"message %d" % number)
            key, said_s = author.feed.key, world.now_s
            world.run(lambda: all(peer.multi.feed(key) is not None for peer in peers), limit_s=1)  # noqa: B023 (called at once)
            assert world.now_s - said_s <= _ALL_HAVE_IT_S
            world.pass_time(1)
            assert _count_copies(peers) <= _COPIES_MAX * (_SIZE - 1)
            assert_nobody_accused(peers)
        assert_same_digest(peers)

"""A restored profile takes over what it had written since, piece by piece, while others hear of it."""

import pytest

from tests.simulation.world import Peer, new_world

_COPIED = 1


def _held_of(peer: Peer, writer: Peer) -> int:
    feed = peer.multi.feed(writer.feed.key)
    return 0 if feed is None else feed.held.size


@pytest.mark.parametrize("known", [0, 1], ids=["nothing written", "one block"])
def test_a_restored_copy_takes_over_what_it_wrote_since_in_pieces_and_in_any_order(known: int) -> None:
    with new_world(7) as world:
        first, restored, behind = world.peer(feed=_COPIED), world.peer(feed=_COPIED), world.peer()
        if known:
            for peer in (first, restored):
                peer.append(b"before the backup")
        world.connect(restored, behind)
        world.run(lambda: _held_of(behind, first) == known)
        # Let each hear what the other holds: it is pushed to those who lack nothing before it.
        world.pass_time(1)
        first.append(*[b"after the backup %d" % number for number in range(9)])
        length = first.feed.length
        for start, end in ((known, known + 2), (length - 2, length), (known + 2, length - 2)):
            proof = first.feed.proof(start, end, since=restored.feed.length)
            restored.feed.accept(start, first.feed.blocks(start, end), proof)
            restored.turn()
        world.run(lambda: _held_of(behind, first) == length)
        assert restored.feed.append(b"goes on") == length
        restored.turn()
        world.run(lambda: _held_of(behind, first) == length + 1)
        assert all(feed.conflict is None for feed in behind.multi.feeds())

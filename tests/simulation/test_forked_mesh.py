"""A mesh that breaks and heals, in which two peers write to one feed: it may fork, and nothing else may suffer."""

from contextlib import suppress

import pytest

from multifeed import Feed, FrozenError
from tests.helpers.checks import assert_all_verify
from tests.helpers.feeds import key_pair
from tests.simulation.checkers import assert_nobody_accused, hold_the_union
from tests.simulation.scenarios import Mesh, append_at_random
from tests.simulation.world import Peer, new_world

_SHARED = key_pair(77)
_STEPS = 30


def _blocks_held(peer: Peer) -> dict[int, bytes]:
    feed = peer.multi.feed(_SHARED.public_key)
    return {} if feed is None else {seq: feed.block(seq) for run in feed.held for seq in range(*run)}


def _shared_feeds(peers: list[Peer]) -> list[Feed]:
    feeds = [peer.multi.feed(_SHARED.public_key) for peer in peers]
    return [feed for feed in feeds if feed is not None]


def _is_settled(peers: list[Peer]) -> bool:
    """Whether everybody knows of a fork, or everybody holds one and the same history."""
    feeds = _shared_feeds(peers)
    if any(feed.conflict is not None for feed in feeds):
        return len(feeds) == len(peers) and all(feed.conflict is not None for feed in feeds)
    lengths = {feed.length for feed in feeds} | {feed.held.size for feed in feeds}
    return len(feeds) in {0, len(peers)} and len({feed.head.tree_hash for feed in feeds}) <= 1 and len(lengths) <= 1


@pytest.mark.parametrize("seed", range(4))
def test_a_mesh_heals_whatever_becomes_of_the_feed_that_two_write(seed: int) -> None:
    print(f"again: PYTHONHASHSEED=0 pytest tests/simulation/test_forked_mesh.py -k '{seed}'")
    with new_world(seed) as world:
        mesh = Mesh(world, 5)
        writers = [(peer, peer.multi.writer("shared", key_pair=_SHARED)) for peer in mesh.peers[:2]]
        before: list[dict[int, bytes]] = [{} for _ in mesh.peers]
        for _ in range(_STEPS):
            peer, shared = world.rng.choice(writers)
            with suppress(FrozenError):
                shared.extend([world.rng.randbytes(20) for _ in range(world.rng.choice([1, 3, 600]))])
            peer.turn()
            append_at_random(world.rng, world.rng.choice(mesh.peers))
            world.pass_time(world.rng.uniform(0, 0.5))
            held = [_blocks_held(peer) for peer in mesh.peers]
            for earlier, now in zip(before, held, strict=True):
                assert earlier.items() <= now.items(), "what was accepted has changed"
            before = held
        mesh.heal()
        for end in [end for peer in mesh.peers for end in peer.ends]:
            end._wire.cut()
        world.run(lambda: hold_the_union(mesh.peers), limit_s=120)
        world.run(lambda: _is_settled(mesh.peers), limit_s=120)
        assert_nobody_accused(mesh.peers)
        for peer in mesh.peers:
            assert_all_verify(peer.multi)
        for feed in _shared_feeds(mesh.peers):
            if feed.conflict is not None:
                feed.conflict.require_valid(feed.key)

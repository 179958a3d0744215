"""What happens to a mesh of peers by a seed: appends, blocks, cuts at any byte, reconnections, and then healing."""

from itertools import combinations
from random import Random

from multifeed import Feed
from tests.simulation.checkers import (
    assert_nobody_accused,
    assert_nothing_forged,
    assert_quiet,
    assert_same_digest,
    hold_the_union,
    written_by,
)
from tests.simulation.world import Peer, World, new_world


class Mesh:
    """Peers that lose each other again and again, until they are told to heal."""

    def __init__(self, world: World, size: int) -> None:
        self.world = world
        self.peers = [world.peer() for _ in range(size)]
        self._is_healing = False
        for left, right in combinations(self.peers, 2):
            self._connect(left, right)

    def heal(self) -> None:
        """From now on links that break are made again at once, and none is broken."""
        self._is_healing = True

    def _connect(self, left: Peer, right: Peer) -> None:
        rng = self.world.rng
        if rng.random() < 0.5:
            left, right = right, left
        cut_after = None if self._is_healing else int(rng.expovariate(1 / 20_000)) + 1

        def again() -> None:
            delay_s = 0.1 if self._is_healing else rng.uniform(0.1, 3)
            self.world.at(self.world.now_s + delay_s, lambda: self._connect(left, right))

        self.world.connect(left, right, cut_after=cut_after, on_end=again)


def append_at_random(rng: Random, peer: Peer) -> None:
    """A few small blocks, now and then many at once or large ones."""
    kind = rng.random()
    if kind < 0.8:
        lengths = [rng.randrange(300) for _ in range(rng.randrange(1, 4))]
    elif kind < 0.95:
        lengths = [rng.randrange(50) for _ in range(rng.randrange(100, 900))]
    else:
        lengths = [rng.randrange(50_000, 100_000) for _ in range(rng.randrange(1, 6))]
    peer.append(*map(rng.randbytes, lengths))


def mesh_heals(seed: int, *, size: int = 5, appends: int = 25) -> None:
    """Whatever happened before, once the links hold, everybody holds everything. Raises if not."""
    with new_world(seed) as world:
        mesh = Mesh(world, size)
        for _ in range(appends):
            append_at_random(world.rng, world.rng.choice(mesh.peers))
            world.pass_time(world.rng.uniform(0, 1))
        assert_nothing_forged(mesh.peers, written_by(mesh.peers))
        mesh.heal()
        for end in [end for peer in mesh.peers for end in peer.ends]:
            end._wire.cut()
        world.run(lambda: hold_the_union(mesh.peers), limit_s=120)
        world.pass_time(1)
        assert_nothing_forged(mesh.peers, written_by(mesh.peers))
        assert_same_digest(mesh.peers)
        assert_nobody_accused(mesh.peers)


def blocks_hold(seed: int, *, size: int = 5, steps: int = 40) -> None:
    """Peers block and unblock each other, and lose each other all the while. Raises if a block is not kept to.

    What is blocked does not grow, and nothing is said of it. With the blocks that are left in the end the mesh comes to
    rest, and without them everybody holds everything.
    """
    with new_world(seed) as world:
        mesh, rng = Mesh(world, size), world.rng
        for peer in mesh.peers:
            _refuse_what_is_blocked(peer)
        for _ in range(steps):
            peer, other = rng.sample(mesh.peers, 2)
            if rng.random() < 0.5:
                append_at_random(rng, peer)
            elif other.feed.key in peer.multi.blocked:
                peer.multi.unblock(other.feed.key)
            else:
                peer.multi.block(other.feed.key)
            peer.turn()
            world.pass_time(rng.uniform(0, 1))
        mesh.heal()
        for end in [end for peer in mesh.peers for end in peer.ends]:
            end._wire.cut()
        world.pass_time(60)
        assert_quiet(world, mesh.peers, 30)
        for peer in mesh.peers:
            assert all(peer.replica.heads.get(key) is None for key in peer.multi.blocked)
            for key in peer.multi.blocked:
                peer.multi.unblock(key)
            peer.turn()
        world.run(lambda: hold_the_union(mesh.peers), limit_s=120)
        world.pass_time(1)
        assert_nothing_forged(mesh.peers, written_by(mesh.peers))
        assert_same_digest(mesh.peers)
        assert_nobody_accused(mesh.peers)


def _refuse_what_is_blocked(peer: Peer) -> None:
    """Nothing is stored of a feed while it is blocked."""

    def on_change(feed: Feed, start: int, end: int) -> None:
        assert start == end or feed.key not in peer.multi.blocked, "something is stored of a feed that is blocked"

    peer.multi.listen(on_change)

"""A room in which everything goes wrong that can, by a seed; and what must be true of it all the same.

Two to fifty honest peers with clocks of their own, and a few liars. Links break at any byte, stall, are slow; programs
crash at any statement that their store executes; and at last the network heals.
"""

from itertools import combinations
from random import Random
from tempfile import TemporaryDirectory

from multichat.model.record import Record
from multifeed.protocol.session import Session
from tests.simulation.checkers import (
    Acknowledged,
    Kept,
    assert_bounded,
    assert_nobody_accused,
    assert_nothing_forged,
    assert_quiet,
    assert_same_claims,
    assert_same_digest,
    assert_same_order,
    hold_the_union,
    written_by,
)
from tests.simulation.liars import LIARS
from tests.simulation.world import Crash, Peer, Wire, World, new_world

_START_MS = 1_700_000_000_000
# Clocks are off by up to a day, in either direction.
_CLOCK_ERROR_MAX_MS = 86_400_000
_HEALING_MAX_S = 300.0
_QUIET_S = 60.0


class _Pair:
    """Two who are to be linked, and the link that they have at the moment."""

    def __init__(self, room: "TroubledRoom", left: Peer, right: Peer) -> None:
        self.peers = (left, right)
        self.wire: Wire | None = None
        self._room = room
        self._is_over = False
        self._connect()

    def lose(self, *, silently: bool) -> None:
        """The link is of no more use; with `silently`, who is still there finds out by itself."""
        wire, self.wire = self.wire, None
        if wire is not None and silently:
            wire.stall()
        elif wire is not None:
            wire.cut()
        self._connect_later()

    def end(self) -> None:
        """The two are never linked again."""
        self._is_over = True
        if self.wire is not None:
            self.wire.cut()

    def _connect(self) -> None:
        rng = self._room.world.rng
        left, right = self.peers if rng.random() < 0.5 else self.peers[::-1]
        if self._room.kinds[right] is not Session:
            # Whoever lies is the one that dials.
            left, right = right, left
        cut_after = None
        if not self._room.is_healing and rng.random() < 0.7:
            cut_after = int(rng.expovariate(1 / 20_000)) + 1

        wire: Wire | None = None

        def on_end() -> None:
            if self.wire is wire:
                self.wire = None
                self._connect_later()

        wire = self._room.world.connect(
            left, right, left_session=self._room.kinds[left], cut_after=cut_after, on_end=on_end
        )
        if not wire.is_cut:
            self.wire = wire
            if not self._room.is_healing and rng.random() < 0.1:
                wire.delay_s = rng.uniform(0.1, 2)

    def _connect_later(self) -> None:
        world = self._room.world
        delay_s = 0.1 if self._room.is_healing else world.rng.uniform(0.1, 3)
        if not all(self._room.kinds[peer] is Session for peer in self.peers):
            # An honest program backs off from one that did wrong.
            delay_s += world.rng.uniform(1, 20)
        world.at(world.now_s + delay_s, self._connect_unless_linked)

    def _connect_unless_linked(self) -> None:
        if self.wire is None and not self._is_over:
            self._connect()


class TroubledRoom:
    """All peers, their links, and what happens to them."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.is_healing = False
        rng = world.rng
        self.honest = [world.peer(value_encoding="cbor") for _ in range(_size(rng))]
        self.liars = [world.peer(value_encoding="cbor") for _ in range(rng.choice((0, 0, 1, 1, 2)))]
        self.kinds: dict[Peer, type[Session]] = dict.fromkeys(self.honest, Session)
        self.kinds |= {liar: rng.choice(LIARS) for liar in self.liars}
        self.acknowledged = Acknowledged()
        self.kept = Kept(self.honest)
        self._clock_errors_ms = {
            peer: rng.randint(-_CLOCK_ERROR_MAX_MS, _CLOCK_ERROR_MAX_MS) if rng.random() < 0.3 else 0
            for peer in world.peers
        }
        world.crashed = self._on_crash
        self.pairs = [_Pair(self, *pair) for pair in _pairs(rng, self.honest)]
        for liar in self.liars:
            victims = rng.sample(self.honest, min(len(self.honest), 3))
            self.pairs += [_Pair(self, liar, victim) for victim in victims]

    # --- what happens ---

    def step(self) -> None:
        """Something happens."""
        rng = self.world.rng
        kind = rng.random()
        if kind < 0.6:
            self._append(rng.choice(self.world.peers))
        elif kind < 0.72:
            self._stall(rng.uniform(0.1, 25))
        elif kind < 0.8:
            self._on_crash(rng.choice(self.honest))
        elif kind < 0.92:
            self._arm(rng.choice(self.honest))
        else:
            rng.choice(self.pairs).lose(silently=False)

    def heal(self) -> None:
        """From now on links that break are made again at once, and nothing breaks them."""
        self.is_healing = True
        for peer in self.honest:
            _disarm(peer)
        for pair in self.pairs:
            pair.lose(silently=False)

    def _append(self, peer: Peer) -> None:
        rng = self.world.rng
        count = 1 if rng.random() < 0.8 else rng.randrange(2, 300)
        time_ms = _START_MS + int(self.world.now_s * 1000) + self._clock_errors_ms[peer]
        values = [Record(f"peer {peer.number}", "x" * rng.randrange(200), time_ms).value() for _ in range(count)]
        try:
            if count == 1:
                peer.feed.append(values[0])
            else:
                peer.feed.extend(values)
        except Crash:
            self._on_crash(peer)
            return
        if peer in self.honest:
            self.acknowledged.add(peer)
        peer.turn()

    def _stall(self, duration_s: float) -> None:
        """The network is down between two parts of the room."""
        rng = self.world.rng
        part = set(rng.sample(self.world.peers, rng.randrange(1, len(self.world.peers))))
        wires = [pair.wire for pair in self.pairs if pair.wire and (pair.peers[0] in part) != (pair.peers[1] in part)]
        for wire in wires:
            wire.stall()

        def resume() -> None:
            for wire in wires:
                wire.resume()

        self.world.at(self.world.now_s + duration_s, resume)

    def _arm(self, peer: Peer) -> None:
        """Let the program crash at one of the next times that it writes, just before or just after."""
        rng = self.world.rng
        store = peer.multi._shelf.store
        execute, left, is_before = store._execute, rng.randrange(1, 12), rng.random() < 0.5

        def execute_or_crash(statement: str, parameters: object = ()) -> object:
            nonlocal left
            left -= statement == "COMMIT" or statement.startswith("INSERT INTO blocks")
            is_due = left == 0
            left -= is_due
            if is_due and is_before:
                raise Crash
            result = execute(statement, parameters)  # type: ignore[arg-type]  # as it is called
            if is_due:
                raise Crash
            return result

        store._execute = execute_or_crash  # type: ignore[assignment]  # until the crash

    def _on_crash(self, peer: Peer) -> None:
        silently = self.world.rng.random() < 0.5
        _disarm(peer)
        peer.crash()
        for pair in self.pairs:
            if peer in pair.peers:
                pair.lose(silently=silently)
        self.acknowledged.check(peer)
        self.kept.restarted(peer)


def _disarm(peer: Peer) -> None:
    vars(peer.multi._shelf.store).pop("_execute", None)


def _size(rng: Random) -> int:
    return rng.choice((2, 2, 3, 3, 3, 4, 4, 5, 6, 8)) if rng.random() < 0.97 else rng.randrange(10, 51)


def _pairs(rng: Random, peers: list[Peer]) -> list[tuple[Peer, Peer]]:
    """Few are all linked with each other; more form a ring, with some links across it."""
    if len(peers) <= 6:
        return list(combinations(peers, 2))
    ring = list(zip(peers, peers[1:] + peers[:1], strict=True))
    return ring + [(left, right) for left, right in combinations(peers, 2) if rng.random() < 2 / len(peers)]


def room_survives(seed: int) -> None:
    """Run one seed. Raises if anything is not as it must be."""
    with new_world(seed) as world:
        room = TroubledRoom(world)
        for _ in range(world.rng.randrange(10, 40)):
            room.step()
            world.pass_time(world.rng.uniform(0, 2))
        room.heal()
        world.run(lambda: hold_the_union(room.honest), limit_s=_HEALING_MAX_S)
        assert_bounded(room.honest)
        for pair in room.pairs:
            if not set(room.liars).isdisjoint(pair.peers):
                pair.end()
        world.pass_time(_QUIET_S)
        _assert_all_is_well(room)


def _assert_all_is_well(room: TroubledRoom) -> None:
    assert_quiet(room.world, room.honest, _QUIET_S)
    for peer in room.honest:
        room.acknowledged.check(peer)
    room.kept.check()
    assert hold_the_union(room.honest)
    assert_nothing_forged(room.honest, written_by(room.world.peers))
    assert_same_claims(room.honest)
    if not room.liars:
        assert_same_digest(room.honest)
        assert_nobody_accused(room.honest)
    with TemporaryDirectory() as directory:
        assert_same_order(room.honest, directory, _START_MS + 10 * _CLOCK_ERROR_MAX_MS)

"""A network in memory under a virtual clock: peers with stores of their own, and links that delay, split and break.

Everything that happens comes from one seed. Keys are hashed in sets here and there, so a run repeats exactly only with
the same PYTHONHASHSEED; the command that a failure prints sets it.
"""

import heapq
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Final

from multifeed import KeyPair, Multifeed, StoreError
from multifeed.protocol.events import Event
from multifeed.protocol.noise import DhKeyPair
from multifeed.protocol.session import Identity, Session
from multifeed.replica import Replica

ROOM_KEY: Final = b"simulated room".ljust(32)
# Where there is one, a disk in memory: what a disk does is tested elsewhere.
_MEMORY: Final = Path("/dev/shm")  # noqa: S108 (a directory of our own is made in it)
_DELAYS_S: Final = (0.0, 0.02)


class Peer:
    """Somebody's program: a store, a replica, and one end of each of its links."""

    def __init__(self, world: "World", number: int, path: Path, key_pair: KeyPair, value_encoding: str) -> None:
        self.number = number
        self.key_pair = key_pair
        self.path = path
        self.store_errors: list[StoreError] = []
        # The feeds that it has been told to be taken slowly.
        self.floods: list[bytes] = []
        self.ends: list[End] = []
        # All that has come of its links, how they ended included.
        self.heard: list[Event] = []
        # The same, with the session that it came on.
        self.heard_on: list[tuple[Session, Event]] = []
        self.runs = 0
        self._world = world
        self._value_encoding = value_encoding
        self._start()

    def _start(self) -> None:
        self.runs += 1
        self.multi = Multifeed.open(self.path, self._value_encoding)
        self.feed = self.multi.writer("own", key_pair=self.key_pair)
        self.replica = Replica(
            self.multi,
            on_store_error=self.store_errors.append,
            on_held=lambda *_: None,
            on_flood=self.floods.append,
        )
        device = DhKeyPair.from_private(self.number.to_bytes(32))
        instance_id = self.number.to_bytes(8) + self.runs.to_bytes(8)
        self.identity = Identity(ROOM_KEY, device, instance_id, self.key_pair, 0, "simulated")

    def crash(self) -> None:
        """End here and now, and begin again with what is on the disk. Links are for the caller to cut."""
        left = self.path.with_name(f"{self.number} after {self.runs}.sqlite")
        for suffix in ("", "-wal"):
            if (file := Path(f"{self.path}{suffix}")).exists():
                shutil.copyfile(file, f"{left}{suffix}")
        self.close()
        for suffix in ("", "-wal", "-shm", ".lock"):
            Path(f"{self.path}{suffix}").unlink(missing_ok=True)
        self.ends.clear()
        self.path = left
        self._start()

    def close(self) -> None:
        """Let go of the store."""
        self.replica.close()
        self.multi.close()

    def turn(self) -> None:
        """Do what is due and send what is to be sent, as the program does after everything that happens."""
        try:
            self._turn()
        except Crash:
            self._world.crashed(self)

    def _turn(self) -> None:
        now_s = self._world.now_s
        for end in list(self.ends):
            self.handle(end, end.session.handle_timeout(now_s))
        self.replica.poll(now_s)
        for end in list(self.ends):
            end.flush()
        times_s = [end.session.next_timeout_s() for end in self.ends if not end.session.is_closed]
        if (poll_s := self.replica.next_timeout_s()) is not None:
            times_s.append(poll_s)
        if times_s:
            self._world.wake(self, max(min(times_s), now_s))

    def handle(self, end: "End", events: list[Event]) -> None:
        """Hand on what came of a session."""
        self.heard += events
        self.heard_on += [(end.session, event) for event in events]
        try:
            self.replica.handle(end.session, events, self._world.now_s)
        except Crash:
            self._world.crashed(self)

    def append(self, *values: object) -> None:
        """Write to the own feed."""
        self.feed.extend(values)
        self.turn()


class End:
    """One end of a link."""

    def __init__(self, peer: Peer, session: Session, wire: "Wire") -> None:
        self.peer = peer
        self.session = session
        self._wire = wire
        # Bytes of one direction arrive in the order in which they were sent.
        self.last_arrival_s = 0.0
        # It has broken the link itself.
        self.is_over = False
        peer.ends.append(self)
        peer.replica.add(session)

    def flush(self) -> None:
        """Send what the session has to send; the last words end the link."""
        if self.session.has_data_to_send:
            self._wire.send(self, self.session.data_to_send())
        if self.session.is_closed:
            self._wire.cut(by=self)

    def receive(self, data: bytes) -> None:
        """Bytes come in; none, at the end."""
        if self not in self.peer.ends:
            return
        if data:
            self.peer.handle(self, self.session.receive(data, self.peer._world.now_s))
        else:
            self.peer.handle(self, self.session.receive_eof())
            self.peer.ends.remove(self)
            self.peer.replica.remove(self.session)
        self.peer.turn()


class Crash(BaseException):
    """The program of a peer ends at this very place."""


class Wire:
    """A link: bytes arrive late and in pieces, and none after `cut_after` of them.

    While it `is_stalled` nothing arrives: what is sent waits, as it does on a network that is down for a while.
    """

    def __init__(self, world: "World", cut_after: int | None, on_end: Callable[[], None]) -> None:
        self.is_cut = False
        self.is_stalled = False
        # Beside what bytes take anyway.
        self.delay_s = 0.0
        self._waiting: list[tuple[End, bytes]] = []
        self.ends: tuple[End, End] | None = None
        self._world = world
        self._left = cut_after
        self._on_end = on_end

    def send(self, sender: End, data: bytes) -> None:
        """Put bytes on the way to the other end."""
        if self.is_cut:
            return
        if self._left is not None:
            data = data[: self._left]
            self._left -= len(data)
        at = 0
        while at < len(data):
            length = self._world.rng.choice((1, 7, 300, 5000, 100_000))
            self._deliver(sender, data[at : at + length])
            at += length
        if self._left == 0:
            self.cut()

    def cut(self, by: End | None = None) -> None:
        """Break the link: both ends notice, after what is on the way; the one that has broken it notices at once."""
        if self.ends is None:
            return
        if by is not None and not by.is_over:
            by.is_over = True
            self._world.at(self._world.now_s, lambda: by.receive(b""))
        if self.is_cut:
            return
        self.is_cut = True
        for end in self.ends:
            if end is not by:
                self._deliver(self._other(end), b"")
        self._on_end()

    def stall(self) -> None:
        """Let nothing through for now."""
        self.is_stalled = True

    def resume(self) -> None:
        """Let everything through that has waited, and go on."""
        self.is_stalled = False
        waiting, self._waiting = self._waiting, []
        for sender, data in waiting:
            self._deliver(sender, data)

    def _other(self, end: End) -> End:
        assert self.ends is not None
        return self.ends[1] if end is self.ends[0] else self.ends[0]

    def _deliver(self, sender: End, data: bytes) -> None:
        if self.is_stalled:
            self._waiting.append((sender, data))
            return
        receiver = self._other(sender)
        arrival_s = self._world.now_s + self.delay_s + self._world.rng.uniform(*self._world.delays_s)
        receiver.last_arrival_s = max(receiver.last_arrival_s, arrival_s)
        self._world.at(receiver.last_arrival_s, lambda: receiver.receive(data))


class World:
    """All peers, and what is going to happen."""

    def __init__(self, seed: int, directory: Path) -> None:
        self.rng = Random(seed)
        self.now_s = 0.0
        self.peers: list[Peer] = []
        # How long bytes take, between these.
        self.delays_s = _DELAYS_S
        # What happens when a program ends in the midst of something.
        self.crashed: Callable[[Peer], None] = lambda peer: peer.crash()
        self._directory = directory
        self._future: list[tuple[float, int, Callable[[], None]]] = []
        self._order = count()
        self._wake_times: dict[Peer, float] = {}

    def peer(self, *, feed: int | None = None, value_encoding: str = "binary") -> Peer:
        """A new peer; its feed is that of number `feed`, by default one of its own."""
        number = len(self.peers) + 1
        key_pair = KeyPair.from_seed((feed or number).to_bytes(32))
        peer = Peer(self, number, self._directory / f"{number}.sqlite", key_pair, value_encoding)
        self.peers.append(peer)
        return peer

    def connect(
        self,
        left: Peer,
        right: Peer,
        *,
        left_session: type[Session] = Session,
        cut_after: int | None = None,
        on_end: Callable[[], None] = lambda: None,
    ) -> Wire:
        """Link two peers; the link breaks by itself once `cut_after` bytes have gone over it, and tells `on_end`."""
        wire = Wire(self, cut_after, on_end)
        sessions = [
            kind(
                initiator=initiator,
                identity=peer.identity,
                heads=peer.replica.heads,
                ephemeral=self.rng.randbytes(32),
                now_s=self.now_s,
            )
            for kind, peer, initiator in ((left_session, left, True), (Session, right, False))
        ]
        wire.ends = (End(left, sessions[0], wire), End(right, sessions[1], wire))
        for end in wire.ends:
            end.peer.turn()
        return wire

    def at(self, time_s: float, action: Callable[[], None]) -> None:
        """Let something happen later."""
        heapq.heappush(self._future, (time_s, next(self._order), action))

    def wake(self, peer: Peer, time_s: float) -> None:
        """Give a peer a turn at a time, unless it has one before."""
        known_s = self._wake_times.get(peer)
        if known_s is not None and self.now_s < known_s <= time_s:
            return
        self._wake_times[peer] = time_s

        def turn() -> None:
            if self._wake_times.get(peer) == time_s:
                del self._wake_times[peer]
                peer.turn()

        self.at(time_s, turn)

    def run(self, until: Callable[[], bool], *, limit_s: float = 60.0) -> None:
        """Let time pass until something is true; an error if it is not by then."""
        end_s = self.now_s + limit_s
        while not until():
            assert self._future, "nothing is going to happen any more"
            time_s, _, action = heapq.heappop(self._future)
            assert time_s <= end_s, f"it is not so after {limit_s} s"
            self.now_s = max(self.now_s, time_s)
            action()

    def pass_time(self, seconds: float) -> None:
        """Let time pass, whatever happens in it."""
        end_s = self.now_s + seconds
        self.at(end_s, lambda: None)
        self.run(lambda: self.now_s >= end_s, limit_s=seconds + 1)


@contextmanager
def new_world(seed: int) -> Iterator[World]:
    """A world whose stores are gone afterwards."""
    with TemporaryDirectory(dir=_MEMORY if _MEMORY.is_dir() else None) as directory:
        world = World(seed, Path(directory))
        try:
            yield world
        finally:
            for peer in world.peers:
                peer.close()

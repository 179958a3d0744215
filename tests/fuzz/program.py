"""A program with a past and one link, as it is when somebody attacks it: a real store, a replica, a session.

Owns what must hold whatever comes over the link: nothing is raised, the link ends at most once and by a RemoteError,
the disk is not blamed, nothing grows faster than what was sent, and afterwards the store is sound and holds whatever it
held.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from multifeed import Multifeed, RemoteError, StoreError
from multifeed.limits import FRAME_LENGTH_MAX_BYTES, MESSAGE_LENGTH_MAX_BYTES, REQUESTS_IN_FLIGHT_MAX
from multifeed.protocol.events import Closed, Event
from multifeed.protocol.session import Session
from multifeed.replica import Replica
from tests.fuzz.history import FORKED, FROZEN, PEER, SUBJECT, WRITER, History, evidence, history
from tests.helpers.pipe import identity

# No message that makes an event has a frame of fewer bytes.
_BYTES_PER_EVENT: Final = 16
# Established, and Closed.
_EVENTS_WITHOUT_BYTES: Final = 2

# The replica does its work in steps; no message makes more of it than this.
_POLLS_MAX: Final = 1_000

Past = Callable[[Multifeed], None]


class Program:
    """One end of a link, driven by hand."""

    def __init__(self, number: int, path: Path, *, initiator: bool, kind: type[Session] = Session) -> None:
        self.now_s = 0.0
        self.multi = Multifeed.open(path)
        me = identity(number)
        self.feed = self.multi.writer("own", key_pair=me.feed)
        self.store_errors: list[StoreError] = []
        self.replica = Replica(self.multi, on_store_error=self.store_errors.append, on_held=lambda *_: None)
        self.session = kind(
            initiator=initiator,
            identity=me,
            heads=self.replica.heads,
            ephemeral=b"ephemeral " + number.to_bytes(22),
            now_s=self.now_s,
        )
        self.replica.add(self.session)
        self.closed: list[Closed] = []
        self._held_before = self._held()
        self._frozen_before = self._frozen_lengths()
        self._received_bytes = 0
        self._event_count = 0

    @property
    def is_closed(self) -> bool:
        """Whether the link is over."""
        return self.session.is_closed

    def receive(self, data: bytes) -> None:
        """Bytes come in; the program then does what is due."""
        self._received_bytes += len(data)
        self._handle(self.session.receive(data, self.now_s))
        assert self._event_count <= self._received_bytes // _BYTES_PER_EVENT + _EVENTS_WITHOUT_BYTES, (
            "events for nothing"
        )
        self.turn()

    def append(self, block: bytes) -> None:
        """Write to the own feed, unless it was shown to have forked."""
        if self.feed.conflict is None:
            self.feed.append(block)
            self.turn()

    def wait(self, seconds: float) -> None:
        """Time passes."""
        self.now_s += seconds
        self.turn()

    def turn(self) -> None:
        """Do what is due."""
        self._handle(self.session.handle_timeout(self.now_s))
        for _ in range(_POLLS_MAX):
            self.replica.poll(self.now_s)
            due_s = self.replica.next_timeout_s()
            if due_s is None or due_s > self.now_s:
                break
        else:
            raise AssertionError("a peer makes work without end")
        self._check()

    def taken(self) -> bytes:
        """The bytes that it sends now."""
        return self.session.data_to_send()

    def end(self) -> None:
        """The connection is gone: what is left must be sound."""
        self._handle(self.session.receive_eof())
        self.replica.remove(self.session)
        self.turn()
        assert self.multi.audit() == [], "what a peer said has damaged the store"
        assert self._held_before <= self._held(), "what was accepted has changed"
        assert self._frozen_before.items() <= self._frozen_lengths().items(), "a frozen feed has grown, or thawed"

    def close(self) -> None:
        """Let go of the store."""
        self.replica.close()
        self.multi.close()

    def _held(self) -> set[tuple[bytes, int, bytes]]:
        return {(arrival.feed, arrival.seq, arrival.data) for arrival in self.multi.arrivals()}

    def _frozen_lengths(self) -> dict[bytes, int]:
        return {feed.key: feed.length for feed in self.multi.feeds() if feed.conflict is not None}

    def _handle(self, events: list[Event]) -> None:
        self._event_count += len(events)
        self.closed += [event for event in events if isinstance(event, Closed)]
        self.replica.handle(self.session, events, self.now_s)

    def _check(self) -> None:
        assert len(self.closed) <= 1, "a link ends once"
        for closed in self.closed:
            assert closed.error is None or isinstance(closed.error, RemoteError)
        assert self.store_errors == [], "the disk is blamed for what a peer said"
        session, channel = self.session, self.session._channel
        assert len(session._unanswered) <= REQUESTS_IN_FLIGHT_MAX
        assert len(session._asked) <= REQUESTS_IN_FLIGHT_MAX
        assert len(session._their_keys) * 32 <= self._received_bytes, "feeds for nothing"
        if not session.is_closed:
            assert len(channel._decoder._buffer) < 2 + FRAME_LENGTH_MAX_BYTES
            assert channel._assembler._length <= MESSAGE_LENGTH_MAX_BYTES


@contextmanager
def program(number: int, past: Past, *, initiator: bool, kind: type[Session] = Session) -> Iterator[Program]:
    """A program with this past, whose store is gone afterwards."""
    with TemporaryDirectory() as directory:
        path = Path(directory) / "store.sqlite"
        path.write_bytes(_store_with(past))
        running = Program(number, path, initiator=initiator, kind=kind)
        try:
            yield running
        finally:
            running.close()


@cache
def _store_with(past: Past) -> bytes:
    """A store as a file: made once, since one is needed for every input."""
    with TemporaryDirectory() as directory:
        path = Path(directory) / "store.sqlite"
        with Multifeed.open(path) as multi:
            past(multi)
        return path.read_bytes()


# --- pasts ---


def of_the_subject(multi: Multifeed) -> None:
    """A feed of its own, one of which it has the end, one that has forked without its knowing, one that is frozen."""
    multi.writer("own", key_pair=history(SUBJECT).key_pair).extend(history(SUBJECT).blocks[:6])
    _foreign_past(multi)


def of_an_equal(multi: Multifeed) -> None:
    """All that the subject holds."""
    multi.writer("own", key_pair=history(PEER).key_pair)
    _hold(multi, history(SUBJECT), 6)
    _foreign_past(multi)


def of_a_stranger(multi: Multifeed) -> None:
    """More of one feed than the subject has, and the other branches of two."""
    multi.writer("own", key_pair=history(PEER).key_pair).extend(history(PEER).blocks[:40])
    _hold(multi, history(WRITER), 20)
    _hold(multi, history(FORKED, 1), 9)
    _hold(multi, history(FROZEN, 1), 6)


def of_a_copy(multi: Multifeed) -> None:
    """Of the subject's own feed another history, as a copied profile would have written it; and many small feeds."""
    multi.writer("own", key_pair=history(PEER).key_pair).extend(history(PEER).blocks[:1])
    _hold(multi, history(SUBJECT, 1), 8)
    for number in range(10, 30):
        _hold(multi, history(number), number % 7 + 1)


def of_nobody(multi: Multifeed) -> None:
    """Nothing yet."""
    multi.writer("own", key_pair=history(PEER).key_pair)


def _foreign_past(multi: Multifeed) -> None:
    _hold(multi, history(WRITER), 12, start=8)
    _hold(multi, history(FORKED), 7)
    _hold(multi, history(FROZEN), 5)
    frozen = multi.feed(history(FROZEN).key)
    assert frozen is not None
    frozen.freeze(evidence(history(FROZEN), 5, history(FROZEN, 1), 6))


def _hold(multi: Multifeed, said: History, length: int, start: int = 0) -> None:
    multi.candidate(said.key).accept(start, said.blocks[start:length], said.proof(length, start, length))

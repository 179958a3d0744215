"""Peers ask as much as they may of one replica: each answer is bounded, all take turns, and who does not read waits."""

from collections.abc import Iterator

import pytest

from multifeed import Feed, Head, Multifeed, limits
from multifeed.protocol import messages
from multifeed.protocol.heads import BUCKET_COUNT, DIGEST_LENGTH_BYTES
from multifeed.protocol.messages import AnyMessage, Blocks, Buckets, Bye, Offer, Offered, Push, Refusal, Request
from multifeed.replica import Replica
from tests.helpers.feeds import key_pair, numbered_blocks, open_multifeeds, written
from tests.helpers.pipe import RawPeer, greeted, session

_HASH, _SIGNATURE = b"h" * 32, b"s" * 64
_TARGET = limits.RANGE_LENGTH_TARGET_BYTES


class _Us:
    """A replica with one feed written here, which every peer knows by alias 0."""

    def __init__(self, multi: Multifeed) -> None:
        self.multi = multi
        self.replica = Replica(multi, on_store_error=_never, on_held=lambda *_: None)
        self.feed: Feed = written(multi, 1, [])

    def write(self, *blocks: bytes) -> None:
        """Write to the feed."""
        self.feed.extend(blocks)

    def poll(self) -> None:
        """Do what is due, once."""
        self.replica.poll(0.0)

    def settle(self) -> None:
        """Do what is due, until there is no more."""
        for _ in range(1000):
            self.poll()
            if self.replica.next_timeout_s() != 0:
                return
        raise AssertionError("there is no end of work")


def _never(error: Exception) -> None:
    raise AssertionError("the disk is sound") from error


class _Peer:
    """Somebody who says what a test wants, and hears nothing but what was sent to it."""

    def __init__(self, us: _Us, number: int) -> None:
        self._us = us
        self._raw = RawPeer(number, initiator=True)
        self.session = session(99, initiator=False, heads=us.replica.heads)
        us.replica.add(self.session)
        us.replica.handle(self.session, greeted(self._raw, self.session).right.events, 0.0)
        # It knows of nothing, and is told.
        self.say(Buckets((b"d" * DIGEST_LENGTH_BYTES,) * BUCKET_COUNT))
        us.settle()
        self.heard()

    def say(self, *said: AnyMessage) -> None:
        """Say this; the replica hears of it, and does nothing yet."""
        self._raw.send(*said)
        self._us.replica.handle(self.session, self.session.receive(self._raw.data_to_send(), 0.0), 0.0)

    def ask(self, count: int, start: int = 0, end: int | None = None) -> None:
        """Ask for the feed, so many times at once."""
        self.say(*(Request(number, 0, start, end or self._us.feed.length, 0) for number in range(count)))

    def heard(self) -> list[AnyMessage]:
        """What was sent to it since it last listened."""
        return self._raw.receive(self.session.data_to_send(), 0.0)


@pytest.fixture
def us() -> Iterator[_Us]:
    with open_multifeeds(1) as (multi,):
        yield _Us(multi)


# --- one answer ---


@pytest.mark.parametrize(
    ("lengths", "count"),
    [
        ([_TARGET // 4] * 10, 4),
        ([1, _TARGET // 2, _TARGET // 2], 2),
        ([_TARGET // 2, _TARGET // 2 + 1], 1),
        ([1, _TARGET], 1),
        ([1, _TARGET + 1], 1),
        ([1, limits.BLOCK_LENGTH_MAX_BYTES], 1),
        ([limits.BLOCK_LENGTH_MAX_BYTES, 1], 1),
        ([0] * (3 * limits.RANGE_LENGTH_MAX_BLOCKS), limits.RANGE_LENGTH_MAX_BLOCKS),
    ],
    ids=[
        "many large blocks",
        "two that just fit",
        "two that just do not",
        "one that just fits",
        "one that does not",
        "the longest",
        "a small one after the longest",
        "many empty ones",
    ],
)
def test_an_answer_is_the_last_blocks_that_fit_and_at_least_one(us: _Us, lengths: list[int], count: int) -> None:
    us.write(*map(bytes, lengths))
    peer = _Peer(us, 2)
    peer.ask(1)
    us.settle()
    (answer,) = peer.heard()
    assert isinstance(answer, Blocks)
    assert list(map(len, answer.blocks)) == lengths[-count:]
    assert len(messages.encode(answer)) <= limits.MESSAGE_LENGTH_MAX_BYTES


def test_a_request_for_more_than_any_feed_has_is_refused(us: _Us) -> None:
    us.write(b"all that there is")
    peer = _Peer(us, 2)
    peer.ask(1, end=limits.FEED_LENGTH_MAX_BLOCKS)
    us.settle()
    assert peer.heard() == [Refusal(0)]


@pytest.mark.parametrize("is_small", [True, False])
def test_what_was_written_at_once_is_pushed_only_if_it_fits(us: _Us, *, is_small: bool) -> None:
    peer = _Peer(us, 2)
    us.write(*[b""] * (limits.RANGE_LENGTH_MAX_BLOCKS + (not is_small)))
    us.settle()
    # An offer gives the feed its alias, or says that there is more than could be pushed.
    assert [type(message) for message in peer.heard()] == ([Offer, Push] if is_small else [Offer])


# --- many requests ---


def test_one_request_is_answered_at_a_time_and_the_next_is_due_at_once(us: _Us) -> None:
    us.write(*numbered_blocks(10))
    peer = _Peer(us, 2)
    assert us.replica.next_timeout_s() != 0
    peer.ask(limits.REQUESTS_IN_FLIGHT_MAX)
    for number in range(limits.REQUESTS_IN_FLIGHT_MAX):
        assert us.replica.next_timeout_s() == 0
        us.poll()
        (answer,) = peer.heard()
        assert isinstance(answer, Blocks)
        assert answer.request_id == number
    assert us.replica.next_timeout_s() != 0


def test_who_asks_for_much_takes_turns_with_who_asks_for_little(us: _Us) -> None:
    us.write(*numbered_blocks(10))
    greedy, modest = _Peer(us, 2), _Peer(us, 3)
    greedy.ask(limits.REQUESTS_IN_FLIGHT_MAX)
    modest.ask(1)
    for _ in range(2):
        us.poll()
    assert [len(peer.heard()) for peer in (greedy, modest)] == [1, 1]
    # Whoever asks anew is behind those who wait, and so is not kept out for ever either.
    modest.ask(1)
    for _ in range(2):
        us.poll()
    assert [len(peer.heard()) for peer in (greedy, modest)] == [1, 1]


# --- peers that do not read ---


def test_who_does_not_read_gets_no_answers_and_the_others_do(us: _Us) -> None:
    us.write(*numbered_blocks(10))
    stuck, other = _Peer(us, 2), _Peer(us, 3)
    stuck.ask(limits.REQUESTS_IN_FLIGHT_MAX)
    us.replica.pause(stuck.session, paused=True)
    other.ask(limits.REQUESTS_IN_FLIGHT_MAX)
    us.settle()
    assert stuck.heard() == []
    assert len(other.heard()) == limits.REQUESTS_IN_FLIGHT_MAX
    # What waits for it keeps nobody awake.
    assert us.replica.next_timeout_s() != 0
    us.replica.pause(stuck.session, paused=False)
    assert us.replica.next_timeout_s() == 0
    us.settle()
    assert [type(message) for message in stuck.heard()] == [Blocks] * limits.REQUESTS_IN_FLIGHT_MAX


def test_for_who_does_not_read_no_news_piles_up(us: _Us) -> None:
    us.write(b"first")
    stuck, other = _Peer(us, 2), _Peer(us, 3)
    us.replica.pause(stuck.session, paused=True)
    second = written(us.multi, 2, [b"of another feed"])
    for number in range(100):
        us.write(b"%d" % number)
        second.append(b"%d" % number)
        us.settle()
        assert not stuck.session.has_data_to_send
        assert len(stuck.session._news._pending) <= 2
    assert len(other.heard()) >= 100
    us.replica.pause(stuck.session, paused=False)
    us.settle()
    (offer,) = stuck.heard()
    assert isinstance(offer, Offer)
    assert {feed.length for feed in offer.feeds} == {101}


# --- peers that send what does not hold ---


def test_pushes_of_what_cannot_be_stored_yet_do_not_make_room_for_more_pieces_to_be_remembered(
    us: _Us, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "SESSION_RUNS_MAX", 100)
    peer = _Peer(us, 2)
    peer.say(Offer((Offered(0, bytes(32), 200, _HASH, ()),)))
    for _ in range(200):
        # Of all that is before its block nothing is here; and then it has lost everything.
        peer.say(Push(0, (b"",), Head(200, _HASH, _SIGNATURE)), Offer((Offered(0, None, 200, _HASH, ()),)))
    runs = tuple((2 * run, 2 * run + 1) for run in range(50))
    peer.say(Offer(tuple(Offered(alias, bytes([alias]) * 32, 200, _HASH, runs) for alias in range(1, 10))))
    assert not peer.session.is_closed
    assert sum(len(claim.held) for claim in peer.session.claims.values()) <= limits.SESSION_RUNS_MAX + 10


def test_not_everybody_who_ever_sent_what_does_not_hold_is_remembered(us: _Us, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "BANNED_MAX", 3)
    key = key_pair(7).public_key
    for number in range(5):
        liar = _Peer(us, 10 + number)
        liar.say(
            Offer((Offered(0, key, 1, _HASH, ((0, 1),)),)),
            Push(0, (b"made up",), Head(1, _HASH, _SIGNATURE)),
        )
        us.settle()
        # Remembered or not, it loses the link, and nothing is stored.
        assert liar.session.is_closed
        assert isinstance(liar.heard()[-1], Bye)
        assert len(us.replica._banned) == min(number + 1, limits.BANNED_MAX)
    assert us.multi.feed(key) is None
    # Whoever is remembered is not asked for it when it comes back; whoever is not has to be found out again.
    asked = []
    for number in (0, 4):
        liar = _Peer(us, 10 + number)
        liar.say(Offer((Offered(0, key, 1, _HASH, ((0, 1),)),)))
        us.settle()
        asked.append(any(isinstance(message, Request) for message in liar.heard()))
    assert asked == [False, True]

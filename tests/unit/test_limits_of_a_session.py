"""A peer that knows the room presses against what a link allows: up to the limit it is heard, beyond it is let go."""

import pytest

from multifeed import Head, Node, Proof, limits, merkle
from multifeed.errors import MessageError
from multifeed.protocol import messages
from multifeed.protocol.heads import Claim
from multifeed.protocol.messages import AnyMessage, Blocks, Bye, Hello, Offer, Offered, Push, Request
from multifeed.protocol.session import Session
from tests.helpers.pipe import Pipe, RawPeer, greeted, session, whole

_HASH, _SIGNATURE = b"h" * 32, b"s" * 64
_BLOCK_MAX = bytes(limits.BLOCK_LENGTH_MAX_BYTES)
_LENGTH_MAX = limits.FEED_LENGTH_MAX_BLOCKS
_RUNS_MAX = limits.OFFER_LENGTH_MAX_RANGES


class _Link:
    """A session, and a peer that offers as much as a test wants."""

    def __init__(self) -> None:
        self.raw = RawPeer(1, initiator=True)
        self.ours: Session = session(2, initiator=False)
        self.pipe: Pipe = greeted(self.raw, self.ours)
        self._named = 0

    def say(self, *said: AnyMessage) -> None:
        """Say this, and let our side hear it."""
        self.raw.send(*said)
        self.pipe.run()

    def offer_new(self, feed_count: int, run_count: int = 1) -> None:
        """Name so many feeds; of each, so many runs are held."""
        numbers = range(self._named, self._named + feed_count)
        self._named = numbers.stop
        self._offer([_offered(number, number.to_bytes(32), run_count) for number in numbers])

    def offer_again(self, feed_count: int) -> None:
        """Offer so many feeds that were named before; the first of them many times, if need be."""
        self._offer([_offered(number % self._named, None) for number in range(feed_count)])

    def _offer(self, feeds: list[Offered]) -> None:
        at_a_time = limits.OFFER_LENGTH_MAX_FEEDS
        self.say(*(Offer(tuple(feeds[at : at + at_a_time])) for at in range(0, len(feeds), at_a_time)))

    @property
    def run_count(self) -> int:
        """How many runs are remembered of what the peer holds."""
        return sum(len(claim.held) for claim in self.ours.claims.values())

    def assert_was_ended(self) -> None:
        """Our side has ended the link over a message, and has said why."""
        closed = self.pipe.right.closed
        assert isinstance(closed.error, MessageError)
        (bye,) = self.pipe.left.of(Bye)
        assert bye.reason == closed.reason


def _offered(alias: int, key: bytes | None, run_count: int = 1) -> Offered:
    # At the very end of a feed of the greatest length, where numbers are longest.
    first = _LENGTH_MAX - 2 * run_count
    return Offered(
        alias, key, _LENGTH_MAX, _HASH, tuple((first + 2 * run, first + 2 * run + 1) for run in range(run_count))
    )


# --- how many feeds, and how often ---


def test_as_many_feeds_as_a_session_may_have_can_be_offered_at_once_and_then_nothing_more() -> None:
    link = _Link()
    link.offer_new(limits.SESSION_FEEDS_MAX)
    assert not link.ours.is_closed
    assert len(link.ours.claims) == limits.SESSION_FEEDS_MAX
    link.offer_again(1)
    link.assert_was_ended()


def test_with_every_second_that_passes_some_more_may_be_offered() -> None:
    link = _Link()
    link.offer_new(1)
    link.offer_again(limits.SESSION_FEEDS_MAX - 1)
    link.pipe.now_s += 1
    link.offer_again(limits.OFFERS_PER_S)
    assert not link.ours.is_closed
    link.offer_again(1)
    link.assert_was_ended()


def test_a_long_silence_does_not_add_up_to_more_offers_than_at_the_start() -> None:
    link = _Link()
    link.offer_new(1)
    link.pipe.now_s += 1000
    link.offer_again(limits.SESSION_FEEDS_MAX)
    assert not link.ours.is_closed
    link.offer_again(1)
    link.assert_was_ended()


def test_no_more_feeds_are_named_in_a_session_however_slowly() -> None:
    link = _Link()
    link.offer_new(limits.SESSION_FEEDS_MAX)
    link.pipe.now_s += 1000
    link.offer_again(1)
    assert not link.ours.is_closed
    link.offer_new(1)
    link.assert_was_ended()
    assert len(link.ours.claims) == limits.SESSION_FEEDS_MAX


# --- how many runs ---


def test_of_too_many_pieces_only_the_newest_of_each_feed_is_remembered() -> None:
    link = _Link()
    link.offer_new(limits.SESSION_RUNS_MAX // _RUNS_MAX, _RUNS_MAX)
    assert link.run_count == limits.SESSION_RUNS_MAX
    link.offer_new(300, _RUNS_MAX)
    assert not link.ours.is_closed
    assert link.run_count <= limits.SESSION_RUNS_MAX + len(link.ours.claims)
    newest = [list(link.ours.claims.values())[-1].held, _offered(0, None, _RUNS_MAX).held]
    assert newest[0] == newest[1][-1:]


def test_who_says_again_what_it_holds_uses_up_no_more_room() -> None:
    link = _Link()
    link.offer_new(2, _RUNS_MAX)
    for _ in range(2 * limits.SESSION_RUNS_MAX // _RUNS_MAX // 100):
        link.say(Offer((_offered(0, None, _RUNS_MAX),) * 100))
    assert not link.ours.is_closed
    assert {len(claim.held) for claim in link.ours.claims.values()} == {_RUNS_MAX}


def test_a_feed_that_has_become_whole_makes_room_for_the_pieces_of_another() -> None:
    link = _Link()
    link.offer_new(limits.SESSION_RUNS_MAX // _RUNS_MAX, _RUNS_MAX)
    link.offer_again(1)
    link.offer_new(1, _RUNS_MAX - 1)
    assert link.run_count == limits.SESSION_RUNS_MAX
    link.offer_new(1, _RUNS_MAX)
    assert link.run_count == limits.SESSION_RUNS_MAX + 1


# --- what fits in a message ---


def _answer(block_count: int, block: bytes = b"") -> Blocks:
    return Blocks(0, (block,) * block_count, Proof(_head(block_count), 0, block_count, block_count, ()))


def _push(block_count: int, block: bytes = b"") -> Push:
    return Push(0, (block,) * block_count, _head(block_count))


def _head(length: int) -> Head:
    return Head(length, _HASH, _SIGNATURE)


def _offer(feed_count: int) -> Offer:
    return Offer(tuple(_offered(alias, bytes(32), _RUNS_MAX) for alias in range(feed_count)))


def _proven(extra_nodes: int = 0) -> Blocks:
    """An answer as long as can be: from the middle of the longest feed, for one who knows its first block."""
    start = _LENGTH_MAX // 2 - 1
    indexes = merkle.proof_indexes(_LENGTH_MAX - 1, start, start + 2, 1) + [0] * extra_nodes
    nodes = tuple(Node(index, _HASH, 1) for index in indexes)
    return Blocks(0, (b"", _BLOCK_MAX), Proof(_head(_LENGTH_MAX - 1), start, start + 2, 1, nodes))


def _hello(agent: str) -> Hello:
    return Hello(bytes(16), bytes(32), _SIGNATURE, 0, agent)


# The same message at a limit, and with one more.
_PAIRS: dict[str, tuple[AnyMessage, AnyMessage]] = {
    "feeds in an offer": (_offer(limits.OFFER_LENGTH_MAX_FEEDS), _offer(limits.OFFER_LENGTH_MAX_FEEDS + 1)),
    "runs of a feed": (Offer((_offered(0, None, _RUNS_MAX),)), Offer((_offered(0, None, _RUNS_MAX + 1),))),
    "the alias of an offer": (
        Offer((_offered(limits.SESSION_FEEDS_MAX - 1, None),)),
        Offer((_offered(limits.SESSION_FEEDS_MAX, None),)),
    ),
    "the alias of a request": (
        Request(0, limits.SESSION_FEEDS_MAX - 1, 0, 1, 0),
        Request(0, limits.SESSION_FEEDS_MAX, 0, 1, 0),
    ),
    "the end of a request": (Request(0, 0, 0, _LENGTH_MAX, 0), Request(0, 0, 0, _LENGTH_MAX + 1, 0)),
    "blocks in an answer": (_answer(limits.RANGE_LENGTH_MAX_BLOCKS), _answer(limits.RANGE_LENGTH_MAX_BLOCKS + 1)),
    "bytes of a block in an answer": (_answer(1, _BLOCK_MAX), _answer(1, _BLOCK_MAX + b"x")),
    "nodes of a proof": (_proven(), _proven(extra_nodes=1)),
    "blocks in a push": (_push(limits.RANGE_LENGTH_MAX_BLOCKS), _push(limits.RANGE_LENGTH_MAX_BLOCKS + 1)),
    "bytes of a block in a push": (_push(1, _BLOCK_MAX), _push(1, _BLOCK_MAX + b"x")),
    "the reason of a goodbye": (Bye("é" * limits.REASON_LENGTH_MAX), Bye("é" * (limits.REASON_LENGTH_MAX + 1))),
    "the agent of a hello": (_hello("é" * limits.AGENT_LENGTH_MAX), _hello("é" * (limits.AGENT_LENGTH_MAX + 1))),
}


@pytest.mark.parametrize(("greatest", "too_great"), _PAIRS.values(), ids=_PAIRS)
def test_a_message_at_its_limit_is_read_and_one_with_more_ends_the_link(
    greatest: AnyMessage, too_great: AnyMessage
) -> None:
    encoded = messages.encode(greatest)
    assert len(encoded) <= limits.MESSAGE_LENGTH_MAX_BYTES
    assert messages.decode(encoded) == greatest
    with pytest.raises(MessageError):
        messages.decode(messages.encode(too_great))
    link = _Link()
    link.say(too_great)
    link.assert_was_ended()


def test_a_message_is_not_read_deeper_than_any_message_is() -> None:
    for depth, complaint in ((limits.MESSAGE_DEPTH_MAX, "not an integer"), (limits.MESSAGE_DEPTH_MAX + 1, "not CBOR")):
        with pytest.raises(MessageError, match=complaint):
            messages.decode(b"\x81" * depth + b"\x00")


def test_our_own_last_words_fit_in_a_message_whatever_went_wrong() -> None:
    link = _Link()
    link.ours.close("x" * 10 * limits.REASON_LENGTH_MAX)
    link.pipe.run()
    assert link.pipe.left.of(Bye) == [Bye("x" * limits.REASON_LENGTH_MAX)]


# --- what we say to a peer that takes nothing ---


def test_however_much_is_announced_goes_out_a_message_at_a_time() -> None:
    link = _Link()
    claims = [whole(number.to_bytes(32), 5) for number in range(10_000)]
    link.ours.announce(claims)
    heard = _offers_sent(link)
    assert list(map(len, heard)) == [limits.OFFER_LENGTH_MAX_FEEDS]
    while link.ours.has_more_to_tell:
        link.ours.tell_more()
        (offer,) = _offers_sent(link)
        assert len(offer) <= limits.OFFER_LENGTH_MAX_FEEDS
        heard.append(offer)
    assert [feed.key for offer in heard for feed in offer] == [claim.key for claim in claims]


def test_of_what_changes_while_it_waits_to_be_told_only_the_last_state_is_kept() -> None:
    link = _Link()
    link.ours.is_paused = True
    for length in range(1, 101):
        link.ours.announce(Claim(number.to_bytes(32), length, _HASH, ((0, length),)) for number in range(100))
        assert not link.ours.has_data_to_send
        assert len(link.ours._news._pending) == 100
    link.ours.is_paused = False
    link.ours.tell_more()
    (offer,) = _offers_sent(link)
    assert [feed.length for feed in offer] == [100] * 100
    assert not link.ours.has_more_to_tell


def _offers_sent(link: _Link) -> list[tuple[Offered, ...]]:
    """What our side has offered since it was last asked."""
    heard = link.raw.receive(link.ours.data_to_send(), 0.0)
    return [message.feeds for message in heard if isinstance(message, Offer)]

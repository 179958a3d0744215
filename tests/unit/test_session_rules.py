"""A peer that knows the room and breaks the rules: the link ends, and says which rule it was."""

from collections.abc import Callable

import cbor2
import pytest

from multifeed import Head, Proof, limits
from multifeed.errors import HandshakeError, MessageError
from multifeed.protocol.events import Claimed, Closed, Established, Requested
from multifeed.protocol.heads import Claim
from multifeed.protocol.messages import (
    AnyMessage,
    Blocks,
    Buckets,
    Bye,
    Differing,
    Digest,
    Hello,
    Offer,
    Offered,
    Ping,
    Pong,
    Push,
    Refusal,
    Request,
)
from multifeed.protocol.session import hello_signable
from tests.helpers.feeds import key_pair
from tests.helpers.pipe import Pipe, RawPeer, greeted, heads_with, session, whole

_KEY, _HASH, _SIGNATURE = b"k" * 32, b"h" * 32, b"s" * 64
_OURS = b"o" * 32


def _offered(alias: int, key: bytes | None) -> Offered:
    return Offered(alias, key, 5, _HASH, ((0, 5),))


def _answer(request_id: int, start: int = 0, count: int = 1) -> Blocks:
    head = Head(start + count, _HASH, _SIGNATURE)
    return Blocks(request_id, (b"",) * count, Proof(head, start, start + count, start + count, ()))


_BROKEN: dict[str, list[AnyMessage]] = {
    "a second hello": [Hello(bytes(16), _KEY, _SIGNATURE, 0, "")],
    "an alias that skips one": [Offer((_offered(1, _KEY),))],
    "an alias given twice": [Offer((_offered(0, _KEY), _offered(0, b"l" * 32)))],
    "a feed named twice": [Offer((_offered(0, _KEY),)), Offer((_offered(1, _KEY),))],
    "an alias never given in an offer": [Offer((_offered(0, None),))],
    "an alias never given in a push": [Push(0, (b"",), Head(1, _HASH, _SIGNATURE))],
    "a request for a feed that was never offered": [Request(0, 1, 0, 1, 0)],
    "a request with an alias of the peer's own": [
        Offer((_offered(0, _KEY), _offered(1, b"l" * 32))),
        Request(0, 1, 0, 1, 0),
    ],
    "an answer that was never asked for": [_answer(0)],
    "a refusal that was never asked for": [Refusal(0)],
    "a request with the number of an open one": [Request(3, 0, 0, 1, 0), Request(3, 0, 1, 2, 0)],
    "more requests than may be open": [
        Request(number, 0, 0, 1, 0) for number in range(limits.REQUESTS_IN_FLIGHT_MAX + 1)
    ],
}


@pytest.mark.parametrize("said", _BROKEN.values(), ids=_BROKEN)
@pytest.mark.parametrize("initiator", [True, False], ids=["initiator", "responder"])
def test_a_broken_rule_ends_the_link(said: list[AnyMessage], *, initiator: bool) -> None:
    raw, pipe = _met(initiator=initiator)
    ours = pipe.right if initiator else pipe.left
    raw.send(*said)
    pipe.run()
    assert isinstance(ours.closed.error, MessageError)
    assert not ours.closed.is_clean
    (bye,) = (pipe.left if initiator else pipe.right).of(Bye)
    assert bye.reason == ours.closed.reason


def _met(*, initiator: bool) -> tuple[RawPeer, Pipe]:
    """A raw peer that has met a session, which has offered it the feed `_OURS` under alias 0."""
    raw = RawPeer(1, initiator=initiator)
    ours = session(2, initiator=not initiator, heads=heads_with([whole(_OURS, 5)]))
    pipe = greeted(raw, ours) if initiator else greeted(ours, raw)
    ours.announce([whole(_OURS, 5)])
    pipe.run()
    return raw, pipe


@pytest.mark.parametrize(
    ("initiator", "said"),
    [(False, Buckets((b"d" * 16,) * 256)), (True, Differing(frozenset()))],
    ids=["buckets from the responder", "what differs from the initiator"],
)
def test_each_side_has_its_own_part_in_the_comparison(said: AnyMessage, *, initiator: bool) -> None:
    raw, pipe = _met(initiator=initiator)
    raw.send(said)
    pipe.run()
    assert isinstance((pipe.right if initiator else pipe.left).closed.error, MessageError)


@pytest.mark.parametrize("said", [Digest(bytes(16)), Ping(0), Pong(0), Bye("x"), Offer(()), Refusal(0)], ids=repr)
def test_nothing_comes_before_the_hello(said: AnyMessage) -> None:
    raw = RawPeer(1, initiator=True)
    pipe = Pipe(raw, session(2, initiator=False))
    pipe.run()
    raw.send(said, raw.hello(initiator=True))
    pipe.run()
    assert isinstance(pipe.right.closed.error, MessageError)
    assert pipe.right.of(Established) == []


_FALSE_HELLOS: dict[str, Callable[[RawPeer], Hello]] = {
    "the key of somebody else": lambda raw: raw.hello(feed_key=key_pair(9).public_key, initiator=True),
    "the signature for the other side": lambda raw: raw.hello(initiator=False),
    "the signature of another link": lambda raw: Hello(
        raw.identity.instance_id,
        raw.identity.feed.public_key,
        raw.identity.feed.sign(hello_signable(bytes(64), initiator=True)),
        0,
        "",
    ),
    "no signature": lambda raw: Hello(raw.identity.instance_id, raw.identity.feed.public_key, bytes(64), 0, ""),
    "a key that is no point": lambda raw: Hello(raw.identity.instance_id, b"\xff" * 32, bytes(64), 0, ""),
    "a key that all signatures fit": lambda raw: Hello(
        raw.identity.instance_id, b"\x01" + bytes(31), b"\x01" + bytes(63), 0, ""
    ),
}


@pytest.mark.parametrize("false_hello", _FALSE_HELLOS.values(), ids=_FALSE_HELLOS)
def test_nobody_passes_for_somebody_else(false_hello: Callable[[RawPeer], Hello]) -> None:
    raw = RawPeer(1, initiator=True)
    pipe = Pipe(raw, session(2, initiator=False))
    pipe.run()
    raw.send(false_hello(raw))
    pipe.run()
    assert isinstance(pipe.right.closed.error, HandshakeError)
    assert pipe.right.of(Established) == []


def test_our_own_hello_thrown_back_at_us_is_not_believed() -> None:
    raw = RawPeer(1, initiator=True)
    pipe = Pipe(raw, session(2, initiator=False))
    pipe.run()
    (ours,) = pipe.left.of(Hello)
    raw.send(ours)
    pipe.run()
    assert isinstance(pipe.right.closed.error, HandshakeError)


@pytest.mark.parametrize(("start", "count"), [(0, 1), (2, 4), (1, 3), (4, 1), (0, 10)], ids=str)
def test_an_answer_that_is_not_the_end_of_what_was_asked_ends_the_link(start: int, count: int) -> None:
    ours = session(2, initiator=False)
    raw = RawPeer(1, initiator=True)
    pipe = greeted(raw, ours)
    raw.send(Offer((Offered(0, _KEY, 20, _HASH, ((0, 20),)),)))
    pipe.run()
    ours.request(_KEY, 2, 5, 0)
    pipe.run()
    (request,) = pipe.left.of(Request)
    raw.send(_answer(request.request_id, start, count))
    pipe.run()
    if (start, count) == (4, 1):
        assert not ours.is_closed
    else:
        assert isinstance(pipe.right.closed.error, MessageError)


def test_as_many_requests_as_allowed_may_wait_and_an_answer_makes_room() -> None:
    raw, pipe = _met(initiator=True)
    ours = pipe.right.talker
    raw.send(*(Request(number, 0, 0, 1, 0) for number in range(limits.REQUESTS_IN_FLIGHT_MAX)))
    pipe.run()
    assert len(pipe.right.of(Requested)) == limits.REQUESTS_IN_FLIGHT_MAX
    assert hasattr(ours, "refuse")
    ours.refuse(0, pipe.right.of(Requested)[0].key)
    raw.send(Request(0, 0, 0, 1, 0))
    pipe.run()
    assert len(pipe.right.of(Requested)) == limits.REQUESTS_IN_FLIGHT_MAX + 1


def test_bytes_under_the_seal_that_are_no_message_end_the_link() -> None:
    for junk in (b"", b"\xff", b"\x80", bytes(1000)):
        raw, pipe = _met(initiator=True)
        raw.channel.send(junk)
        pipe.run()
        assert isinstance(pipe.right.closed.error, MessageError)


def test_a_claim_is_taken_as_it_is_said() -> None:
    raw, pipe = _met(initiator=True)
    raw.send(
        Offer((Offered(0, _KEY, 20, _HASH, ((3, 5), (10, 20))),)), Offer((Offered(0, None, 21, _HASH, ((0, 21),)),))
    )
    pipe.run()
    heard = [event.claim for event in pipe.right.of(Claimed) if event.claim.key == _KEY]
    assert heard == [Claim(_KEY, 20, _HASH, ((3, 5), (10, 20))), Claim(_KEY, 21, _HASH, ((0, 21),))]


@pytest.mark.parametrize(
    ("initiator", "said"),
    [
        (True, Digest(b"d" * 16)),
        (False, Digest(b"d" * 16)),
        (True, Buckets((b"d" * 16,) * 256)),
        (False, Differing(frozenset())),
    ],
    ids=["digest of the initiator", "digest of the responder", "buckets", "what differs"],
)
def test_the_two_sides_are_compared_once(said: AnyMessage, *, initiator: bool) -> None:
    raw, pipe = _met(initiator=initiator)
    ours = pipe.right if initiator else pipe.left
    raw.send(said)
    pipe.run()
    assert not ours.of(Closed)
    raw.send(said)
    pipe.run()
    assert isinstance(ours.closed.error, MessageError)


def test_all_of_a_feed_is_offered_in_one_way_only() -> None:
    raw, pipe = _met(initiator=True)
    raw.channel.send(cbor2.dumps([Offer.NUMBER, [[0, b"k" * 32, 5, b"t" * 32, [0, 5], False]]], canonical=True))
    pipe.run()
    assert isinstance(pipe.right.closed.error, MessageError)

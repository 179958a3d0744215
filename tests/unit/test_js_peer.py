"""What a peer on a link as JavaScript peers have it answers, asks for, and does not put up with."""

from collections.abc import Iterator

import pytest

pytest.importorskip("Crypto", reason="pycryptodome is not installed: pip install 'multichat[js]'")

from multifeed import Feed, Multifeed, limits
from multifeed.hypercore9 import bitfield, digest, varint
from multifeed.hypercore9.framing import Frame
from multifeed.hypercore9.messages import Close, Data, Extension, Have, Message, Open, Options, Request, Unhave, Want
from multifeed.hypercore9.peer import Policy
from multifeed.ranges import RangeSet
from tests.helpers.feeds import copy_range, key_pair, numbered_blocks, open_multifeeds, written
from tests.helpers.js_pair import End, Stranger

_MANIFEST = 1
_REPLICATE = 2
_REQUEST = 3


@pytest.fixture
def stores() -> Iterator[list[Multifeed]]:
    with open_multifeeds(2) as multis:
        yield multis


@pytest.fixture
def end(stores: list[Multifeed]) -> End:
    return End(stores[0], initiator=False, seed=1)


def _greeted(end: End) -> Stranger:
    stranger = Stranger(end)
    stranger.greet()
    return stranger


def _asking(end: End, feed: Feed) -> tuple[Stranger, int]:
    """Somebody who has a channel for a feed of ours."""
    stranger = _greeted(end)
    stranger.mux.ask([feed.key])
    channel_id = stranger.open(feed.key)
    stranger.exchange()
    return stranger, channel_id


def _offering(end: End, key: bytes) -> tuple[Stranger, int]:
    """Somebody who has a feed for us."""
    stranger = _greeted(end)
    stranger.say(0, Extension(_MANIFEST, f'{{"keys":["{key.hex()}"]}}'.encode()))
    stranger.exchange()
    stranger.say(0, Extension(_REPLICATE, f'["{key.hex()}"]'.encode()))
    channel_id = stranger.open(key)
    stranger.exchange()
    return stranger, channel_id


def _say(stranger: Stranger, channel_id: int, *said: Message) -> None:
    for message in said:
        stranger.say(channel_id, message)
    stranger.exchange()


# --- what we give ---


def test_nothing_is_said_of_a_feed_before_somebody_wants_to_know(end: End) -> None:
    feed = written(end.multi, 0, numbered_blocks(5))
    stranger, _ = _asking(end, feed)
    feed.extend(numbered_blocks(1))
    stranger.exchange()

    assert stranger.of(Have) == []


def test_whoever_wants_to_know_hears_how_long_it_is_and_what_is_held_and_later_what_is_new(end: End) -> None:
    feed = written(end.multi, 0, numbered_blocks(5))
    stranger, channel_id = _asking(end, feed)
    _say(stranger, channel_id, Want(0, 1 << 20))
    feed.extend(numbered_blocks(2))
    stranger.exchange()

    assert stranger.of(Have) == [
        Have(4),
        Have(0, 1 << 20, bitfield.encode(RangeSet([(0, 5)]), 0, 1 << 20)),
        Have(5, 2),
    ]


def test_a_block_comes_with_what_proves_it_to_whoever_knows_nothing(stores: list[Multifeed], end: End) -> None:
    feed = written(end.multi, 0, numbered_blocks(11))
    stranger, channel_id = _asking(end, feed)
    _say(stranger, channel_id, Request(3))
    (data,) = stranger.of(Data)

    assert isinstance(data, Data)
    assert (data.value, data.signature) == (feed.block(3), feed.head.signature)
    assert [node.index for node in data.nodes] == [4, 1, 11, 17, 20]
    assert stores[1].feeds() == []


def test_whoever_knows_the_hash_gets_the_block_alone(end: End) -> None:
    feed = written(end.multi, 0, numbered_blocks(11))
    stranger, channel_id = _asking(end, feed)
    _say(stranger, channel_id, Request(3, nodes=digest.BARE))

    assert stranger.of(Data) == [Data(3, feed.block(3))]


def test_the_hash_of_a_block_can_be_asked_for_instead(end: End) -> None:
    feed = written(end.multi, 0, numbered_blocks(4))
    stranger, channel_id = _asking(end, feed)
    _say(stranger, channel_id, Request(2, hash=True))
    (data,) = stranger.of(Data)

    assert isinstance(data, Data)
    assert data.value is None
    assert [node.index for node in data.nodes] == [4, 6, 1]


@pytest.mark.parametrize("seq", [0, 1, 4, 6])
def test_a_block_can_be_asked_for_by_a_byte_of_it(end: End, seq: int) -> None:
    feed = written(end.multi, 0, numbered_blocks(7))
    stranger, channel_id = _asking(end, feed)
    offset = sum(map(len, feed.blocks(0, seq))) + 1
    _say(stranger, channel_id, Request(0, bytes=offset))
    (data,) = stranger.of(Data)

    assert isinstance(data, Data)
    assert (data.index, data.value) == (seq, feed.block(seq))


@pytest.mark.parametrize("request_", [Request(4), Request(1 << 39), Request(9, hash=True), Request(0, bytes=1 << 50)])
def test_what_is_not_here_is_said_not_to_be_here(end: End, request_: Request) -> None:
    feed = written(end.multi, 0, numbered_blocks(4))
    stranger, channel_id = _asking(end, feed)
    _say(stranger, channel_id, request_)

    assert stranger.of(Unhave) == [Unhave(request_.index)]
    assert not end.peer.is_closed


def test_of_a_feed_that_is_for_others_no_more_nothing_is_said_to_be_here(stores: list[Multifeed]) -> None:
    is_for_them = True
    end = End(stores[0], initiator=False, seed=1, policy=Policy(lambda _feed: is_for_them))
    feed = written(end.multi, 0, numbered_blocks(4))
    stranger, channel_id = _asking(end, feed)
    is_for_them = False
    _say(stranger, channel_id, Want(0, 8_192), Request(3))

    assert stranger.of(Have) == [Have(0, 8_192, b"")]
    assert stranger.of(Unhave) == [Unhave(3)]
    assert stranger.of(Data) == []


def test_a_feed_that_was_not_offered_gets_no_channel(stores: list[Multifeed]) -> None:
    secret = written(stores[0], 0, numbered_blocks(4))
    end = End(stores[0], initiator=False, seed=1, policy=Policy(lambda feed: feed.key != secret.key))
    stranger, channel_id = _asking(end, secret)
    _say(stranger, channel_id, Want(0, 1 << 20), Request(0))

    assert stranger.of(Data) + stranger.of(Have) == []
    assert len(stranger.of(Open)) == 1


def test_to_whoever_does_not_read_answers_wait_and_too_many_questions_end_the_link(end: End) -> None:
    feed = written(end.multi, 0, numbered_blocks(4))
    stranger, channel_id = _asking(end, feed)
    end.peer.is_paused = True
    _say(stranger, channel_id, *[Request(0)] * 10)
    assert stranger.of(Data) == []
    _say(stranger, channel_id, *[Request(0)] * limits.JS_REQUESTS_QUEUED_MAX)

    assert end.peer.reason == "the peer asks for more than it takes"


def test_each_block_that_has_come_is_acknowledged_if_that_is_wanted(stores: list[Multifeed], end: End) -> None:
    source = written(stores[1], 0, numbered_blocks(1))
    stranger, channel_id = _offering(end, source.key)
    _say(stranger, channel_id, Options(ack=True), Have(0))
    nodes, signature = source.proof(0, 1).nodes, source.head.signature
    _say(stranger, channel_id, Data(0, source.block(0), nodes, signature))

    assert Have(0, 1, ack=True) in stranger.of(Have)


# --- what we ask for ---


def test_of_a_feed_that_is_new_the_newest_block_is_asked_for_with_all_that_proves_it(end: End) -> None:
    stranger, channel_id = _offering(end, key_pair(5).public_key)
    _say(stranger, channel_id, Have(99), Have(0, 100))

    assert stranger.of(Request) == [Request(99, nodes=digest.FULL)]


def test_of_a_feed_that_has_grown_the_block_behind_our_head_is_asked_for(stores: list[Multifeed], end: End) -> None:
    source = written(stores[1], 0, numbered_blocks(6))
    copy_range(source, end.multi.add(source.key), 0, 6)
    stranger, channel_id = _offering(end, source.key)
    _say(stranger, channel_id, Have(0, 20))

    assert stranger.of(Request) == [Request(6, nodes=digest.following(6))]


def test_no_more_is_asked_for_at_once_than_the_limits_say(stores: list[Multifeed], end: End) -> None:
    source = written(stores[1], 0, numbered_blocks(6000))
    copy_range(source, end.multi.add(source.key), 5999, 6000)
    stranger, channel_id = _offering(end, source.key)
    _say(stranger, channel_id, Have(0, 5999))

    asked = stranger.of(Request)
    assert len(asked) == limits.JS_BATCHES_IN_FLIGHT_MAX * limits.JS_BATCH_LENGTH_MIN_BLOCKS - (-5999 % 16)
    assert max(request.index for request in asked if isinstance(request, Request)) == 5998


def test_what_is_said_not_to_be_there_any_more_is_not_waited_for(stores: list[Multifeed], end: End) -> None:
    stranger, channel_id = _offering(end, key_pair(5).public_key)
    _say(stranger, channel_id, Have(99))
    _say(stranger, channel_id, Unhave(99), Have(3))

    assert [request.index for request in stranger.of(Request) if isinstance(request, Request)] == [99, 3]
    assert stores[0].feeds() == []


def test_a_feed_without_end_is_asked_about_only_so_far(end: End) -> None:
    stranger, channel_id = _offering(end, key_pair(5).public_key)
    _say(stranger, channel_id, Have(0, limits.FEED_LENGTH_MAX_BLOCKS - 1))

    assert len(stranger.of(Want)) == limits.JS_WANTS_MAX


def test_what_comes_when_our_head_has_moved_on_is_asked_for_anew(stores: list[Multifeed], end: End) -> None:
    source = written(stores[1], 0, numbered_blocks(1))
    first, proof_of_first = source.block(0), source.proof(0, 1)
    source.extend(numbered_blocks(20))
    stranger, channel_id = _offering(end, source.key)
    _say(stranger, channel_id, Have(20))
    end.multi.candidate(source.key).accept(0, [first], proof_of_first)
    proof = source.proof(20, 21)
    _say(stranger, channel_id, Have(0, 21), Data(20, source.block(20), proof.nodes, proof.head.signature))

    assert not end.peer.is_closed
    assert stranger.of(Request) == [Request(20, nodes=digest.FULL), Request(1, nodes=digest.following(1))]


# --- what we do not put up with ---


def test_an_answer_that_does_not_come_ends_the_link(end: End) -> None:
    stranger, channel_id = _offering(end, key_pair(5).public_key)
    _say(stranger, channel_id, Have(99))
    end.peer.receive(b"", 19.0)
    stranger.transport.send(Frame(0, 1, b""))
    end.peer.receive(stranger.transport.data_to_send(19.0), 19.0)
    end.peer.handle_timeout(21.0)

    assert end.peer.reason == "the peer does not send the blocks that it says it has"


def test_a_block_that_does_not_hold_ends_the_link_and_is_not_stored(stores: list[Multifeed], end: End) -> None:
    source = written(stores[1], 0, numbered_blocks(8))
    stranger, channel_id = _offering(end, source.key)
    _say(stranger, channel_id, Have(0, 8))
    proof = source.proof(7, 8)
    _say(stranger, channel_id, Data(7, b"a lie", proof.nodes, proof.head.signature))

    assert "not signed" in end.peer.reason or "add up" in end.peer.reason
    assert stores[0].feeds() == []


@pytest.mark.parametrize("seq", range(8))
def test_a_block_without_a_part_of_its_proof_ends_the_link(stores: list[Multifeed], end: End, seq: int) -> None:
    source = written(stores[1], 0, numbered_blocks(8))
    stranger, channel_id = _offering(end, source.key)
    _say(stranger, channel_id, Have(seq))
    proof = source.proof(seq, seq + 1)
    _say(stranger, channel_id, Data(seq, source.block(seq), proof.nodes[1:], proof.head.signature))

    assert end.peer.is_closed
    assert stores[0].feeds() == []


def test_a_block_that_was_not_asked_for_is_dropped(stores: list[Multifeed], end: End) -> None:
    source = written(stores[1], 0, numbered_blocks(1))
    stranger, channel_id = _offering(end, source.key)
    _say(stranger, channel_id, Data(0, source.block(0), (), source.head.signature))

    assert not end.peer.is_closed
    assert stores[0].feeds() == []


def test_a_block_longer_than_blocks_may_be_costs_that_feed_and_no_more(end: End) -> None:
    stranger, channel_id = _offering(end, key_pair(5).public_key)
    _say(stranger, channel_id, Have(0), Data(0, bytes(limits.BLOCK_LENGTH_MAX_BYTES + 1)), Have(0, 3))

    assert not end.peer.is_closed
    assert len(stranger.of(Request)) == 1


@pytest.mark.parametrize(
    ("payload", "reason"),
    [
        (b"null", "the peer's list of feeds is not a list"),
        (b"[]", "the peer's list of feeds is not a list"),
        (b'{"keys":null}', "the peer's list of feeds is not a list"),
        (b'{"keys":[null]}', "the peer's list of feeds holds what is not a key"),
        (b'{"keys":["' + b"zz" * 32 + b'"]}', "the peer's list of feeds holds what is not a key"),
        (b'{"keys":["' + b" a" * 32 + b'"]}', "the peer's list of feeds holds what is not a key"),
        (b"[" * 100_000, "what the peer says of feeds is not JSON"),
        (b'{"keys":[' + b",".join(b'"%064x"' % n for n in range(4097)) + b"]}", "more than 4096 feeds at once"),
    ],
    ids=["null", "a list", "no list", "null inside", "no hexadecimals", "spaces", "nested", "too many"],
)
def test_a_manifest_that_is_none_ends_the_link_with_a_reason(end: End, payload: bytes, reason: str) -> None:
    own = written(end.multi, 0, numbered_blocks(2))
    stranger = _greeted(end)
    _say(stranger, 0, Extension(_MANIFEST, payload))

    assert reason in end.peer.reason
    assert end.multi.feeds() == [own]


def test_a_hundred_thousand_keys_are_more_than_a_message_may_hold(end: End) -> None:
    stranger = _greeted(end)
    payload = b'{"keys":[' + b",".join(b'"%064x"' % n for n in range(100_000)) + b"]}"
    _say(stranger, 0, Extension(_MANIFEST, payload))

    assert end.peer.reason == f"a message is longer than {limits.JS_MESSAGE_LENGTH_MAX_BYTES} bytes"


def test_keys_are_counted_over_all_manifests(end: End) -> None:
    stranger = _greeted(end)
    for start in (0, 3000):
        keys = ",".join(f'"{n:064x}"' for n in range(start, start + 3000))
        _say(stranger, 0, Extension(_MANIFEST, f'{{"keys":[{keys}]}}'.encode()))

    assert end.peer.reason == "the peer offers more than 4096 feeds"


def test_feeds_are_not_spoken_of_before_the_greeting(end: End) -> None:
    stranger = Stranger(end)
    stranger.say(0, Options(("MULTIFEED_HANDSHAKE", "MULTIFEED_MANIFEST")))
    _say(stranger, 0, Extension(_MANIFEST, b'{"keys":[]}'))

    assert end.peer.reason == "the peer speaks of feeds before it has said what it is"


def test_a_capability_that_shows_nothing_ends_the_link(end: End) -> None:
    feed = written(end.multi, 0, numbered_blocks(2))
    stranger = _greeted(end)
    stranger.mux.ask([feed.key])
    stranger.exchange()
    name = next(message for message in reversed(stranger.of(Open)) if isinstance(message, Open)).discovery_key
    _say(stranger, 2, Open(name, bytes(32)))

    assert end.peer.reason == "the peer opens a channel and does not know its key"


def test_a_channel_cannot_be_opened_twice(end: End) -> None:
    stranger = _greeted(end)
    _say(stranger, 5, Open(bytes(32)), Open(bytes([1] * 32)))

    assert end.peer.reason == "a channel is opened twice"


def test_there_are_only_so_many_channels(end: End) -> None:
    stranger = _greeted(end)
    for number in range(10, limits.JS_FEEDS_MAX + 10):
        stranger.say(number, Open(number.to_bytes(32)))
    stranger.exchange()

    assert end.peer.reason == f"the peer opens more than {limits.JS_FEEDS_MAX} channels"


def test_when_the_room_is_closed_so_is_the_link(end: End) -> None:
    stranger = _greeted(end)
    _say(stranger, 1, Close())

    assert (end.peer.is_closed, end.peer.reason) == (True, "")


def test_a_handshake_that_is_too_long_is_none(end: End) -> None:
    end.peer.receive(varint.encode(limits.JS_HANDSHAKE_LENGTH_MAX_BYTES + 1), 0.0)

    assert end.peer.reason == "the peer does not speak hypercore's protocol"


def test_who_sends_another_request_for_feeds_gets_no_second_channel(end: End) -> None:
    feed = written(end.multi, 0, numbered_blocks(2))
    stranger, _ = _asking(end, feed)
    _say(stranger, 0, Extension(_REQUEST, f'["{feed.key.hex()}"]'.encode()))

    assert not end.peer.is_closed
    assert len(stranger.of(Open)) == 2

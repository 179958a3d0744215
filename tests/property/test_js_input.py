"""Whatever comes over a link as JavaScript peers have it is read as it was meant, or the link ends with a reason."""

import json
import random
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

pytest.importorskip("Crypto", reason="pycryptodome is not installed: pip install 'multichat[js]'")

from hypothesis import given
from hypothesis import strategies as st

from multifeed.errors import FrameError, MessageError
from multifeed.hypercore9 import bitfield, framing, messages, varint
from multifeed.hypercore9.framing import Frame, FrameDecoder
from multifeed.hypercore9.messages import (
    Cancel,
    Close,
    Data,
    Extension,
    Have,
    Message,
    Open,
    Options,
    Request,
    Status,
    Unhave,
    Unwant,
    Want,
)
from multifeed.limits import FEED_LENGTH_MAX_BLOCKS
from multifeed.merkle import Node
from multifeed.ranges import RangeSet
from tests.helpers.feeds import numbered_blocks, open_multifeeds, written
from tests.helpers.js_pair import End, Stranger

_SEQS = st.one_of(st.integers(0, 40), st.integers(0, FEED_LENGTH_MAX_BLOCKS))
_U64 = st.one_of(st.integers(0, 300), st.integers(0, (1 << 64) - 1))
_KEYS = st.binary(min_size=32, max_size=32)
_NODES = st.lists(st.builds(Node, st.integers(0, 2 * FEED_LENGTH_MAX_BLOCKS), _KEYS, _U64), max_size=6).map(tuple)
_SIGNATURES = st.none() | st.binary(min_size=64, max_size=64)
_NAMES = st.lists(st.text(max_size=16), max_size=5).map(tuple)
_FEED_MESSAGES: st.SearchStrategy[Message] = st.one_of(
    st.builds(Options, _NAMES, st.booleans()),
    st.builds(Status, st.booleans(), st.booleans()),
    st.builds(Have, _SEQS, _SEQS, st.none() | st.binary(max_size=40), st.booleans()),
    st.builds(Unhave, _SEQS, _SEQS),
    st.builds(Want, _SEQS, _SEQS),
    st.builds(Unwant, _SEQS, _SEQS),
    st.builds(Request, _SEQS, _U64, st.booleans(), _U64),
    st.builds(Cancel, _SEQS, _U64, st.booleans()),
    st.builds(Data, _SEQS, st.none() | st.binary(max_size=40), _NODES, _SIGNATURES),
)
_MESSAGES = st.one_of(
    _FEED_MESSAGES,
    st.builds(Open, _KEYS, st.binary(max_size=40)),
    st.builds(Close, st.just(b"") | _KEYS),
    st.builds(Extension, _U64, st.binary(max_size=40)),
)
_FRAMES = st.builds(Frame, st.integers(0, 1 << 30), st.integers(0, 15), st.binary(max_size=200))


@contextmanager
def _end(initiator: bool = False) -> Iterator[End]:  # noqa: FBT001, FBT002 (which side it is)
    with open_multifeeds(1) as (multi,):
        written(multi, 0, numbered_blocks(20))
        yield End(multi, initiator=initiator, seed=1)


@given(_U64)
def test_a_number_comes_back(value: int) -> None:
    encoded = varint.encode(value)

    assert varint.decode(b"x" + encoded + b"y", 1) == (value, 1 + len(encoded))
    assert varint.try_decode(encoded[:-1], 0) is None


@given(_MESSAGES)
def test_a_message_comes_back(message: Message) -> None:
    assert messages.decode(*messages.encode(message)) == message


@given(st.integers(0, 15), st.binary(max_size=300))
def test_any_bytes_are_a_message_or_refused(number: int, encoded: bytes) -> None:
    try:
        message = messages.decode(number, encoded)
    except MessageError:
        return
    assert message is None or messages.decode(*messages.encode(message)) == message


@given(_MESSAGES, st.data())
def test_a_message_that_is_cut_or_changed_is_another_or_refused(message: Message, data: st.DataObject) -> None:
    number, encoded = messages.encode(message)
    changed = bytearray(encoded[: data.draw(st.integers(0, len(encoded)))])
    if changed:
        changed[data.draw(st.integers(0, len(changed) - 1))] = data.draw(st.integers(0, 255))
    try:
        read = messages.decode(number, bytes(changed))
    except MessageError:
        return
    assert isinstance(read, type(message))


@given(st.lists(_FRAMES, max_size=8), st.randoms(use_true_random=False))
def test_frames_come_back_wherever_the_pieces_end(frames: list[Frame], chance: random.Random) -> None:
    data = framing.SIGN_OF_LIFE.join(map(framing.encode, frames))
    decoder, received = FrameDecoder(), list[Frame]()
    while data:
        length = chance.randrange(1, 40)
        received += decoder.receive(data[:length])
        data = data[length:]

    assert received == frames


@given(st.binary(max_size=300))
def test_any_bytes_are_frames_or_refused(data: bytes) -> None:
    try:
        frames = list(FrameDecoder().receive(data))
    except (FrameError, MessageError):
        return
    assert sum(len(frame.payload) for frame in frames) <= len(data)


@given(st.lists(st.tuples(st.integers(0, 2000), st.integers(1, 300)), max_size=20), st.integers(0, 3))
def test_a_bitfield_comes_back(runs: list[tuple[int, int]], page: int) -> None:
    start = 8192 * page
    held = RangeSet((start + first, start + first + length) for first, length in runs)

    assert RangeSet(bitfield.decode(bitfield.encode(held, start, start + 8192), start)) == held


@given(st.binary(max_size=200), _SEQS)
def test_any_bytes_are_a_bitfield_or_refused(coded: bytes, start: int) -> None:
    try:
        runs = bitfield.decode(coded, start)
    except MessageError:
        return
    assert runs == list(RangeSet(runs))


@given(st.lists(st.binary(max_size=300), max_size=5), st.booleans())
def test_any_bytes_at_the_start_of_a_link_end_it_or_are_waited_on(pieces: list[bytes], initiator: bool) -> None:  # noqa: FBT001 (which side it is)
    with _end(initiator) as end:
        for piece in pieces:
            end.peer.receive(piece, 0.0)

        assert end.peer.is_closed == bool(end.peer.reason)
        end.peer.handle_timeout(100.0)
        assert end.peer.reason


@given(st.binary(min_size=1, max_size=500))
def test_any_bytes_after_the_handshake_end_the_link_or_do_nothing(data: bytes) -> None:
    with _end() as end:
        Stranger(end)
        end.peer.receive(data, 0.0)

        assert end.peer.is_closed == bool(end.peer.reason)


@given(st.lists(_FRAMES | st.builds(lambda message: Frame(0, *messages.encode(message)), _MESSAGES), max_size=6))
def test_any_frames_on_a_link_of_the_room_end_it_or_do_nothing(frames: list[Frame]) -> None:
    with _end() as end:
        stranger = Stranger(end)
        stranger.greet()
        for frame in frames:
            stranger.transport.send(frame)
        stranger.exchange()

        assert len(end.multi.feeds()) == 1


@given(st.lists(_FEED_MESSAGES, max_size=10), st.booleans())
def test_any_messages_about_a_feed_end_the_link_or_do_nothing(said: list[Message], is_ours: bool) -> None:  # noqa: FBT001 (whose feed it is)
    with _end() as end:
        stranger = Stranger(end)
        stranger.greet()
        own = end.multi.feeds()[0]
        key = own.key if is_ours else bytes([9] * 32)
        stranger.mux._offered[key] = None
        stranger.mux._say(
            "MULTIFEED_MANIFEST" if not is_ours else "MULTIFEED_REQUEST_FEEDS", _named(key, is_ours=is_ours)
        )
        stranger.exchange()
        if not is_ours:
            stranger.mux._say("MULTIFEED_REPLICATE_FEEDS", [key.hex()])
        channel_id = stranger.open(key)
        for message in said:
            stranger.say(channel_id, message)
        stranger.exchange()

        assert end.multi.feeds() == [own]
        assert own.length == 20


def _named(key: bytes, *, is_ours: bool) -> object:
    return [key.hex()] if is_ours else {"keys": [key.hex()]}


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=70) | _KEYS.map(bytes.hex),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(("keys", "version", "client")), inner),
    max_leaves=8,
)


@given(st.integers(0, 3), _JSON | st.binary(max_size=40))
def test_whatever_is_said_of_feeds_is_understood_or_ends_the_link(id_: int, value: object) -> None:
    with _end() as end:
        stranger = Stranger(end)
        stranger.greet()
        payload = value if isinstance(value, bytes) else json.dumps(value).encode()
        stranger.say(0, Extension(id_, payload))
        stranger.exchange()

        assert end.peer.is_closed == bool(end.peer.reason)
        assert len(end.multi.feeds()) == 1

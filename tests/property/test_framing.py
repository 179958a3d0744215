"""Bytes to frames and messages, however they are split on the way."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from multifeed.errors import FrameError
from multifeed.limits import FRAME_LENGTH_MAX_BYTES, MESSAGE_LENGTH_MAX_BYTES
from multifeed.protocol.framing import FrameDecoder, MessageAssembler, fragments, frame
from multifeed.protocol.noise import TAGLEN

_payloads = st.lists(st.binary(max_size=300), max_size=12)
_cuts = st.lists(st.integers(0, 4000), max_size=20)


def _split(data: bytes, cuts: list[int]) -> list[bytes]:
    places = [0, *sorted(min(cut, len(data)) for cut in cuts), len(data)]
    return [data[start:end] for start, end in pairwise(places)]


def _assembled(parts: list[bytes]) -> list[bytes]:
    assembler = MessageAssembler()
    return [message for part in parts if (message := assembler.add(part)) is not None]


@given(_payloads, _cuts)
def test_any_split_of_the_bytes_gives_the_same_frames(payloads: list[bytes], cuts: list[int]) -> None:
    decoder = FrameDecoder()
    stream = b"".join(map(frame, payloads))
    assert [payload for part in _split(stream, cuts) for payload in decoder.receive(part)] == payloads


@given(_payloads)
def test_one_byte_at_a_time_gives_the_same_frames(payloads: list[bytes]) -> None:
    decoder = FrameDecoder()
    stream = b"".join(map(frame, payloads))
    assert [payload for byte in stream for payload in decoder.receive(bytes([byte]))] == payloads


@given(_payloads, st.binary(min_size=1, max_size=50), st.data())
def test_a_frame_that_is_cut_short_is_not_given(payloads: list[bytes], last: bytes, data: st.DataObject) -> None:
    unfinished = frame(last)[: data.draw(st.integers(0, len(last) + 1))]
    decoder = FrameDecoder()
    assert list(decoder.receive(b"".join(map(frame, payloads)) + unfinished)) == payloads


@pytest.mark.parametrize("length", [0, 1, FRAME_LENGTH_MAX_BYTES])
def test_a_frame_holds_up_to_the_longest_transport_message(length: int) -> None:
    payload = bytes(length)
    assert list(FrameDecoder().receive(frame(payload))) == [payload]


@pytest.mark.parametrize("around", [0, 1, 2, 3])
@pytest.mark.parametrize("extra", [-1, 0, 1])
def test_a_message_survives_its_fragments_around_each_bound(around: int, extra: int) -> None:
    fragment_length = FRAME_LENGTH_MAX_BYTES - TAGLEN - 1
    length = around * fragment_length + extra
    length = max(length, 0)
    message = bytes(range(256)) * (length // 256 + 1)
    message = message[:length]
    parts = list(fragments(message))
    assert all(len(part) <= FRAME_LENGTH_MAX_BYTES - TAGLEN for part in parts)
    assert _assembled(parts) == [message]


@given(st.lists(st.integers(0, 200_000), max_size=4))
def test_messages_in_a_row_come_out_one_by_one(lengths: list[int]) -> None:
    sent = [bytes([number]) * length for number, length in enumerate(lengths)]
    assert _assembled([part for message in sent for part in fragments(message)]) == sent


def test_the_longest_message_passes_and_one_byte_more_does_not() -> None:
    longest = bytes(MESSAGE_LENGTH_MAX_BYTES)
    parts = list(fragments(longest))
    assert _assembled(parts) == [longest]
    with pytest.raises(FrameError):
        _assembled([*parts[:-1], parts[-1] + b"\x00"])


def test_fragments_without_end_are_refused_at_the_bound() -> None:
    assembler = MessageAssembler()
    part = b"\x01" + bytes(60_000)
    for _ in range(MESSAGE_LENGTH_MAX_BYTES // 60_000):
        assert assembler.add(part) is None
    with pytest.raises(FrameError):
        assembler.add(part)


@pytest.mark.parametrize("fragment", [b"", b"\x02", b"\x02more", b"\xff", b"\x01"])
def test_what_is_no_fragment_is_refused(fragment: bytes) -> None:
    with pytest.raises(FrameError):
        MessageAssembler().add(fragment)

"""The messages of a link: what is encoded is decoded, and nothing else is a message."""

import math
from typing import Any

import cbor2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from multifeed import limits
from multifeed.errors import MessageError
from multifeed.protocol.messages import AnyMessage, decode, encode
from tests.helpers.wire_messages import BY_CLASS, any_message

_cbor_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**65), 2**65)
    | st.floats()
    | st.binary(max_size=70)
    | st.text(st.characters(exclude_categories=["Cs"]), max_size=10),
    lambda inner: (
        st.lists(inner, max_size=8)
        | st.dictionaries(st.integers(0, 5), inner, max_size=3)
        | st.builds(cbor2.CBORTag, st.integers(1000, 2000), inner)
    ),
    max_leaves=12,
)


@pytest.mark.parametrize("kind", BY_CLASS, ids=lambda kind: kind.__name__)
@settings(max_examples=25)
@given(data=st.data())
def test_every_message_comes_back_as_it_was(kind: type[AnyMessage], data: st.DataObject) -> None:
    message = data.draw(BY_CLASS[kind])
    assert decode(encode(message)) == message


@given(st.binary(max_size=200))
def test_arbitrary_bytes_are_refused(data: bytes) -> None:
    try:
        message = decode(data)
    except MessageError:
        return
    assert encode(message) == data


@settings(max_examples=200)
@given(st.integers(-1, 13) | _cbor_values, st.lists(_cbor_values, max_size=9))
def test_arbitrary_cbor_is_refused_unless_it_is_a_message(number: object, fields: list[Any]) -> None:
    data = cbor2.dumps([number, *fields], canonical=True)
    try:
        message = decode(data)
    except MessageError:
        return
    assert encode(message) == data


@given(_cbor_values.filter(lambda value: not isinstance(value, list)))
def test_what_is_no_array_is_refused(value: object) -> None:
    with pytest.raises(MessageError):
        decode(cbor2.dumps(value, canonical=True))


@given(any_message, st.data())
def test_a_field_of_another_kind_is_refused_or_read_exactly(message: AnyMessage, data: st.DataObject) -> None:
    value = [message.NUMBER, *message.fields()]
    value[data.draw(st.integers(0, len(value) - 1))] = data.draw(_cbor_values)
    encoded = cbor2.dumps(value, canonical=True)
    try:
        read = decode(encoded)
    except MessageError:
        return
    assert encode(read) == encoded


@given(any_message, st.binary(min_size=1, max_size=10))
def test_trailing_bytes_are_refused(message: AnyMessage, more: bytes) -> None:
    with pytest.raises(MessageError):
        decode(encode(message) + more)


@given(any_message, st.data())
def test_a_message_cut_short_is_refused(message: AnyMessage, data: st.DataObject) -> None:
    encoded = encode(message)
    with pytest.raises(MessageError):
        decode(encoded[: data.draw(st.integers(0, len(encoded) - 1))])


@given(any_message)
def test_a_field_too_many_or_too_few_is_refused(message: AnyMessage) -> None:
    fields = message.fields()
    for wrong in ([message.NUMBER, *fields, 0], [message.NUMBER, *fields[:-1]]):
        with pytest.raises(MessageError):
            decode(cbor2.dumps(wrong, canonical=True))


@given(any_message, st.sampled_from([0, 1, 2, 3, 4, 28, 29, 30, 35, 37, 258, 1004, 1234, 55_799]))
def test_a_tag_around_the_message_or_a_field_is_refused(message: AnyMessage, tag: int) -> None:
    head = _tag_head(tag)
    number, *fields = (cbor2.dumps(part) for part in (message.NUMBER, *message.fields()))
    array = bytes([0x80 | (len(fields) + 1)])
    with pytest.raises(MessageError):
        decode(head + encode(message))
    with pytest.raises(MessageError):
        decode(array + number + head + b"".join(fields))


def _tag_head(tag: int) -> bytes:
    if tag < 24:
        return bytes([0xC0 | tag])
    return bytes([0xD8, tag]) if tag < 256 else b"\xd9" + tag.to_bytes(2)


_OTHER_ENCODINGS = {
    "an integer in more bytes than it needs": b"\x82\x09\x18\x05",
    "an integer in eight bytes": b"\x82\x09\x1b\x00\x00\x00\x00\x00\x00\x00\x05",
    "a long array head": b"\x98\x02\x09\x05",
    "an array without a length": b"\x9f\x09\x05\xff",
    "a byte string in pieces": b"\x82\x01\x5f\x50" + bytes(16) + b"\xff",
    "a byte string with a long head": b"\x82\x01\x58\x10" + bytes(16),
    "a text in pieces": b"\x82\x0b\x7f\x61a\xff",
    "a float for an integer": b"\x82\x09\xf9\x45\x00",
    "a bignum for an integer": b"\x82\x09\xc2\x41\x05",
    "a true for an integer": b"\x82\x09\xf5",
    "an undefined": b"\x82\x09\xf7",
    "a negative integer": b"\x82\x09\x24",
}


@pytest.mark.parametrize("data", _OTHER_ENCODINGS.values(), ids=_OTHER_ENCODINGS)
def test_other_encodings_of_a_message_are_refused(data: bytes) -> None:
    with pytest.raises(MessageError):
        decode(data)


_HOSTILE = {
    "nothing": b"",
    "an empty array": b"\x80",
    "an array of 2^63 entries": b"\x9b\x7f" + b"\xff" * 7,
    "a byte string of 2^63 bytes": b"\x82\x01\x5b\x7f" + b"\xff" * 7,
    "arrays in each other": b"\x81" * 50_000,
    "tags in each other": b"\xc6" * 50_000,
    "an unknown number": b"\x82\x17\x00",
    "a huge number": b"\x81\x1b" + b"\xff" * 8,
    "a shared value": b"\xd8\x1c\x82\x09\x05",
    "a regular expression": b"\x82\x09\xd8\x23\x63a+b",
}


@pytest.mark.parametrize("data", _HOSTILE.values(), ids=_HOSTILE)
def test_hostile_bytes_are_refused(data: bytes) -> None:
    with pytest.raises(MessageError):
        decode(data)


_KEY, _HASH, _SIGNATURE = b"k" * 32, b"h" * 32, b"s" * 64
_BLOCK = bytes(limits.BLOCK_LENGTH_MAX_BYTES)
_OUT_OF_BOUNDS: dict[str, list[Any]] = {
    "an offer of an empty feed": [4, [[0, _KEY, 0, _HASH, None, False]]],
    "an offer of a feed that is too long": [4, [[0, _KEY, (1 << 40) + 1, _HASH, None, False]]],
    "an offer of too many feeds": [4, [[0, _KEY, 1, _HASH, None, False]] * (limits.OFFER_LENGTH_MAX_FEEDS + 1)],
    "an offer with an alias out of bounds": [4, [[limits.SESSION_FEEDS_MAX, _KEY, 1, _HASH, None, False]]],
    "an offer with half a run": [4, [[0, _KEY, 9, _HASH, [1], False]]],
    "an offer with an empty run": [4, [[0, _KEY, 9, _HASH, [1, 1], False]]],
    "an offer with runs that touch": [4, [[0, _KEY, 9, _HASH, [1, 2, 2, 3], False]]],
    "an offer with runs that descend": [4, [[0, _KEY, 9, _HASH, [5, 6, 1, 2], False]]],
    "an offer with a run beyond the feed": [4, [[0, _KEY, 9, _HASH, [1, 10], False]]],
    "an offer with too many runs": [
        4,
        [[0, _KEY, 999, _HASH, list(range(2 * limits.OFFER_LENGTH_MAX_RANGES + 2)), False]],
    ],
    "an offer that is frozen by a number": [4, [[0, _KEY, 1, _HASH, None, 1]]],
    "a contradiction that is cut short": [12, 0, bytes(207)],
    "a contradiction with a text for evidence": [12, 0, "x" * 248],
    "a contradiction of heads of no length": [12, 0, bytes(208)],
    "a request for nothing": [5, 0, 0, 3, 3, 0],
    "a request for less than nothing": [5, 0, 0, 4, 3, 0],
    "an answer without blocks": [6, 0, 0, [], 1, _HASH, _SIGNATURE, 0, b""],
    "an answer beyond its head": [6, 0, 1, [b""], 1, _HASH, _SIGNATURE, 0, b""],
    "an answer since a head beyond its own": [6, 0, 0, [b""], 1, _HASH, _SIGNATURE, 2, b""],
    "an answer with a node too many": [6, 0, 0, [b""], 1, _HASH, _SIGNATURE, 0, bytes(40)],
    "an answer with a node too few": [6, 0, 0, [b""], 2, _HASH, _SIGNATURE, 0, b""],
    "an answer with a block that is too long": [6, 0, 0, [_BLOCK + b"x"], 1, _HASH, _SIGNATURE, 0, b""],
    "an answer with too many blocks": [6, 0, 0, [b""] * 513, 513, _HASH, _SIGNATURE, 0, b""],
    "an answer with a text for a block": [6, 0, 0, ["x"], 1, _HASH, _SIGNATURE, 0, b""],
    "a push without blocks": [8, 0, [], 1, _HASH, _SIGNATURE],
    "a push beyond its head": [8, 0, [b"", b""], 1, _HASH, _SIGNATURE],
    "a hello with a long agent": [0, bytes(16), _KEY, _SIGNATURE, 0, "a" * (limits.AGENT_LENGTH_MAX + 1)],
    "a hello with a port out of bounds": [0, bytes(16), _KEY, _SIGNATURE, 65_536, "a"],
    "a hello with a short key": [0, bytes(16), _KEY[1:], _SIGNATURE, 1, "a"],
    "a goodbye that is too long": [11, "x" * (limits.REASON_LENGTH_MAX + 1)],
    "a ping with a token out of bounds": [9, 1 << 32],
    "a ping with not a number": [9, math.nan],
    "buckets that are short": [2, bytes(255 * 16)],
    "a bitmap that is long": [3, bytes(33)],
}


@pytest.mark.parametrize("value", _OUT_OF_BOUNDS.values(), ids=_OUT_OF_BOUNDS)
def test_a_message_with_a_field_out_of_bounds_is_refused(value: list[Any]) -> None:
    with pytest.raises(MessageError):
        decode(cbor2.dumps(value, canonical=True))

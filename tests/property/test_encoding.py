"""Whatever a foreign block holds, reading it gives a value or BlockDecodeError, and nothing else."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from multifeed import BlockDecodeError, InvalidArgumentError
from multifeed.encoding import encoding_named

_texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
_json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**60), 2**60)
    | st.floats(allow_nan=False, allow_infinity=False)
    | _texts,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_texts, inner, max_size=4),
    max_leaves=15,
)
_cbor_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.binary(max_size=20) | _texts,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_texts, inner, max_size=4),
    max_leaves=15,
)


def _decode_or_refuse(name: str, block: bytes) -> None:
    """Any error but the one that is allowed fails the test that calls this."""
    try:
        encoding_named(name).decode(block)
    except BlockDecodeError:
        return


@given(_json_values)
def test_json_gives_back_what_was_written(value: object) -> None:
    encoding = encoding_named("json")
    assert encoding.decode(encoding.encode(value)) == value


@given(_cbor_values)
def test_cbor_gives_back_what_was_written(value: object) -> None:
    encoding = encoding_named("cbor")
    assert encoding.decode(encoding.encode(value)) == value


@given(st.binary(max_size=200))
def test_binary_gives_back_every_block(block: bytes) -> None:
    encoding = encoding_named("binary")
    assert encoding.decode(encoding.encode(block)) == block


@pytest.mark.parametrize("name", ["cbor", "json"])
@given(block=st.binary(max_size=200))
def test_arbitrary_bytes_are_a_value_or_refused(name: str, block: bytes) -> None:
    _decode_or_refuse(name, block)


@given(_cbor_values, st.data())
def test_spoilt_cbor_is_a_value_or_refused(value: object, data: st.DataObject) -> None:
    block = bytearray(encoding_named("cbor").encode(value))
    block[data.draw(st.integers(0, len(block) - 1))] = data.draw(st.integers(0, 255))
    _decode_or_refuse("cbor", bytes(block))


_HOSTILE_CBOR = {
    "an array of 2^63 entries": b"\x9b\x7f" + b"\xff" * 7,
    "a map of 2^63 entries": b"\xbb\x7f" + b"\xff" * 7,
    "a text of 2^63 bytes": b"\x7b\x7f" + b"\xff" * 7,
    "a text that is not UTF-8": b"\x61\xff",
    "10,000 arrays in each other": b"\x81" * 10_000,
    "10,000 tags in each other": b"\xc1" * 10_000,
    "a break without a beginning": b"\xff",
    "a date that is none": b"\xc0\x61x",
    "a regular expression that is none": b"\xd8\x23\x61(",
    "a reference to nothing": b"\xd8\x1d\x05",
    "a map with a list as key": b"\xa1\x81\x01\x02",
    "a list that is cut short": b"\x83\x01",
    "nothing": b"",
}


@pytest.mark.parametrize("block", _HOSTILE_CBOR.values(), ids=_HOSTILE_CBOR)
def test_hostile_cbor_is_refused(block: bytes) -> None:
    with pytest.raises(BlockDecodeError):
        encoding_named("cbor").decode(block)


def test_a_cbor_value_that_contains_itself_is_refused() -> None:
    with pytest.raises(BlockDecodeError):
        encoding_named("cbor").decode(b"\xd8\x1c\x81\xd8\x1d\x00")


def test_cbor_with_more_behind_the_value_is_refused() -> None:
    with pytest.raises(BlockDecodeError):
        encoding_named("cbor").decode(b"\x01\x02")


_HOSTILE_JSON = {
    "100,000 lists in each other": b"[" * 100_000,
    "a number of 100,000 digits": b"9" * 100_000,
    "more behind the value": b"1 2",
    "not UTF-8": b'"\xff"',
    "nothing": b"",
    "a name that is not a value": b"undefined",
}


@pytest.mark.parametrize("block", _HOSTILE_JSON.values(), ids=_HOSTILE_JSON)
def test_hostile_json_is_refused(block: bytes) -> None:
    with pytest.raises(BlockDecodeError):
        encoding_named("json").decode(block)


@pytest.mark.parametrize("block", [b"NaN", b"Infinity", b"-Infinity"])
def test_json_that_the_encoding_itself_would_not_write_is_refused(block: bytes) -> None:
    with pytest.raises(BlockDecodeError):
        encoding_named("json").decode(block)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("binary", "text"),
        ("binary", 1),
        ("json", b"bytes"),
        ("json", float("nan")),
        ("json", "\ud800"),
        ("json", object),
        ("cbor", object),
    ],
    ids=repr,
)
def test_a_value_that_the_encoding_does_not_have_is_refused(name: str, value: object) -> None:
    with pytest.raises(InvalidArgumentError):
        encoding_named(name).encode(value)


@pytest.mark.parametrize("name", ["json", "cbor"])
def test_a_value_that_contains_itself_is_not_written(name: str) -> None:
    loop: list[Any] = []
    loop.append(loop)
    with pytest.raises(InvalidArgumentError):
        encoding_named(name).encode(loop)


@pytest.mark.parametrize("name", ["", "JSON", "utf-8", "pickle"])
def test_there_are_no_other_encodings(name: str) -> None:
    with pytest.raises(InvalidArgumentError):
        encoding_named(name)

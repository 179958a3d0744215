"""Whatever a block holds, it is a message that can be shown and kept, or none."""

import json
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from multichat.model.log import record_in
from multichat.model.message import message_of
from multichat.model.record import format_timestamp, parse_json_record
from multifeed import Multifeed

_any_text = st.text(st.characters(), max_size=30)
_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | _any_text,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_any_text, inner, max_size=3),
    max_leaves=8,
)
_records = st.fixed_dictionaries(
    {
        "type": st.just("chat-message"),
        "nickname": _any_text,
        "text": _any_text,
        "timestamp": st.datetimes().map(lambda moment: moment.isoformat() + "Z") | st.integers() | st.floats(),
    },
    optional={"action": _values, "more": _values},
)


@pytest.fixture(scope="module")
def multi(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Multifeed]:
    path = tmp_path_factory.mktemp("store") / "log.sqlite"
    with Multifeed.open(path, value_encoding="cbor") as opened:
        yield opened


def _assert_usable(block: bytes) -> None:
    record = parse_json_record(block)
    if record is not None:
        message = message_of(b"", 0, record)
        for text in (record.nickname, record.text, message.nickname, message.text):
            assert text.encode().decode() == text
        assert format_timestamp(record.timestamp_ms)
        assert 0 <= record.timestamp_ms < 1 << 53


@given(value=_records, is_ascii=st.booleans())
def test_a_record_with_anything_in_it_can_be_shown(value: object, *, is_ascii: bool) -> None:
    _assert_usable(json.dumps(value, ensure_ascii=is_ascii).encode(errors="surrogatepass"))


@given(value=_records, data=st.data())
def test_a_spoilt_record_is_a_message_or_none(value: object, data: st.DataObject) -> None:
    block = bytearray(json.dumps(value).encode())
    block[data.draw(st.integers(1, len(block) - 1))] = data.draw(st.integers(0, 255))
    _assert_usable(bytes(block))


@given(rest=st.binary(max_size=200))
def test_arbitrary_bytes_are_a_message_or_none(multi: Multifeed, rest: bytes) -> None:
    for block in (rest, b"{" + rest):
        record_in(multi, block)
        _assert_usable(block)

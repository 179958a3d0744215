"""Messages that `multichat.js` wrote in JSON are messages like ours."""

import json
from datetime import UTC, date
from pathlib import Path

import pytest

from multichat.model.log import message_at, record_in
from multichat.model.message import Position
from multichat.model.query import Query
from multichat.model.record import Record, is_json, parse_json_record
from multichat.model.search import SearchIndex
from multichat.model.timeline import Timeline
from multifeed import BlockDecodeError, KeyPair, Multifeed
from multifeed.encoding import encoding_named
from tests.helpers.feeds import copy_range, key_pair

TIME = "2021-05-03T12:00:00.250Z"
TIME_MS = 1_620_043_200_250


def _block(**changes: object) -> bytes:
    value = {"type": "chat-message", "nickname": "anna", "text": "hello", "timestamp": TIME}
    return json.dumps({**value, **changes}).encode()


def test_a_message_is_read() -> None:
    assert parse_json_record(_block()) == Record("anna", "hello", TIME_MS)
    # As the JSON codec of the JavaScript programs ends each block.
    assert parse_json_record(_block() + b"\n") == Record("anna", "hello", TIME_MS)
    assert parse_json_record(_block(action=True)) == Record("anna", "hello", TIME_MS, is_action=True)


@pytest.mark.parametrize("timestamp", [TIME_MS, float(TIME_MS), TIME_MS + 0.9])
def test_a_time_may_be_a_number_of_milliseconds(timestamp: float) -> None:
    assert parse_json_record(_block(timestamp=timestamp)) == Record("anna", "hello", TIME_MS)


@pytest.mark.parametrize("timestamp", [-1, 1e300, 253_402_300_800_000, True, None, "", "noon", [TIME], {}])
def test_what_is_no_time_is_no_message(timestamp: object) -> None:
    assert parse_json_record(_block(timestamp=timestamp)) is None


def test_half_a_pair_is_shown_as_a_replacement() -> None:
    block = b'{"type":"chat-message","nickname":"\\udc4b","text":"a\\ud83d b \\ud83d\\udc4b","timestamp":"%s"}'
    record = parse_json_record(block % TIME.encode())
    assert record == Record("\N{REPLACEMENT CHARACTER}", "a\N{REPLACEMENT CHARACTER} b \N{WAVING HAND SIGN}", TIME_MS)


_NO_MESSAGES = {
    "not JSON": b"{nickname: anna}",
    "cut short": _block()[:-1],
    "more behind it": _block() + b"{}",
    "not UTF-8": _block().replace(b"hello", b"\xff"),
    "UTF-16": _block().decode().encode("utf-16-le"),
    "a number that is none": _block().replace(b'"hello"', b'"hello", "x": NaN'),
    "100,000 objects in each other": b'{"a":' * 50_000 + b"1" + b"}" * 50_000,
    "a number of 100,000 digits": b'{"timestamp":' + b"9" * 100_000 + b"}",
    "another type": _block(type="picture"),
    "no text": _block(text=None),
    "a nickname that is a number": _block(nickname=1),
    "nothing": b"{}",
}


@pytest.mark.parametrize("block", _NO_MESSAGES.values(), ids=_NO_MESSAGES)
def test_anything_else_is_no_message(block: bytes) -> None:
    assert parse_json_record(block) is None


@pytest.mark.parametrize("second", range(256))
def test_no_block_is_a_value_both_in_json_and_in_cbor(second: int) -> None:
    """In CBOR, what begins like an object of JSON is a text that is longer than any block; or else it is no JSON."""
    begun = b"{" + bytes([second])
    assert is_json(begun)
    if chr(second) in ' \t\r\n"}':
        with pytest.raises(BlockDecodeError):
            encoding_named("cbor").decode(begun + bytes(7) + b"x" * 1_000)
    else:
        assert parse_json_record(begun + _block()[2:]) is None


def test_a_text_of_cbor_that_begins_like_json_is_no_message(tmp_path: Path) -> None:
    with Multifeed.open(tmp_path / "log.sqlite", value_encoding="cbor") as multi:
        assert record_in(multi, b"{" + len(b"text").to_bytes(8) + b"text") is None
        assert record_in(multi, encoding_named("cbor").encode(Record("anna", "hello", TIME_MS).value())) is not None


def _said_by(multi: Multifeed, pair: KeyPair, blocks: list[bytes], directory: Path) -> bytes:
    with Multifeed.open(directory / f"{pair.public_key.hex()[:4]}.sqlite") as theirs:
        feed = theirs.writer("local", key_pair=pair)
        feed.extend(blocks)
        copy_range(feed, multi.candidate(feed.key), 0, len(blocks))
    return pair.public_key


def test_they_stand_in_the_conversation_and_are_found(tmp_path: Path) -> None:
    blocks = [_block(text="the first"), b'{"type":"picture"}', _block(text="the last", timestamp=TIME_MS + 2_000)]
    ours = encoding_named("cbor").encode(Record("bert", "between", TIME_MS + 1_000).value())
    with Multifeed.open(tmp_path / "log.sqlite", value_encoding="cbor") as multi:
        anna = _said_by(multi, key_pair(1), blocks, tmp_path)
        _said_by(multi, key_pair(2), [ours], tmp_path)
        timeline = Timeline.open(tmp_path / "t.sqlite", multi, source=b"us", clock_ms=lambda: TIME_MS + 5_000)
        while timeline.advance() is not None:
            pass
        said = [(message.nickname, message.text) for message in timeline.after(None, 10)]
        assert said == [("anna", "the first"), ("bert", "between"), ("anna", "the last")]
        message = message_at(multi, Position(TIME_MS + 2_000, anna, 2))
        assert message is not None
        assert message.text == "the last"
        timeline.close()
        index = SearchIndex.open(tmp_path / "s.sqlite", multi, source=b"us")
        while index.advance():
            pass
        query = Query.parse("last from:anna", today=date(2021, 5, 3), zone=UTC)
        found = index.search(query, None, 10, until_ms=TIME_MS + 5_000)
        assert [message.text for message in found] == ["the last"]
        index.close()

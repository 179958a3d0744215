"""One feed: what goes in comes out, and what cannot be is refused without a trace."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from multifeed import (
    BlockDecodeError,
    Feed,
    InvalidArgumentError,
    Multifeed,
    NotHeldError,
    NotWritableError,
)
from multifeed.limits import BLOCK_LENGTH_MAX_BYTES
from tests.helpers.checks import assert_all_verify, assert_verifies
from tests.helpers.feeds import copy_range, heads_of, key_pair, numbered_blocks, written


@pytest.fixture
def multi(tmp_path: Path) -> Iterator[Multifeed]:
    with Multifeed.open(tmp_path / "ours.sqlite") as ours:
        yield ours
        assert_all_verify(ours)


@pytest.fixture
def other(tmp_path: Path) -> Iterator[Multifeed]:
    with Multifeed.open(tmp_path / "other.sqlite") as others:
        yield others
        assert_all_verify(others)


def test_a_new_feed_is_empty(multi: Multifeed) -> None:
    feed = multi.writer("a", key_pair=key_pair(1))
    assert (feed.key, feed.length, feed.byte_length, feed.writable) == (key_pair(1).public_key, 0, 0, True)
    assert list(feed) == []
    assert feed.head.signature == b""


def test_appended_blocks_are_read_back_in_order(multi: Multifeed) -> None:
    feed = multi.writer("a")
    blocks = numbered_blocks(10)
    assert [feed.append(block) for block in blocks] == list(range(10))
    assert list(feed) == blocks
    assert [feed.get(seq) for seq in range(10)] == blocks
    assert feed.byte_length == sum(map(len, blocks))
    assert list(feed.held) == [(0, 10)]


def test_a_batch_has_one_signature_and_gives_its_seqs(multi: Multifeed) -> None:
    feed = multi.writer("a")
    feed.append(b"first")
    assert feed.extend([b"x", b"y", b"z"]) == range(1, 4)
    assert list(feed.read(1, 4)) == [b"x", b"y", b"z"]


def test_a_block_can_be_appended_as_it_is_whatever_the_encoding(tmp_path: Path) -> None:
    with Multifeed.open(tmp_path / "cbor.sqlite", value_encoding="cbor") as multi:
        feed = multi.writer("a")
        assert feed.append("a value") == 0
        assert feed.append_block(b'{"no":"CBOR"}\n') == 1
        assert feed.block(1) == b'{"no":"CBOR"}\n'
        assert feed.get(0) == "a value"
        assert_all_verify(multi)
    with Multifeed.open(tmp_path / "cbor.sqlite", value_encoding="cbor") as multi:
        assert multi.writer("a").length == 2


@pytest.mark.parametrize(
    "block", [bytes(BLOCK_LENGTH_MAX_BYTES + 1), "text", bytearray(3)], ids=["long", "str", "bytearray"]
)
def test_what_is_no_block_is_not_appended_as_one(multi: Multifeed, block: bytes) -> None:
    feed = multi.writer("a")
    with pytest.raises(InvalidArgumentError):
        feed.append_block(block)
    assert feed.length == 0


def test_whether_there_is_a_writer_can_be_asked_without_making_one(multi: Multifeed) -> None:
    assert not multi.has_writer("a")
    multi.writer("a")
    assert multi.has_writer("a")
    assert len(multi.feeds()) == 1


@pytest.mark.parametrize("block", [b"", b"\x00", bytes(BLOCK_LENGTH_MAX_BYTES)], ids=["empty", "zero", "longest"])
def test_any_block_within_the_bound_can_be_held(multi: Multifeed, block: bytes) -> None:
    feed = multi.writer("a")
    feed.append(block)
    assert feed.get(0) == block


def test_long_feeds_are_read_in_ranges(multi: Multifeed) -> None:
    feed = multi.writer("a")
    blocks = numbered_blocks(1000)
    feed.extend(blocks)
    assert list(feed.read(255, 770)) == blocks[255:770]
    assert list(feed.read(999)) == blocks[999:]
    assert list(feed.read(5, 5)) == []
    assert list(feed.read(1000)) == []


_BAD_APPENDS: dict[str, tuple[type[Exception], Callable[[Feed], object]]] = {
    "a block that is too long": (
        InvalidArgumentError,
        lambda feed: feed.append(bytes(BLOCK_LENGTH_MAX_BYTES + 1)),
    ),
    "one block of a batch that is too long": (
        InvalidArgumentError,
        lambda feed: feed.extend([b"fine", bytes(BLOCK_LENGTH_MAX_BYTES + 1)]),
    ),
    "no blocks": (InvalidArgumentError, lambda feed: feed.extend([])),
    "a text in a binary feed": (InvalidArgumentError, lambda feed: feed.append("text")),
    "one text among blocks": (InvalidArgumentError, lambda feed: feed.extend([b"fine", "text"])),
    "None": (InvalidArgumentError, lambda feed: feed.append(None)),
}


@pytest.mark.parametrize(("error", "append"), _BAD_APPENDS.values(), ids=_BAD_APPENDS)
def test_a_bad_append_changes_nothing(
    multi: Multifeed, error: type[Exception], append: Callable[[Feed], object]
) -> None:
    feed = written(multi, 1, numbered_blocks(3))
    heard = list[object]()
    multi.listen(lambda *args: heard.append(args))
    before = heads_of([feed])
    with pytest.raises(error):
        append(feed)
    assert heads_of([feed]) == before
    assert heard == []
    assert feed.append(b"goes on") == 3


_BAD_RANGES: dict[str, tuple[type[Exception], Callable[[Feed], object]]] = {
    "get before the start": (InvalidArgumentError, lambda feed: feed.get(-1)),
    "get at the end": (NotHeldError, lambda feed: feed.get(3)),
    "get far beyond": (InvalidArgumentError, lambda feed: feed.get(1 << 64)),
    "read a reversed range": (InvalidArgumentError, lambda feed: list(feed.read(2, 1))),
    "read from before the start": (InvalidArgumentError, lambda feed: list(feed.read(-1, 1))),
    "read beyond the end": (NotHeldError, lambda feed: list(feed.read(0, 4))),
    "read from beyond the end": (InvalidArgumentError, lambda feed: list(feed.read(5))),
    "prove a reversed range": (InvalidArgumentError, lambda feed: feed.proof(2, 1)),
    "prove a negative range": (InvalidArgumentError, lambda feed: feed.proof(-2, -1)),
    "prove beyond the end": (NotHeldError, lambda feed: feed.proof(0, 4)),
    "prove since beyond the end": (InvalidArgumentError, lambda feed: feed.proof(0, 1, since=4)),
    "prove since before the start": (InvalidArgumentError, lambda feed: feed.proof(0, 1, since=-1)),
}


@pytest.mark.parametrize(("error", "ask"), _BAD_RANGES.values(), ids=_BAD_RANGES)
def test_a_range_that_is_none_is_refused(
    multi: Multifeed, error: type[Exception], ask: Callable[[Feed], object]
) -> None:
    feed = written(multi, 1, numbered_blocks(3))
    with pytest.raises(error):
        ask(feed)


def test_nobody_appends_to_a_foreign_feed(multi: Multifeed, other: Multifeed) -> None:
    source = written(other, 1, numbered_blocks(3))
    copy = multi.add(source.key)
    copy_range(source, copy, 0, 3)
    assert not copy.writable
    assert copy.key_pair is None
    with pytest.raises(NotWritableError):
        copy.append(b"mine")
    assert heads_of([copy]) == heads_of([source])


def test_blocks_that_are_not_here_are_named(multi: Multifeed, other: Multifeed) -> None:
    source = written(other, 1, numbered_blocks(10))
    copy = multi.add(source.key)
    copy_range(source, copy, 2, 4)
    copy_range(source, copy, 7, 10)
    assert list(copy.held) == [(2, 4), (7, 10)]
    assert copy.length == 10
    with pytest.raises(NotHeldError, match="4 to 6"):
        list(copy.read(3, 9))
    assert list(copy.read(7, 10)) == source.blocks(7, 10)


def test_a_range_that_is_accepted_twice_changes_nothing_the_second_time(multi: Multifeed, other: Multifeed) -> None:
    source = written(other, 1, numbered_blocks(6))
    copy = multi.add(source.key)
    copy_range(source, copy, 1, 4)
    heard = list[tuple[int, int]]()
    multi.listen(lambda _feed, start, end: heard.append((start, end)))
    copy_range(source, copy, 1, 4)
    assert heard == []
    copy_range(source, copy, 0, 6)
    assert list(copy) == list(source)
    assert [(arrival.seq) for arrival in multi.arrivals()] == [1, 2, 3, 0, 4, 5]


def test_a_sparse_copy_takes_blocks_of_a_feed_that_grew_past_what_it_holds(multi: Multifeed, other: Multifeed) -> None:
    source = written(other, 1, numbered_blocks(1))
    copy = multi.add(source.key)
    copy_range(source, copy, 0, 1)
    source.extend(numbered_blocks(3, "more"))
    copy.accept(2, source.blocks(2, 4), source.proof(2, 4, since=1))
    assert list(copy.held) == [(0, 1), (2, 4)]


def test_a_run_that_is_held_can_be_passed_on_in_pieces(multi: Multifeed, other: Multifeed) -> None:
    source = written(other, 1, numbered_blocks(4))
    copy = multi.add(source.key)
    copy_range(source, copy, 0, 3)
    assert copy.proof(0, 1) == source.proof(0, 1)


def test_values_of_an_encoding_come_back_as_values(tmp_path: Path) -> None:
    for encoding, value in (("json", {"a": [1, "b", None]}), ("cbor", {"a": [1, b"b", None]})):
        with Multifeed.open(tmp_path / f"{encoding}.sqlite", encoding) as multi:
            feed = multi.writer("a")
            feed.append(value)
            assert feed.get(0) == value
            assert list(feed) == [value]
            assert_verifies(feed)


def test_a_block_that_is_no_value_fails_alone(tmp_path: Path) -> None:
    path = tmp_path / "room.sqlite"
    with Multifeed.open(path) as multi:
        multi.writer("a").extend([b"1", b"\xff not json", b"3"])
    with Multifeed.open(path, "json") as multi:
        feed = multi.writer("a")
        assert (feed.get(0), feed.get(2)) == (1, 3)
        with pytest.raises(BlockDecodeError):
            feed.get(1)

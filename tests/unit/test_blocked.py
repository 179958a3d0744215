"""Feeds that are not wanted: nothing more of them is stored, what there was stays, and both outlast the program."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from multifeed import BlockedError, Feed, InvalidArgumentError, Multifeed, StoreError, limits
from multifeed.multifeed import _keys_in
from tests.fixtures.make import STORE_V1, WHOLE
from tests.helpers.feeds import copy_range, key_pair, numbered_blocks, written


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "ours.sqlite"


@pytest.fixture
def multi(path: Path) -> Iterator[Multifeed]:
    with Multifeed.open(path) as ours:
        yield ours


@pytest.fixture
def source(tmp_path: Path) -> Iterator[Feed]:
    """Somebody else's feed of ten blocks."""
    with Multifeed.open(tmp_path / "source.sqlite") as theirs:
        yield written(theirs, 99, numbered_blocks(10))


def test_nothing_more_of_a_blocked_feed_is_stored_and_what_there_was_can_be_read(
    multi: Multifeed, source: Feed
) -> None:
    feed = multi.candidate(source.key)
    copy_range(source, feed, 0, 4)
    multi.block(source.key)
    assert multi.blocked == {source.key}
    for start, end in ((4, 10), (0, 4)):
        with pytest.raises(BlockedError):
            copy_range(source, feed, start, end)
    with pytest.raises(BlockedError):
        feed.advance(source.proof(0, 0, since=feed.length))
    assert list(feed.held) == [(0, 4)]
    assert feed.block(3) == source.block(3)
    assert multi.audit() == []
    multi.unblock(source.key)
    assert multi.blocked == frozenset()
    copy_range(source, feed, 4, 10)
    assert list(feed.held) == [(0, 10)]


def test_a_feed_of_which_nothing_is_known_can_be_blocked_and_leaves_no_trace(multi: Multifeed, source: Feed) -> None:
    multi.block(source.key)
    with pytest.raises(BlockedError):
        copy_range(source, multi.candidate(source.key), 0, 10)
    assert multi.feeds() == []
    assert multi.feed(source.key) is None


def test_what_is_blocked_is_blocked_when_the_store_is_opened_again(path: Path, source: Feed) -> None:
    other = key_pair(5).public_key
    with Multifeed.open(path) as multi:
        copy_range(source, multi.candidate(source.key), 0, 4)
        multi.block(source.key)
        multi.block(other)
    with Multifeed.open(path) as multi:
        assert multi.blocked == {source.key, other}
        feed = multi.feed(source.key)
        assert feed is not None
        with pytest.raises(BlockedError):
            copy_range(source, feed, 4, 10)
        multi.unblock(source.key)
    with Multifeed.open(path) as multi:
        assert multi.blocked == {other}


def test_whoever_listens_hears_that_a_feed_is_blocked_and_no_more_once_each(multi: Multifeed, source: Feed) -> None:
    copy_range(source, multi.candidate(source.key), 0, 4)
    told = []
    multi.listen(lambda feed, start, end: told.append((feed.key, start, end, feed.key in multi.blocked)))
    for _ in range(2):
        multi.block(source.key)
    for _ in range(2):
        multi.unblock(source.key)
    assert told == [(source.key, 0, 0, True), (source.key, 0, 0, False)]


def test_what_is_written_here_cannot_be_blocked(multi: Multifeed) -> None:
    feed = multi.writer("local")
    with pytest.raises(InvalidArgumentError):
        multi.block(feed.key)
    multi.continue_writer("local")
    with pytest.raises(InvalidArgumentError):
        multi.block(feed.key)
    assert multi.blocked == frozenset()


def test_what_is_blocked_cannot_be_written_here(multi: Multifeed) -> None:
    multi.block(key_pair(1).public_key)
    with pytest.raises(InvalidArgumentError):
        multi.writer("local", key_pair=key_pair(1))
    multi.unblock(key_pair(1).public_key)
    assert multi.writer("local", key_pair=key_pair(1)).append(b"mine") == 0


@pytest.mark.parametrize("key", [b"", b"k" * 31, "k" * 32, None])
def test_what_is_no_key_is_neither_blocked_nor_unblocked(multi: Multifeed, key: bytes) -> None:
    for change in (multi.block, multi.unblock):
        with pytest.raises(InvalidArgumentError):
            change(key)


def test_no_more_than_so_many_feeds_are_blocked(multi: Multifeed, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("multifeed.multifeed.BLOCKED_FEEDS_MAX", 3)
    for number in range(3):
        multi.block(bytes([number]) * 32)
    multi.block(bytes(32))
    with pytest.raises(InvalidArgumentError):
        multi.block(b"one more".ljust(32))
    assert len(multi.blocked) == 3


def test_a_disk_that_refuses_leaves_everything_as_it_was(multi: Multifeed, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(name: str, value: bytes) -> None:
        raise StoreError(f"{name} of {len(value)} bytes")

    multi.block(b"a" * 32)
    monkeypatch.setattr(multi._shelf.store, "set_meta", refuse)
    with pytest.raises(StoreError):
        multi.block(b"b" * 32)
    with pytest.raises(StoreError):
        multi.unblock(b"a" * 32)
    assert multi.blocked == {b"a" * 32}


def test_of_what_the_disk_has_changed_whole_keys_are_left() -> None:
    keys = {bytes([number]) * 32 for number in range(3)}
    packed = b"".join(sorted(keys))
    assert _keys_in(packed) == keys
    assert _keys_in(packed + b"left over") == keys
    assert _keys_in(b"") == _keys_in(b"short") == frozenset()


def test_a_store_from_before_there_were_blocks_has_none_and_takes_them(path: Path) -> None:
    path.write_bytes(STORE_V1.read_bytes())
    with Multifeed.open(path, value_encoding="cbor") as multi:
        assert multi.blocked == frozenset()
        multi.block(WHOLE.public_key)
    with Multifeed.open(path, value_encoding="cbor") as multi:
        assert multi.blocked == {WHOLE.public_key}
        assert multi.audit() == []


def test_as_many_as_can_be_blocked_fit_into_one_small_value(path: Path) -> None:
    keys = frozenset(number.to_bytes(32) for number in range(limits.BLOCKED_FEEDS_MAX))
    with Multifeed.open(path) as multi:
        multi._set_blocked(keys, bytes(32))
    with Multifeed.open(path) as multi:
        assert multi.blocked == keys

"""A store that the first version has written is read as it was meant: see `tests.fixtures.make`."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from multichat.model.record import continuation_value
from multifeed import BlockDecodeError, Feed, FrozenError, Multifeed
from tests.fixtures.make import CONTINUED, EMPTY, FORKED, SPARSE, SPARSE_RUNS, STORE_V1, WHOLE, record_value
from tests.helpers.checks import assert_all_verify
from tests.helpers.feeds import copy_range

_FEEDS = [
    (FORKED, 8, 776, "e4e8c4c9f851c9092c5db48a42e6ba6407e72b18e110d2aca949435e0cae5c8f", [(0, 8)]),
    (CONTINUED, 4, 428, "90a0abe5aec1738c651030ea3e9c8b27e06c98824d333f72eecf7cac3a5bfaff", [(0, 4)]),
    (WHOLE, 40, 3640, "56d84e9098e1661abe84e1752e8dad177cc88bc137eb0e474ce1e86b5118e03a", [(0, 40)]),
    (SPARSE, 300, 29790, "895f33c91fad085ba3849f7c9a1989770d938efc4005ab112eca5314dd8030d4", SPARSE_RUNS),
    (EMPTY, 0, 0, "bb30a42c1e62f0afda5f0a4e8a562f7a13a24cea00ee81917b86b89e801314aa", []),
]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    copy = tmp_path / "store.sqlite"
    copy.write_bytes(STORE_V1.read_bytes())
    return copy


@pytest.fixture
def multi(path: Path) -> Iterator[Multifeed]:
    with Multifeed.open(path, value_encoding="cbor") as opened:
        yield opened


def _feed(multi: Multifeed, key: bytes) -> Feed:
    feed = multi.feed(key)
    assert feed is not None
    return feed


def test_the_store_is_one_small_file() -> None:
    assert [path.name for path in STORE_V1.parent.glob(STORE_V1.name + "*")] == [STORE_V1.name]
    assert 0 < STORE_V1.stat().st_size < 120_000


def test_nothing_in_it_is_damaged(multi: Multifeed) -> None:
    assert multi.audit() == []
    assert_all_verify(multi)


def test_it_has_these_feeds(multi: Multifeed) -> None:
    assert [
        (feed.key, feed.length, feed.byte_length, feed.head.tree_hash.hex(), list(feed.held)) for feed in multi.feeds()
    ] == [(pair.public_key, *rest) for pair, *rest in _FEEDS]


def test_blocks_are_numbered_as_they_arrived(multi: Multifeed) -> None:
    arrivals = list(multi.arrivals())
    expected = [
        *((FORKED.public_key, seq) for seq in range(8)),
        *((CONTINUED.public_key, seq) for seq in range(4)),
        *((WHOLE.public_key, seq) for run in ((10, 40), (0, 10)) for seq in range(*run)),
        *((SPARSE.public_key, seq) for run in SPARSE_RUNS[::-1] for seq in range(*run)),
    ]
    assert [(arrival.feed, arrival.seq) for arrival in arrivals] == expected
    assert multi.last_arrival == arrivals[-1].cursor == len(expected)


def test_its_values_are_what_was_said(multi: Multifeed) -> None:
    assert list(_feed(multi, FORKED.public_key)) == [record_value("anna", number) for number in range(8)]
    assert list(_feed(multi, CONTINUED.public_key)) == [
        continuation_value(FORKED, CONTINUED.public_key),
        *(record_value("anna", number) for number in range(8, 11)),
    ]
    whole = _feed(multi, WHOLE.public_key)
    assert list(whole.read(0, 37)) == [record_value("bert", number) for number in range(37)]
    assert whole.get(38) == {"type": "picture"}
    assert (whole.block(37), whole.block(39)) == (b"\xff no value", b"")
    for seq in (37, 39):
        with pytest.raises(BlockDecodeError):
            whole.get(seq)
    sparse = _feed(multi, SPARSE.public_key)
    for run in SPARSE_RUNS:
        assert list(sparse.read(*run)) == [record_value("carl", number) for number in range(*run)]


def test_its_forked_feed_is_frozen_on_evidence_and_continued(multi: Multifeed) -> None:
    assert [feed.key for feed in multi.feeds() if feed.conflict is not None] == [FORKED.public_key]
    forked = _feed(multi, FORKED.public_key)
    assert forked.conflict is not None
    forked.conflict.require_valid(FORKED.public_key)
    assert forked.conflict.first == forked.head
    assert forked.conflict.second.length == 9
    with pytest.raises(FrozenError):
        forked.append(record_value("anna", 8))
    assert multi.earlier_writers("local") == [forked]
    assert multi.writer("local").key == CONTINUED.public_key
    assert [feed.key for feed in multi.feeds() if feed.writable] == [FORKED.public_key, CONTINUED.public_key]


def test_its_small_values_are_kept(multi: Multifeed) -> None:
    assert multi.meta("room key") == bytes(range(32))
    assert multi.meta("nothing") == b""
    assert multi.meta("something") is None


@pytest.mark.parametrize("run", [(0, 10), (70, 71), (130, 131), (299, 300)])
def test_its_sparse_blocks_can_be_proven_to_another(multi: Multifeed, tmp_path: Path, run: tuple[int, int]) -> None:
    sparse = _feed(multi, SPARSE.public_key)
    with Multifeed.open(tmp_path / "other.sqlite", value_encoding="cbor") as other:
        copy = other.candidate(sparse.key)
        copy_range(sparse, copy, *run)
        assert copy.head == sparse.head
        assert list(copy.held) == [run]
        assert list(copy.read(*run)) == [record_value("carl", number) for number in range(*run)]
        assert other.audit() == []


def test_it_can_be_appended_to(path: Path) -> None:
    with Multifeed.open(path, value_encoding="cbor") as multi:
        assert list(multi.writer("local").extend([record_value("anna", 11), record_value("anna", 12)])) == [4, 5]
        earlier = multi.last_arrival
    with Multifeed.open(path, value_encoding="cbor") as multi:
        own = multi.writer("local")
        assert list(own.read(4)) == [record_value("anna", 11), record_value("anna", 12)]
        assert multi.last_arrival == earlier == 126
        assert multi.audit() == []
        assert_all_verify(multi)

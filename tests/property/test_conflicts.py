"""A key that has signed two histories: what shows it, and what it costs."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

from multifeed import Conflict, ConflictError, Feed, FrozenError, InvalidProofError, Multifeed, UntiedProofError, merkle
from tests.helpers.feeds import copy_range, heads_of, key_pair, numbered_blocks, open_multifeeds, written

_shared = st.integers(0, 20)
_lengths = st.integers(1, 20)


@contextmanager
def _forked(shared: int, here: int, there: int) -> Iterator[tuple[Feed, Feed, Feed]]:
    """Two branches of one feed, `shared` blocks in common and so many of their own; and a copy of neither yet."""
    with open_multifeeds(3) as (first, second, third):
        common = numbered_blocks(shared, "common")
        yield (
            written(first, 1, [*common, *numbered_blocks(here, "here")]),
            written(second, 1, [*common, *numbered_blocks(there, "there")]),
            third.add(key_pair(1).public_key),
        )


def _meet(copy: Feed, other: Feed) -> None:
    """Show `copy` the other branch as a peer is made to: by the last block before the shorter head, by itself."""
    last = min(copy.length, other.length) - 1
    if other.length >= copy.length:
        copy.accept(last, other.blocks(last, last + 1), other.proof(last, last + 1))
    else:
        copy.accept(0, other.blocks(0, other.length), other.proof(0, other.length))


@given(_shared, _lengths, _lengths)
def test_the_other_branch_freezes_the_feed_and_changes_nothing_held(shared: int, here: int, there: int) -> None:
    with _forked(shared, here, there) as (ours, theirs, copy):
        copy_range(ours, copy, 0, ours.length)
        before = heads_of([copy])
        with pytest.raises(ConflictError):
            _meet(copy, theirs)
        assert copy.conflict is not None
        copy.conflict.require_valid(copy.key)
        assert heads_of([copy]) == before
        assert copy.blocks(0, copy.length) == ours.blocks(0, ours.length)


@given(_shared, _lengths, _lengths, st.data())
def test_a_range_of_the_other_branch_is_never_stored(shared: int, here: int, there: int, data: st.DataObject) -> None:
    with _forked(shared, here, there) as (ours, theirs, copy):
        copy_range(ours, copy, 0, ours.length)
        before = heads_of([copy])
        start = data.draw(st.integers(0, theirs.length - 1))
        end = data.draw(st.integers(start + 1, theirs.length))
        with pytest.raises((ConflictError, UntiedProofError)):
            copy.accept(start, theirs.blocks(start, end), theirs.proof(start, end))
        assert heads_of([copy]) == before


@given(_shared, _lengths, _lengths)
def test_evidence_that_is_passed_on_freezes_others_too(shared: int, here: int, there: int) -> None:
    with _forked(shared, here, there) as (ours, theirs, copy):
        copy_range(ours, copy, 0, ours.length)
        with pytest.raises(ConflictError):
            _meet(copy, theirs)
        assert copy.conflict is not None
        packed = copy.conflict.pack()
        assert Conflict.unpack(packed) == copy.conflict
        theirs.freeze(Conflict.unpack(packed))
        assert theirs.conflict == copy.conflict
        with pytest.raises(FrozenError):
            theirs.append(b"more")


@given(_shared, _lengths, _lengths, st.data())
def test_evidence_with_one_bit_changed_shows_nothing(shared: int, here: int, there: int, data: st.DataObject) -> None:
    with _forked(shared, here, there) as (ours, theirs, copy):
        copy_range(ours, copy, 0, ours.length)
        with pytest.raises(ConflictError):
            _meet(copy, theirs)
        assert copy.conflict is not None
        packed = bytearray(copy.conflict.pack())
        at = data.draw(st.integers(0, 8 * len(packed) - 1))
        packed[at // 8] ^= 1 << at % 8
        with pytest.raises(InvalidProofError):
            theirs.freeze(Conflict.unpack(bytes(packed)))
        assert theirs.conflict is None


@given(st.integers(1, 30), st.integers(0, 30))
def test_two_heads_of_one_history_are_no_conflict(length: int, more: int) -> None:
    with open_multifeeds(1) as (multi,):
        feed = written(multi, 1, numbered_blocks(length))
        first = feed.head
        if more:
            feed.extend(numbered_blocks(more))
        nodes = [feed._node(index) for index in merkle.split_indexes(feed.length, first.length)]
        with pytest.raises(InvalidProofError, match="do not contradict"):
            feed.freeze(Conflict(first, feed.head, tuple(node for node in nodes if node is not None)))
        assert feed.conflict is None


def test_a_frozen_feed_stays_frozen_and_its_gaps_can_still_be_filled() -> None:
    with _forked(10, 10, 15) as (ours, theirs, _), TemporaryDirectory() as directory:
        path = Path(directory) / "copy.sqlite"
        with Multifeed.open(path) as multi:
            copy = multi.candidate(ours.key)
            copy_range(ours, copy, 15, 20)
            with pytest.raises(ConflictError):
                _meet(copy, theirs)
        with Multifeed.open(path) as multi:
            found = multi.feed(ours.key)
            assert found is not None
            assert found.conflict is not None
            copy_range(ours, found, 0, 15)
            assert found.blocks(0, 20) == ours.blocks(0, 20)
            ours.append(b"later")
            with pytest.raises(FrozenError):
                copy_range(ours, found, 20, 21)


def test_other_feeds_of_the_store_go_on() -> None:
    with _forked(3, 2, 2) as (ours, theirs, _), open_multifeeds(2) as (writers, copies):
        copy = copies.add(ours.key)
        copy_range(ours, copy, 0, ours.length)
        with pytest.raises(ConflictError):
            _meet(copy, theirs)
        other = written(writers, 2, numbered_blocks(5))
        copy_range(other, copies.candidate(other.key), 0, 5)
        assert copies.candidate(other.key).blocks(0, 5) == other.blocks(0, 5)

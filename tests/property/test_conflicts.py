"""A key that has signed two histories: what shows it, and what it costs."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import example, given
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


@given(_shared, _lengths, _lengths, st.data())
def test_a_fork_is_shown_by_the_last_block_of_the_shorter_branch_to_any_copy(
    shared: int, here: int, there: int, data: st.DataObject
) -> None:
    with _forked(shared, here, there) as (ours, theirs, copy):
        copy_range(ours, copy, *_any_range(data, ours))
        before = heads_of([copy])
        since = data.draw(st.integers(0, min(ours.length, theirs.length)))
        start, end = _any_range(data, theirs)
        with pytest.raises(InvalidProofError):
            copy.accept(start, theirs.blocks(start, end), theirs.proof(start, end, since=since))
        assert heads_of([copy]) == before
        if copy.conflict is None:
            last = min(ours.length, theirs.length) - 1
            # A sparse copy that is to be shown a shorter branch has to know its own to that place.
            copy_range(ours, copy, last, last + 1)
            with pytest.raises(ConflictError):
                copy.accept(last, theirs.blocks(last, last + 1), theirs.proof(last, last + 1))
        _assert_frozen(copy, ours)


def _any_range(data: st.DataObject, feed: Feed) -> tuple[int, int]:
    start = data.draw(st.integers(0, feed.length - 1))
    return start, data.draw(st.integers(start + 1, feed.length))


def _assert_frozen(copy: Feed, branch: Feed) -> None:
    """The evidence is good anywhere, what is known can be fetched in full, and nothing beyond it."""
    assert copy.conflict is not None
    copy.conflict.require_valid(copy.key)
    head = copy.head
    copy_range(branch, copy, 0, branch.length)
    assert copy.blocks(0, head.length) == branch.blocks(0, head.length)
    branch.append(b"later")
    with pytest.raises(FrozenError):
        copy_range(branch, copy, head.length, branch.length)
    with pytest.raises(FrozenError):
        copy.advance(branch.proof(0, 0, since=head.length))
    assert copy.head == head
    with open_multifeeds(1) as (others,):
        third = others.candidate(copy.key)
        copy_range(branch, third, 0, 1)
        third.freeze(copy.conflict)
        assert third.conflict == copy.conflict


@given(_shared, _lengths, _lengths)
@example(3, 4, 4)
def test_evidence_in_which_something_is_put_in_the_place_of_something_else_shows_nothing(
    shared: int, here: int, there: int
) -> None:
    with _forked(shared, here, there) as (ours, theirs, copy):
        copy_range(ours, copy, 0, ours.length)
        with pytest.raises(ConflictError):
            _meet(copy, theirs)
        assert copy.conflict is not None
        first, second, nodes = copy.conflict.first, copy.conflict.second, copy.conflict.nodes
        strangers = [
            replace(head, signature=key_pair(9).sign(merkle.signable(head.tree_hash, head.length)))
            for head in (first, second)
        ]
        for wrong in (
            Conflict(second, first, nodes),
            Conflict(first, first, nodes),
            Conflict(second, second, nodes),
            Conflict(strangers[0], second, nodes),
            Conflict(first, strangers[1], nodes),
            Conflict(replace(first, signature=second.signature), second, nodes),
            Conflict(first, replace(second, length=second.length + 1), nodes),
            Conflict(replace(first, length=0), second, nodes),
            Conflict(first, second, nodes[1:]),
            Conflict(first, second, (*nodes, nodes[-1])),
        ):
            with pytest.raises(InvalidProofError):
                theirs.freeze(wrong)
        packed = copy.conflict.pack()
        for packed_wrong in (b"", packed[:-1], packed + b"\x00", packed + packed[-40:]):
            with pytest.raises(InvalidProofError):
                Conflict.unpack(packed_wrong)
        assert theirs.conflict is None
        assert theirs.append(b"goes on") == shared + there


def test_evidence_against_one_feed_freezes_no_other() -> None:
    with _forked(3, 2, 2) as (ours, theirs, copy), open_multifeeds(1) as (writers,):
        copy_range(ours, copy, 0, ours.length)
        with pytest.raises(ConflictError):
            _meet(copy, theirs)
        assert copy.conflict is not None
        other = written(writers, 2, [*numbered_blocks(3, "common"), *numbered_blocks(2, "here")])
        assert other.head.tree_hash == ours.head.tree_hash
        with pytest.raises(InvalidProofError):
            other.freeze(copy.conflict)
        assert other.append(b"goes on") == 5


def test_other_feeds_of_the_store_go_on() -> None:
    with _forked(3, 2, 2) as (ours, theirs, _), open_multifeeds(2) as (writers, copies):
        copy = copies.add(ours.key)
        copy_range(ours, copy, 0, ours.length)
        with pytest.raises(ConflictError):
            _meet(copy, theirs)
        other = written(writers, 2, numbered_blocks(5))
        copy_range(other, copies.candidate(other.key), 0, 5)
        assert copies.candidate(other.key).blocks(0, 5) == other.blocks(0, 5)

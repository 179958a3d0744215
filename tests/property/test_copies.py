"""Copies of a feed: put together from ranges in any order, longer heads taken over, forks refused."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count, pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from multifeed import ConflictError, Feed, InvalidProofError, Multifeed, NotHeldError, UntiedProofError
from tests.helpers.feeds import copy_range, heads_of, numbered_blocks, open_multifeeds, written

_LENGTH_MAX = 40
_numbers = count(1)


@dataclass(frozen=True)
class _Stores:
    """`twin` writes other blocks with the keys of `source`."""

    source: Multifeed
    twin: Multifeed
    target: Multifeed
    further: Multifeed


@pytest.fixture(scope="module")
def stores() -> Iterator[_Stores]:
    with open_multifeeds(4) as (source, twin, target, further):
        yield _Stores(source, twin, target, further)


_lengths = st.integers(1, _LENGTH_MAX)


def _ranges_of(data: st.DataObject, length: int) -> list[tuple[int, int]]:
    """[0, length) in pieces, in any order."""
    places = data.draw(st.sets(st.integers(1, length - 1), max_size=8) if length > 1 else st.just(set[int]()))
    bounds = [0, *sorted(places), length]
    pieces = list(pairwise(bounds))
    return data.draw(st.permutations(pieces))


@given(length=_lengths, data=st.data())
def test_ranges_in_any_order_give_an_identical_copy(stores: _Stores, length: int, data: st.DataObject) -> None:
    source = written(stores.source, next(_numbers), numbered_blocks(length))
    copy = stores.target.candidate(source.key)
    for start, end in _ranges_of(data, length):
        copy_range(source, copy, start, end)
    assert list(copy) == list(source)
    assert (copy.head, copy.roots, copy.byte_length, copy.held) == (
        source.head,
        source.roots,
        source.byte_length,
        source.held,
    )
    assert all(
        copy.proof(start, end) == source.proof(start, end)
        for start in range(length)
        for end in (start + 1, (start + length + 1) // 2, length)
        if start < end
    )


@given(length=_lengths, data=st.data())
def test_a_partial_copy_proves_every_range_that_it_holds(stores: _Stores, length: int, data: st.DataObject) -> None:
    source = written(stores.source, next(_numbers), numbered_blocks(length))
    copy = stores.target.candidate(source.key)
    pieces = _ranges_of(data, length)
    for start, end in pieces[: data.draw(st.integers(1, len(pieces)))]:
        copy_range(source, copy, start, end)
    runs = list(copy.held)
    start, end = data.draw(st.sampled_from(runs))
    inner_start = data.draw(st.integers(start, end - 1))
    inner_end = data.draw(st.integers(inner_start + 1, end))
    third = stores.further.candidate(source.key)
    copy_range(copy, third, inner_start, inner_end)
    assert third.blocks(inner_start, inner_end) == source.blocks(inner_start, inner_end)
    missing = list(copy.held.gaps(0, length))
    for start, end in missing:
        with pytest.raises(NotHeldError):
            copy.blocks(start, end)


@given(lengths=st.lists(_lengths, min_size=2, max_size=4, unique=True), data=st.data())
def test_a_copy_grows_with_the_feed_whatever_part_it_holds(
    stores: _Stores, lengths: list[int], data: st.DataObject
) -> None:
    lengths.sort()
    blocks = numbered_blocks(lengths[-1])
    source = written(stores.source, next(_numbers), [])
    copy = stores.target.candidate(source.key)
    for length in lengths:
        source.extend(blocks[source.length : length])
        start = data.draw(st.integers(0, length - 1), "start")
        end = data.draw(st.integers(start + 1, length), "end")
        copy_range(source, copy, start, end)
        assert copy.head == source.head
        assert copy.blocks(start, end) == blocks[start:end]
    for start, end in list(copy.held.gaps(0, copy.length)):
        copy_range(source, copy, start, end)
    assert list(copy) == blocks
    assert copy.roots == source.roots


@given(length=_lengths, data=st.data())
def test_what_a_shorter_copy_has_of_a_feed_is_accepted_too(stores: _Stores, length: int, data: st.DataObject) -> None:
    blocks = numbered_blocks(length + 1)
    source = written(stores.source, next(_numbers), blocks[:length])
    older = stores.further.candidate(source.key)
    copy_range(source, older, 0, length)
    source.extend(blocks[length:])
    copy = stores.target.candidate(source.key)
    copy_range(source, copy, 0, length + 1) if data.draw(st.booleans()) else copy_range(
        source, copy, length, length + 1
    )
    head = copy.head
    start = data.draw(st.integers(0, length - 1))
    try:
        copy.accept(start, older.blocks(start, length), older.proof(start, length))
    except UntiedProofError:
        # The copy cannot tell whether the older head leads to its own; it must have stored nothing of it then.
        assert start not in copy.held
    else:
        assert copy.blocks(start, length) == blocks[start:length]
    assert copy.head == head


@given(old=_lengths, more=st.integers(1, 20), data=st.data())
def test_a_longer_head_that_rewrites_history_is_a_conflict(
    stores: _Stores, old: int, more: int, data: st.DataObject
) -> None:
    number = next(_numbers)
    source = written(stores.source, number, numbered_blocks(old))
    copy = stores.target.candidate(source.key)
    start = data.draw(st.integers(0, old - 1))
    copy_range(source, copy, start, old)
    forked = data.draw(st.integers(0, old - 1), "first block that differs")
    fork = written(stores.twin, number, [*source.blocks(0, forked), *numbered_blocks(old - forked + more, "fork")])
    _assert_fork_is_refused(stores, copy, fork)


@given(length=_lengths, data=st.data())
def test_a_head_of_the_same_length_with_other_blocks_is_a_conflict(
    stores: _Stores, length: int, data: st.DataObject
) -> None:
    number = next(_numbers)
    source = written(stores.source, number, numbered_blocks(length))
    copy = stores.target.candidate(source.key)
    copy_range(source, copy, 0, length)
    forked = data.draw(st.integers(0, length - 1), "first block that differs")
    fork = written(stores.twin, number, [*source.blocks(0, forked), *numbered_blocks(length - forked, "fork")])
    _assert_fork_is_refused(stores, copy, fork)


@given(length=_lengths, data=st.data())
def test_a_shorter_head_with_other_blocks_is_a_conflict(stores: _Stores, length: int, data: st.DataObject) -> None:
    number = next(_numbers)
    source = written(stores.source, number, numbered_blocks(length + 1))
    copy = stores.target.candidate(source.key)
    copy_range(source, copy, 0, length + 1)
    fork = written(stores.twin, number, numbered_blocks(data.draw(st.integers(1, length)), "fork"))
    _assert_fork_is_refused(stores, copy, fork)


def _assert_fork_is_refused(stores: _Stores, copy: Feed, fork: Feed) -> None:
    """Whichever range of the fork is offered, with whichever proof: an error, and nothing changes."""
    before, blocks, cursor = heads_of([copy]), copy.blocks(*list(copy.held)[-1]), stores.target.last_arrival
    for start in range(fork.length):
        for end in {start + 1, fork.length}:
            with pytest.raises(InvalidProofError):
                copy.accept(start, fork.blocks(start, end), fork.proof(start, end))
            with pytest.raises(InvalidProofError):
                copy.accept(start, fork.blocks(start, end), fork.proof(start, end, since=min(copy.length, fork.length)))
    with pytest.raises(ConflictError):
        copy.accept(0, fork.blocks(0, fork.length), fork.proof(0, fork.length))
    assert heads_of([copy]) == before
    assert copy.blocks(*list(copy.held)[-1]) == blocks
    assert stores.target.last_arrival == cursor


@settings(max_examples=30)
@given(length=_lengths, more=st.integers(1, 20))
def test_a_longer_head_alone_is_taken_over_without_blocks(stores: _Stores, length: int, more: int) -> None:
    source = written(stores.source, next(_numbers), numbered_blocks(length))
    copy = stores.target.candidate(source.key)
    copy_range(source, copy, 0, length)
    source.extend(numbered_blocks(more, "more"))
    copy.advance(source.proof(0, 0, since=length))
    assert copy.head == source.head
    assert copy.blocks(0, length) == source.blocks(0, length)
    assert list(copy.held) == [(0, length)]


def test_a_proof_made_for_blocks_does_not_advance_a_head(stores: _Stores) -> None:
    source = written(stores.source, next(_numbers), numbered_blocks(5))
    copy = stores.target.candidate(source.key)
    with pytest.raises(InvalidProofError):
        copy.advance(source.proof(0, 5))
    assert stores.target.feed(source.key) is None

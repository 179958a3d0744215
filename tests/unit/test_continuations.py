"""Which feeds are one person's: each vouched for by the key of the one before."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from multichat.continuations import Continuations
from multichat.limits import CONTINUATIONS_MAX
from multichat.model.record import Record, continuation_value
from multifeed import Feed, Multifeed
from tests.helpers.feeds import copy_range, key_pair


@pytest.fixture
def multi(tmp_path: Path) -> Iterator[Multifeed]:
    with Multifeed.open(tmp_path / "a.sqlite", value_encoding="cbor") as multi:
        yield multi


def _key(number: int) -> bytes:
    return key_pair(number).public_key


def _written(multi: Multifeed, number: int, earlier: int | None = None) -> Feed:
    """The feed of a key, with a message, continuing the one of another."""
    feed = multi.writer(str(number), key_pair=key_pair(number))
    if earlier is not None:
        feed.append(continuation_value(key_pair(earlier), feed.key))
    feed.append(Record("bob", "hello", 1).value())
    return feed


def test_a_feed_that_was_continued_and_the_one_after_it_are_one_persons(multi: Multifeed) -> None:
    _written(multi, 1)
    _written(multi, 2, earlier=1)
    _written(multi, 3, earlier=2)
    _written(multi, 4)
    continuations = Continuations(multi)
    assert continuations.lineage(_key(3)) == (_key(1), _key(2), _key(3))
    assert continuations.is_one(_key(1), _key(3))
    assert continuations.is_one(_key(3), _key(2))
    assert not continuations.is_one(_key(4), _key(1))
    assert continuations.later(_key(1), 100) == (_key(2), _key(3))
    assert set(continuations.continued) == {_key(1), _key(2)}
    assert list(continuations.former(_key(3))) == [_key(2), _key(1)]
    assert list(continuations.former(_key(4))) == []


def test_two_that_continue_one_feed_may_be_two_peoples(multi: Multifeed) -> None:
    _written(multi, 1)
    _written(multi, 2, earlier=1)
    _written(multi, 3, earlier=1)
    continuations = Continuations(multi)
    assert not continuations.is_one(_key(2), _key(3))
    assert continuations.is_one(_key(1), _key(3))
    assert list(continuations.former(_key(3))) == []


def test_nobody_continues_a_feed_of_which_they_have_not_the_key(multi: Multifeed) -> None:
    _written(multi, 1)
    feed = multi.writer("2", key_pair=key_pair(2))
    feed.append({**continuation_value(key_pair(3), feed.key), "feed": _key(1)})
    other = multi.writer("4", key_pair=key_pair(4))
    # Signed for another feed.
    other.append(continuation_value(key_pair(1), feed.key))
    third = multi.writer("5", key_pair=key_pair(5))
    third.append({**continuation_value(key_pair(1), third.key), "signature": "none"})
    continuations = Continuations(multi)
    assert not any(continuations.is_one(_key(1), _key(number)) for number in (2, 4, 5))


def test_it_counts_once_the_beginning_is_here(multi: Multifeed, tmp_path: Path) -> None:
    with Multifeed.open(tmp_path / "b.sqlite", value_encoding="cbor") as elsewhere:
        source = _written(elsewhere, 2, earlier=1)
        feed = multi.add(_key(2))
        copy_range(source, feed, 1, 2)
        continuations = Continuations(multi)
        assert continuations.earlier(_key(2)) is None
        assert continuations.earlier(_key(9)) is None
        copy_range(source, feed, 0, 1)
        assert continuations.earlier(_key(2)) == _key(1)


def test_feeds_that_continue_each_other_or_without_end_are_followed_so_far_and_no_further(multi: Multifeed) -> None:
    _written(multi, 1, earlier=2)
    _written(multi, 2, earlier=1)
    circle = Continuations(multi)
    assert circle.lineage(_key(1)) == (_key(2), _key(1))
    assert len(list(circle.former(_key(1)))) <= CONTINUATIONS_MAX
    for number in range(4, 3 * CONTINUATIONS_MAX):
        _written(multi, number, earlier=number - 1)
    assert len(Continuations(multi).lineage(_key(3 * CONTINUATIONS_MAX - 1))) == CONTINUATIONS_MAX

"""Which feeds are for programs that read JSON alone."""

from collections.abc import Iterator

import pytest

from multichat.json_feeds import JsonFeeds
from multifeed import Multifeed, StoreError
from tests.helpers.feeds import copy_range, open_multifeeds, written

_GOOD = b'{"type":"chat-message"}\n'


@pytest.fixture
def stores() -> Iterator[list[Multifeed]]:
    with open_multifeeds(2) as multis:
        yield multis


def test_a_feed_of_objects_is_one_and_stays_one_while_it_grows_by_them(stores: list[Multifeed]) -> None:
    feeds, feed = JsonFeeds(), written(stores[0], 0, [_GOOD] * 600)
    assert feeds.holds(feed)
    feed.append(_GOOD)
    assert feeds.holds(feed)


def test_a_feed_of_which_nothing_is_here_is_none_yet(stores: list[Multifeed]) -> None:
    feeds, feed = JsonFeeds(), stores[0].writer("empty")
    assert not feeds.holds(feed)
    feed.append(_GOOD)
    assert feeds.holds(feed)


@pytest.mark.parametrize(
    "block",
    [
        b"",
        b"{",
        b"[]",
        b"5",
        b"null",
        b'"text"',
        b'{"a":NaN}',
        b'{"a":1}{}',
        b"\xa1aa\x01",
        b'{"a":"\xff"}',
        b'{"a":"\n"}',
    ],
)
def test_one_block_of_anything_else_makes_it_none_for_good(stores: list[Multifeed], block: bytes) -> None:
    feeds, feed = JsonFeeds(), written(stores[0], 0, [_GOOD] * 300)
    assert feeds.holds(feed)
    feed.append(block)
    assert not feeds.holds(feed)
    feed.append(_GOOD)
    assert not feeds.holds(feed)


def test_of_a_copy_with_holes_what_is_here_counts(stores: list[Multifeed]) -> None:
    source = written(stores[0], 0, [_GOOD, b"CBOR", _GOOD, _GOOD])
    copy = stores[1].candidate(source.key)
    feeds = JsonFeeds()
    copy_range(source, copy, 2, 4)
    assert feeds.holds(copy)
    copy_range(source, copy, 1, 2)
    assert not feeds.holds(copy)


def test_a_long_feed_is_looked_through_in_steps(stores: list[Multifeed]) -> None:
    feeds, feed = JsonFeeds(), written(stores[0], 0, [_GOOD] * 1_000)
    steps = 0
    while feeds.read_on(feed):
        steps += 1
    assert steps == 4
    assert feeds.holds(feed)


def test_what_the_disk_does_not_give_is_none_until_it_does(
    stores: list[Multifeed], monkeypatch: pytest.MonkeyPatch
) -> None:
    feeds, feed = JsonFeeds(), written(stores[0], 0, [_GOOD])

    def refuse(*_: object) -> None:
        raise StoreError("the disk refuses")

    with monkeypatch.context() as patch:
        patch.setattr(type(feed), "blocks", refuse)
        assert not feeds.holds(feed)
    assert feeds.holds(feed)

"""Arrivals: a reader that remembers its cursor sees every block once."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from multifeed import Arrival, Feed, Multifeed
from multifeed.store import pack_ranges
from tests.helpers.feeds import copy_range, numbered_blocks, written


@pytest.fixture
def source(tmp_path: Path) -> Iterator[Feed]:
    with Multifeed.open(tmp_path / "source.sqlite") as theirs:
        yield written(theirs, 99, numbered_blocks(700))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "ours.sqlite"


def _fill(multi: Multifeed, source: Feed) -> list[tuple[bytes, int]]:
    """Own blocks and foreign ones in turns; their (feed, seq) as they arrive."""
    own = multi.writer("a")
    copy = multi.candidate(source.key)
    own.extend(numbered_blocks(3))
    copy_range(source, copy, 600, 700)
    own.append(b"4")
    copy_range(source, copy, 0, 600)
    own.append(b"5")
    return [
        *((own.key, seq) for seq in range(3)),
        *((source.key, seq) for seq in range(600, 700)),
        (own.key, 3),
        *((source.key, seq) for seq in range(600)),
        (own.key, 4),
    ]


def test_every_block_arrives_once_in_order(path: Path, source: Feed) -> None:
    with Multifeed.open(path) as multi:
        expected = _fill(multi, source)
        arrivals = list(multi.arrivals())
        assert [(arrival.feed, arrival.seq) for arrival in arrivals] == expected
        for feed, seq, data in ((arrival.feed, arrival.seq, arrival.data) for arrival in arrivals):
            stored = multi.feed(feed)
            assert stored is not None
            assert stored.block(seq) == data
        assert multi.last_arrival == arrivals[-1].cursor


@pytest.mark.parametrize("done", [0, 1, 3, 255, 256, 257, 512, 704, 705])
def test_a_reader_goes_on_from_any_cursor(path: Path, source: Feed, done: int) -> None:
    with Multifeed.open(path) as multi:
        _fill(multi, source)
        arrivals = list(multi.arrivals())
        cursor = arrivals[done - 1].cursor if done else 0
        assert list(multi.arrivals(cursor)) == arrivals[done:]


def test_a_reader_at_the_end_hears_only_what_is_new(path: Path, source: Feed) -> None:
    with Multifeed.open(path) as multi:
        assert multi.last_arrival == 0
        assert list(multi.arrivals()) == []
        _fill(multi, source)
        cursor = multi.last_arrival
        assert list(multi.arrivals(cursor)) == []
        own = multi.writer("a")
        own.append(b"new")
        assert [(arrival.feed, arrival.data) for arrival in multi.arrivals(cursor)] == [(own.key, b"new")]


def test_the_cursor_of_a_block_that_was_lost_is_not_given_again(path: Path, source: Feed) -> None:
    with Multifeed.open(path) as multi:
        copy_range(source, multi.candidate(source.key), 0, 3)
        seen = list[Arrival](multi.arrivals())
    _lose_last_block(path)
    with Multifeed.open(path) as multi:
        copy = multi.add(source.key)
        assert list(copy.held) == [(0, 2)]
        copy_range(source, copy, 2, 3)
        again = list(multi.arrivals(seen[-1].cursor))
        assert [(arrival.seq, arrival.data) for arrival in again] == [(2, source.block(2))]


def _lose_last_block(path: Path) -> None:
    """As a repair tool would: the row goes, and the feed says that it is not held."""
    connection = sqlite3.connect(path)
    with connection:
        connection.execute("DELETE FROM blocks WHERE arrival = (SELECT max(arrival) FROM blocks)")
        connection.execute("UPDATE feeds SET held = ?", (pack_ranges([(0, 2)]),))
    connection.close()

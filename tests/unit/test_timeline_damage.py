"""The timeline over a log that the disk has damaged: what is left is read, and what comes back is where it was."""

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing
from pathlib import Path

import pytest

from multichat.model.message import Message, Position
from multichat.model.record import Record
from multichat.model.timeline import Timeline
from multifeed import Feed, Multifeed
from multifeed.encoding import encoding_named
from tests.helpers.feeds import copy_range, written

_NOW_MS = 1_700_000_000_000
_LENGTH = 10
_SEQ = 4

_encode = encoding_named("cbor").encode


def _block(seq: int, timestamp_ms: int) -> bytes:
    return _encode(Record("anna", f"text {seq}", timestamp_ms).value())


@pytest.fixture
def author(tmp_path: Path) -> Iterator[Feed]:
    with Multifeed.open(tmp_path / "author.sqlite") as multi:
        yield written(multi, 1, [_block(seq, _NOW_MS + 1000 * seq) for seq in range(_LENGTH)])


@pytest.fixture
def path(tmp_path: Path, author: Feed) -> Path:
    """A log with the author's feed, and a view beside it that has all of it."""
    path = tmp_path / "log.sqlite"
    with ExitStack() as stack:
        multi, view = _open(path, stack)
        copy_range(author, multi.candidate(author.key), 0, _LENGTH)
        assert [message.position.seq for message in view.advance() or ()] == list(range(_LENGTH))
    return path


def _open(path: Path, stack: ExitStack) -> tuple[Multifeed, Timeline]:
    multi = stack.enter_context(Multifeed.open(path, value_encoding="cbor"))
    view_path = path.with_name("view.sqlite")
    view = Timeline.open(view_path, multi, source=b"ours", clock_ms=lambda: _NOW_MS)
    return multi, stack.enter_context(closing(view))


def _change(path: Path, statement: str, *parameters: object) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(f"{statement} WHERE seq = {_SEQ}", parameters)


def _pages(read: Callable[[Position | None, int], Sequence[Message]], step: int, size: int) -> list[int]:
    """The seqs of page after page; one that is empty is the end."""
    seqs: list[int] = []
    edge = None
    while page := read(edge, size)[::step]:
        seqs += [message.position.seq for message in page]
        assert len(seqs) <= _LENGTH, "a page is read twice"
        edge = page[-1].position
    return seqs


_DAMAGES: dict[str, Callable[[Path], None]] = {
    "no value any more": lambda path: _change(path, "UPDATE blocks SET data = ?", b"\xff"),
    "no record any more": lambda path: _change(path, "UPDATE blocks SET data = ?", _encode({"type": "picture"})),
    "another time": lambda path: _change(path, "UPDATE blocks SET data = ?", _block(_SEQ, _NOW_MS + 7500)),
    "missing": lambda path: _change(path, "DELETE FROM blocks"),
}


@pytest.mark.parametrize("damage", _DAMAGES.values(), ids=_DAMAGES)
def test_a_block_that_the_disk_has_changed_or_lost_is_skipped_in_pages_of_any_size(
    path: Path, damage: Callable[[Path], None]
) -> None:
    damage(path)
    expected = [seq for seq in range(_LENGTH) if seq != _SEQ]
    with ExitStack() as stack:
        _, view = _open(path, stack)
        assert view.advance() is None
        assert [message.position.seq for message in view.after(None, 100)] == expected
        assert [message.position.seq for message in view.before(None, 100)] == expected
        for size in (1, 2, 3):
            assert _pages(view.after, 1, size) == expected
            assert _pages(view.before, -1, size) == expected[::-1]


@pytest.mark.parametrize("damage", _DAMAGES.values(), ids=_DAMAGES)
def test_a_block_that_was_dropped_and_fetched_again_is_where_it_was_and_shown_once(
    path: Path, author: Feed, damage: Callable[[Path], None]
) -> None:
    damage(path)
    with ExitStack() as stack:
        multi, view = _open(path, stack)
        copy = multi.candidate(author.key)
        assert multi.audit()
        # Its neighbour may have to go with it: the hash beside it is lost.
        gaps = list(copy.held.gaps(0, _LENGTH))
        assert _SEQ not in copy.held
        left = [seq for seq in range(_LENGTH) if seq in copy.held]
        assert [message.position.seq for message in view.after(None, 100)] == left
        for gap in gaps:
            copy_range(author, copy, *gap)
        while view.advance() is not None:
            pass
        assert [message.position.seq for message in view.after(None, 100)] == list(range(_LENGTH))
        assert [message.position.seq for message in view.before(None, 3)] == [7, 8, 9]
    with ExitStack() as stack:
        _, view = _open(path, stack)
        assert view.advance() is None
        assert [message.record.text for message in view.after(None, 100)] == [f"text {seq}" for seq in range(_LENGTH)]


def test_a_feed_that_is_lost_altogether_leaves_the_others(path: Path, tmp_path: Path) -> None:
    with Multifeed.open(tmp_path / "other.sqlite") as writers, ExitStack() as stack:
        other = written(writers, 2, [_block(100, _NOW_MS)])
        multi, view = _open(path, stack)
        copy_range(other, multi.candidate(other.key), 0, 1)
        assert [message.record.text for message in view.advance() or ()] == ["text 100"]
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE feeds SET signature = zeroblob(64) WHERE key != ?", (other.key,))
    with ExitStack() as stack:
        multi, view = _open(path, stack)
        assert multi.audit()
        assert [message.record.text for message in view.after(None, 100)] == ["text 100"]
        assert [message.record.text for message in view.before(None, 100)] == ["text 100"]

"""Blocks that were appended one by one: the head over them is written now and then, and found again after a crash."""

import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from multifeed import Feed, Multifeed, keys, merkle
from multifeed.limits import UNWRITTEN_HEAD_MAX_BLOCKS
from tests.helpers.checks import assert_all_verify, assert_verifies
from tests.helpers.feeds import copy_range, key_pair, numbered_blocks, open_multifeeds

_KEY_PAIR = key_pair(1)
# What is in the row before, so that the blocks past it build on a tree.
_WRITTEN = numbered_blocks(5)
_TAIL = numbered_blocks(20, "later")


def _writer(multi: Multifeed) -> Feed:
    return multi.writer("own", key_pair=_KEY_PAIR)


def _leave(multi: Multifeed, path: Path) -> Path:
    """What is on the disk at this moment, as a crash would leave it."""
    left = path.with_name("left.sqlite")
    for suffix in ("", "-wal"):
        shutil.copyfile(f"{path}{suffix}", f"{left}{suffix}")
    assert multi.last_arrival
    return left


def _crashed(path: Path) -> Path:
    """A store of a program that has appended `_WRITTEN` together, then `_TAIL` one by one, and crashed."""
    with Multifeed.open(path) as multi:
        feed = _writer(multi)
        feed.extend(_WRITTEN)
        for block in _TAIL:
            feed.append(block)
        return _leave(multi, path)


def _row_length(path: Path) -> int:
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute("SELECT length FROM feeds").fetchone()[0]  # type: ignore[no-any-return]


def _change(path: Path, statement: str) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        assert connection.execute(statement).rowcount == 1


@pytest.mark.parametrize("count", [1, UNWRITTEN_HEAD_MAX_BLOCKS, UNWRITTEN_HEAD_MAX_BLOCKS + 1, 200])
def test_what_was_appended_one_by_one_is_there_after_a_crash_under_the_head_that_was_announced(
    tmp_path: Path, count: int
) -> None:
    path = tmp_path / "store.sqlite"
    with Multifeed.open(path) as multi:
        feed = _writer(multi)
        for block in numbered_blocks(count):
            feed.append(block)
        head, proof = feed.head, feed.proof(0, 1)
        left = _leave(multi, path)
    assert count - _row_length(left) <= UNWRITTEN_HEAD_MAX_BLOCKS
    with Multifeed.open(left) as multi:
        feed = _writer(multi)
        assert (feed.head, feed.proof(0, 1)) == (head, proof)
        assert list(feed) == numbered_blocks(count)
        assert_all_verify(multi)
        assert feed.append(b"more") == count
        assert multi.audit() == []


def test_the_head_that_is_asked_for_at_any_moment_is_signed() -> None:
    with open_multifeeds(2) as (multi, other):
        feed = _writer(multi)
        copy = other.candidate(feed.key)
        for seq, block in enumerate(_TAIL):
            feed.append(block)
            assert keys.verify(feed.key, merkle.signable(feed.head.tree_hash, seq + 1), feed.head.signature)
            copy_range(feed, copy, seq, seq + 1)
        assert (copy.head, list(copy)) == (feed.head, _TAIL)


def test_a_clean_end_writes_the_head(tmp_path: Path) -> None:
    path = tmp_path / "store.sqlite"
    with Multifeed.open(path) as multi:
        _writer(multi).append(b"one")
    assert _row_length(path) == 1


def test_an_audit_of_a_store_in_use_finds_nothing_wrong_with_an_unwritten_head(tmp_path: Path) -> None:
    path = tmp_path / "store.sqlite"
    with Multifeed.open(path) as multi:
        feed = _writer(multi)
        for block in _TAIL:
            feed.append(block)
            assert multi.audit() == []
        assert list(feed) == _TAIL


_TAIL_DAMAGES = {
    "a block": "UPDATE blocks SET data = x'00' WHERE seq = 12",
    "a leaf": "UPDATE blocks SET completed = zeroblob(length(completed)) WHERE seq = 12",
    "a number": "UPDATE blocks SET seq = 300 WHERE seq = 12",
    "an impossible number": "UPDATE blocks SET seq = -1 WHERE seq = 12",
    "a row": "DELETE FROM blocks WHERE seq = 12",
}


@pytest.mark.parametrize("statement", _TAIL_DAMAGES.values(), ids=_TAIL_DAMAGES)
def test_blocks_past_the_head_are_signed_again_only_as_far_as_they_hold(tmp_path: Path, statement: str) -> None:
    left = _crashed(tmp_path / "store.sqlite")
    _change(left, statement)
    with Multifeed.open(left) as multi:
        feed = _writer(multi)
        assert list(feed) == (_WRITTEN + _TAIL)[:12]
        assert {damage.key for damage in multi.damages} == {feed.key}
        assert multi.audit() == []
        assert_all_verify(multi)
    with Multifeed.open(left) as multi:
        assert (list(_writer(multi)), multi.damages) == ((_WRITTEN + _TAIL)[:12], [])


def _flip_roots(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        ((roots,),) = connection.execute("SELECT roots FROM feeds").fetchall()
        connection.execute("UPDATE feeds SET roots = ?", (roots[:9] + bytes([roots[9] ^ 1]) + roots[10:],))


_HEAD_DAMAGES: dict[str, Callable[[Path], None]] = {
    "roots cut off": lambda path: _change(path, "UPDATE feeds SET roots = x'00'"),
    "what is held": lambda path: _change(path, "UPDATE feeds SET held = x'00'"),
    "the tree hash": lambda path: _change(path, "UPDATE feeds SET tree_hash = zeroblob(32)"),
    "the size": lambda path: _change(path, "UPDATE feeds SET byte_length = 1"),
}


@pytest.mark.parametrize("damage", [*_HEAD_DAMAGES.values(), _flip_roots], ids=[*_HEAD_DAMAGES, "a root"])
def test_nothing_that_was_appended_is_lost_with_a_head_that_can_be_worked_out_again(
    tmp_path: Path, damage: Callable[[Path], None]
) -> None:
    left = _crashed(tmp_path / "store.sqlite")
    damage(left)
    with Multifeed.open(left) as multi:
        feed = _writer(multi)
        assert {found.key for found in multi.damages} == {feed.key}
        assert list(feed) == _WRITTEN + _TAIL
        feed.append(b"more")
        assert_verifies(feed)
        assert multi.audit() == []


@pytest.mark.parametrize("damage", _HEAD_DAMAGES.values(), ids=_HEAD_DAMAGES)
def test_nothing_is_lost_while_nothing_was_signed_yet(tmp_path: Path, damage: Callable[[Path], None]) -> None:
    path = tmp_path / "store.sqlite"
    with Multifeed.open(path) as multi:
        for block in _TAIL:
            _writer(multi).append(block)
        left = _leave(multi, path)
    damage(left)
    with Multifeed.open(left) as multi:
        assert list(_writer(multi)) == _TAIL
        assert multi.damages
        assert_all_verify(multi)

"""Files that are not ours, too new or damaged: the right error, and not a byte of them changed."""

import os
import sqlite3
import stat
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from multifeed import (
    DamagedStoreError,
    ForeignStoreError,
    NewerStoreError,
    StoreError,
)
from multifeed import Multifeed as Multi
from tests.helpers.feeds import STORE_NAME, numbered_blocks


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "room.sqlite"


def _other_database(path: Path) -> None:
    connection = sqlite3.connect(path)
    with connection:
        connection.execute("CREATE TABLE feeds (anything TEXT)")
    connection.close()


def _database_of_another_application(path: Path) -> None:
    connection = sqlite3.connect(path)
    with connection:
        connection.execute("PRAGMA application_id = 1234")
        connection.execute("CREATE TABLE meta (anything TEXT)")
    connection.close()


_FOREIGN: dict[str, Callable[[Path], object]] = {
    "a text": lambda path: path.write_text("Dear diary\n"),
    "one byte": lambda path: path.write_bytes(b"\x00"),
    "zeroes": lambda path: path.write_bytes(bytes(4096)),
    "random bytes": lambda path: path.write_bytes(os.urandom(10_000)),
    "the beginning of a database": lambda path: path.write_bytes(b"SQLite format 3\x00"),
    "an empty database of something else": lambda path: path.write_bytes(b"SQLite format 3\x00" + bytes(84)),
    "somebody else's database": _other_database,
    "a database of another application": _database_of_another_application,
}


@pytest.mark.parametrize("make", _FOREIGN.values(), ids=_FOREIGN)
def test_a_file_that_is_not_ours_is_left_as_it_is(path: Path, make: Callable[[Path], object]) -> None:
    make(path)
    _assert_refused_untouched(path, ForeignStoreError)


def test_a_store_of_a_newer_version_is_left_as_it_is(path: Path) -> None:
    _make_store(path)
    connection = sqlite3.connect(path)
    with connection:
        connection.execute("PRAGMA user_version = 2")
    connection.close()
    _assert_refused_untouched(path, NewerStoreError)


def _assert_refused_untouched(path: Path, error: type[StoreError]) -> None:
    content, changed_at, beside = path.read_bytes(), path.stat().st_mtime_ns, _names_beside(path)
    for _ in range(2):
        with pytest.raises(error) as refused:
            Multi.open(path)
        assert type(refused.value) is error
        assert str(path) in str(refused.value)
    assert path.read_bytes() == content
    assert path.stat().st_mtime_ns == changed_at
    assert _names_beside(path) == beside


def _names_beside(path: Path) -> set[str]:
    return {other.name for other in path.parent.iterdir()} - {path.name + ".lock"}


def _make_store(path: Path) -> None:
    with Multi.open(path) as multi:
        multi.writer("a").extend(numbered_blocks(2000))
        for number in range(50):
            multi.add(number.to_bytes(32))


def _cut_to(share: float) -> Callable[[bytes], bytes]:
    return lambda content: content[: int(len(content) * share)]


def _spoil_pages(first: int, last: int | None) -> Callable[[bytes], bytes]:
    """Overwrite the pages [first, last) after the first, which has the header."""

    def spoil(content: bytes) -> bytes:
        end = len(content) if last is None else last * 4096
        return content[: first * 4096] + b"\xa5" * (end - first * 4096) + content[end:]

    return spoil


_DAMAGE: dict[str, Callable[[bytes], bytes]] = {
    "cut in half": _cut_to(0.5),
    "cut to the first page": lambda content: content[:4096],
    "cut to the header": lambda content: content[:100],
    "all but the first page overwritten": _spoil_pages(1, None),
    "the first page behind the header overwritten": lambda content: content[:100] + b"\xa5" * 3996 + content[4096:],
    "the tables of feeds and writers overwritten": _spoil_pages(1, 9),
}


@pytest.mark.parametrize("damage", _DAMAGE.values(), ids=_DAMAGE)
def test_a_damaged_store_is_said_to_be_damaged_and_kept(path: Path, damage: Callable[[bytes], bytes]) -> None:
    _make_store(path)
    content = damage(path.read_bytes())
    path.write_bytes(content)
    with pytest.raises(DamagedStoreError):
        _use_everything(path)
    assert path.read_bytes() == content


@pytest.mark.parametrize("at", [0.1, 0.3, 0.5, 0.7, 0.9, 0.99])
def test_a_spoilt_page_anywhere_gives_no_error_but_ours(path: Path, at: float) -> None:
    _make_store(path)
    page = int(path.stat().st_size / 4096 * at)
    path.write_bytes(_spoil_pages(page, page + 1)(path.read_bytes()))
    # Any other error, also one that blames a peer or the caller, is a failure of this test.
    with suppress(StoreError):
        _use_everything(path)


def _use_everything(path: Path) -> None:
    with Multi.open(path) as multi:
        for feed in multi.feeds():
            list(feed.read())
            feed.proof(0, feed.length)
            for seq in range(0, feed.length, 100):
                feed.proof(seq, seq + 1)
        list(multi.arrivals())


def test_a_block_that_the_disk_has_lost_is_damage(path: Path) -> None:
    _make_store(path)
    connection = sqlite3.connect(path)
    with connection:
        connection.execute("DELETE FROM blocks WHERE seq = 5")
    connection.close()
    with Multi.open(path) as multi:
        feed = multi.writer("a")
        assert feed.get(4) == numbered_blocks(5)[4]
        with pytest.raises(DamagedStoreError):
            feed.get(5)
        with pytest.raises(DamagedStoreError):
            feed.blocks(0, 10)


def test_an_empty_file_becomes_a_store(path: Path) -> None:
    path.touch()
    with Multi.open(path) as multi:
        assert multi.writer("a").append(b"x") == 0


def test_a_directory_gets_a_store_inside(tmp_path: Path) -> None:
    with Multi.open(tmp_path) as multi:
        multi.writer("a").append(b"x")
    assert (tmp_path / STORE_NAME).is_file()
    with Multi.open(tmp_path) as multi:
        assert list(multi.writer("a")) == [b"x"]


def test_only_the_owner_can_read_what_is_made(tmp_path: Path) -> None:
    path = tmp_path / "new" / "newer" / "room.sqlite"
    before = os.umask(0)
    try:
        with Multi.open(path) as multi:
            multi.writer("a").append(b"x")
            for file in path.parent.iterdir():
                assert stat.S_IMODE(file.stat().st_mode) == 0o600, file.name
    finally:
        os.umask(before)
    for directory in (path.parent, path.parent.parent):
        assert stat.S_IMODE(directory.stat().st_mode) == 0o700


def test_a_place_where_no_file_can_be_is_an_error_of_the_disk(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(StoreError):
        Multi.open(tmp_path / "file" / "room.sqlite")


def test_a_name_that_is_too_long_for_the_disk_is_an_error_of_the_disk(tmp_path: Path) -> None:
    with pytest.raises(StoreError):
        Multi.open(tmp_path / ("x" * 300) / "room.sqlite")


def test_an_encoding_that_there_is_not_makes_no_file(path: Path) -> None:
    with pytest.raises(ValueError, match="value_encoding"):
        Multi.open(path, "utf-8")
    assert list(path.parent.iterdir()) == []

"""A glance at a store: what is in it, while it is open or not, and nothing of it changes."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from multifeed import Multifeed, StoreError
from multifeed.glance import glance


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Of a kind that has to be written otherwise in a URI."""
    return tmp_path / "gar#den 100%?" / "room.sqlite"


def test_what_was_asked_for_is_told_as_far_as_it_is_there(path: Path) -> None:
    with Multifeed.open(path) as multi:
        multi.set_meta("colour", b"green")
        multi.set_meta("shape", b"round")
        multi.writer("a").extend([b"1", b"2", b"3"])
        multi.writer("b").append(b"4")
    seen = glance(path, ("colour", "size"))
    assert seen.meta == {"colour": b"green"}
    assert seen.block_count == 4


def test_a_store_that_is_open_is_looked_at_as_it_is_now(path: Path) -> None:
    with Multifeed.open(path) as multi:
        multi.set_meta("colour", b"green")
        multi.writer("a").extend([b"1", b"2"])
        assert glance(path, ["colour"]).meta == {"colour": b"green"}
        assert glance(path, []).block_count == 2


def test_nothing_is_made_and_nothing_changed(path: Path) -> None:
    with Multifeed.open(path) as multi:
        multi.writer("a").append(b"1")
    before = {file.name: (file.read_bytes(), file.stat().st_mtime_ns) for file in path.parent.iterdir()}
    glance(path, ["colour"])
    assert {file.name: (file.read_bytes(), file.stat().st_mtime_ns) for file in path.parent.iterdir()} == before


def test_what_a_killed_program_left_in_the_log_is_seen(path: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy" / "room.sqlite"
    copy.parent.mkdir()
    with Multifeed.open(path) as multi:
        multi.set_meta("colour", b"green")
        for suffix in ("", "-wal"):
            copy.with_name(copy.name + suffix).write_bytes(path.with_name(path.name + suffix).read_bytes())
    assert glance(copy, ["colour"]).meta == {"colour": b"green"}


def test_no_value_is_in_a_repr(path: Path) -> None:
    with Multifeed.open(path) as multi:
        multi.set_meta("secret", b"swordfish")
    assert "swordfish" not in repr(glance(path, ["secret"]))


def test_where_there_is_no_store_nothing_is_made(path: Path) -> None:
    path.parent.mkdir()
    with pytest.raises(StoreError):
        glance(path, [])
    assert list(path.parent.iterdir()) == []


@pytest.mark.parametrize(
    "content", [b"", b"Dear diary" * 1000, bytes(range(256)) * 32], ids=["empty", "a text", "bytes"]
)
def test_what_is_no_store_is_an_error_of_the_disk(path: Path, content: bytes) -> None:
    path.parent.mkdir()
    path.write_bytes(content)
    with pytest.raises(StoreError):
        glance(path, [])


def test_a_database_of_something_else_is_not_looked_into(path: Path) -> None:
    path.parent.mkdir()
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE meta (name, value)")
    with pytest.raises(StoreError, match="not a store"):
        glance(path, [])


def test_a_store_of_a_newer_version_is_not_looked_into(path: Path) -> None:
    Multifeed.open(path).close()
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA user_version = 99")
    with pytest.raises(StoreError):
        glance(path, [])


def test_spoilt_ranges_are_an_error_of_the_disk(path: Path) -> None:
    with Multifeed.open(path) as multi:
        multi.writer("a").append(b"1")
    connection = sqlite3.connect(path)
    with connection:
        connection.execute("UPDATE feeds SET held = x'00'")
    connection.close()
    with pytest.raises(StoreError):
        glance(path, [])

"""A disk that is full: what was asked for has not happened at all, and works once there is room."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from multifeed import Multifeed, StoreError
from tests.helpers.checks import assert_all_verify
from tests.helpers.feeds import copy_range, heads_of, key_pair, rows_of, written
from tests.helpers.small_disk import make_room, small_disk

_BLOCK = bytes(range(256)) * 128


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    with small_disk(tmp_path / "disk") as directory:
        yield directory


def _until_full(change: Callable[[int], object]) -> int:
    """Make changes until one does not fit, and say which it was."""
    for number in range(10_000):
        try:
            change(number)
        except StoreError as error:
            assert "full" in str(error)  # noqa: PT017 (which change it is that fails is what the caller wants to know)
            return number
    raise AssertionError("the disk never fills up")


def _append_until_full(multi: Multifeed) -> None:
    feed = multi.writer("a")
    _until_full(lambda _: feed.append(_BLOCK))


def test_an_append_that_does_not_fit_has_not_happened(disk: Path) -> None:
    path = disk / "room.sqlite"
    with Multifeed.open(path) as multi:
        _append_until_full(multi)
        feed = multi.writer("a")
        length, heard = feed.length, list[object]()
        multi.listen(lambda *args: heard.append(args))
        assert length > 3
        with pytest.raises(StoreError):
            feed.extend([_BLOCK] * 10)
        assert (feed.length, heard) == (length, [])
        assert list(feed) == [_BLOCK] * length
        assert_all_verify(multi)
        make_room(disk)
        assert feed.append(b"there is room") == length
        assert_all_verify(multi)
    with Multifeed.open(path) as multi:
        assert list(multi.writer("a")) == [*[_BLOCK] * length, b"there is room"]
        assert_all_verify(multi)


def test_foreign_blocks_that_do_not_fit_are_not_held(disk: Path, tmp_path: Path) -> None:
    with Multifeed.open(disk / "room.sqlite") as multi, Multifeed.open(tmp_path / "source.sqlite") as theirs:
        source = written(theirs, 1, [_BLOCK] * 10)
        _append_until_full(multi)
        before = heads_of(multi.feeds())
        with pytest.raises(StoreError):
            copy_range(source, multi.candidate(source.key), 0, 10)
        assert heads_of(multi.feeds()) == before
        assert multi.feed(source.key) is None
        assert_all_verify(multi)
        make_room(disk)
        copy_range(source, multi.candidate(source.key), 0, 10)
        assert_all_verify(multi)


_SMALL_CHANGES: dict[str, Callable[[Multifeed, int], object]] = {
    "a feed that is added": lambda multi, number: multi.add(number.to_bytes(32)),
    "a new writer": lambda multi, number: multi.writer(f"writer {number}", key_pair=key_pair(number)),
    "a small value": lambda multi, number: multi.set_meta(f"name {number}", number.to_bytes(2)),
}


@pytest.mark.parametrize("change", _SMALL_CHANGES.values(), ids=_SMALL_CHANGES)
def test_a_small_change_that_does_not_fit_has_not_happened(
    disk: Path, change: Callable[[Multifeed, int], object]
) -> None:
    path = disk / "room.sqlite"
    with Multifeed.open(path) as multi:
        _append_until_full(multi)
        before = rows_of(path)
        done = _until_full(lambda number: change(multi, number + 2))
        assert sum(rows_of(path).values()) - sum(before.values()) in {done, 2 * done}
        assert len(multi.feeds()) == rows_of(path)["feeds"]
        assert multi.meta(f"name {done + 2}") is None
        make_room(disk)
        change(multi, done + 2)
        assert_all_verify(multi)


def _fill(disk: Path) -> None:
    with (disk / "rest").open("wb", buffering=0) as rest:
        while shutil.disk_usage(disk).free:
            rest.write(bytes(4096))


def test_a_store_that_does_not_fit_is_not_begun(disk: Path) -> None:
    _fill(disk)
    path = disk / "room.sqlite"
    with pytest.raises(StoreError):
        Multifeed.open(path)
    make_room(disk)
    with Multifeed.open(path) as multi:
        assert multi.writer("a").append(b"x") == 0

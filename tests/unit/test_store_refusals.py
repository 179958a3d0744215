"""A disk that cannot be written, or fails: nothing of what was asked for has happened, and all can be read."""

import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest

from multifeed import KeyPair, Multifeed, StoreError
from tests.helpers.broken_disk import io_errors
from tests.helpers.checks import assert_all_verify
from tests.helpers.feeds import copy_range, heads_of, key_pair, numbered_blocks, rows_of, written

_SOURCE = key_pair(7)


@contextmanager
def _read_only(multi: Multifeed) -> Iterator[None]:
    """SQLite answers as it does on a file that it may not write."""
    connection = multi._shelf.store._connection
    connection.execute("PRAGMA query_only=1")
    try:
        yield
    finally:
        connection.execute("PRAGMA query_only=0")


def _io_errors(_: Multifeed) -> AbstractContextManager[None]:
    return io_errors()


_REFUSALS: dict[str, tuple[Callable[[Multifeed], AbstractContextManager[None]], str]] = {
    "read-only": (_read_only, "cannot be written"),
    "I/O errors": (_io_errors, "disk I/O error"),
}


def _accept(multi: Multifeed, other: Multifeed) -> None:
    source = other.writer("source", key_pair=_SOURCE)
    copy_range(source, multi.candidate(source.key), 0, 5)


_CHANGES: dict[str, Callable[[Multifeed, Multifeed], object]] = {
    "an append": lambda multi, _: multi.writer("writer 1").append(b"more"),
    "several appended": lambda multi, _: multi.writer("writer 1").extend([b"more", b"and more"]),
    "foreign blocks": _accept,
    "a new writer": lambda multi, _: multi.writer("new", key_pair=KeyPair.from_seed(bytes(32))),
    "an added feed": lambda multi, _: multi.add(bytes(32)),
    "a small value": lambda multi, _: multi.set_meta("name", b"value"),
}


@pytest.mark.skipif(sys.platform != "linux", reason="the limit on the size of files can be set for a while on Linux")
@pytest.mark.parametrize("change", _CHANGES.values(), ids=_CHANGES)
@pytest.mark.parametrize(("refusing", "words"), _REFUSALS.values(), ids=_REFUSALS)
def test_a_disk_that_refuses_has_changed_nothing_and_is_gone_on_with_when_it_takes_again(
    tmp_path: Path,
    refusing: Callable[[Multifeed], AbstractContextManager[None]],
    words: str,
    change: Callable[[Multifeed, Multifeed], object],
) -> None:
    path = tmp_path / "store.sqlite"
    with Multifeed.open(path) as multi, Multifeed.open(tmp_path / "other.sqlite") as other:
        feed = written(multi, 1, numbered_blocks(9))
        other.writer("source", key_pair=_SOURCE).extend(numbered_blocks(5))
        heads, rows = heads_of(multi.feeds()), rows_of(path)
        heard = list[object]()
        multi.listen(lambda *args: heard.append(args))
        with refusing(multi):
            for _ in range(3):
                with pytest.raises(StoreError, match=words):
                    change(multi, other)
            assert list(feed) == numbered_blocks(9)
            assert feed.proof(3, 4).nodes
        assert (heads_of(multi.feeds()), rows_of(path), heard) == (heads, rows, [])
        change(multi, other)
        assert rows_of(path) != rows
        assert_all_verify(multi)
        left = heads_of(multi.feeds())
    with Multifeed.open(path) as multi:
        assert heads_of(multi.feeds()) == left
        assert_all_verify(multi)
        assert multi.audit() == []

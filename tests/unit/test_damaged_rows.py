"""Secret keys of writers that the disk has changed: nothing is signed with them, and no other feed suffers."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from multifeed import Multifeed
from tests.helpers.checks import assert_all_verify
from tests.helpers.feeds import numbered_blocks, written

_CHANGED_SEEDS = [b"", b"too short", bytes(32), bytes(33)]


@pytest.mark.parametrize("seed", _CHANGED_SEEDS, ids=["none", "short", "another", "long"])
def test_a_secret_key_that_the_disk_has_changed_signs_nothing_and_hides_no_other_feed(
    tmp_path: Path, seed: bytes
) -> None:
    path = tmp_path / "store.sqlite"
    with Multifeed.open(path) as multi:
        own = written(multi, 1, numbered_blocks(4))
        other = written(multi, 2, numbered_blocks(5))
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE writers SET seed = ? WHERE name = 'writer 1'", (seed,))
    with Multifeed.open(path) as multi:
        kept = {feed.key: feed.blocks(0, feed.length) for feed in multi.feeds()}
        assert kept[own.key] == numbered_blocks(4)
        assert kept[other.key] == numbered_blocks(5)
        multi.writer("writer 2").append(b"goes on")
        multi.writer("writer 1").append(b"goes on too")
        assert_all_verify(multi)
        assert multi.audit() == []
    with Multifeed.open(path) as multi:
        assert list(multi.writer("writer 1"))[-1] == b"goes on too"

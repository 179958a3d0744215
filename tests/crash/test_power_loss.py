"""After a power loss, what had reached the disk is there: a prefix of the transactions, each whole or not at all.

A write-ahead log (SQLite file format, section 4) that lost its end is a log that was cut at any byte.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from random import Random
from typing import NamedTuple

import pytest

from multifeed import Feed, Multifeed
from tests.crash.worker import block_of, blocks_of
from tests.helpers.checks import assert_all_verify
from tests.helpers.feeds import copy_range, heads_of, written

_STEPS = 120
_COPIES = 8
_CUTS = 20
_FOREIGN_LENGTH = 400
_LOG_HEADER_LENGTH = 32
_FRAME_HEADER_LENGTH = 24

State = dict[bytes, tuple[int, bytes, list[tuple[int, int]]]]


class _Disk(NamedTuple):
    """Database and log as they were between two commits, and what was said to be held after each of this log's."""

    database: bytes
    log: bytes
    commits: list[tuple[int, State]]


class _Writer:
    """A store that is written to, and where in its log each commit ended."""

    def __init__(self, path: Path, multi: Multifeed, original: Feed, rng: Random) -> None:
        self._path = path
        self._log_path = path.with_name(path.name + "-wal")
        self._multi = multi
        self._original = original
        self._rng = rng
        self._commits: list[tuple[int, State]] = [(0, heads_of(multi.feeds()))]
        self._own = written(multi, 1, [])
        self._committed()

    def step(self) -> None:
        """One append or accept; before some of them the log is moved into the database, and begins anew."""
        rng = self._rng
        is_moved = rng.random() < 0.05
        if is_moved:
            self._move_log()
        # A log that was moved and not begun anew yet cannot be lost any more: what it says is in the database.
        if is_moved or rng.random() < 0.6:
            self._own.extend(blocks_of("own", self._own.length, self._own.length + rng.choice([1, 1, 9])))
        else:
            start = rng.randrange(_FOREIGN_LENGTH)
            copy = self._multi.candidate(self._original.key)
            copy_range(self._original, copy, start, min(start + rng.randrange(1, 20), _FOREIGN_LENGTH))
        self._committed()

    def copy(self) -> _Disk:
        return _Disk(self._path.read_bytes(), self._log_path.read_bytes(), list(self._commits))

    def _committed(self) -> None:
        self._commits.append((_end_of_log(self._log_path.read_bytes()), heads_of(self._multi.feeds())))

    def _move_log(self) -> None:
        with closing(sqlite3.connect(self._path)) as connection:
            _, frames, moved = connection.execute(
                f"PRAGMA wal_checkpoint({self._rng.choice(['PASSIVE', 'TRUNCATE'])})"
            ).fetchone()
            assert frames == moved
        self._commits = [(0, self._commits[-1][1])]


def _end_of_log(log: bytes) -> int:
    """Where the frames of the present log end; what is left of an earlier one, behind them, has other salts."""
    end = _LOG_HEADER_LENGTH
    page_length = int.from_bytes(log[8:12])
    while log[end + 8 : end + 16] == log[16:24] != b"":
        end += _FRAME_HEADER_LENGTH + page_length
    return end


@pytest.fixture
def original(tmp_path: Path) -> Iterator[Feed]:
    with Multifeed.open(tmp_path / "original.sqlite") as multi:
        yield written(multi, 2, blocks_of("foreign", 0, _FOREIGN_LENGTH))


def _disks(path: Path, original: Feed, rng: Random) -> list[_Disk]:
    copied_at = set(rng.sample(range(_STEPS), _COPIES))
    disks = []
    with Multifeed.open(path) as multi:
        writer = _Writer(path, multi, original, rng)
        for step in range(_STEPS):
            writer.step()
            if step in copied_at:
                disks.append(writer.copy())
    return disks


@pytest.mark.parametrize("seed", [1, 2])
def test_a_log_that_is_cut_at_any_byte_leaves_a_prefix_of_what_was_written(
    tmp_path: Path, original: Feed, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The log is moved where the test says so and nowhere else, so that it knows what each cut must leave.
    monkeypatch.setattr("multifeed.checkpoint.CHECKPOINT_INTERVAL_BYTES", 1 << 40)
    print(f"again: pytest 'tests/crash/test_power_loss.py' -k 'any_byte and {seed}'")
    rng = Random(seed)
    for number, disk in enumerate(_disks(tmp_path / "written.sqlite", original, rng)):
        ends = [end for end, _ in disk.commits]
        near_ends = [max(0, rng.choice(ends) + rng.choice([-1, 0, 1])) for _ in range(_CUTS // 2)]
        anywhere = [rng.randrange(len(disk.log)) for _ in range(_CUTS // 2)]
        for cut in [len(disk.log), *near_ends, *anywhere]:
            path = tmp_path / f"{number} cut at {cut}.sqlite"
            path.write_bytes(disk.database)
            path.with_name(path.name + "-wal").write_bytes(disk.log[:cut])
            _, expected = [commit for commit in disk.commits if commit[0] <= cut][-1]
            _assert_holds(path, expected, f"copy {number} cut at {cut} of {len(disk.log)}")


def _assert_holds(path: Path, expected: State, which: str) -> None:
    with Multifeed.open(path) as multi:
        assert multi.audit() == [], which
        assert heads_of(multi.feeds()) == expected, which
        assert_all_verify(multi)
        for feed in multi.feeds():
            whose = "own" if feed.writable else "foreign"
            for run in feed.held:
                assert feed.blocks(*run) == blocks_of(whose, *run), which
        own = written(multi, 1, [])
        assert own.append(block_of("own", own.length)) == own.length - 1

"""A copy of the disk taken while the log is moved into the database holds everything that was said to be held."""

import sqlite3
from contextlib import closing
from pathlib import Path
from random import Random

import pytest

from multifeed import Multifeed
from tests.crash.worker import blocks_of
from tests.helpers.checks import assert_all_verify
from tests.helpers.feeds import copy_range, heads_of, written

_STEPS = 150
_COPIES = 12
_FOREIGN_LENGTH = 400


@pytest.mark.parametrize("seed", [1, 2, 3, 4])
def test_a_copy_taken_while_the_log_is_moved_is_whole(
    tmp_path: Path, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Every commit has the log moved, so that there is nearly always a thread at it.
    monkeypatch.setattr("multifeed.checkpoint.CHECKPOINT_INTERVAL_BYTES", 1)
    print(f"again: pytest tests/crash/test_checkpoint.py -k '{seed}'")
    rng = Random(seed)
    copied_at = set(rng.sample(range(_STEPS), _COPIES))
    path = tmp_path / "written.sqlite"
    with Multifeed.open(tmp_path / "original.sqlite") as theirs, Multifeed.open(path) as multi:
        original = written(theirs, 2, blocks_of("foreign", 0, _FOREIGN_LENGTH))
        own, copy = written(multi, 1, []), multi.candidate(original.key)
        for step in range(_STEPS):
            if rng.random() < 0.5:
                own.extend(blocks_of("own", own.length, own.length + rng.choice([1, 1, 30])))
            else:
                start = rng.randrange(_FOREIGN_LENGTH)
                copy_range(original, copy, start, min(start + rng.randrange(1, 20), _FOREIGN_LENGTH))
            if step in copied_at:
                taken = tmp_path / f"copy {step}.sqlite"
                taken.write_bytes(path.read_bytes())
                taken.with_name(taken.name + "-wal").write_bytes(path.with_name(path.name + "-wal").read_bytes())
                _assert_is(taken, multi, f"copy at step {step}")


def _assert_is(taken: Path, multi: Multifeed, which: str) -> None:
    with Multifeed.open(taken) as copied:
        assert heads_of(copied.feeds()) == heads_of(multi.feeds()), which
        assert [arrival[1:] for arrival in copied.arrivals()] == [arrival[1:] for arrival in multi.arrivals()], which
        assert copied.audit() == [], which
        assert_all_verify(copied)
    with closing(sqlite3.connect(taken)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)], which

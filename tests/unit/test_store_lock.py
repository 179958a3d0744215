"""One writer: a store belongs to one process at a time, and to nobody once that process is gone."""

import os
from pathlib import Path

import pytest

from multifeed import LockedError, Multifeed
from tests.helpers.processes import next_line, python

_HOLD = """
import sys
from multifeed import Multifeed
with Multifeed.open(sys.argv[1]) as multi:
    multi.writer("a").append(b"by the holder")
    print("open")
    sys.stdin.readline()
print("closed")
"""

_TRY = """
import sys
from multifeed import LockedError, Multifeed
try:
    Multifeed.open(sys.argv[1])
except LockedError as error:
    print(error.pid, error)
"""


def test_a_second_process_is_refused_with_the_pid_of_the_first(tmp_path: Path) -> None:
    path = tmp_path / "room.sqlite"
    with Multifeed.open(path) as multi:
        multi.writer("a").append(b"1")
        with python(_TRY, str(path)) as process:
            pid, message = next_line(process).split(" ", 1)
        assert int(pid) == os.getpid()
        assert str(os.getpid()) in message
        assert multi.writer("a").append(b"2") == 1


def test_a_process_that_has_closed_lets_the_next_one_in(tmp_path: Path) -> None:
    path = tmp_path / "room.sqlite"
    with python(_HOLD, str(path)) as process:
        assert next_line(process) == "open"
        with pytest.raises(LockedError) as refused:
            Multifeed.open(path)
        assert refused.value.pid == process.pid
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
        assert next_line(process) == "closed"
        with Multifeed.open(path) as multi:
            assert list(multi.writer("a")) == [b"by the holder"]


def test_a_process_that_is_killed_holds_nothing(tmp_path: Path) -> None:
    path = tmp_path / "room.sqlite"
    with python(_HOLD, str(path)) as process:
        assert next_line(process) == "open"
        process.kill()
        process.wait()
        with Multifeed.open(path) as multi:
            assert list(multi.writer("a")) == [b"by the holder"]


def test_a_second_open_in_the_same_process_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "room.sqlite"
    with Multifeed.open(path) as multi:
        with pytest.raises(LockedError) as refused:
            Multifeed.open(path)
        assert refused.value.pid == os.getpid()
        multi.writer("a").append(b"still mine")
        with python(_TRY, str(path)) as process:
            assert next_line(process).startswith(str(os.getpid()))


def test_an_open_that_fails_leaves_no_lock_behind(tmp_path: Path) -> None:
    path = tmp_path / "room.sqlite"
    path.write_text("not a store")
    with pytest.raises(Exception, match="not a multifeed store"):
        Multifeed.open(path)
    path.unlink()
    with Multifeed.open(path) as multi:
        assert multi.feeds() == []


def test_two_stores_in_one_directory_do_not_lock_each_other(tmp_path: Path) -> None:
    with Multifeed.open(tmp_path / "one.sqlite"), Multifeed.open(tmp_path / "two.sqlite") as two:
        assert two.writer("a").append(b"x") == 0

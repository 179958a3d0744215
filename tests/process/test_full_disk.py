"""A program whose disk is full, fails or cannot be written: it says so, stays up, and goes on when it takes again."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.helpers.broken_disk import io_errors
from tests.helpers.program import Programs
from tests.helpers.small_disk import make_room, small_disk

_LONG_TEXT = "x" * 15_000


def test_a_full_disk_is_said_and_outlived(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk") as disk, Programs(tmp_path / "data") as programs:
        bob = programs.start("bob", "--json")
        alice = programs.start("alice", "--json", "--data-dir", disk)
        for program in (alice, bob):
            program.wait_for_people(1)
        alice.send("before")
        bob.wait_for_texts("before")
        while not any("not sent" in line for line in alice.err):
            count = len(alice.own_texts) + sum("not sent" in line for line in alice.err)
            alice.send(_LONG_TEXT)
            alice.wait_until(
                lambda: len(alice.own_texts) + sum("not sent" in line for line in alice.err) > count,  # noqa: B023 (waited for at once)
                "an answer to one more text",
            )
        alice.wait_for_error("full")
        bob.send(_LONG_TEXT + " from bob", "and bob goes on")
        bob.wait_for_texts("and bob goes on")
        make_room(disk)
        alice.wait_for_texts(_LONG_TEXT + " from bob", "and bob goes on")
        alice.send("after")
        bob.wait_for_texts("after")
        sent = [text for text in alice.own_texts if text == _LONG_TEXT]
        bob.wait_until(lambda: bob.texts.count(_LONG_TEXT) == len(sent), "all that was sent, and no more")


@pytest.mark.skipif(sys.platform != "linux", reason="another process can be given a limit on Linux only")
def test_a_disk_with_errors_is_said_and_outlived(tmp_path: Path) -> None:
    with Programs(tmp_path / "data") as programs:
        alice, bob = (programs.start(nickname, "--json") for nickname in ("alice", "bob"))
        for program in (alice, bob):
            program.wait_for_people(1)
        alice.send("before")
        bob.wait_for_texts("before")
        with io_errors(alice.pid):
            alice.send("lost")
            alice.wait_for_error("not sent")
            alice.wait_for_error("disk I/O error")
            bob.send("bob goes on")
            bob.wait_for_texts("bob goes on")
        alice.wait_for_texts("bob goes on")
        alice.send("after")
        bob.wait_for_texts("after")
        assert "lost" not in bob.texts


def test_a_disk_that_cannot_be_written_is_refused_at_the_start_and_left_as_it_is(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk") as disk, Programs(tmp_path / "data") as programs:
        make_room(disk)
        alice = programs.start("alice", "--json", "--data-dir", disk)
        alice.send("before")
        alice.wait_for_texts("before")
        alice.interrupt()
        files = {path: path.read_bytes() for path in disk.rglob("*") if path.is_file()}
        subprocess.run(["mount", "-o", "remount,ro", str(disk)], check=True)
        again = programs.start("alice", "--json", "--data-dir", disk)
        assert again.wait() == 1
        (line,) = again.err
        assert "Read-only file system" in line
        assert "--data-dir" in line
        assert {path: path.read_bytes() for path in disk.rglob("*") if path.is_file()} == files

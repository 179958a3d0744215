"""A program whose disk is full: it says so, stays up, and goes on when there is room."""

from pathlib import Path

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

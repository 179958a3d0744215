"""Real programs whose clocks differ."""

import sys
from pathlib import Path

import pytest

from tests.helpers import wrong_clock
from tests.helpers.program import Program, Programs
from tests.helpers.wrong_clock import set_clock

HOUR_S = 3_600


@pytest.fixture
def clock(tmp_path: Path) -> Path:
    """What a clock that can be set is ahead by."""
    path = tmp_path / "clock"
    set_clock(path, 2 * HOUR_S)
    return path


def _ahead(programs: Programs, nickname: str, clock: Path, *options: str) -> Program:
    return programs.start(nickname, *options, prefix=(sys.executable, wrong_clock.__file__, str(clock)))


def test_a_clock_that_is_ahead_is_noticed_on_both_sides_and_its_messages_wait(programs: Programs, clock: Path) -> None:
    alice = programs.start("alice", "--json", "--no-discovery")
    bob = _ahead(programs, "bob", clock, "--json", "--no-discovery", "--peer", f"127.0.0.1:{alice.port}")
    bob.wait_for_people(1)
    bob.send("by a clock that is ahead")
    bob.wait_for_texts("by a clock that is ahead")
    alice.wait_for_error("1 message from a clock ahead is held aside until due")
    alice.wait_for_error("this machine's clock is 2 hours behind bob's; one of the two is wrong")
    bob.wait_for_error("this machine's clock is 2 hours ahead of")
    alice.send("by one that is right")
    bob.wait_for_texts("by one that is right")
    alice.wait_for_just("by one that is right")
    set_clock(clock, 0)
    for program in (alice, bob):
        program.wait_for_error("this machine's clock agrees with")
    bob.wait_for_error("this machine's clock was set back")
    bob.send("and now by a right one")
    alice.wait_for_texts("and now by a right one")
    times = [message["timestamp"] for message in alice.messages]
    assert times == sorted(times)
    again = programs.start("bob", "--json", "--no-discovery") if bob.interrupt() == 0 else bob
    again.wait_for_error("1 message from a clock ahead is held aside until due")
    again.wait_for_just("by one that is right", "and now by a right one")


def test_what_was_held_aside_is_printed_when_it_is_due(programs: Programs, clock: Path) -> None:
    bob = _ahead(programs, "bob", clock, "--json")
    bob.send("early")
    bob.wait_for_texts("early")
    bob.interrupt()
    set_clock(clock, 0)
    again = _ahead(programs, "bob", clock, "--json")
    again.wait_for_error("held aside")
    assert again.texts == []
    set_clock(clock, 2 * HOUR_S - 200)
    again.wait_for_texts("early")


def test_the_doctor_says_by_how_much_the_clock_is_wrong(programs: Programs, clock: Path) -> None:
    alice = programs.start("alice", "--no-discovery")
    examined = _ahead(programs, "bob", clock, "--doctor", "--no-discovery", "--peer", f"127.0.0.1:{alice.port}")
    examined.wait_for_line("this machine's clock is 2 hours ahead of the other's; one of the two is wrong")

import signal

import pytest

from tests.helpers.program import Programs
from tests.helpers.terminal import ALTERNATE_SCREEN, Terminal, Terminals


def test_who_gives_no_nickname_is_asked_and_proposed_the_name_of_the_user(terminals: Terminals) -> None:
    terminal = terminals.open(changes={"LOGNAME": "carol"})
    terminal.wait_for("What do people call you?", "carol")
    terminal.press("enter")
    terminal.wait_for(f"Write to {terminals.room} as carol")


def test_another_nickname_can_be_taken_than_the_one_proposed(terminals: Terminals, programs: Programs) -> None:
    bob = programs.start("bob", "--json")
    terminal = terminals.open(changes={"LOGNAME": "carol"})
    terminal.wait_for("What do people call you?", "carol")
    terminal.press("ctrl+u")
    terminal.wait_until(lambda: "carol" not in terminal.text, "an empty answer")
    terminal.say("zoe")
    terminal.wait_for(f"Write to {terminals.room} as zoe", "1 person here")
    terminal.say("it is me")
    bob.wait_for_texts("it is me")
    assert bob.messages[-1]["nickname"] == "zoe"


def test_what_is_typed_before_there_is_anything_on_the_screen_stands_in_the_box(
    terminals: Terminals, programs: Programs
) -> None:
    bob = programs.start("bob", "--json")
    terminal = terminals.open("alice")
    terminal.write(b"typed ahead")
    terminal.wait_until(lambda: terminal.is_full_screen and "typed ahead" in terminal.text, "what was typed")
    terminal.press("enter")
    bob.wait_for_texts("typed ahead")


def test_a_nickname_in_use_that_is_chosen_on_the_screen_ends_with_a_line(
    terminals: Terminals, programs: Programs
) -> None:
    other = programs.start("carol", "--json")
    other.wait_for_error(", port ")
    terminal = terminals.open(changes={"LOGNAME": "carol"})
    terminal.wait_for("What do people call you?", "carol")
    terminal.press("enter")
    assert terminal.wait() == 1
    assert str(other.pid) in _said_after(terminal)
    _assert_sane(terminal)


def test_control_q_ends_it_at_once_and_leaves_the_terminal_as_it_was(terminals: Terminals) -> None:
    terminal = terminals.open("alice")
    terminal.wait_for("Write to")
    assert terminal.is_full_screen
    terminal.press("ctrl+q")
    assert terminal.wait() == 0
    _assert_sane(terminal)


def test_control_q_ends_it_where_the_nickname_is_asked_for(terminals: Terminals) -> None:
    terminal = terminals.open(changes={"LOGNAME": "carol"})
    terminal.wait_for("What do people call you?")
    terminal.press("ctrl+q")
    assert terminal.wait() == 0
    _assert_sane(terminal)
    assert not terminals.data_dir.exists()


def test_what_is_sent_just_before_control_q_is_sent(terminals: Terminals, programs: Programs) -> None:
    bob = programs.start("bob", "--json")
    terminal = terminals.open("alice")
    terminal.wait_for("Write to", "1 person here")
    terminal.write(b"goodbye\r\x11")
    assert terminal.wait() == 0
    bob.wait_for_texts("goodbye")
    bob.wait_for_people(0)


def test_control_c_ends_nothing_and_says_what_does(terminals: Terminals) -> None:
    terminal = terminals.open("alice")
    terminal.wait_for("Write to")
    terminal.press("ctrl+c")
    terminal.wait_for("Ctrl+Q")
    terminal.press("ctrl+q")
    assert terminal.wait() == 0


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_to_end_ends_it_and_leaves_the_terminal_as_it_was(
    terminals: Terminals, number: signal.Signals
) -> None:
    terminal = terminals.open("alice")
    terminal.wait_for("Write to")
    terminal.signal(number)
    assert terminal.wait() == 0
    _assert_sane(terminal)
    terminals.open("alice").wait_for("Write to")


def test_a_profile_in_use_is_refused_in_one_line_without_a_screen(terminals: Terminals, programs: Programs) -> None:
    other = programs.start("alice", "--json")
    other.wait_for_error(", port ")
    terminal = terminals.open("alice")
    assert terminal.wait() == 1
    assert ALTERNATE_SCREEN not in terminal.raw
    said = [line for line in terminal.raw.decode().split("\r\n") if line]
    assert len(said) == 1
    assert said[0].startswith("multichat: ")
    assert str(other.pid) in said[0]
    assert terminal.settings_before == terminal.settings_after


@pytest.mark.parametrize("arguments", [["alice", "--interface", "nosuch0"], ["x" * 33], ["alice", "--timeout", "3"]])
def test_wrong_usage_is_refused_in_one_line_without_a_screen(terminals: Terminals, arguments: list[str]) -> None:
    terminal = terminals.open(*arguments)
    assert terminal.wait() == 2
    assert ALTERNATE_SCREEN not in terminal.raw
    said = [line for line in terminal.raw.decode().split("\r\n") if line]
    assert len(said) == 1
    assert said[0].startswith("multichat: ")


def _assert_sane(terminal: Terminal) -> None:
    assert not terminal.is_full_screen
    assert terminal.shows_cursor
    assert terminal.settings_before == terminal.settings_after
    # Neither the mouse nor pasted text is reported any more.
    for mode in (b"1000", b"1003", b"1006", b"2004"):
        assert terminal.raw.rfind(b"\x1b[?" + mode + b"l") > terminal.raw.rfind(b"\x1b[?" + mode + b"h")


def _said_after(terminal: Terminal) -> str:
    """What stands on the terminal once the full screen is gone."""
    return terminal.raw.decode().rpartition("\x1b[?1049l")[2]

import unicodedata

import pytest

from tests.helpers.program import Programs
from tests.helpers.terminal import Terminal, Terminals

HOSTILE_TEXTS = (
    "\x1b]0;owned\x07 one",
    "\x1b[2J\x1b[H two",
    "\x1b[31mred\x1b[0m three",
    "\x9b31m\x9d0;owned\x9c four",
    "\x08\x08\x7f\x0b five",
    "over\rwritten six",
    "\u202eturned\u202d\u2066 seven",
    "\u200b\u2028\u2029\x85 eight",
)

# The controls with which the program itself paints.
PAINTING = {"\x1b", "\x07", "\r", "\n"}

LONG_TEXT = "of some words that are more than a small window can hold on a line"


def test_what_one_types_the_other_reads_and_the_other_way_round(terminals: Terminals) -> None:
    alice, bob = _two_who_have_met(terminals)
    alice.say("hello bob")
    bob.wait_for_line("alice", "hello bob")
    bob.say("hello alice")
    alice.wait_for_line("bob", "hello alice")
    alice.wait_for_line("alice", "hello bob")


def test_who_was_killed_comes_back_with_the_history_and_goes_on(terminals: Terminals) -> None:
    alice, bob = _two_who_have_met(terminals)
    alice.say("before the crash")
    bob.wait_for_line("alice", "before the crash")
    bob.say("an answer")
    alice.wait_for_line("bob", "an answer")
    alice.kill()
    bob.wait_for("alone")
    bob.say("are you gone?")
    bob.wait_for("are you gone?")

    again = terminals.open("alice")
    again.wait_for_line("alice", "before the crash")
    again.wait_for_line("bob", "an answer")
    again.wait_for("are you gone?", "1 person here")
    again.say("back again")
    bob.wait_for_line("alice", "back again")


def test_a_text_and_enter_that_come_in_one_burst_are_sent_whole(terminals: Terminals, programs: Programs) -> None:
    bob = programs.start("bob", "--json")
    alice = terminals.open("alice")
    alice.wait_for("1 person here", "Write to")
    alice.write(b"hello [b]x[/b] there\r")
    bob.wait_for_texts("hello [b]x[/b] there")
    alice.wait_for_line("alice", "hello [b]x[/b] there")
    alice.write(b"one\rtwo\rthree\r")
    bob.wait_for_texts("one", "two", "three")
    assert len(bob.texts) == 4


def test_what_is_pasted_is_one_message_whatever_lines_it_has(terminals: Terminals, programs: Programs) -> None:
    bob = programs.start("bob", "--json")
    alice = terminals.open("alice")
    alice.wait_for("1 person here", "Write to")
    alice.write(b"\x1b[200~first line\rsecond [red]line\x1b[201~")
    alice.wait_for("first line", "second [red]line")
    alice.press("enter")
    bob.wait_for_texts("first line\nsecond [red]line")
    assert len(bob.texts) == 1


def test_nothing_that_others_write_steers_the_terminal(terminals: Terminals, programs: Programs) -> None:
    mallory = programs.start("mallory", "--json")
    alice = terminals.open("alice")
    alice.wait_for("1 person here", "Write to")
    mallory.send(*HOSTILE_TEXTS)
    alice.wait_for("mallory", *(text.split()[-1] for text in HOSTILE_TEXTS))
    raw = alice.raw.decode()
    for hostile in ("\x1b]0;owned", "owned\x07", "\x1b[2J\x1b[H two", "\x1b[31m", "\x1b[0m three", "over\rwritten"):
        assert hostile not in raw
    # No control at all but those that the program itself paints with, and nothing that hides or turns text.
    assert {character for character in raw if unicodedata.category(character) in {"Cc", "Cf", "Zl", "Zp"}} <= PAINTING
    assert alice.is_full_screen


@pytest.mark.parametrize(("columns", "rows"), [(40, 12), (200, 60)])
def test_everything_is_readable_after_the_size_has_changed(terminals: Terminals, columns: int, rows: int) -> None:
    alice, bob = _two_who_have_met(terminals)
    bob.say(LONG_TEXT)
    alice.wait_for_line("bob", "of some words")
    alice.resize(columns, rows)
    alice.wait_until(lambda: _is_laid_out(alice, rows), f"a whole screen of {columns}x{rows}")
    alice.wait_for(*LONG_TEXT.split())
    assert max(map(len, alice.lines)) <= columns
    alice.say("still here")
    bob.wait_for_line("alice", "still here")
    alice.wait_for_line("alice", "still here")


def _two_who_have_met(terminals: Terminals) -> tuple[Terminal, Terminal]:
    alice, bob = terminals.open("alice"), terminals.open("bob")
    for terminal in (alice, bob):
        terminal.wait_for("1 person here", "Write to")
    return alice, bob


def _is_laid_out(terminal: Terminal, rows: int) -> bool:
    """Whether the room stands above, the box to write in below, and the conversation between them."""
    lines = terminal.lines
    return (
        len(lines) == rows
        and "1 person here" in lines[0]
        and any("Write to" in line for line in lines[-3:])
        and any("bob" in line and "of some words" in line for line in lines[1:-2])
    )

import os
import signal
import subprocess
import unicodedata

import pytest

from tests.helpers.program import Programs

BY_HAND = "--no-discovery"

# Everything that could steer a terminal or turn text around, as far as a line of input can hold it.
HOSTILE_TEXTS = (
    "\x1b]0;owned\x07 title",
    "\x1b[2J\x1b[H wiped",
    "\x1bc reset",
    "\x1b[31mred\x1b[0m",
    "\x9b31m as one character \x9d0;owned\x9c",
    "\x00\x07\x08\x0b\x0c\x0e\x7f controls",
    "over\rwritten",
    "\u202eturned\u202d \u2066isolated\u2069",
    "\u2028line\u2029paragraph\x85next",
    "\U000e0041 tag \u200b\u2060\ufeff invisible",
    "שלום \u202e",
)


def test_leaving_after_the_last_line_waits_until_somebody_has_it_all(programs: Programs) -> None:
    alice = programs.start("alice", "--json", BY_HAND)
    bot = programs.start("bot", "--json", BY_HAND, "--exit-after-send", "--timeout", "30", "--peer", _at(alice.port))
    lines = [f"line {number}" for number in range(100)]
    bot.send(*lines)
    bot.end_input()
    assert bot.wait() == 0
    alice.wait_for_texts(*lines)


def test_what_nobody_took_in_time_is_kept_and_delivered_at_the_next_start(programs: Programs) -> None:
    bot = programs.start("bot", "--json", BY_HAND, "--exit-after-send", "--timeout", "0.3")
    bot.send("keep this")
    bot.end_input()
    assert bot.wait() == 1
    assert bot.texts == ["keep this"]
    assert "multichat: nobody connected has taken what was sent" in bot.err[-1]

    alice = programs.start("alice", "--json", BY_HAND)
    again = programs.start("bot", "--json", BY_HAND, "--exit-after-send", "--timeout", "30", "--peer", _at(alice.port))
    again.end_input()
    assert again.wait() == 0
    alice.wait_for_texts("keep this")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_after_the_end_of_input_it_listens_until_it_is_told_to_end(programs: Programs, number: signal.Signals) -> None:
    alice = programs.start("alice", "--plain", BY_HAND)
    alice.end_input()
    bob = programs.start("bob", "--json", BY_HAND, "--peer", _at(alice.port))
    bob.send("are you still there?")
    alice.wait_for_line("\tbob\tare you still there?")
    alice.signal(number)
    assert alice.wait() == 0
    bob.wait_for_people(0)


def test_input_that_is_no_terminal_means_lines(programs: Programs) -> None:
    alice = programs.start("alice", BY_HAND)
    alice.send("hello")
    alice.wait_for_line("\talice\thello")


def test_a_closed_standard_input_is_the_end_of_input(programs: Programs) -> None:
    alice = programs.start("alice", "--json", BY_HAND, stdin=subprocess.DEVNULL)
    bob = programs.start("bob", "--json", BY_HAND, "--peer", _at(alice.port))
    bob.send("hello")
    alice.wait_for_texts("hello")


def test_a_reader_that_has_seen_enough_ends_it(programs: Programs) -> None:
    reader, writer = os.pipe()
    alice = programs.start("alice", "--plain", BY_HAND, stdout=writer)
    os.close(writer)
    alice.send("first")
    with os.fdopen(reader, "rb") as output:
        assert output.readline().endswith(b"\talice\tfirst\n")
    alice.send("second")
    assert alice.wait() == 0


def test_a_reader_that_has_seen_enough_of_the_history_ends_it(programs: Programs) -> None:
    alice = programs.start("alice", "--json", BY_HAND)
    lines = [f"{number} {'x' * 1000}" for number in range(500)]
    alice.send(*lines)
    alice.wait_for_texts(lines[-1])
    assert alice.interrupt() == 0

    reader, writer = os.pipe()
    again = programs.start("alice", "--plain", BY_HAND, stdout=writer)
    os.close(writer)
    with os.fdopen(reader, "rb", buffering=0) as output:
        assert output.read(1)
    assert again.wait() == 0


def test_a_line_that_is_too_long_is_refused_and_the_next_one_is_sent(programs: Programs) -> None:
    alice = programs.start("alice", "--json", BY_HAND)
    alice.send("x" * 16_000, "y" * 16_001, "z" * 1_000_000, "after them")
    alice.wait_for_texts("after them")
    assert alice.texts == ["x" * 16_000, "after them"]
    refused = [line for line in alice.err if "not sent" in line]
    assert len(refused) == 2
    assert all("16000" in line for line in refused)


def test_lines_without_anything_in_them_are_not_sent(programs: Programs) -> None:
    alice = programs.start("alice", "--json", BY_HAND)
    alice.send("", "   ", "\t", "\r", "something")
    alice.wait_for_texts("something")
    assert alice.texts == ["something"]


def test_input_that_is_not_utf_8_is_sent_with_marks_in_its_place(programs: Programs) -> None:
    alice, bob = programs.connected(BY_HAND)
    alice.send_bytes(b"caf\xe9 \xff\xfe!\n\x80\n\xed\xa0\x80\nna\xc3")
    alice.send_bytes(b"\xafve\nlast without an end \xe2\x82")
    alice.end_input()
    sent = ["caf\ufffd \ufffd\ufffd!", "\ufffd", "\ufffd\ufffd\ufffd", "na\u00efve", "last without an end \ufffd"]
    for person in (alice, bob):
        person.wait_for_texts(*sent)
    assert alice.texts == sent
    assert len(bob.texts) == len(sent)


def test_lines_for_a_person_hold_nothing_that_could_steer_a_terminal(programs: Programs) -> None:
    alice = programs.start("alice", "--json", BY_HAND)
    reader = programs.start("reader", "--plain", BY_HAND, "--peer", _at(alice.port))
    alice.wait_for_people(1)
    alice.send(*HOSTILE_TEXTS)
    reader.wait_until(lambda: len(reader.out) == len(HOSTILE_TEXTS), "a line for every message")
    text = reader.raw_out.decode()
    assert _steering(text) == set()
    assert "owned" in text
    assert all(line.count("\t") == 2 for line in reader.out)


def test_lines_for_a_program_are_ascii_and_hold_exactly_what_was_written(programs: Programs) -> None:
    alice, bob = programs.connected(BY_HAND)
    alice.send(*HOSTILE_TEXTS)
    for person in (alice, bob):
        person.wait_for_texts(*HOSTILE_TEXTS)
    assert len(bob.texts) == len(HOSTILE_TEXTS)
    assert alice.texts == list(HOSTILE_TEXTS)
    for program in (alice, bob):
        assert all(0x20 <= byte < 0x7F or byte == 0x0A for byte in program.raw_out)


def test_what_one_writes_comes_back_on_ones_own_terminal_just_as_harmless(programs: Programs) -> None:
    alice = programs.start("alice", "--plain", BY_HAND)
    alice.send(*HOSTILE_TEXTS)
    alice.wait_until(lambda: len(alice.out) == len(HOSTILE_TEXTS), "a line for every message")
    assert _steering(alice.raw_out.decode()) == set()


def _steering(text: str) -> set[str]:
    """The characters of the output that a terminal would act upon, or that turn text around without an end."""
    isolates = {"\u2068", "\u2069"}
    assert text.count("\u2068") == text.count("\u2069")
    return {
        character
        for character in text
        if character not in "\t\n"
        and character not in isolates
        and unicodedata.category(character) in {"Cc", "Cf", "Zl", "Zp"}
    }


def _at(port: int) -> str:
    return f"127.0.0.1:{port}"

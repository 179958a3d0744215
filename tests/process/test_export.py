"""What was said, exported by the real program, and checked by it from the file alone."""

import json
import os
import signal
import sys
from pathlib import Path

import pytest

from tests.helpers.program import Program, Programs
from tests.helpers.small_disk import small_disk

MANY = 3_000


@pytest.fixture
def talked(programs: Programs) -> Programs:
    """Alice and Bob have said something, and have left."""
    alice, bob = programs.connected()
    alice.send("from alice", "<b>&amp;</b> *x*")
    bob.wait_for_texts("from alice", "<b>&amp;</b> *x*")
    bob.send("from bob")
    for program in (alice, bob):
        program.wait_for_texts("from bob")
        assert program.interrupt() == 0
    return programs


def _ended(program: Program) -> Program:
    assert program.wait() == 0, program.report()
    return program


def _export(programs: Programs, form: str, *options: str | Path) -> Program:
    return programs.start("alice", "--export", form, *options)


def _say_much(programs: Programs) -> None:
    alice = programs.start("alice", "--json")
    alice.send(*(f"message {number} {'x' * 300}" for number in range(MANY)))
    alice.wait_until(lambda: len(alice.out) == MANY, "all of it")
    assert alice.interrupt() == 0


# --- what is written ---


def test_each_form_is_written_and_says_all(talked: Programs) -> None:
    for form, escaped in (
        ("txt", "<b>&amp;</b> *x*"),
        ("md", "\\<b\\>\\&amp;"),
        ("html", "&lt;b&gt;&amp;amp;&lt;/b&gt;"),
    ):
        program = _ended(_export(talked, form))
        text = program.raw_out.decode()
        assert program.err == []
        for part in ("from alice", "from bob", escaped):
            assert part in text


def test_the_lines_are_those_of_json_with_what_shows_whose_they_are(talked: Programs) -> None:
    exported = [json.loads(line) for line in _ended(_export(talked, "jsonl")).out]
    bot = talked.start("alice", "--json")
    bot.wait_for_texts("from alice", "<b>&amp;</b> *x*", "from bob")
    assert [{name: line[name] for name in bot.messages[0]} for line in exported] == bot.messages
    assert {*exported[0]} - {*bot.messages[0]} == {"block", "head", "proof"}


def test_what_is_exported_can_be_verified_without_any_profile(talked: Programs, tmp_path: Path) -> None:
    path = tmp_path / "all.jsonl"
    assert "3 messages written" in _ended(_export(talked, "jsonl", "--output", path)).err[0]
    verified = _ended(talked.run("--verify", path))
    assert verified.out[0] == "3 lines: all as signed"
    assert any(line.endswith("signed 1 message, as bob in the last") for line in verified.out)
    piped = talked.run("--verify", "-")
    piped.send_bytes(path.read_bytes())
    piped.end_input()
    assert _ended(piped).out == verified.out


def test_a_file_that_was_changed_is_named_line_by_line(talked: Programs, tmp_path: Path) -> None:
    path = tmp_path / "all.jsonl"
    _ended(_export(talked, "jsonl", "-o", path))
    path.write_text(path.read_text().replace("from bob", "from eve"))
    verified = talked.run("--verify", path)
    assert verified.wait() == 1
    assert verified.out[:2] == [
        "line 3: its text is not what was signed",
        "of 3 lines, 1 not as signed, 0 signed and contradictory",
    ]
    assert verified.err == []


def test_hostile_files_are_told_and_end_nothing(programs: Programs, tmp_path: Path) -> None:
    path = tmp_path / "hostile.jsonl"
    path.write_bytes(b"\n".join([b"[" * (3 << 20), b"\x1b[2J\xff", b'{"\x1b[31m": 1}', b"{}" * 10, b""]))
    verified = programs.run("--verify", path)
    assert verified.wait() == 1
    assert b"\x1b" not in verified.raw_out
    assert "line 1: it is longer than 2,097,152 bytes, which no message is" in verified.out
    assert "of 4 lines, 4 not as signed, 0 signed and contradictory" in verified.out


def test_a_span_and_people_can_be_asked_for(talked: Programs) -> None:
    assert "from bob" in _ended(_export(talked, "txt", "--from", "bob")).out[-1]
    assert len(_ended(_export(talked, "txt", "--from", "bob", "--from", "alice", "--after", "2020")).out) == 3
    assert _ended(_export(talked, "txt", "--before", "2020-05")).out == []
    assert _ended(_export(talked, "txt", "--after", "today")).out == []


# --- what cannot be ---


def test_a_file_that_is_there_is_left_alone(talked: Programs, tmp_path: Path) -> None:
    path = tmp_path / "mine"
    path.write_text("mine")
    program = _export(talked, "md", "--output", path)
    assert program.wait() == 1
    assert program.err == [f"multichat: {path} is there already; give another name"]
    assert path.read_text() == "mine"


def test_a_room_that_is_open_elsewhere_is_exported_from_there(programs: Programs) -> None:
    alice = programs.start("alice", "--json")
    alice.wait_for_error(", port ")
    program = _export(programs, "txt")
    assert program.wait() == 1
    (line,) = program.err
    assert f"alice is in this room on this machine (process {alice.pid}); write /export FILE there" in line


def test_nothing_is_made_for_whoever_has_not_been_there(programs: Programs) -> None:
    program = _export(programs, "html")
    assert program.wait() == 1
    assert "has not been in" in program.err[0]
    assert not programs.data_dir.exists()


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["alice", "--export", "pdf"], "invalid choice"),
        (["--export", "md"], "say whose history"),
        (["alice", "--output", "x"], "--output goes with --export"),
        (["alice", "--json", "--from", "bob"], "--from goes with --export"),
        (["alice", "--export", "md", "--seed"], "do not go together"),
        (["alice", "--export", "md", "--after", "soon"], "--after: is followed by a date"),
    ],
)
def test_what_makes_no_sense_is_refused(programs: Programs, options: list[str], said: str) -> None:
    program = programs.run(*options, "--data-dir", programs.data_dir)
    assert program.wait() == 2
    assert said in program.err[0]
    assert len(program.err) == 1


def test_somebody_whom_nobody_knows_is_refused(talked: Programs) -> None:
    program = _export(talked, "txt", "--from", "nobody")
    assert program.wait() == 2
    assert "nobody in" in program.err[0]


def test_what_cannot_be_read_is_not_verified(programs: Programs, tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "nowhere"):
        program = programs.run("--verify", path)
        assert program.wait() == 1
        assert "cannot be read" in program.err[0]


# --- how it ends ---


def test_a_reader_who_has_enough_ends_it_quietly(programs: Programs) -> None:
    _say_much(programs)
    read, write = os.pipe()
    program = programs.start("alice", "--export", "jsonl", stdout=write)
    os.close(write)
    os.read(read, 10)
    os.close(read)
    assert program.wait() == 0
    assert program.err == []


def test_a_full_disk_leaves_no_half_file(programs: Programs, tmp_path: Path) -> None:
    _say_much(programs)
    with small_disk(tmp_path / "disk") as disk:
        program = _export(programs, "jsonl", "--output", disk / "all.jsonl")
        assert program.wait() == 1
        assert program.err == [f"multichat: {disk / 'all.jsonl'} cannot be written: No space left on device"]
        assert [path.name for path in disk.iterdir()] == ["ballast"]


@pytest.mark.skipif(sys.platform != "linux", reason="Linux alone has a device that is always full")
def test_an_output_that_takes_nothing_is_said(talked: Programs) -> None:
    with Path("/dev/full").open("wb") as full:
        program = talked.start("alice", "--export", "txt", stdout=full.fileno())
        assert program.wait() == 1
    assert program.err == ["multichat: stdout cannot be written: No space left on device"]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_can_be_ended_while_nobody_reads(programs: Programs, number: signal.Signals) -> None:
    _say_much(programs)
    read, write = os.pipe()
    try:
        program = programs.start("alice", "--export", "jsonl", stdout=write)
        os.close(write)
        os.read(read, 10)
        program.signal(number)
        assert program.wait() == 1
        assert program.err == ["multichat: interrupted: not everything was exported"]
    finally:
        os.close(read)

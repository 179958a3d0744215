"""`--import-multifeed`: what a JavaScript multifeed has kept is part of a room, for everybody in it."""

from pathlib import Path
from shutil import copytree

from tests.helpers.program import Program, Programs
from tests.helpers.stored_feeds import MULTIFEED, flip

FAILED, WRONG_USAGE = 1, 2
MESSAGES = 78
AUTHORS = (("0", "anna"), ("1", "bert"), ("2", "carla"))


def _brought_in(programs: Programs, directory: Path) -> Program:
    program = programs.start("alice", "--import-multifeed", directory)
    program.wait()
    return program


def test_what_was_said_there_is_said_here_and_reaches_others(programs: Programs) -> None:
    program = _brought_in(programs, MULTIFEED)
    assert program.wait() == 0
    assert program.out[0].startswith(f"{MESSAGES} messages taken from 3 feeds")
    alice = programs.start("alice", "--json")
    alice.wait_until(lambda: len(alice.messages) == MESSAGES, "all messages")
    assert [message["timestamp"] for message in alice.messages] == sorted(m["timestamp"] for m in alice.messages)
    bob = programs.start("bob", "--json", "--peer", f"127.0.0.1:{alice.port}")
    bob.wait_until(lambda: len(bob.messages) == MESSAGES, "all messages")
    authors = {(message["feed"], message["nickname"]) for message in bob.messages}
    assert authors == {((MULTIFEED / name / "key").read_bytes().hex(), nickname) for name, nickname in AUTHORS}


def test_again_it_adds_nothing_and_is_no_error(programs: Programs) -> None:
    assert _brought_in(programs, MULTIFEED).wait() == 0
    again = _brought_in(programs, MULTIFEED)
    assert again.wait() == 0
    assert again.out[0].startswith("0 messages taken")


def test_what_is_left_out_is_said_with_a_code_that_fails(programs: Programs, tmp_path: Path) -> None:
    damaged = copytree(MULTIFEED, tmp_path / "multi")
    flip(damaged / "1" / "data", 500)
    program = _brought_in(programs, damaged)
    assert program.wait() == FAILED
    (line,) = program.err
    assert line.startswith("multichat: left out: feed 1 (")
    assert line.endswith("block 5: not what was signed")
    assert program.out[0].startswith(f"{MESSAGES - 1} messages taken")


def test_a_directory_of_something_else_is_refused_in_a_line(programs: Programs, tmp_path: Path) -> None:
    program = _brought_in(programs, tmp_path)
    assert program.wait() == FAILED
    (line,) = program.err
    assert "is not the directory of a multifeed" in line


def test_a_room_in_use_is_refused(programs: Programs) -> None:
    alice = programs.start("alice", "--json")
    alice.wait_for_error(", port ")
    program = _brought_in(programs, MULTIFEED)
    assert program.wait() == FAILED
    assert "already in this room" in program.err[0]


def test_what_makes_no_sense_is_wrong_usage(programs: Programs) -> None:
    for arguments in (
        ("--import-multifeed", MULTIFEED),
        ("alice", "--import-multifeed", MULTIFEED, "--seed"),
        ("alice", "--import-multifeed", MULTIFEED, "--new-room", "shed"),
        ("alice", "--import-multifeed"),
    ):
        program = programs.run(*arguments, "--data-dir", programs.data_dir)
        assert program.wait() == WRONG_USAGE, program.report()
        assert len(program.err) == 1
    assert not programs.data_dir.exists()

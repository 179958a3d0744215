import os
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.helpers.program import LOOPBACK_ONLY, Program, Programs

FAILED = 1
WRONG_USAGE = 2

NOBODY = ("setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups")


def test_a_profile_in_use_is_refused_with_the_process_that_uses_it(programs: Programs) -> None:
    first = programs.start("alice", "--json")
    first.wait_for_error(", port ")
    code, line = _refusal(programs.start("alice", "--plain"))
    assert code == FAILED
    assert str(first.pid) in line
    first.send("still here")
    first.wait_for_texts("still here")


def test_a_profile_is_free_again_when_its_program_was_killed(programs: Programs) -> None:
    first = programs.start("alice", "--json")
    first.send("last words")
    first.wait_for_texts("last words")
    first.kill()
    programs.start("alice", "--json").wait_for_texts("last words")


def test_a_port_in_use_is_refused(programs: Programs) -> None:
    port = programs.start("alice", "--plain").port
    code, line = _refusal(programs.start("bob", "--plain", "--port", str(port)))
    assert code == FAILED
    assert str(port) in line
    assert "--port" in line


def test_without_a_port_asked_for_any_is_taken(programs: Programs) -> None:
    assert programs.start("alice", "--plain").port != programs.start("bob", "--plain").port


def test_an_interface_that_there_is_not_is_wrong_usage(programs: Programs) -> None:
    code, line = _refusal(programs.start("alice", "--plain", "--interface", "nosuch0"))
    assert code == WRONG_USAGE
    assert "nosuch0" in line


@pytest.mark.parametrize(
    "nickname", ["", "   ", "x" * 33, "bell\x07", "esc\x1b[31m", "line\nbreak", "c1\x9b", "turned\u202e", "\u200b"]
)
def test_an_impossible_nickname_is_wrong_usage(programs: Programs, nickname: str) -> None:
    code, line = _refusal(programs.start(nickname, "--plain"))
    assert code == WRONG_USAGE
    assert "nickname" in line
    assert line.isprintable()
    assert not programs.data_dir.exists()


@pytest.mark.parametrize("room", ["", "   ", "x" * 65, "bell\x07", "turned\u202e"])
def test_an_impossible_room_is_wrong_usage(programs: Programs, room: str) -> None:
    code, line = _refusal(
        programs.run("alice", "--plain", "--room", room, *LOOPBACK_ONLY, "--data-dir", programs.data_dir)
    )
    assert code == WRONG_USAGE
    assert "room" in line
    assert not programs.data_dir.exists()


@pytest.mark.parametrize(
    "peer",
    ["", ":1", "host:0", "host:65536", "host:-1", "host:port", "host:1:2", "::1", "[::1", "[::1]1", "a b:1", "a\x1b:1"],
)
def test_a_peer_that_is_no_address_is_wrong_usage(programs: Programs, peer: str) -> None:
    code, line = _refusal(programs.start("alice", "--plain", "--peer", peer))
    assert code == WRONG_USAGE
    assert "--peer" in line
    assert line.isprintable()


@pytest.mark.parametrize(
    "arguments",
    [
        ["alice", "--nosuch"],
        ["alice", "bob", "--plain"],
        ["alice", "--plain", "--json"],
        ["alice", "--plain", "--port", "0"],
        ["alice", "--plain", "--port", "65536"],
        ["alice", "--plain", "--timeout", "1"],
        ["alice", "--plain", "--exit-after-send", "--timeout", "soon"],
        ["alice", "--plain", "--exit-after-send", "--timeout", "nan"],
        ["--plain"],
    ],
)
def test_arguments_that_make_no_sense_are_wrong_usage(programs: Programs, arguments: list[str]) -> None:
    code, _ = _refusal(programs.run(*arguments, *LOOPBACK_ONLY, "--data-dir", programs.data_dir))
    assert code == WRONG_USAGE
    assert not programs.data_dir.exists()


def test_a_data_directory_that_is_a_file_is_refused_and_left_as_it_is(programs: Programs) -> None:
    programs.data_dir.write_bytes(b"a letter")
    code, line = _refusal(programs.start("alice", "--plain"))
    assert code == FAILED
    assert str(programs.data_dir) in line
    assert programs.data_dir.read_bytes() == b"a letter"


@pytest.fixture
def others_dir() -> Iterator[Path]:
    """A directory that every user can reach."""
    directory = Path(tempfile.mkdtemp(prefix="multichat-"))
    directory.chmod(0o755)
    yield directory
    (directory / "data").chmod(0o700)
    shutil.rmtree(directory)


@pytest.mark.parametrize("mode", [0o000, 0o555], ids=["unreadable", "read-only"])
def test_a_data_directory_that_we_may_not_use_is_refused(others_dir: Path, mode: int) -> None:
    is_root = os.geteuid() == 0
    if is_root and shutil.which("setpriv") is None:
        pytest.skip("root may use every directory, and there is no setpriv to be somebody else")
    data_dir = others_dir / "data"
    data_dir.mkdir()
    data_dir.chmod(mode)
    with Programs(data_dir) as programs:
        code, line = _refusal(programs.start("alice", "--plain", prefix=NOBODY if is_root else ()))
    assert code == FAILED
    assert str(data_dir) in line
    assert "ermission denied" in line


def test_a_database_of_another_program_is_refused_and_left_as_it_is(programs: Programs) -> None:
    path = _prepared_store_path(programs)
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE bookmarks (url TEXT)")
        connection.execute("INSERT INTO bookmarks VALUES ('https://example.org')")
    connection.close()
    _assert_refused_and_left(programs, path)


@pytest.mark.parametrize("content", [b"Dear diary,\n" * 500, b"\x00" * 4096, b"SQLite format 3\x00"])
def test_a_file_that_is_no_database_is_refused_and_left_as_it_is(programs: Programs, content: bytes) -> None:
    path = _prepared_store_path(programs)
    path.write_bytes(content)
    _assert_refused_and_left(programs, path)


def test_a_room_of_a_newer_version_is_refused_and_left_as_it_is(programs: Programs) -> None:
    first = programs.start("alice", "--json")
    first.send("from the past")
    first.wait_for_texts("from the past")
    assert first.interrupt() == 0
    path = programs.room_directory("alice") / "room.sqlite"
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA user_version=99")
    connection.close()
    line = _assert_refused_and_left(programs, path)
    assert "newer" in line


def test_a_damaged_room_is_refused_and_said_to_be(programs: Programs) -> None:
    first = programs.start("alice", "--json")
    first.send("hello")
    first.wait_for_texts("hello")
    assert first.interrupt() == 0
    path = programs.room_directory("alice") / "room.sqlite"
    content = path.read_bytes()
    path.write_bytes(content[:100] + b"\xff" * (len(content) - 100))
    assert "damaged" in _assert_refused_and_left(programs, path)


@pytest.mark.parametrize(("argument", "said"), [("--version", "multichat "), ("--help", "usage: multichat ")])
def test_a_question_about_the_program_is_answered(programs: Programs, argument: str, said: str) -> None:
    program = programs.run(argument)
    assert program.wait() == 0
    assert program.out[0].startswith(said)
    assert program.err == []


def _prepared_store_path(programs: Programs) -> Path:
    directory = programs.room_directory("alice")
    directory.mkdir(parents=True)
    return directory / "room.sqlite"


def _assert_refused_and_left(programs: Programs, path: Path) -> str:
    before = path.read_bytes()
    code, line = _refusal(programs.start("alice", "--plain"))
    assert code == FAILED
    assert str(path) in line
    assert path.read_bytes() == before
    return line


def _refusal(program: Program) -> tuple[int, str]:
    """The exit code of a program that cannot start, and the one line that it says about it."""
    code = program.wait()
    assert len(program.err) == 1, program.report()
    assert program.err[0].startswith("multichat: "), program.report()
    assert program.out == [], program.report()
    return code, program.err[0]

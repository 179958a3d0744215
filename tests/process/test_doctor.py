"""`--doctor`: what the disk has changed in a profile's history is found, said and mended."""

import sqlite3
from pathlib import Path

from tests.helpers.program import Program, Programs


def _examined(programs: Programs, nickname: str) -> Program:
    doctor = programs.start(nickname, "--doctor")
    doctor.wait()
    return doctor


def _spoil(path: Path, seq: int) -> None:
    connection = sqlite3.connect(path)
    connection.execute("UPDATE blocks SET data = x'00' WHERE seq = ?", (seq,))
    connection.commit()
    connection.close()


def test_a_sound_history_is_said_to_be_what_its_authors_signed(tmp_path: Path) -> None:
    with Programs(tmp_path) as programs:
        alice = programs.start("alice", "--json")
        alice.send("one", "two")
        alice.wait_for_texts("one", "two")
        assert alice.interrupt() == 0
        doctor = _examined(programs, "alice")
        assert doctor.wait() == 0
        assert any("what its authors signed" in line for line in doctor.out)


def test_damage_is_named_by_log_and_range_and_comes_again_from_others(tmp_path: Path) -> None:
    with Programs(tmp_path) as programs:
        alice, bob = programs.connected()
        alice.send("one", "two", "three")
        bob.wait_for_texts("one", "two", "three")
        key = alice.messages[0]["feed"]
        assert bob.interrupt() == 0
        _spoil(programs.room_directory("bob") / "room.sqlite", 1)
        doctor = _examined(programs, "bob")
        assert doctor.wait() == 1
        assert any(key[:8] in line and "blocks 1 to 1" in line for line in doctor.out), doctor.report()
        assert _examined(programs, "bob").wait() == 0
        bob = programs.start("bob", "--json", "--peer", f"127.0.0.1:{alice.port}")
        bob.wait_for_texts("one", "two", "three")


def test_a_profile_that_has_never_been_here_is_no_error(tmp_path: Path) -> None:
    with Programs(tmp_path) as programs:
        doctor = _examined(programs, "nobody")
        assert doctor.wait() == 0
        assert not (tmp_path / "profiles").exists()


def test_a_room_in_use_is_not_examined(tmp_path: Path) -> None:
    with Programs(tmp_path) as programs:
        alice = programs.start("alice", "--json")
        alice.wait_for_error("in ")
        doctor = _examined(programs, "alice")
        assert doctor.wait() == 1
        assert any(str(alice.pid) in line for line in doctor.err)

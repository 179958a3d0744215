"""A profile that was copied or restored: its log does not fork silently."""

import shutil
from pathlib import Path

from tests.helpers.program import Program, Programs


def _feeds(program: Program, *texts: str) -> set[str]:
    return {message["feed"] for message in program.messages if message["text"] in texts}


def _write(programs: Programs, data_dir: Path, *texts: str) -> None:
    """Have alice write with nobody there."""
    alice = programs.start("alice", "--json", "--no-discovery", "--data-dir", data_dir)
    alice.send(*texts)
    alice.wait_for_texts(*texts)
    assert alice.interrupt() == 0


def test_a_restored_profile_goes_on_where_others_have_heard_it_end(tmp_path: Path) -> None:
    with Programs(tmp_path / "all") as programs:
        _write(programs, tmp_path / "a", "one")
        shutil.copytree(tmp_path / "a", tmp_path / "backup")
        bob = programs.start("bob", "--json")
        alice = programs.start("alice", "--json", "--data-dir", tmp_path / "a")
        alice.send("two", "three")
        bob.wait_for_texts("one", "two", "three")
        alice.kill()
        restored = programs.start("alice", "--json", "--data-dir", tmp_path / "backup")
        restored.wait_for_texts("one", "two", "three")
        restored.send("four")
        bob.wait_for_texts("four")
        assert len(_feeds(bob, "one", "four")) == 1
        assert [message["seq"] for message in bob.messages if message["text"] == "four"] == [3]
        assert not any("new log" in line for line in restored.err)


def test_a_copy_that_has_written_something_else_goes_on_in_a_log_of_its_own_and_says_so(tmp_path: Path) -> None:
    with Programs(tmp_path / "all") as programs:
        _write(programs, tmp_path / "a", "one")
        shutil.copytree(tmp_path / "a", tmp_path / "b")
        _write(programs, tmp_path / "a", "written here")
        _write(programs, tmp_path / "b", "written there", "and there")
        first = programs.start("alice", "--json", "--data-dir", tmp_path / "a")
        second = programs.start("alice", "--json", "--data-dir", tmp_path / "b")
        for program in (first, second):
            program.wait_for_error("goes to a new log of yours")
        first.send("from the first")
        second.send("from the second")
        for program in (first, second):
            program.wait_for_texts("from the first", "from the second")
            assert len(_feeds(program, "one", "from the first", "from the second")) == 3
            assert sum("new log" in line for line in program.err) == 1, program.report()


def test_a_copy_in_use_on_two_machines_is_noticed_before_it_forks(tmp_path: Path) -> None:
    with Programs(tmp_path / "all") as programs:
        _write(programs, tmp_path / "a", "one")
        shutil.copytree(tmp_path / "a", tmp_path / "b")
        both = [programs.start("alice", "--json", "--data-dir", tmp_path / name) for name in ("a", "b")]
        both[0].wait_until(
            lambda: any("in use on another machine" in line for program in both for line in program.err),
            "one of the two noticing",
        )
        both[0].send("from the first")
        both[1].send("from the second")
        for program in both:
            program.wait_for_texts("from the first", "from the second")
            assert len(_feeds(program, "from the first", "from the second")) == 2

"""What the program keeps is its owner's alone, also where whoever starts it closes nothing to anybody (umask 0)."""

import os
import stat
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.helpers.program import Programs
from tests.helpers.terminal import Terminal

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="there are no permissions of this kind on Windows")

# Everything in the directory of a room in which somebody has talked and searched, while the program runs.
ROOM_FILES = {
    "room.sqlite",
    "room.sqlite-wal",
    "room.sqlite-shm",
    "room.sqlite.lock",
    "timeline.sqlite",
    "timeline.sqlite-wal",
    "timeline.sqlite-shm",
    "search.sqlite",
    "search.sqlite-wal",
    "search.sqlite-shm",
    "desk.json",
}


@pytest.fixture(autouse=True)
def _lax(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """What is started meanwhile takes no permission away from what it makes."""
    # It is to leave nothing of that kind among the sources.
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    before = os.umask(0)
    yield
    os.umask(before)


def test_everything_that_a_screen_keeps_of_a_room_is_its_owners_alone(programs: Programs, tmp_path: Path) -> None:
    export, directory = tmp_path / "all.txt", programs.room_directory("alice")
    arguments: list[str | Path] = [
        "alice",
        "--room",
        programs.room,
        "--data-dir",
        programs.data_dir,
        "--interface",
        "lo",
    ]
    terminal = Terminal(arguments, columns=200)
    try:
        terminal.wait_for("Write to")
        terminal.say("hello")
        terminal.say("/search hello")
        terminal.wait_for("Search", "1 found")
        terminal.write(b"\x1b")
        terminal.wait_for("Write to")
        terminal.say(f"/export {export}")
        terminal.wait_for("written to")
        terminal.type("a draft")
        terminal.wait_until((directory / "desk.json").exists, "the desk")
        assert {path.name for path in directory.iterdir()} >= ROOM_FILES
        assert _open_to_others(programs.data_dir / "profiles") == []
        terminal.press("ctrl+q")
        assert terminal.wait() == 0
    finally:
        terminal.close()
    assert _open_to_others(programs.data_dir / "profiles") == []
    # What one asked for by name is one's own affair, and as open as anything that one makes.
    assert _mode(export) == 0o666


@pytest.mark.parametrize("face", [["--plain"], ["--json"], ["--seed"]], ids=" ".join)
@pytest.mark.parametrize("room", ["--open-room", "--new-room"])
def test_everything_that_is_kept_without_a_screen_is_its_owners_alone(
    programs: Programs, face: list[str], room: str
) -> None:
    place: list[str | Path] = ["--data-dir", programs.data_dir, "--interface", "lo"]
    alice = programs.run("alice", room, programs.room, *face, *place)
    alice.wait_for_error(", port ")
    (directory,) = programs.room_directory("alice").parent.iterdir()
    assert (directory / "room.sqlite-wal").exists()
    assert _open_to_others(programs.data_dir) == []
    assert alice.interrupt() == 0
    assert (directory / "room.sqlite").exists()
    assert _open_to_others(programs.data_dir) == []


def test_neither_the_doctor_nor_a_list_of_rooms_opens_what_was_closed(programs: Programs) -> None:
    alice = programs.start("alice", "--json")
    alice.send("hello")
    alice.wait_for_texts("hello")
    assert alice.interrupt() == 0
    assert programs.start("alice", "--doctor").wait() == 0
    assert programs.run("alice", "--rooms", "--data-dir", programs.data_dir).wait() == 0
    assert _open_to_others(programs.data_dir) == []


def _open_to_others(directory: Path) -> list[str]:
    """What below a directory, or the directory itself, somebody else may read, change or enter."""
    paths = (directory, *directory.rglob("*"))
    return [f"{path} {_mode(path):o}" for path in paths if _mode(path) & (stat.S_IRWXG | stat.S_IRWXO)]


def _mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)

"""What lies on the disk is its owner's alone, whoever made it and under which umask."""

import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from multichat.desk import DeskFile
from multichat.health import privacy_findings
from multichat.privacy import close_to_others, everything_below, make_private, open_to_others
from multichat.profile import RoomOptions, keep_private
from multichat.room import Room
from multichat.themes import ThemeChoice
from multifeed.net.options import SwarmOptions

pytestmark = pytest.mark.skipif(os.name != "posix", reason="permissions of this kind are those of POSIX")


@pytest.fixture
def _lax() -> Iterator[None]:
    before = os.umask(0)
    yield
    os.umask(before)


def _modes(directory: Path) -> dict[str, int]:
    return {
        str(path.relative_to(directory)): stat.S_IMODE(path.stat().st_mode) for path in sorted(directory.rglob("*"))
    }


def _options(data_dir: Path, key: bytes | None = None) -> RoomOptions:
    return RoomOptions(data_dir, "garden", swarm=SwarmOptions(interfaces=("lo",), discovery=False), key=key)


@pytest.mark.usefixtures("_lax")
async def test_nothing_that_a_room_keeps_is_for_others_to_read(tmp_path: Path) -> None:
    room = Room(_options(tmp_path / "data", bytes(32)), "alice")
    room.change_desk(draft="a secret")
    search = room.open_search()
    room.send("hello")
    while search.advance():
        pass
    ThemeChoice(tmp_path / "data").save("nord")
    during = _modes(tmp_path)
    await room.close()
    after = _modes(tmp_path)
    for modes in (during, after):
        for name, mode in modes.items():
            assert mode == (0o700 if (tmp_path / name).is_dir() else 0o600), name
    names = {Path(name).name for name in (*during, *after)}
    assert {"room.sqlite", "room.sqlite-wal", "room.sqlite-shm", "room.sqlite.lock", "timeline.sqlite"} <= names
    assert {"search.sqlite", "desk.json", "state.json"} <= names


@pytest.mark.usefixtures("_lax")
def test_a_theme_that_is_chosen_before_anything_is_there_leaves_a_private_place(tmp_path: Path) -> None:
    ThemeChoice(tmp_path / "new" / "data").save("nord")
    assert set(_modes(tmp_path).values()) == {0o700, 0o600}


def test_what_is_open_is_closed_as_a_room_is_opened_and_what_lies_elsewhere_is_left(tmp_path: Path) -> None:
    options = _options(tmp_path)
    directory = options.directory("alice")
    directory.mkdir(parents=True)
    (directory / "desk.json").write_text("{}")
    for path in everything_below(tmp_path):
        path.chmod(0o777 if path.is_dir() else 0o666)
    keep_private(options, "alice")
    assert set(_modes(tmp_path).values()) == {0o700, 0o600}
    # It may hold other things, and have been made by its user.
    assert stat.S_IMODE(tmp_path.stat().st_mode) == 0o777


def test_a_room_that_is_not_there_yet_is_none_to_close(tmp_path: Path) -> None:
    keep_private(_options(tmp_path), "alice")
    assert list(tmp_path.iterdir()) == []


def test_a_desk_that_was_open_is_not_open_again_when_it_is_written(tmp_path: Path) -> None:
    (tmp_path / "desk.json").write_text("{}")
    (tmp_path / "desk.json").chmod(0o644)
    desk = DeskFile(tmp_path, print)
    desk.desk = desk.desk.changed(draft="a secret")
    desk._is_changed = True
    desk.close()
    assert _modes(tmp_path) == {"desk.json": 0o600}


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o602, 0o610, 0o601])
def test_whatever_others_may_do_is_found_and_taken_from_them(tmp_path: Path, mode: int) -> None:
    path = tmp_path / "file"
    path.touch()
    path.chmod(mode)
    assert open_to_others([path]) == [path]
    assert close_to_others([path]) == []
    assert open_to_others([path]) == []
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_what_is_not_there_is_nobodys(tmp_path: Path) -> None:
    assert open_to_others([tmp_path / "nothing"]) == []


def test_what_a_link_leads_to_is_not_looked_at(tmp_path: Path) -> None:
    inside, outside = tmp_path / "inside", tmp_path / "outside"
    make_private(inside / "deep")
    outside.mkdir(mode=0o755)
    (outside / "file").touch(mode=0o644)
    (inside / "link").symlink_to(outside)
    (inside / "deep" / "loop").symlink_to(inside)
    assert set(everything_below(inside)) == {inside, inside / "deep"}


def test_what_could_be_read_is_told_and_what_still_can_be_is_a_problem() -> None:
    closed, refused = Path("/a/mine"), Path("/a/not mine")
    findings = list(privacy_findings([closed, refused], [refused]))
    assert [(finding.is_problem, finding.facts["closed"]) for finding in findings] == [(False, True), (True, False)]
    assert str(closed) in findings[0].said
    assert str(refused) in findings[1].said

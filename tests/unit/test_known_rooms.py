"""Which room somebody means: one that is open and one by invitation are never taken for one another."""

import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from multichat.errors import RefusedError
from multichat.model.names import file_name_of
from multichat.profile import RoomOptions, mark_of, open_store, room_key, store_path
from multichat.rooms import KnownRoom, found_room, known_rooms, made_room, option_for
from multifeed import StoreError

NICKNAME = "alice"
KEY, OTHER_KEY = bytes(range(32)), bytes(reversed(range(32)))


def _asked_for(data_dir: Path, name: str, key: bytes | None = None) -> RoomOptions:
    return RoomOptions(data_dir, name, key=key)


def _been_in(options: RoomOptions) -> RoomOptions:
    """Have somebody been in this room."""
    with open_store(options.directory(NICKNAME), NICKNAME) as multi:
        room_key(multi, options)
    return options


def _known(data_dir: Path) -> list[KnownRoom]:
    return known_rooms(RoomOptions(data_dir).rooms_directory(NICKNAME))


def _ways(rooms: Sequence[KnownRoom]) -> set[str]:
    return {option_for(room, rooms) for room in rooms}


def _mark(key: bytes) -> str:
    return mark_of(key)[:8]


def test_an_open_room_lies_where_it_always_did(tmp_path: Path) -> None:
    directory = RoomOptions(tmp_path, "Garden").directory(NICKNAME)
    assert directory == tmp_path / "profiles" / "alice" / "rooms" / "garden"


def test_rooms_of_one_name_lie_in_different_places(tmp_path: Path) -> None:
    rooms = [RoomOptions(tmp_path, "garden", key=key).directory(NICKNAME) for key in (None, KEY, OTHER_KEY)]
    assert len(set(rooms)) == 3


@pytest.mark.parametrize("name", ["garden#b864942e5e4c15e5", f"garden#{mark_of(KEY)}", "garden#"])
def test_no_name_of_an_open_room_leads_to_one_by_invitation(tmp_path: Path, name: str) -> None:
    private = RoomOptions(tmp_path, "garden", key=KEY).directory(NICKNAME)
    assert RoomOptions(tmp_path, name).directory(NICKNAME) != private


def test_a_name_that_nobody_knows_is_that_of_an_open_room(tmp_path: Path) -> None:
    asked = _asked_for(tmp_path, "garden")
    assert found_room(asked, NICKNAME) == asked


@pytest.mark.parametrize("key", [None, KEY])
def test_the_only_room_of_a_name_is_meant(tmp_path: Path, key: bytes | None) -> None:
    known = _been_in(_asked_for(tmp_path, "Garden", key))
    found = found_room(_asked_for(tmp_path, "garden"), NICKNAME)
    assert (found.key, found.directory(NICKNAME)) == (key, known.directory(NICKNAME))
    assert option_for(_known(tmp_path)[0], _known(tmp_path)) == "--room Garden"


def test_a_room_is_known_to_one_profile_only(tmp_path: Path) -> None:
    _been_in(_asked_for(tmp_path, "garden", KEY))
    asked = _asked_for(tmp_path, "garden")
    assert found_room(asked, "bob") == asked


def test_where_several_may_be_meant_none_is_chosen_and_it_is_said_what_opens_each(tmp_path: Path) -> None:
    for key in (None, KEY, OTHER_KEY):
        _been_in(_asked_for(tmp_path, "garden", key))
    with pytest.raises(RefusedError, match="alice knows 3 rooms called garden") as refusal:
        found_room(_asked_for(tmp_path, "garden"), NICKNAME)
    ways = _ways(_known(tmp_path))
    assert ways == {f'--room "garden#{_mark(KEY)}"', f'--room "garden#{_mark(OTHER_KEY)}"', "--open-room garden"}
    assert all(way in str(refusal.value) for way in ways)


@pytest.mark.parametrize("key", [KEY, OTHER_KEY])
def test_one_of_several_is_opened_by_its_mark(tmp_path: Path, key: bytes) -> None:
    for each in (None, KEY, OTHER_KEY):
        _been_in(_asked_for(tmp_path, "garden", each))
    found = found_room(_asked_for(tmp_path, f"garden#{_mark(key)}"), NICKNAME)
    assert (found.room_name, found.key) == ("garden", key)


def test_a_mark_typed_wrong_does_not_lead_to_an_open_room(tmp_path: Path) -> None:
    _been_in(_asked_for(tmp_path, "garden", KEY))
    with pytest.raises(RefusedError, match="--open-room"):
        found_room(_asked_for(tmp_path, "garden#01234567"), NICKNAME)


def test_an_open_room_may_be_called_as_if_it_had_a_mark(tmp_path: Path) -> None:
    known = _been_in(_asked_for(tmp_path, "garden#01234567"))
    assert found_room(_asked_for(tmp_path, "garden#01234567"), NICKNAME) == known


def test_an_invite_leads_to_its_room_whatever_else_is_called_so(tmp_path: Path) -> None:
    _been_in(_asked_for(tmp_path, "garden"))
    _been_in(_asked_for(tmp_path, "garden", OTHER_KEY))
    asked = _asked_for(tmp_path, "garden", KEY)
    assert found_room(asked, NICKNAME) == asked


def test_an_invite_to_a_known_room_under_another_name_leads_to_the_same_history(tmp_path: Path) -> None:
    known = _been_in(_asked_for(tmp_path, "garden", KEY))
    assert found_room(_asked_for(tmp_path, "yard", KEY), NICKNAME) == known


def test_a_new_room_has_a_key_of_its_own(tmp_path: Path) -> None:
    keys = {made_room(_asked_for(tmp_path, "garden"), NICKNAME).key for _ in range(3)}
    assert len(keys) == 3
    assert all(key is not None and len(key) == 32 for key in keys)


@pytest.mark.parametrize("key", [None, KEY])
def test_a_new_room_has_a_name_that_no_other_has(tmp_path: Path, key: bytes | None) -> None:
    _been_in(_asked_for(tmp_path, "garden", key))
    with pytest.raises(RefusedError, match=r"(?i)--room garden opens it"):
        made_room(_asked_for(tmp_path, "Garden"), NICKNAME)


def test_a_room_that_was_ended_while_it_was_made_is_none(tmp_path: Path) -> None:
    unmade = _asked_for(tmp_path, "garden", KEY)
    open_store(unmade.directory(NICKNAME), NICKNAME).close()
    assert _known(tmp_path) == []
    assert made_room(_asked_for(tmp_path, "garden"), NICKNAME).key is not None


def test_a_history_that_was_moved_to_where_another_room_lies_is_refused(tmp_path: Path) -> None:
    moved, here = _been_in(_asked_for(tmp_path, "garden", KEY)), _asked_for(tmp_path, "garden", OTHER_KEY)
    moved.directory(NICKNAME).rename(here.directory(NICKNAME))
    with pytest.raises(StoreError, match="another room"):
        _been_in(here)


def test_rooms_are_listed_the_last_used_first_with_what_was_said(tmp_path: Path) -> None:
    shed, lobby = _been_in(_asked_for(tmp_path, "shed", KEY)), _been_in(_asked_for(tmp_path, "lobby"))
    multi = open_store(shed.directory(NICKNAME), NICKNAME)
    multi.writer("local").extend(["one", "two"])
    multi.close()
    for path in lobby.directory(NICKNAME).iterdir():
        os.utime(path, (0, 0))
    seen = [(room.name, bool(room.mark), room.message_count) for room in _known(tmp_path)]
    assert seen == [("shed", True, 2), ("lobby", False, 0)]


def test_a_room_in_use_is_listed_too(tmp_path: Path) -> None:
    options = _asked_for(tmp_path, "garden", KEY)
    multi = open_store(options.directory(NICKNAME), NICKNAME)
    room_key(multi, options)
    multi.writer("local").append("one")
    assert [(room.name, room.key) for room in _known(tmp_path)] == [("garden", KEY)]
    multi.close()


def test_a_damaged_room_is_listed_with_what_is_wrong_and_hides_no_other(tmp_path: Path) -> None:
    damaged = _been_in(_asked_for(tmp_path, "shed", KEY))
    _been_in(_asked_for(tmp_path, "garden"))
    store_path(damaged.directory(NICKNAME)).write_bytes(b"Dear diary" * 1000)
    problems = {room.name: bool(room.problem) for room in _known(tmp_path)}
    assert problems == {"shed": True, "garden": False}
    with pytest.raises(StoreError):
        found_room(_asked_for(tmp_path, "shed"), NICKNAME)


def test_a_room_of_an_older_version_is_called_as_its_directory_says(tmp_path: Path) -> None:
    options = _asked_for(tmp_path, "Ana María")
    open_store(options.directory(NICKNAME), NICKNAME).close()
    assert [room.name for room in _known(tmp_path)] == ["ana maría"]
    assert found_room(options, NICKNAME).directory(NICKNAME) == options.directory(NICKNAME)


@pytest.mark.parametrize("name", ["garden", "Ana María", "日本" * 32, "a/b.c#d%20", "שלום"])
@pytest.mark.parametrize("key", [None, KEY])
def test_every_room_opens_by_the_name_in_the_list(tmp_path: Path, name: str, key: bytes | None) -> None:
    known = _been_in(_asked_for(tmp_path, name, key))
    (room,) = _known(tmp_path)
    assert room.name == name
    assert found_room(_asked_for(tmp_path, room.name), NICKNAME).key == key
    assert room.directory == known.directory(NICKNAME)
    assert room.directory.name.startswith(file_name_of(name.casefold())[:20])


def test_no_key_is_in_a_repr(tmp_path: Path) -> None:
    options = _been_in(_asked_for(tmp_path, "garden", KEY))
    for shown in (repr(options), repr(replace(options, profile="p")), repr(_known(tmp_path))):
        assert repr(KEY) not in shown
        assert KEY.hex() not in shown

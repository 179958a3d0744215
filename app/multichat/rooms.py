"""Which rooms a profile knows, and which of them somebody means.

Owns the step from what a person calls a room to one room. A room that is open and one by invitation can have one name;
where both may be meant, neither is guessed: nobody is to believe to be in the one while being in the other. Knows rooms
by what lies on the disk, without opening them.
"""

import os
import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

from multichat.errors import RefusedError
from multichat.model.names import as_typed, name_of_file
from multichat.profile import (
    MARK_SIGN,
    ROOM_KEY_META,
    ROOM_NAME_META,
    RoomOptions,
    mark_of,
    room_file_name,
    store_path,
)
from multifeed import StoreError
from multifeed.glance import glance
from multifeed.keys import KEY_LENGTH_BYTES

# A person tells two rooms of one name apart by this much of their marks.
_SHOWN_MARK_LENGTH: Final = 8
_MARKED: Final = re.compile(rf"(.+){MARK_SIGN}([0-9a-f]{{{_SHOWN_MARK_LENGTH}}})")


@dataclass(frozen=True, slots=True)
class KnownRoom:
    """A room that a profile has been in; `key` as in RoomOptions. `problem` says why there is no more to tell."""

    name: str
    directory: Path
    key: bytes | None = field(repr=False)
    message_count: int = 0
    problem: str = ""

    @property
    def mark(self) -> str:
        """What tells it from others of its name; nothing, if it is open."""
        return _mark_in(self.directory)[:_SHOWN_MARK_LENGTH]

    @property
    def last_used_s(self) -> float:
        """When somebody was in it, in seconds since 1970: each opening writes the lock, and what is said the store."""
        store = store_path(self.directory)
        paths = (store, store.with_name(f"{store.name}.lock"))
        return max(path.stat().st_mtime for path in paths if path.exists())


def known_rooms(directory: Path) -> list[KnownRoom]:
    """The rooms in the directory of a profile's rooms, those that were used last first."""
    rooms = filter(None, map(_known_or_problem, directory.glob("*")))
    return sorted(rooms, key=lambda room: room.last_used_s, reverse=True)


def option_for(room: KnownRoom, rooms: Sequence[KnownRoom]) -> str:
    """What opens this one of all `rooms` of a profile, as it is typed."""
    same = [other for other in rooms if room_file_name(other.name) == room_file_name(room.name)]
    if len(same) == 1:
        return f"--room {as_typed(room.name)}"
    if room.mark:
        return f"--room {as_typed(f'{room.name}{MARK_SIGN}{room.mark}')}"
    return f"--open-room {as_typed(room.name)}"


def found_room(options: RoomOptions, nickname: str) -> RoomOptions:
    """The options with the one room that is meant: the one that the profile knows by this name or key.

    Where it knows none, an invite leads to its room, and a name to the open one. Raises RefusedError where several may
    be meant, and StoreError.
    """
    if options.key is not None:
        return _joined(options, options.key, nickname)
    known = _called_so(options, nickname)
    if len(known) > 1:
        raise RefusedError(
            f"{options.profile_name(nickname)} knows {len(known)} rooms called {options.room_name}: "
            f"say which, with {_ways(known)}"
        )
    if known:
        return _in(options, known[0])
    marked = _MARKED.fullmatch(options.room_name)
    return options if marked is None else _marked(options, nickname, *marked.groups())


def made_room(options: RoomOptions, nickname: str) -> RoomOptions:
    """The options with a new key, for a room by invitation. Raises RefusedError if one is called so, and StoreError."""
    known = _called_so(options, nickname)
    if known:
        raise RefusedError(
            f"{options.profile_name(nickname)} knows a room called {options.room_name} already: "
            f"{_ways(known)} opens it; for a new one take another name"
        )
    return replace(options, key=os.urandom(KEY_LENGTH_BYTES))


def _in(options: RoomOptions, room: KnownRoom) -> RoomOptions:
    return replace(options, room_name=room.name, key=room.key)


def _joined(options: RoomOptions, key: bytes, nickname: str) -> RoomOptions:
    """A room is known by its key: an invite that calls it otherwise leads to where it is."""
    known = _private_rooms(options.rooms_directory(nickname), f"*{MARK_SIGN}{mark_of(key)}")
    return _in(options, known[0]) if known else options


def _marked(options: RoomOptions, nickname: str, name: str, mark: str) -> RoomOptions:
    """One of several of a name. A mark that was typed wrong leads nowhere, rather than to an open room."""
    pattern = f"{room_file_name(name)}{MARK_SIGN}{mark}*"
    known = _private_rooms(options.rooms_directory(nickname), pattern)
    if len(known) != 1:
        raise RefusedError(
            f"{options.profile_name(nickname)} knows no room {options.room_name}; --rooms lists those that are known, "
            "--open-room opens one of that name"
        )
    return _in(options, known[0])


def _called_so(options: RoomOptions, nickname: str) -> list[KnownRoom]:
    """The rooms that this profile knows by a name, the open one first. Raises StoreError."""
    rooms = options.rooms_directory(nickname)
    file_name = room_file_name(options.room_name)
    is_open_known = store_path(rooms / file_name).exists()
    # A room that is open is opened by its name alone, whatever state its store is in.
    opened = [KnownRoom(options.room_name, rooms / file_name, None)] if is_open_known else []
    return [*opened, *_private_rooms(rooms, f"{file_name}{MARK_SIGN}*")]


def _private_rooms(rooms: Path, pattern: str) -> list[KnownRoom]:
    return [room for room in map(_known, sorted(rooms.glob(pattern))) if room is not None]


def _known_or_problem(directory: Path) -> KnownRoom | None:
    try:
        return _known(directory)
    except StoreError as error:
        return KnownRoom(_file_name_in(directory), directory, None, problem=str(error))


def _known(directory: Path) -> KnownRoom | None:
    """The room that lies there; None if there is none. Raises StoreError."""
    path = store_path(directory)
    if not path.exists():
        return None
    is_private = bool(_mark_in(directory))
    seen = glance(path, (ROOM_KEY_META, ROOM_NAME_META))
    key = seen.meta.get(ROOM_KEY_META) if is_private else None
    if is_private and key is None:
        # It was ended while it was made: nothing was ever said in it, and nobody invited.
        return None
    name = seen.meta.get(ROOM_NAME_META)
    shown_name = _file_name_in(directory) if name is None else name.decode(errors="replace")
    return KnownRoom(shown_name, directory, key, seen.block_count)


def _file_name_in(directory: Path) -> str:
    return name_of_file(directory.name.partition(MARK_SIGN)[0])


def _mark_in(directory: Path) -> str:
    return directory.name.partition(MARK_SIGN)[2]


def _ways(rooms: Sequence[KnownRoom]) -> str:
    return " or ".join(option_for(room, rooms) for room in rooms)

"""The rooms that are known on this machine, as a list: lines for people, JSON objects for programs.

Owns the two forms. Which rooms there are is `rooms`' to say, and no key is ever in either.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import starmap
from pathlib import Path
from typing import Final

from rich.cells import cell_len, set_cell_size

from multichat.limits import ROOM_NAME_LENGTH_MAX
from multichat.model.names import file_name_of, name_of_file
from multichat.model.text import sanitise_line
from multichat.output import as_json_line
from multichat.profile import profiles_directory, rooms_of
from multichat.rooms import KnownRoom, known_rooms, option_for

_PROBLEM_LENGTH_MAX: Final = 300


def listed(data_dir: Path, profile: str | None, *, as_json: bool) -> Iterator[str]:
    """A line for each room of a profile, or of all if None: those that were used last first."""
    found = list(_found(data_dir, "*" if profile is None else file_name_of(profile)))
    if as_json:
        yield from starmap(_as_json, found)
    elif found:
        yield from _aligned([_columns(*one)[0 if profile is None else 1 :] for one in found])


def _found(data_dir: Path, pattern: str) -> Iterator[tuple[str, KnownRoom, str]]:
    """Whose room, which, and what opens it."""
    for directory in sorted(profiles_directory(data_dir).glob(pattern)):
        rooms = known_rooms(rooms_of(directory))
        for room in rooms:
            yield name_of_file(directory.name), room, option_for(room, rooms)


def _kind(room: KnownRoom) -> str:
    return "by invitation" if room.mark else "open"


def _used(room: KnownRoom) -> datetime:
    return datetime.fromtimestamp(room.last_used_s, UTC).astimezone()


def _as_json(profile: str, room: KnownRoom, option: str) -> str:
    problem = {"problem": room.problem} if room.problem else {}
    return as_json_line(
        {
            "profile": profile,
            "room": room.name,
            "kind": _kind(room),
            "option": option,
            "messages": room.message_count,
            "used": _used(room).isoformat(timespec="seconds"),
            **problem,
        }
    )


def _columns(profile: str, room: KnownRoom, option: str) -> list[str]:
    count = "1 message" if room.message_count == 1 else f"{room.message_count:,} messages"
    return [
        sanitise_line(profile, ROOM_NAME_LENGTH_MAX),
        sanitise_line(room.name, ROOM_NAME_LENGTH_MAX),
        _kind(room),
        sanitise_line(room.problem, _PROBLEM_LENGTH_MAX) or count,
        f"used {_used(room):%Y-%m-%d %H:%M}",
        sanitise_line(option, 2 * ROOM_NAME_LENGTH_MAX),
    ]


def _aligned(rows: list[list[str]]) -> Iterator[str]:
    widths = [max(map(cell_len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        yield "  ".join(map(set_cell_size, row, widths)).rstrip()

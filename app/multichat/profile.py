"""A profile on the disk: where a room of it lies, and the step from a store that is refused to what a user can do.

Owns directories, file names and what is kept beside the feeds. Knows no network and no face.
"""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from multichat.errors import RefusedError
from multichat.model.names import DEFAULT_ROOM_NAME, file_name_of
from multifeed import LockedError, Multifeed, StoreError
from multifeed.keys import normalise_room_name, room_key_from_name
from multifeed.net.options import SwarmOptions

# The name under which one's own feed is written.
WRITER_NAME: Final = "local"

_STORE_NAME: Final = "room.sqlite"
_TIMELINE_NAME: Final = "timeline.sqlite"
_SEARCH_NAME: Final = "search.sqlite"
_ROOM_KEY_NAME: Final = "room key"


@dataclass(frozen=True, slots=True)
class RoomOptions:
    """Which room, whose, and how to reach others; `profile` None means one for each nickname."""

    data_dir: Path
    room_name: str = DEFAULT_ROOM_NAME
    profile: str | None = None
    swarm: SwarmOptions = field(default_factory=SwarmOptions)

    def directory(self, nickname: str) -> Path:
        """Where the room of this profile lies."""
        profile = file_name_of(self.profile or nickname)
        return self.data_dir / "profiles" / profile / "rooms" / file_name_of(normalise_room_name(self.room_name))


def timeline_path(directory: Path) -> Path:
    """Where the timeline of a room is kept."""
    return directory / _TIMELINE_NAME


def search_path(directory: Path) -> Path:
    """Where the words of a room are kept, for who searches."""
    return directory / _SEARCH_NAME


def open_store(directory: Path, nickname: str) -> Multifeed:
    """Open the history of a room, and keep others from it. Raises RefusedError for one in use, StoreError."""
    try:
        return Multifeed.open(directory / _STORE_NAME, value_encoding="cbor")
    except LockedError as error:
        holder = "another program" if error.pid is None else f"process {error.pid}"
        raise RefusedError(
            f"{nickname} is already in this room on this machine ({holder}); end that one, or take another nickname"
        ) from error
    except StoreError as error:
        if isinstance(error.__cause__, OSError):
            raise StoreError(f"{error}; --data-dir names another place to keep profiles in") from error
        raise


def room_key(multi: Multifeed, room_name: str) -> bytes:
    """The room's key: worked out of its name once, then kept."""
    key = multi.meta(_ROOM_KEY_NAME)
    if key is None:
        key = room_key_from_name(room_name)
        multi.set_meta(_ROOM_KEY_NAME, key)
    return key

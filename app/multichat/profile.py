"""A profile on the disk: where a room of it lies, and the step from a store that is refused to what a user can do.

Owns directories, file names and what is kept beside the feeds. Knows no network and no face.
"""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from multichat.errors import RefusedError
from multichat.model.invite import Invite
from multichat.model.names import DEFAULT_ROOM_NAME, file_name_of
from multichat.privacy import close_to_others
from multifeed import LockedError, Multifeed, StoreError
from multifeed.keys import normalise_room_name, room_key_from_name, topic_of
from multifeed.net.options import BridgeOptions, SwarmOptions

# The names under which one's own feeds are written: in CBOR, and in JSON where JavaScript programs read along.
WRITER_NAME: Final = "local"
JSON_WRITER_NAME: Final = "json"

# Small values of the store. An open room has a key too: working it out again would take time.
ROOM_KEY_META: Final = "room key"
ROOM_NAME_META: Final = "room name"

# Between the name of a room by invitation and its mark, in the name of its directory. No name has one there: it would
# be percent-encoded.
MARK_SIGN: Final = "#"
_MARK_LENGTH_BYTES: Final = 8

_PROFILES_NAME: Final = "profiles"
_ROOMS_NAME: Final = "rooms"
_STORE_NAME: Final = "room.sqlite"
_TIMELINE_NAME: Final = "timeline.sqlite"
_SEARCH_NAME: Final = "search.sqlite"


@dataclass(frozen=True, slots=True)
class RoomOptions:
    """Which room, whose, and how to reach others; `profile` None means one for each nickname, `bridge` no JavaScript.

    A room by invitation has a `key`; None is the one that is open to whoever knows its name.
    """

    data_dir: Path
    room_name: str = DEFAULT_ROOM_NAME
    profile: str | None = None
    swarm: SwarmOptions = field(default_factory=SwarmOptions)
    key: bytes | None = field(default=None, repr=False)
    bridge: BridgeOptions | None = None

    @property
    def invite(self) -> Invite | None:
        """What lets others in; None for an open room."""
        return None if self.key is None else Invite(self.room_name, self.key)

    def profile_name(self, nickname: str) -> str:
        """Whose history it is."""
        return self.profile or nickname

    def rooms_directory(self, nickname: str) -> Path:
        """Where the rooms of this profile lie."""
        return rooms_of(profiles_directory(self.data_dir) / file_name_of(self.profile_name(nickname)))

    def directory(self, nickname: str) -> Path:
        """Where the room of this profile lies: an open room and one by invitation never in the same place."""
        mark = "" if self.key is None else MARK_SIGN + mark_of(self.key)
        return self.rooms_directory(nickname) / (room_file_name(self.room_name) + mark)


def profiles_directory(data_dir: Path) -> Path:
    """Where all profiles lie."""
    return data_dir / _PROFILES_NAME


def rooms_of(profile: Path) -> Path:
    """Where the rooms lie of the profile in this directory."""
    return profile / _ROOMS_NAME


def room_file_name(room_name: str) -> str:
    """What the directory of an open room of this name is called, and that of one by invitation begins with."""
    return file_name_of(normalise_room_name(room_name))


def mark_of(key: bytes) -> str:
    """What tells a room by invitation from others of its name, without giving its key away: 16 hexadecimal digits."""
    return topic_of(key)[:_MARK_LENGTH_BYTES].hex()


def store_path(directory: Path) -> Path:
    """Where the history of a room is kept, and its key."""
    return directory / _STORE_NAME


def timeline_path(directory: Path) -> Path:
    """Where the timeline of a room is kept."""
    return directory / _TIMELINE_NAME


def search_path(directory: Path) -> Path:
    """Where the words of a room are kept, for who searches."""
    return directory / _SEARCH_NAME


def keep_private(options: RoomOptions, nickname: str) -> None:
    """Leave what is kept of a room to its owner alone, also what an older version made or a backup brought back."""
    rooms, directory = options.rooms_directory(nickname), options.directory(nickname)
    close_to_others((profiles_directory(options.data_dir), rooms.parent, rooms, directory, *directory.glob("*")))


def open_store(directory: Path, nickname: str) -> Multifeed:
    """Open the history of a room, and keep others from it. Raises RefusedError for one in use, StoreError."""
    try:
        return Multifeed.open(store_path(directory), value_encoding="cbor")
    except LockedError as error:
        holder = "another program" if error.pid is None else f"process {error.pid}"
        raise RefusedError(
            f"{nickname} is already in this room on this machine ({holder}); end that one, or take another nickname"
        ) from error
    except StoreError as error:
        if isinstance(error.__cause__, OSError):
            raise StoreError(f"{error}; --data-dir names another place to keep profiles in") from error
        raise


def room_key(multi: Multifeed, options: RoomOptions) -> bytes:
    """The room's key: that of its invite, or worked out of its name once; kept, with the name.

    Raises StoreError where the history is that of another room.
    """
    if multi.meta(ROOM_NAME_META) is None:
        multi.set_meta(ROOM_NAME_META, options.room_name.encode())
    key = multi.meta(ROOM_KEY_META)
    if key is None:
        key = options.key or room_key_from_name(options.room_name)
        multi.set_meta(ROOM_KEY_META, key)
    elif options.key not in {None, key}:
        raise StoreError(f"the history in the directory of {options.room_name} is that of another room: move it away")
    return key

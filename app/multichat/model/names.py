"""What people and rooms may be called.

Owns which names are possible, and what a name becomes on the disk. Knows nothing of who has which.
"""

import hashlib
import unicodedata
from typing import Final
from urllib.parse import quote

from multichat.errors import UsageError
from multichat.limits import NICKNAME_LENGTH_MAX, ROOM_NAME_LENGTH_MAX
from multichat.model.text import is_harmless

# Where one is who names no room.
DEFAULT_ROOM_NAME: Final = "lobby"

# What an invitation starts with; no room can be called so.
INVITE_PREFIX: Final = "multichat://"

# File systems allow 255 bytes; this leaves room for what is added to a name.
_FILE_NAME_LENGTH_MAX: Final = 120


def require_nickname(nickname: str) -> str:
    """`nickname` without the spaces around it. Raises UsageError, with the reason, if it cannot be one."""
    return _require_name(nickname, "a nickname", NICKNAME_LENGTH_MAX)


def require_room_name(name: str) -> str:
    """`name` without the spaces around it. Raises UsageError, with the reason, if no room can be called so."""
    if name.strip().startswith(INVITE_PREFIX):
        raise UsageError(f"a room's name does not start with {INVITE_PREFIX}")
    return _require_name(name, "a room's name", ROOM_NAME_LENGTH_MAX)


def file_name_of(name: str) -> str:
    """A name for the file system that differs whenever the names do; readable where that is possible.

    Percent-encoded, the dot too, so that none is hidden, special or outside its directory.
    """
    encoded = quote(name, safe="").replace(".", "%2E")
    if len(encoded) <= _FILE_NAME_LENGTH_MAX:
        return encoded
    digest = hashlib.blake2b(name.encode(), digest_size=16).hexdigest()
    return f"{encoded[: _FILE_NAME_LENGTH_MAX - len(digest) - 1]}%{digest}"


def _require_name(name: str, what: str, length_max: int) -> str:
    name = unicodedata.normalize("NFC", name).strip()
    if not name:
        raise UsageError(f"{what} has at least one character")
    if len(name) > length_max:
        raise UsageError(f"{what} has at most {length_max} characters")
    if not is_harmless(name):
        raise UsageError(f"{what} has no control characters and no invisible ones")
    return name

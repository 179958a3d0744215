"""An invite: the name and the key of a room, as a text that one person hands to another. Pure.

`multichat://NAME#LETTERS`. NAME is percent-encoded (RFC 3986). LETTERS are 64 of 32 that nobody takes for one another,
five bits each: a version, the key, and a checksum over both and the name. Capitals and small letters are the same, and
spaces, line breaks and hyphens are not read, so that it survives being typed, wrapped and drawn as a QR code.
PROTOCOL.md has the bytes.

Owns how an invite is written and read, and what is said of one that is wrong. Knows no disk. Whoever has the text has
the key, so neither ever shows in a repr or an error.
"""

import hashlib
from dataclasses import dataclass, field
from typing import Final, Self
from urllib.parse import quote, unquote

from multichat.errors import UsageError
from multichat.model.names import DEFAULT_ROOM_NAME, INVITE_PREFIX, as_typed, is_invite, require_room_name
from multifeed.keys import KEY_LENGTH_BYTES, normalise_room_name

_VERSION: Final = 1
# An error is overlooked once in 2^56, and the letters come out even.
_CHECKSUM_LENGTH_BYTES: Final = 7
_LETTER_COUNT: Final = 64
_GROUP_LENGTH: Final = 8

# Without I, L, O, which are read as 1, 1, 0, and without U, so that no words come of it.
_LETTERS: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
# To the digits of Python's numbers to the base 32.
_DIGITS: Final = "0123456789abcdefghijklmnopqrstuv"
_READ: Final = str.maketrans(_LETTERS + _LETTERS.lower() + "ILOilo", 2 * _DIGITS + 2 * "110")

_TYPO: Final = "there is a typo in this invite: compare it letter by letter, or copy it again"


@dataclass(frozen=True, slots=True)
class Invite:
    """To the room of this name, which can be one (see `require_room_name`), and this 32-byte key."""

    name: str
    key: bytes = field(repr=False)

    @property
    def address(self) -> str:
        """What stands before the letters."""
        return f"{INVITE_PREFIX}{quote(self.name, safe='')}#"

    @property
    def letters(self) -> str:
        """Version, key and checksum."""
        data = bytes([_VERSION]) + self.key
        number = int.from_bytes(data + _checksum(data, self.name))
        return "".join(_LETTERS[number >> shift & 31] for shift in range(5 * (_LETTER_COUNT - 1), -1, -5))

    @property
    def text(self) -> str:
        """All of it: whoever has this can come in."""
        return self.address + self.letters

    @classmethod
    def parse(cls, text: str) -> Self:
        """The invite that was typed or pasted. Raises UsageError with what is wrong with it."""
        address, separator, letters = "".join(text.split()).partition("#")
        if not is_invite(address):
            raise UsageError(f"an invite begins with {INVITE_PREFIX}")
        if not separator:
            raise UsageError("this invite is cut: # and the letters after it are missing")
        return cls(*_opened(_name_in(address[len(INVITE_PREFIX) :]), _bare(letters)))


def kind_of(invite: Invite | None) -> str:
    """What kind of room it is that has this invite, or none."""
    return "open" if invite is None else "by invitation"


def join_command(name: str, invite: Invite | None) -> str:
    """What others type to come into the room of this name."""
    room = name if invite is None else invite.text
    return "multichat NAME" if room == DEFAULT_ROOM_NAME else f"multichat NAME --room {as_typed(room)}"


def _name_in(encoded: str) -> str:
    try:
        return require_room_name(unquote(encoded, errors="strict"))
    except UnicodeDecodeError:
        raise UsageError("the name in this invite cannot be read: copy it again") from None
    except UsageError as error:
        raise UsageError(f"the name in this invite cannot be: {error}") from error


def _bare(letters: str) -> str:
    """The letters without hyphens. Raises UsageError for one that there is not."""
    bare = letters.replace("-", "")
    for letter in bare:
        if ord(letter) not in _READ:
            raise UsageError(f"{letter!a} does not occur in the letters of an invite")
    return bare


def _opened(name: str, letters: str) -> tuple[str, bytes]:
    """The name, and the key in the letters. Raises UsageError."""
    data = _data_in(letters)
    # Of whatever version and length: so it is known that not a typo makes an invite look newer.
    is_whole = data is not None and data[-_CHECKSUM_LENGTH_BYTES:] == _checksum(data[:-_CHECKSUM_LENGTH_BYTES], name)
    if data is not None and is_whole and data[0] > _VERSION:
        raise UsageError("this invite is of a newer version: update this program")
    if len(letters) != _LETTER_COUNT:
        what = "short: it is cut" if len(letters) < _LETTER_COUNT else "long: something is there twice"
        raise UsageError(f"this invite is too {what}; after # it has {_LETTER_COUNT} letters, not {len(letters)}")
    if data is None or not is_whole or data[0] != _VERSION:
        raise UsageError(_TYPO)
    return name, data[1 : 1 + KEY_LENGTH_BYTES]


def _data_in(letters: str) -> bytes | None:
    """The bytes; None if as many letters make no bytes."""
    if not letters or len(letters) % _GROUP_LENGTH:
        return None
    return int(letters.translate(_READ), 32).to_bytes(len(letters) * 5 // 8)


def _checksum(data: bytes, name: str) -> bytes:
    """Over the name as well: a key belongs to one, and who is shown another has been given something else."""
    what = data + normalise_room_name(name).encode()
    return hashlib.blake2b(what, digest_size=_CHECKSUM_LENGTH_BYTES, person=b"multichat invite").digest()

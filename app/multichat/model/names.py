"""What people and rooms may be called.

Owns which names are possible, and what a name becomes on the disk. Knows nothing of who has which.
"""

import hashlib
import re
import unicodedata
from typing import Final
from urllib.parse import quote, unquote

from multichat.errors import UsageError
from multichat.limits import NICKNAME_LENGTH_MAX, ROOM_NAME_LENGTH_MAX
from multichat.model.skeleton import looks_of
from multichat.model.text import MARK, NAMELESS, SafeText, is_harmless, sanitise_nickname

# Where one is who names no room.
DEFAULT_ROOM_NAME: Final = "lobby"

# What an invitation starts with; no room can be called so.
INVITE_PREFIX: Final = "multichat://"

# What the program writes behind a name: the sign before digits of a key, and the one of a key that was checked.
KEY_SIGN: Final = "\N{MIDDLE DOT}"
CHECK_SIGN: Final = "\N{CHECK MARK}"

# Whatever could pass for them in a name. In a look, o and i stand for the digits 0 and 1 too.
_CHECK_SIGNS: Final = frozenset("\u2713\u2714\u2611\u2705\u221a\u237b\U0001f5f8\U0001f5f9")
_MORE_DOTS: Final = frozenset("\u25cf\u25e6\u2218\u2981\u2b24\u23fa\u26ab\u26ac\u2802\u2810")
_MARKS: Final = re.compile(f"{MARK}+")
_KEY_IN_LOOK: Final = re.compile(f"{KEY_SIGN}[2-9a-foi]{{4,}}(?![0-9a-z])")

# File systems allow 255 bytes; this leaves room for what is added to a name.
_FILE_NAME_LENGTH_MAX: Final = 120
_DIGEST_LENGTH_BYTES: Final = 16
# What no shell gives a meaning to, and what one of them looks at between double quotes.
_PLAIN_WORD: Final = re.compile(r"[\w@+=:,./-]+")
_LOOKED_AT: Final = frozenset('"$`\\!')

_CUT_ESCAPE: Final = re.compile("%.?$")


def require_nickname(nickname: str) -> str:
    """`nickname` without the spaces around it. Raises UsageError, with the reason, if it cannot be one."""
    name = _require_name(nickname, "a nickname", NICKNAME_LENGTH_MAX)
    if name != NAMELESS and sanitise_nickname(name) == NAMELESS:
        raise UsageError("a nickname has at least one character that is seen")
    if _without_signs(name) != name:
        raise UsageError(
            "a nickname has no check mark and no digits of a key in it: the program writes those beside it"
        )
    return name


def shown_name(signed: str) -> SafeText:
    """How the nickname is shown with which somebody has signed.

    What only the program itself writes beside a name, to tell people apart and to say whose key was checked, is shown
    as a mark where it is part of the name: nobody can give it to themselves.
    """
    name = _without_signs(sanitise_nickname(signed))
    return SafeText(name) if name.replace(MARK, "").strip() else NAMELESS


def require_room_name(name: str) -> str:
    """`name` without the spaces around it. Raises UsageError, with the reason, if no room can be called so."""
    if is_invite(name):
        raise UsageError(f"a room's name does not start with {INVITE_PREFIX}")
    return _require_name(name, "a room's name", ROOM_NAME_LENGTH_MAX)


def is_invite(text: str) -> bool:
    """Whether this begins as an invitation does, right or wrong."""
    return text.lstrip().lower().startswith(INVITE_PREFIX)


def as_typed(word: str) -> str:
    """A word of a command line, quoted if need be: as all shells know it, unless it has what some of them look at."""
    if _PLAIN_WORD.fullmatch(word):
        return word
    if not set(word) & _LOOKED_AT:
        return f'"{word}"'
    import shlex  # noqa: PLC0415 (hardly any name needs it)

    return shlex.quote(word)


def file_name_of(name: str) -> str:
    """A name for the file system that differs whenever the names do; readable where that is possible.

    Percent-encoded, the dot too, so that none is hidden, special or outside its directory.
    """
    encoded = quote(name, safe="").replace(".", "%2E")
    if len(encoded) <= _FILE_NAME_LENGTH_MAX:
        return encoded
    digest = hashlib.blake2b(name.encode(), digest_size=_DIGEST_LENGTH_BYTES).hexdigest()
    return f"{encoded[: _FILE_NAME_LENGTH_MAX - len(digest) - 1]}%{digest}"


def name_of_file(file_name: str) -> str:
    """The name of which `file_name_of` made this, as far as it can be told: a long one is cut."""
    readable, _, digest = file_name.rpartition("%")
    if len(file_name) < _FILE_NAME_LENGTH_MAX or len(digest) != 2 * _DIGEST_LENGTH_BYTES:
        return unquote(file_name)
    # The last character may be cut too.
    return unquote(_CUT_ESCAPE.sub("", readable), errors="ignore") + "\N{HORIZONTAL ELLIPSIS}"


def _require_name(name: str, what: str, length_max: int) -> str:
    name = unicodedata.normalize("NFC", name).strip()
    if not name:
        raise UsageError(f"{what} has at least one character")
    if len(name) > length_max:
        raise UsageError(f"{what} has at most {length_max} characters")
    if not is_harmless(name):
        raise UsageError(f"{what} has no control characters and no invisible ones")
    return name


def _without_signs(name: str) -> str:
    if name.isascii():
        return name
    has_key = any(_KEY_IN_LOOK.search(look) for look in looks_of("".join(map(_plain_dot, name))))
    without = "".join(
        MARK if character in _CHECK_SIGNS or (has_key and _plain_dot(character) == KEY_SIGN) else character
        for character in name
    )
    return name if without == name else _MARKS.sub(MARK, without)


def _plain_dot(character: str) -> str:
    """`character`, or the sign before a key if it looks as if it had that."""
    if character.isascii():
        return character
    is_dot = character in _MORE_DOTS or any(KEY_SIGN in look for look in looks_of(character))
    return KEY_SIGN if is_dot else character

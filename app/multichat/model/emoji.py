"""Emoji by their shortcodes, as others write them: `thumbsup`, `tada`, `+1`. Pure.

Owns which names there are and which come first. The table is a library's, and is read when it is first asked for: that
takes longer than starting the program may, and longer than a key. Who types need not wait for it: see `read_emoji`.
"""

from collections.abc import Iterator
from functools import cache
from threading import Lock
from typing import Final, NamedTuple

from multichat.model.text import is_harmless

# Names with other characters (Curaçao) have a plain one beside them.
_NAME_CHARACTERS: Final = frozenset("abcdefghijklmnopqrstuvwxyz0123456789_+-")

_TONE: Final = "skin_tone"


# Two threads that ask at once do not both read.
_READING: Final = Lock()


def read_emoji() -> None:
    """Have the table read, in whatever thread."""
    _tables()


def is_emoji_read() -> bool:
    """Whether it is; what is asked of it before waits until then."""
    return _read_tables.cache_info().currsize > 0


def emoji_named(name: str) -> str | None:
    """The emoji that is called `name`, if there is one."""
    name = name.lower()
    return _tables().plain.get(name) or _tables().toned.get(name)


def emoji_like(prefix: str, count: int) -> list[tuple[str, str]]:
    """Names that begin with `prefix`, then those in which a later word does, and the emoji of each.

    An emoji is in it once, under the shortest name that fits; at most `count` of them.
    """
    found: dict[str, str] = {}
    for name, emoji in _matches(prefix.lower()):
        found.setdefault(emoji, name)
        if len(found) == count:
            break
    return [(name, emoji) for emoji, name in found.items()]


def _matches(prefix: str) -> Iterator[tuple[str, str]]:
    for table in (_tables().plain, _tables().toned):
        yield from ((name, emoji) for name, emoji in table.items() if name.startswith(prefix))
        yield from ((name, emoji) for name, emoji in table.items() if f"_{prefix}" in name)


class _Tables(NamedTuple):
    """Every name and its emoji, in the order in which they are offered; variants by the colour of a skin apart.

    Five of every hand and person would be all that one sees.
    """

    plain: dict[str, str]
    toned: dict[str, str]


def _tables() -> _Tables:
    with _READING:
        return _read_tables()


@cache
def _read_tables() -> _Tables:
    from emoji import EMOJI_DATA, STATUS  # noqa: PLC0415 - 45 ms that only those pay who write an emoji by its name

    whole = STATUS["fully_qualified"]
    # Not those that our own sanitiser would show as a mark: newer than this Python's Unicode, or made with tags.
    shown = [(emoji, data) for emoji, data in EMOJI_DATA.items() if data["status"] == whole and is_harmless(emoji)]
    named: dict[str, str] = {}
    # The names by which chats call them go before those of the standard: `smile` means one face in all of them.
    for emoji, data in shown:
        for alias in data.get("alias", ()):
            named.setdefault(alias, emoji)
    for emoji, data in shown:
        named.setdefault(data["en"].lower(), emoji)
    tables = _Tables({}, {})
    for name in sorted((name.strip(":") for name in named), key=lambda name: (len(name), name)):
        if _NAME_CHARACTERS.issuperset(name):
            table = tables.toned if _TONE in name else tables.plain
            table[name] = named[f":{name}:"]
    return tables

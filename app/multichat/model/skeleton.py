"""What a name looks like, whatever it is written with. Pure.

Owns which names cannot be told apart at a glance: Unicode's skeletons (UTS #39), and beyond them capitals, accents,
widths, what is invisible, and small capitals make no difference either. Knows nothing of who is called what.

A name has up to two looks: as it is written, and as its small letters would be. A capital looks like other letters than
the small one of the same name does (Greek N like our N, its small letter like our v), and either may be meant. Two
names are alike if they share a look. A look is to be compared, and never to be shown.
"""

import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from typing import Final, NamedTuple

from multichat.limits import LOOK_LENGTH_MAX

# What looks like other characters of ASCII, or like several: a name in ASCII needs no table. `i` stands for all that is
# one stroke: a capital `i` looks like a small `l`.
_ASCII: Final = {"0": "o", "1": "i", "l": "i", "|": "i", "m": "rn", '"': "''", "`": "'", "%": "o/o"}

# A name of which nothing can be seen: all such names are alike.
_INVISIBLE: Final = "\N{REPLACEMENT CHARACTER}"

# Marks that are never seen, whatever they follow: they choose a form in Mongolian, and stand for a vowel in Khmer.
_UNSEEN_MARKS: Final = frozenset("\u180b\u180c\u180d\u180f\u17b4\u17b5")

# Letters and symbols that are drawn as nothing.
_BLANKS: Final = frozenset("\u115f\u1160\u2800")

_TABLE: Final = "confusables.txt"


@lru_cache(maxsize=4096)
def looks_of(name: str) -> tuple[str, ...]:
    """What a name looks like: one look, or two that differ."""
    if name.isascii():
        return (_tidy(name.lower().translate(_ASCII_LOOKS)),)
    letters, table = letters_of(name), _table()
    looks = (_tidy(letters.translate(table.written)), _tidy(letters.translate(table.small)))
    return tuple(dict.fromkeys(looks))


def is_alike(one: str, other: str) -> bool:
    """Whether two names can be taken for each other."""
    return one == other or not set(looks_of(one)).isdisjoint(looks_of(other))


def letters_of(text: str) -> str:
    """`text` without accents and whatever else is not seen by itself."""
    return "".join(_letters(unicodedata.normalize("NFD", text)))


def fold(text: str) -> str:
    """The same without capitals and widths."""
    folded = letters_of(unicodedata.normalize("NFKD", letters_of(text)).casefold())
    return folded if folded == text else fold(folded)


def _letters(decomposed: str) -> Iterator[str]:
    before = ""
    for character in decomposed:
        category = unicodedata.category(character)
        if category in {"Cf", "Me"} or (category[0] == "M" and not _is_vowel(character, before)):
            continue
        before = " " if character in _BLANKS else character
        yield before


def _is_vowel(mark: str, before: str) -> bool:
    """Whether a mark is no accent: a vowel of a script that writes them as marks, on a letter of that script."""
    is_accent = unicodedata.combining(mark) != 0 or mark in _UNSEEN_MARKS
    return bool(before) and not is_accent and _script(mark) == _script(before)


def _script(character: str) -> str:
    """The first word of what Unicode calls it, which names the script of a letter."""
    return unicodedata.name(character, "").partition(" ")[0]


def _tidy(look: str) -> str:
    return " ".join(look.split())[:LOOK_LENGTH_MAX].rstrip() or _INVISIBLE


_ASCII_LOOKS: Final = str.maketrans(_ASCII)


class _Looks(dict[int, str]):
    """What each character looks like; of one that is not in the table, what its small letters look like."""

    def __init__(self, small: "_Looks | None" = None) -> None:
        super().__init__(_ASCII_LOOKS)
        self._small = small or self

    def __missing__(self, code_point: int) -> str:
        character = chr(code_point)
        # A vowel that is a mark is nothing by itself.
        folded = fold(character) or character
        self[code_point] = look = folded if folded == character else folded.translate(self._small)
        return look


class _Table(NamedTuple):
    """What characters look like as they are written, and as small letters."""

    written: _Looks
    small: _Looks


@lru_cache(maxsize=1)
def _table() -> _Table:
    """Read when the first name comes that is not in ASCII."""
    from importlib.resources import files  # noqa: PLC0415 (see above)

    small = _Looks()
    written = _Looks(small)
    for line in files("multichat.model").joinpath(_TABLE).read_text(encoding="ascii").splitlines():
        if line.startswith("#"):
            continue
        fields = line.split(";")
        look = "".join(map(chr, _code_points(fields[0])))
        always, as_written, as_small = map(_code_points, fields[1:])
        written.update(dict.fromkeys([*always, *as_written], look))
        small.update(dict.fromkeys([*always, *as_small], look))
    return _Table(written, small)


def _code_points(field: str) -> list[int]:
    return [int(code_point, 16) for code_point in field.split()]

"""What counts as a word of a text, and which words are the same to somebody who searches. Pure.

Owns both, for the index, the query and the excerpt alike: they agree since they all ask here. The tables are those of
Python's Unicode, whatever SQLite was built with. Knows nothing of queries or of the index.

A word is a run of letters and digits. Scripts that put no spaces between words, and emoji, have no such runs: there
each character is a word, and a text of several is found as a phrase, wherever it begins.
"""

import re
import unicodedata
from functools import lru_cache
from typing import Final, NamedTuple

from multichat.model.text import MARK

# Two words that are the same so far are the same.
TOKEN_LENGTH_MAX: Final = 64


class Word(NamedTuple):
    """Where a word stands in a text, and the `token` that it shares with all words that count as the same.

    `may_go_on` says whether a longer word could begin with it: not where each character is one.
    """

    token: str
    start: int
    end: int
    may_go_on: bool


def words_in(text: str) -> list[Word]:
    """The words of a text, from its beginning."""
    if text.isascii():
        return [Word(_cut(match[0].lower()), *match.span(), True) for match in _ASCII_WORD.finditer(text)]
    words = []
    for match in _WORD.finditer(text.translate(_CLASSES)):
        start, end = match.span()
        token = _token(text[start:end])
        if token:
            words.append(Word(token, start, end, match[0][0] == _LETTER))
    return words


def tokens_in(text: str) -> list[str]:
    """The tokens of the words of a text: letters and digits, and no other character of ASCII."""
    if text.isascii():
        return [_cut(word) for word in _ASCII_WORD.findall(text.lower())]
    matches = _WORD.finditer(text.translate(_CLASSES))
    return [token for match in matches if (token := _token(text[match.start() : match.end()]))]


def fold(text: str) -> str:
    """`text` without what one may leave out when one searches: capitals, accents, points, widths, ligatures."""
    # Composed first, so that a letter with its mark is looked at as one.
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", text).translate(_FOLDED))


def is_joined(character: str) -> bool:
    """Whether a character belongs to the one before it, such as an accent: no text is cut between the two."""
    return _CLASSES[ord(character)] == _JOINED or unicodedata.category(character)[0] == "M"


# --- classes of characters: one letter stands for each in a text of the same length ---

_LETTER: Final = "w"
_ALONE: Final = "c"
_JOINED: Final = "m"
_NOTHING: Final = " "

_WORD: Final = re.compile(f"{_LETTER}[{_LETTER}{_JOINED}]*|{_ALONE}{_JOINED}*")
_ASCII_WORD: Final = re.compile("[0-9A-Za-z]+")

_JOINERS: Final = frozenset("\N{ZERO WIDTH JOINER}\N{ZERO WIDTH NON-JOINER}")
_SKIN_TONES: Final = range(0x1F3FB, 0x1F400)

# Scripts without spaces in which what modifies a character is a character of its own to those who write it.
_SOUTHEAST_ASIAN: Final = (
    range(0x0E00, 0x0F00),  # Thai, Lao
    range(0x1000, 0x10A0),  # Myanmar
    range(0x1780, 0x1800),  # Khmer
    range(0x1950, 0x19E0),  # Tai Le, New Tai Lue
    range(0x1A20, 0x1AB0),  # Tai Tham
    range(0xA9E0, 0xAA00),  # Myanmar
    range(0xAA60, 0xAAE0),  # Myanmar, Tai Viet
)
# Korean has spaces, but what follows a noun is written onto it.
_EAST_ASIAN: Final = (
    range(0x1100, 0x1160),  # Hangul, the first part of a syllable
    range(0x3005, 0x3008),  # marks that stand for Han
    range(0x3021, 0x302A),
    range(0x3031, 0x3100),  # Hiragana, Katakana
    range(0x3100, 0x3190),  # Bopomofo, Hangul
    range(0x31A0, 0x3200),  # Bopomofo, Katakana
    range(0x3400, 0x4DC0),  # Han
    range(0x4E00, 0xA4D0),  # Han, Yi
    range(0xA960, 0xA980),  # Hangul
    range(0xAC00, 0xD7B0),  # Hangul
    range(0xF900, 0xFB00),  # Han
    range(0xFF66, 0xFFDD),  # Katakana and Hangul in half the width
    range(0x1AFF0, 0x1B170),  # Kana
    range(0x20000, 0x40000),  # Han
)
# The later parts of a Hangul syllable, and what voices a Kana: composed they are one character.
_COMPOSING: Final = (range(0x1160, 0x1200), range(0x3099, 0x309B), range(0xD7B0, 0xD800), range(0xFF9E, 0xFFA0))


def _class_of(code_point: int) -> str:
    character = chr(code_point)
    category = unicodedata.category(character)
    is_southeast_asian = _is_in(code_point, _SOUTHEAST_ASIAN)
    if _is_in(code_point, _COMPOSING) or character in _JOINERS or code_point in _SKIN_TONES:
        return _JOINED
    if category[0] == "M":
        return _ALONE if is_southeast_asian else _JOINED
    if category[0] in "LN":
        return _ALONE if is_southeast_asian or _is_in(code_point, _EAST_ASIAN) else _LETTER
    # Emoji among them.
    return _ALONE if category == "So" and character != MARK else _NOTHING


def _is_in(code_point: int, ranges: tuple[range, ...]) -> bool:
    return any(code_point in some for some in ranges)


class _Classes(dict[int, str]):
    """The class of each code point, worked out once per code point."""

    def __missing__(self, code_point: int) -> str:
        self[code_point] = found = _class_of(code_point)
        return found


_CLASSES: Final = _Classes()


# --- folding ---

# Marks that stand above, below or inside a letter and that one may leave out. Those of other scripts are vowels.
_OPTIONAL_MARKS: Final = (
    range(0x0300, 0x0370),  # accents
    range(0x0591, 0x05C8),  # Hebrew points
    range(0x0610, 0x061B),  # Arabic vowel signs and what is written with them
    range(0x0640, 0x0641),
    range(0x064B, 0x0660),
    range(0x0670, 0x0671),
    range(0x06D6, 0x06DD),
    range(0x06DF, 0x06E5),
    range(0x06E7, 0x06E9),
    range(0x06EA, 0x06EE),
    range(0x1AB0, 0x1B00),  # more accents
    range(0x1DC0, 0x1E00),
    range(0x20D0, 0x2100),  # what encloses a symbol
    range(0xFE00, 0xFE10),  # which picture of a character is meant
    range(0xFE20, 0xFE30),
    _SKIN_TONES,
    range(0xE0100, 0xE01F0),
)
# In Cyrillic these are letters of their own.
_LETTERS_WITH_MARKS: Final = frozenset("йїў")


def _fold_character(code_point: int) -> str:
    character = chr(code_point)
    if character.lower() in _LETTERS_WITH_MARKS:
        return character.lower()
    parts = unicodedata.normalize("NFKD", character)
    return "".join(part for part in parts if not _is_optional(part)).casefold()


def _is_optional(character: str) -> bool:
    return unicodedata.category(character) == "Cf" or _is_in(ord(character), _OPTIONAL_MARKS)


class _Folded(dict[int, str]):
    """What each code point is folded to, worked out once per code point."""

    def __missing__(self, code_point: int) -> str:
        self[code_point] = found = _fold_character(code_point)
        return found


_FOLDED: Final = _Folded()


@lru_cache(maxsize=8192)
def _token(word: str) -> str:
    # A few letters are folded to several words or have signs in them.
    return _cut("".join(character for character in fold(word) if character.isalnum() or not character.isascii()))


def _cut(token: str) -> str:
    return token[:TOKEN_LENGTH_MAX]

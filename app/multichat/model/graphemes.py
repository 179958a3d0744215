"""The grammar of what a reader sees as one character: which code points make one together, and which make none. Pure.

Owns what each code point is to that grammar. Whatever it has no place for cannot be seen, or covers what stands beside
it: controls, code points that nobody has assigned, joiners and selectors that join and select nothing, towers of marks.
The tables are those of Python's Unicode: what is newer is unassigned.
"""

import re
import unicodedata
from collections.abc import Iterator
from functools import cache
from typing import Final

# Every code point is of one class, and every class is a letter: a text is looked at by an expression over as many.
REFUSED: Final = "x"
FIRST_ISOLATE: Final = "F"
POP_ISOLATE: Final = "P"
_ISOLATES: Final = {"\N{FIRST STRONG ISOLATE}": FIRST_ISOLATE, "\N{POP DIRECTIONAL ISOLATE}": POP_ISOLATE}
# Nothing can be joined to a space or a break of a line.
_SPACE: Final = " "
_BREAK: Final = "\n"
_PLAIN: Final = "."
# Signs that become keys with a frame around them, and that frame.
_KEY: Final = "d"
_KEYCAP: Final = "K"
_PICTURE: Final = "p"
_SKIN: Final = "t"
_FLAG_HALF: Final = "k"
# Han may be followed by a selector that says how it is written, Mongolian by one of another kind.
_HAN: Final = "c"
_MONGOLIAN: Final = "g"
_INDIC: Final = "a"
# From right to left: letters that join, and all else.
_JOINING: Final = "b"
_RIGHT_TO_LEFT: Final = "q"
_HANGUL_FIRST: Final = "L"
_HANGUL_MIDDLE: Final = "V"
_HANGUL_LAST: Final = "T"
_HANGUL: Final = "H"
# Marks of one script, those of them that join two letters, and marks that any letter can have and that pile up.
_MARK: Final = "m"
_VIRAMA: Final = "h"
_PILING: Final = "z"
_JOINER: Final = "j"
_NON_JOINER: Final = "n"
_LOOK: Final = "e"
_HAN_SELECTOR: Final = "i"
_MONGOLIAN_SELECTOR: Final = "f"

# Enough for Vietnamese, Hebrew with all its points, and Burmese; more cover the lines above and below.
_MARKS: Final = "[zmh]{0,4}+[mh]{0,4}+"

# What a grapheme begins with, and what else may belong to it.
_GRAPHEMES: Final = (
    ("[ \\nFP]", ""),
    ("[.qt]", _MARKS),
    ("a", "(?:[zm]|[jn]?h[jn]?){0,8}+"),
    ("b", f"{_MARKS}(?:n(?=b)|j(?!b))?+"),
    ("c", f"i?{_MARKS}"),
    # No emoji has more than four parts.
    ("p", f"e?t?{_MARKS}(?:jpe?t?){{0,3}}+"),
    ("d", f"(?:e?K|{_MARKS})"),
    ("k", "k?"),
    ("H", f"V{{0,2}}T{{0,3}}{_MARKS}"),
    ("L", f"L{{0,2}}(?:V{{1,3}}T{{0,3}})?{_MARKS}"),
    ("g", f"f?{_MARKS}"),
)

# What is a character by itself, and stays one whichever of these stands beside it.
_SIMPLE: Final = re.compile("[.cqbdapHgt \\nFP]*")


@cache
def _seen() -> re.Pattern[str]:
    # Of graphemes that begin alike only the last has more to it: so a run of them is found at once.
    return re.compile(f"(?:{'|'.join(f'{first}++{more}' for first, more in _GRAPHEMES)})++")


@cache
def _grapheme() -> re.Pattern[str]:
    return re.compile("|".join(f"{first}{more}" for first, more in _GRAPHEMES) + "|.", re.DOTALL)


def classes_of(text: str) -> str:
    """The class of each code point of `text`."""
    return text.translate(_CLASSES)


def is_simple(classes: str) -> bool:
    """Whether all of a text is to be seen, each code point by itself."""
    return _SIMPLE.fullmatch(classes) is not None


def unseen(classes: str) -> Iterator[tuple[int, int]]:
    """Where in a text there is what the grammar has no place for, from the left: runs as long as can be."""
    end = 0
    for seen in _seen().finditer(classes):
        start = seen.start()
        if start > end:
            yield end, start
        end = seen.end()
    if end < len(classes):
        yield end, len(classes)


def graphemes(text: str) -> list[str]:
    """`text` in what a reader sees as single characters; what cannot be seen stands by itself."""
    classes = classes_of(text)
    if is_simple(classes):
        return list(text)
    return [text[found.start() : found.end()] for found in _grapheme().finditer(classes)]


# --- the class of a code point ---

# Invisible, and not of a category that says so.
_INVISIBLE: Final = frozenset(
    [0x034F, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x3164, *range(0xFE00, 0xFE0E), 0xFFA0, 0x16FE4, 0x1D159]
)
_REFUSED_CATEGORIES: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})

# Where the category of a code point does not say what it is to the grammar. The first that fits counts.
_BLOCKS: Final = (
    (_LOOK, range(0xFE0E, 0xFE10)),
    (_HAN_SELECTOR, range(0xE0100, 0xE01F0)),
    (_MONGOLIAN_SELECTOR, range(0x180B, 0x1810)),
    (_KEYCAP, range(0x20E3, 0x20E4)),
    (_SKIN, range(0x1F3FB, 0x1F400)),
    (_FLAG_HALF, range(0x1F1E6, 0x1F200)),
    (_PICTURE, range(0x1F000, 0x1FB00)),
    (_HANGUL_FIRST, range(0x1100, 0x1160)),
    (_HANGUL_FIRST, range(0xA960, 0xA97D)),
    (_HANGUL_MIDDLE, range(0x1161, 0x11A8)),
    (_HANGUL_MIDDLE, range(0xD7B0, 0xD7C7)),
    (_HANGUL_LAST, range(0x11A8, 0x1200)),
    (_HANGUL_LAST, range(0xD7CB, 0xD7FC)),
    (_HANGUL, range(0xAC00, 0xD7A4)),
)
_SINGLE_PICTURES: Final = frozenset([0xA9, 0xAE, 0x203C, 0x2049, 0x2122, 0x2139, 0x3030, 0x303D, 0x3297, 0x3299])
_PICTURES_AMONG_SIGNS: Final = (
    range(0x2190, 0x2500),
    range(0x25AA, 0x2800),
    range(0x2900, 0x2C00),
)
_PILING_BLOCKS: Final = (
    range(0x0300, 0x0370),
    range(0x0483, 0x048A),
    range(0x1AB0, 0x1B00),
    range(0x1DC0, 0x1E00),
    range(0x20D0, 0x2100),
    range(0x302A, 0x3030),
    range(0x3099, 0x309B),
    range(0xA66F, 0xA67E),
    range(0xFE20, 0xFE30),
)
_LETTERS: Final = (
    (_HAN, range(0x3400, 0x4DC0)),
    (_HAN, range(0x4E00, 0xA000)),
    (_HAN, range(0xF900, 0xFB00)),
    (_HAN, range(0x20000, 0x32400)),
    (_MONGOLIAN, range(0x1820, 0x18AB)),
    (_INDIC, range(0x0900, 0x0E00)),
    (_INDIC, range(0x1000, 0x10A0)),
    (_INDIC, range(0x1780, 0x17D4)),
    (_INDIC, range(0x1A20, 0x1A55)),
    (_INDIC, range(0x1B00, 0x1C00)),
    (_INDIC, range(0xA800, 0xAC00)),
    (_INDIC, range(0x11000, 0x12000)),
)
_HEBREW: Final = (range(0x0590, 0x0600), range(0xFB1D, 0xFB50))

# The class of a mark that joins letters, in Unicode's table of marks.
_VIRAMA_CLASS: Final = 9
_SINGLE: Final = {
    "\n": _BREAK,
    " ": _SPACE,
    "\N{ZERO WIDTH JOINER}": _JOINER,
    "\N{ZERO WIDTH NON-JOINER}": _NON_JOINER,
    # One of ours and one that somebody has written look the same: they are treated alike.
    "\N{REPLACEMENT CHARACTER}": REFUSED,
    **_ISOLATES,
    **dict.fromkeys("0123456789#*", _KEY),
}


def _class_of(code_point: int) -> str:
    character = chr(code_point)
    category = unicodedata.category(character)
    if found := _SINGLE.get(character):
        return found
    if category in _REFUSED_CATEGORIES or code_point in _INVISIBLE:
        return REFUSED
    found = _among(code_point, _BLOCKS)
    return found or (_class_of_mark if category[0] == "M" else _class_of_sign)(code_point, category)


def _class_of_mark(code_point: int, category: str) -> str:
    if category == "Me" or _is_in(code_point, _PILING_BLOCKS):
        return _PILING
    return _VIRAMA if unicodedata.combining(chr(code_point)) == _VIRAMA_CLASS else _MARK


def _class_of_sign(code_point: int, category: str) -> str:
    if unicodedata.bidirectional(chr(code_point)) in {"R", "AL", "AN"}:
        joins = category[0] == "L" and not _is_in(code_point, _HEBREW)
        return _JOINING if joins else _RIGHT_TO_LEFT
    if code_point in _SINGLE_PICTURES or _is_in(code_point, _PICTURES_AMONG_SIGNS):
        return _PICTURE
    return _among(code_point, _LETTERS) or _PLAIN


def _among(code_point: int, blocks: tuple[tuple[str, range], ...]) -> str:
    return next((name for name, block in blocks if code_point in block), "")


def _is_in(code_point: int, blocks: tuple[range, ...]) -> bool:
    return any(code_point in block for block in blocks)


class _Classes(dict[int, str]):
    """The class of each code point, worked out once per code point."""

    def __missing__(self, code_point: int) -> str:
        self[code_point] = found = _class_of(code_point)
        return found


_CLASSES: Final = _Classes()

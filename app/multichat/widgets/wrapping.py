"""Text cut into rows that fit a width in terminal cells.

Owns where a text may break, how a name is shortened, and how many cells a text may take: terminals do not agree on
that, so the most counts that any of them draws. Knows nothing of messages, gutters or styles.
"""

import re
from bisect import bisect_right
from collections.abc import Iterator
from functools import lru_cache
from itertools import accumulate
from typing import Final
from unicodedata import category

from rich.cells import get_character_cell_size

from multichat.model.text import reisolated, unisolated

# A wide character needs two cells: nothing narrower can show every text.
WIDTH_MIN: Final = 2

_ELLIPSIS: Final = "\N{HORIZONTAL ELLIPSIS}"

# Kinds of characters that East Asian text does not begin, and does not end, a row with.
_CLOSING: Final = frozenset({"Pe", "Pf", "Po", "Lm"})
_OPENING: Final = frozenset({"Ps", "Pi"})

_JOINER: Final = "\N{ZERO WIDTH JOINER}"

# Up to here all is one cell wide, on every terminal.
_NARROW_MAX: Final = "\u02ff"

# What some terminals draw wider than the tables say: a picture that a selector asks for, what joins pictures, a colour
# of the skin beside what it colours, both halves of a flag, vowels that stand beside their letter.
_ONE_CELL: Final = frozenset({0x200C, 0x200D, 0xFE0F})
_HANGUL_PARTS: Final = range(0xD7B0, 0xD800)
_SKIN_TONES: Final = range(0x1F3FB, 0x1F400)
_FLAG_HALVES: Final = range(0x1F1E6, 0x1F200)
_HANDS_AND_PEOPLE: Final = (0x261D, 0x26F9, 0x270C, 0x270D, 0x1F3CB, 0x1F3CC, 0x1F574, 0x1F575, 0x1F590)
_WIDE_SOMEWHERE: Final = frozenset([0x17A4, 0x17D8, *range(0x3248, 0x3250), *_HANDS_AND_PEOPLE, 0x1F93B, 0x1F946])


class _Cells(dict[int, int]):
    """How many cells a code point takes at most, worked out once for each."""

    def __missing__(self, code_point: int) -> int:
        self[code_point] = found = _cells_of(code_point)
        return found


def _cells_of(code_point: int) -> int:
    if code_point in _WIDE_SOMEWHERE or code_point in _SKIN_TONES or code_point in _FLAG_HALVES:
        return 2
    if code_point in _ONE_CELL or code_point in _HANGUL_PARTS or category(chr(code_point)) == "Mc":
        return 1
    return get_character_cell_size(chr(code_point))


_CELLS: Final = _Cells()
_BREAK: Final = ord("\n")
_CELLS[_BREAK] = 0


# Enough for the rows around the screen at its highest; short, because one text may be long.
@lru_cache(maxsize=512)
def wrap(text: str, width: int) -> tuple[str, ...]:
    """The rows of `text`: each keeps the spaces and the line break that end it, so that together they are the text.

    Without those, no row is wider than `width` cells (or WIDTH_MIN, if that is more), unless it is a single character:
    one with many marks beside it takes up to nine.
    """
    width = max(width, WIDTH_MIN)
    *broken_lines, last_line = text.split("\n")
    rows: list[str] = []
    for line in broken_lines:
        rows.extend(_wrap_line(line, width))
        rows[-1] += "\n"
    return (*rows, *_wrap_line(last_line, width))


def cells(text: str) -> int:
    """How many cells `text` takes at most: no terminal draws it wider."""
    if text.isascii() or max(text) <= _NARROW_MAX:
        return len(text)
    return sum(map(_CELLS.__getitem__, map(ord, text)))


def row_at(rows: tuple[str, ...], offset: int) -> int:
    """Which of `rows` holds the character at `offset` of their text."""
    return min(bisect_right(list(accumulate(map(len, rows))), offset), len(rows) - 1)


def shorten(text: str, width: int) -> str:
    """`text` on at most `width` cells, ending in an ellipsis where it was cut."""
    if cells(text) <= width:
        return text
    kept, left = "", width - len(_ELLIPSIS)
    for grapheme in _graphemes(unisolated(text), width):
        left -= cells(grapheme)
        if left < 0:
            break
        kept += grapheme
    return reisolated(text, kept + _ELLIPSIS)


def _wrap_line(line: str, width: int) -> list[str]:
    if line.isascii():
        return _wrap_ascii(line, width) if len(line) > width else [line]
    return _wrap_cells(line, width) if cells(line) > width else [line]


def _graphemes(text: str, width: int) -> Iterator[str]:
    """The graphemes of `text`, in their parts where one is too wide for a row: a family is so many people then."""
    if text.isascii():
        yield from text
        return
    from multichat.model.graphemes import graphemes  # noqa: PLC0415 (few texts need them)

    for grapheme in graphemes(text):
        if _JOINER in grapheme and cells(grapheme) > width:
            yield from re.findall(f"[^{_JOINER}]+{_JOINER}*", grapheme)
        else:
            yield grapheme


def _wrap_ascii(line: str, width: int) -> list[str]:
    rows, start = [], 0
    while len(line) - start > width:
        end = _ascii_break(line, start, width)
        rows.append(line[start:end])
        start = end
    return [*rows, line[start:]] if start < len(line) else rows


def _ascii_break(line: str, start: int, width: int) -> int:
    # A space that would be the first outside still ends the row: it is not seen.
    space = line.rfind(" ", start, start + width + 1)
    if space < 0 or line[start:space].isspace() or space == start:
        return start + width
    end = space + 1
    while line.startswith(" ", end):
        end += 1
    return end


def _wrap_cells(line: str, width: int) -> list[str]:
    """Like `_wrap_ascii`, by cells; a row may also end beside a wide character, which is a word or a syllable."""
    rows: list[str] = []
    start = row_start = used = break_at = used_at_break = 0
    previous = ""
    for grapheme in _graphemes(line, width):
        character = grapheme[0]
        taken = _CELLS[ord(character)] if len(grapheme) == 1 else cells(grapheme)
        if _may_part(previous, character):
            break_at, used_at_break = start, used
        # What was moved to the next row with it may leave too little there.
        while used + taken > width and start > row_start and not character.isspace():
            if break_at <= row_start or line[row_start:break_at].isspace():
                break_at, used_at_break = start, used
            rows.append(line[row_start:break_at])
            row_start, used = break_at, used - used_at_break
        start, used, previous = start + len(grapheme), used + taken, character
    return [*rows, line[row_start:]]


# A text has few characters, and their neighbours are few.
@lru_cache(maxsize=4096)
def _may_part(before: str, after: str) -> bool:
    if before.isspace() or after.isspace():
        return before.isspace() and not after.isspace()
    if all(_CELLS[ord(character)] < 2 for character in before + after):
        return False
    return category(after) not in _CLOSING and (not before or category(before) not in _OPENING)

"""Text cut into rows that fit a width in terminal cells.

Owns where a text may break and how a name is shortened. Knows nothing of messages, gutters or styles.
"""

import re
from bisect import bisect_right
from functools import lru_cache
from itertools import accumulate
from typing import Final
from unicodedata import category

from rich.cells import cell_len, split_graphemes

# A wide character needs two cells: nothing narrower can show every text.
WIDTH_MIN: Final = 2

_FIRST_STRONG_ISOLATE: Final = "\N{FIRST STRONG ISOLATE}"
_POP_ISOLATE: Final = "\N{POP DIRECTIONAL ISOLATE}"
_ELLIPSIS: Final = "\N{HORIZONTAL ELLIPSIS}"

# Kinds of characters that East Asian text does not begin, and does not end, a row with.
_CLOSING: Final = frozenset({"Pe", "Pf", "Po", "Lm"})
_OPENING: Final = frozenset({"Ps", "Pi"})

# Cells are counted as if whatever follows a joiner took no room, which is true of joined pictographs only: terminals
# draw joined letters side by side, and a row of them would run over its end. No emoji joins as many as the longest
# chain here.
_JOINER: Final = "\N{ZERO WIDTH JOINER}"
_PICTOGRAPH: Final = "[\u2190-\u2bff\U0001f000-\U0001faff]"
_JOINED: Final = f"(?:{_PICTOGRAPH}\ufe0f?{_JOINER})"
_LOOSE_JOINERS: Final = re.compile(
    f"(?<![\u2190-\u2bff\U0001f000-\U0001faff\ufe0f]){_JOINER}|{_JOINER}(?!{_PICTOGRAPH})|{_JOINED}{{5,}}"
)


# Enough for the rows around the screen at its highest; short, because one text may be long.
@lru_cache(maxsize=512)
def wrap(text: str, width: int) -> tuple[str, ...]:
    """The rows of `text`: each keeps the spaces and the line break that end it, so that together they are the text.

    Without those, no row is wider than `width` cells (or WIDTH_MIN, if that is more).
    """
    width = max(width, WIDTH_MIN)
    *broken_lines, last_line = text.split("\n")
    rows: list[str] = []
    for line in broken_lines:
        rows.extend(_wrap_line(line, width))
        rows[-1] += "\n"
    return (*rows, *_wrap_line(last_line, width))


def drawable(text: str) -> str:
    """`text` without the joiners that would make it wider on a terminal than its count of cells."""
    return _LOOSE_JOINERS.sub(lambda found: found[0].replace(_JOINER, ""), text) if _JOINER in text else text


def row_at(rows: tuple[str, ...], offset: int) -> int:
    """Which of `rows` holds the character at `offset` of their text."""
    return min(bisect_right(list(accumulate(map(len, rows))), offset), len(rows) - 1)


def shorten(text: str, width: int) -> str:
    """`text` on at most `width` cells, ending in an ellipsis where it was cut."""
    if cell_len(text) <= width:
        return text
    plain, kept, used = unisolated(text), "", 0
    for start, end, cells in split_graphemes(plain)[0]:
        if used + cells >= width:
            break
        kept, used = kept + plain[start:end], used + cells
    return reisolated(text, kept + _ELLIPSIS)


def unisolated(text: str) -> str:
    """`text` without the marks that keep its direction to itself: what its author wrote."""
    return text.replace(_FIRST_STRONG_ISOLATE, "").replace(_POP_ISOLATE, "")


def is_isolated(text: str) -> bool:
    """Whether the direction of `text` is kept to itself."""
    return _FIRST_STRONG_ISOLATE in text


def reisolated(text: str, piece: str) -> str:
    """`piece` of `text`, its direction kept to itself as that of the whole was."""
    if not is_isolated(text):
        return piece
    return f"{_FIRST_STRONG_ISOLATE}{unisolated(piece)}{_POP_ISOLATE}"


def _wrap_line(line: str, width: int) -> list[str]:
    if line.isascii():
        return _wrap_ascii(line, width) if len(line) > width else [line]
    return _wrap_cells(line, width) if cell_len(line) > width else [line]


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
    row_start = used = break_at = used_at_break = 0
    previous, previous_cells = "", 0
    for start, _, cells in split_graphemes(line)[0]:
        character = line[start]
        if _may_part(previous, previous_cells, character, cells):
            break_at, used_at_break = start, used
        if used + cells > width and not character.isspace():
            if break_at <= row_start or line[row_start:break_at].isspace():
                break_at, used_at_break = start, used
            rows.append(line[row_start:break_at])
            row_start, used = break_at, used - used_at_break
        used += cells
        previous, previous_cells = character, cells
    return [*rows, line[row_start:]]


def _may_part(before: str, before_cells: int, after: str, after_cells: int) -> bool:
    if before.isspace() or after.isspace():
        return before.isspace() and not after.isspace()
    if before_cells < 2 and after_cells < 2:
        return False
    return category(after) not in _CLOSING and (not before or category(before) not in _OPENING)

"""Columns that stay where they are, whatever a terminal makes of the text before them.

Terminals do not agree on the width of an emoji of several parts, of a flag, of a vowel that stands beside its letter.
One that thinks otherwise than we do would move all that follows in the line, and the frame with it. So blanks are
written where such a text is to stand, then the text, and then the cursor is told where to go on. Owns that; knows
nothing of what is written but the sequences that put the cursor somewhere and those that colour.
"""

import re
from collections.abc import Iterator
from functools import cache
from typing import Final

from rich.cells import cell_len
from textual.driver import Driver

# Drawn alike everywhere: Latin, punctuation, what frames are made of. Most other letters are too, but it costs next to
# nothing to take them for disputed, and more than that to tell them apart.
_AGREED: Final = "\x00-\u02ff\u2010-\u25fc"

_ESCAPE: Final = "\x1b"
_RESET: Final = "\x1b[0m"

# So many blanks end a column; a single one is a space between words, unless it was painted by itself.
_BLANKS_MIN: Final = 2


def anchoring(driver: type[Driver]) -> type[Driver]:
    """A driver that does as `driver` does, but writes what is anchored."""

    def write(self: Driver, data: str) -> None:
        driver.write(self, anchored(data))

    return type(driver.__name__, (driver,), {"write": write})


def anchored(written: str) -> str:
    """What to write to a terminal in place of `written`, so that what is disputed moves nothing.

    It begins where the cursor is put somewhere for the first time: before that nobody knows the column.
    """
    if not _is_disputed(written):
        return written
    return "".join(_anchored(_sequence().split(written)))


class _Field:
    """What stands in a line from a known column on, up to the blanks that end it; 0 is a column that nobody knows."""

    def __init__(self, column: int) -> None:
        self._column = column
        self._width = 0
        self._is_disputed = False
        self._colour = ""
        self._pieces: list[str] = []
        self._blanks = ""

    def put(self, sequence: str) -> None:
        """Add a sequence that moves nothing."""
        if sequence.endswith("m"):
            self._colour = sequence
        self._pieces.append(sequence)

    def write(self, text: str) -> bool:
        """Add a text; whether it ends here."""
        seen = text.rstrip(" ")
        is_over = not seen or len(text) - len(seen) >= _BLANKS_MIN
        self._width += cell_len(text)
        self._is_disputed |= _is_disputed(text)
        if _ESCAPE in text:
            # Half of a sequence: it was written in parts.
            self._column = 0
        self._pieces.append(seen if is_over else text)
        self._blanks = text[len(seen) :] if is_over else ""
        return is_over

    @property
    def end(self) -> int:
        """The column behind it."""
        return self._column + self._width if self._column else 0

    def __str__(self) -> str:
        written = "".join(self._pieces)
        if not self._column or not self._is_disputed:
            return written + self._blanks
        blank = f"{self._colour}{' ' * self._width}{_RESET}"
        return f"{blank}{_go_to(self._column)}{written}{_go_to(self.end)}"


def _anchored(pieces: list[str]) -> Iterator[str]:
    """`pieces` are texts and, between them, sequences."""
    field = _Field(0)
    for text, sequence in zip(pieces[::2], [*pieces[1::2], ""], strict=True):
        if text and field.write(text):
            yield str(field)
            field = _Field(field.end)
        put = _position().fullmatch(sequence)
        if put is None and sequence != "\n":
            field.put(sequence)
        else:
            yield str(field) + sequence
            field = _Field(int(put[1]) if put else 0)
    yield str(field)


def _go_to(column: int) -> str:
    return f"\x1b[{column}G"


def _is_disputed(text: str) -> bool:
    return not text.isascii() and _disputed().search(text) is not None


@cache
def _disputed() -> re.Pattern[str]:
    return re.compile(f"[^{_AGREED}]")


@cache
def _sequence() -> re.Pattern[str]:
    return re.compile("(\x1b\\[[0-?]*[ -/]*[@-~]|\x1b\\][^\x07\x1b]*(?:\x07|\x1b\\\\)|\n)")


@cache
def _position() -> re.Pattern[str]:
    return re.compile("\x1b\\[\\d+;(\\d+)H")

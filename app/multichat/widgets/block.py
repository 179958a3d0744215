"""A message as the rows that it takes on a screen of some width.

Owns what stands above a message (the line of its day) and when its author need not be named again. Knows nothing of
styles.
"""

from dataclasses import dataclass
from datetime import date
from typing import Final

from multichat.model.message import Message
from multichat.widgets.clock import local_time
from multichat.widgets.window import Window
from multichat.widgets.wrapping import drawable, wrap

# Somebody who goes on talking is not named again; after a pause one wonders who it was.
_SAME_BREATH_MS: Final = 5 * 60 * 1000

# The row of a block that is the line of the day; the text begins at row 0.
DAY_ROW: Final = -1


@dataclass(frozen=True, slots=True)
class Block:
    """One message laid out: `day` if its day begins with it, `named` unless its author has just been speaking."""

    message: Message
    day: date | None
    named: bool
    rows: tuple[str, ...]

    @property
    def first_row(self) -> int:
        """The row that is its top: the line of the day, if it has one."""
        return 0 if self.day is None else DAY_ROW

    @property
    def height(self) -> int:
        """How many lines it takes."""
        return len(self.rows) - self.first_row


def block_at(window: Window, index: int, text_width: int) -> Block:
    """The message of `window` at `index`, laid out after its predecessor."""
    message = window[index]
    rows = wrap(drawable(message.text), text_width)
    day = local_time(message.timestamp_ms).date()
    if index == 0:
        return Block(message, day, named=True, rows=rows)
    previous = window[index - 1]
    if local_time(previous.timestamp_ms).date() != day:
        return Block(message, day, named=True, rows=rows)
    return Block(message, None, named=not _continues(previous, message), rows=rows)


def _continues(previous: Message, message: Message) -> bool:
    return (
        previous.feed == message.feed
        and previous.nickname == message.nickname
        and message.timestamp_ms - previous.timestamp_ms < _SAME_BREATH_MS
    )

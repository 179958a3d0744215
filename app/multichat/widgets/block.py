"""A message as the rows that it takes on a screen of some width.

Owns what stands above a message (the line of its day, the line where one left off) and when its author need not be
named again. Knows nothing of styles.
"""

from collections.abc import Iterator
from datetime import date
from enum import Enum
from typing import Final, NamedTuple

from multichat.model.message import Message, Position
from multichat.widgets.clock import local_time
from multichat.widgets.window import Window
from multichat.widgets.wrapping import wrap

# Somebody who goes on talking is not named again; after a pause one wonders who it was.
_SAME_BREATH_MS: Final = 5 * 60 * 1000


class Heading(Enum):
    """A line above a message."""

    DAY = "day"
    LEFT_OFF = "left off"


class Block(NamedTuple):
    """One message laid out, `named` unless its author has just been speaking; the text begins at row 0."""

    message: Message
    headings: tuple[Heading, ...]
    named: bool
    rows: tuple[str, ...]

    @property
    def first_row(self) -> int:
        """The row that is its top: headings have rows below 0, the lowest of them -1."""
        return -len(self.headings)

    def heading(self, row: int) -> Heading:
        """What stands in a row below 0."""
        return self.headings[row]

    @property
    def height(self) -> int:
        """How many lines it takes."""
        return len(self.rows) - self.first_row


def block_at(window: Window, index: int, text_width: int, left_off: Position | None = None) -> Block:
    """The message of `window` at `index`, laid out after its predecessor; one left off at `left_off`."""
    message = window[index]
    previous = window[index - 1] if index else None
    headings = tuple(_headings(previous, message, left_off))
    is_named = bool(headings) or previous is None or not _continues(previous, message)
    return Block(message, headings, is_named, wrap(message.text, text_width))


def _headings(previous: Message | None, message: Message, left_off: Position | None) -> Iterator[Heading]:
    if previous is None or _day(previous) != _day(message):
        yield Heading.DAY
    if left_off is not None and previous is not None and previous.position <= left_off < message.position:
        yield Heading.LEFT_OFF


def _day(message: Message) -> date:
    return local_time(message.timestamp_ms).date()


def _continues(previous: Message, message: Message) -> bool:
    return (
        previous.feed == message.feed
        and previous.nickname == message.nickname
        and message.timestamp_ms - previous.timestamp_ms < _SAME_BREATH_MS
    )

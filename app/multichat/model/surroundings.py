"""What was said around a message that was found. Pure but for the history it reads.

Owns how much of it is read, and which part of a long text is kept: of the message that was found the part in which it
was, of the others the beginning. Counts characters, and knows nothing of cells.
"""

from bisect import bisect_right
from dataclasses import dataclass, replace
from typing import Final

from multichat.model.conversation import History
from multichat.model.excerpt import hits
from multichat.model.finder import Hit
from multichat.model.message import Message
from multichat.model.words import is_joined

_ELLIPSIS: Final = "\N{HORIZONTAL ELLIPSIS}"

# How far a cut is moved so that no word is cut.
_SHIFT_MAX: Final = 12


@dataclass(frozen=True, slots=True)
class Surroundings:
    """A message that was found, and those before and after it, oldest first; long texts are cut."""

    before: tuple[Message, ...]
    found: Message
    after: tuple[Message, ...]


@dataclass(frozen=True, slots=True)
class Space:
    """How much is to be read: `count` messages on each side, and of each text as many rows of `width` characters.

    A text of many short lines takes as many rows as it has lines; one of wide characters may take twice as many on a
    screen.
    """

    count: int
    width: int
    rows: int
    found_rows: int


def surroundings(history: History, hit: Hit, space: Space) -> Surroundings:
    """What `history` has around a hit.

    The message itself is the one that was found: it is there even if the history has lost it since. Raises StoreError.
    """
    position = hit.message.position
    spans = hits(hit.message.record.text, hit.query)
    return Surroundings(
        tuple(_cut(message, 0, space.rows, space.width) for message in history.before(position, space.count)),
        _cut(hit.message, spans[0][0] if spans else 0, space.found_rows, space.width),
        tuple(_cut(message, 0, space.rows, space.width) for message in history.after(position, space.count)),
    )


def part(text: str, at: int, rows: int, width: int) -> str:
    """As much of `text` around the character `at` as fits on `rows` rows of `width` characters, marked where it is cut.

    A third of the rows, if so much is there, stands before that character.
    """
    starts = _row_starts(text, width)
    if len(starts) <= rows:
        return text
    first = min(max(bisect_right(starts, at) - 1 - rows // 3, 0), len(starts) - rows)
    start, end = starts[first], [*starts, len(text)][first + rows]
    if start > 0:
        start = _without_cut(text, range(start, min(start + _SHIFT_MAX, at + 1)))
    if end < len(text):
        # The mark has a place of its own.
        end = max(end - 1, at + 1)
        end = _without_cut(text, range(end, max(end - _SHIFT_MAX, at), -1))
    kept = text[start:end].rstrip()
    return (_ELLIPSIS + kept.lstrip() if start else kept) + _ELLIPSIS * (end < len(text))


def _without_cut(text: str, places: range) -> int:
    """The first of `places` where a text can be cut between words, or else without taking an accent from its letter."""
    between_words = (place for place in places if text[place - 1].isspace() or text[place].isspace())
    between_letters = (place for place in places if not is_joined(text[place]))
    return next(between_words, next(between_letters, places[0]))


def _row_starts(text: str, width: int) -> list[int]:
    """Where rows of `width` characters begin: every line begins one."""
    starts: list[int] = []
    line_start = 0
    for line in text.split("\n"):
        starts += range(line_start, line_start + max(len(line), 1), width)
        line_start += len(line) + 1
    return starts


def _cut(message: Message, at: int, rows: int, width: int) -> Message:
    text = part(message.record.text, at, rows, width)
    return message if text is message.record.text else replace(message, record=message.record._replace(text=text))

"""A search in a room: what somebody types, and the messages that it finds.

Owns the step from a text to hits that can be shown. Knows the index, and neither screens nor clocks: both are given.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from multichat.model.excerpt import Excerpt, excerpt
from multichat.model.message import Message, Position
from multichat.model.query import Query
from multichat.model.search import SearchIndex
from multichat.model.text import SafeText


@dataclass(frozen=True, slots=True)
class Hit:
    """A message that was found, and what had been asked for."""

    message: Message
    query: Query

    def excerpt(self, length: int) -> Excerpt:
        """The part of the message, of at most `length` characters on one line, that shows why it was found."""
        return excerpt(SafeText(" ".join(self.message.text.split())), self.query, length)


class Finder:
    """Searches one room. `horizon_ms` says up to when messages are shown, `now` what time it is where the reader is."""

    def __init__(self, index: SearchIndex, horizon_ms: Callable[[], int], now: Callable[[], datetime]) -> None:
        self._index = index
        self._horizon_ms = horizon_ms
        self._now = now

    @property
    def unread(self) -> int:
        """How much of the history is still to be read: what is said there is not found yet."""
        return self._index.unread

    def advance(self) -> bool:
        """Read on, for a few milliseconds; whether there is more. Raises StoreError."""
        return self._index.advance()

    def find(self, text: str, before: Position | None, count: int) -> Sequence[Hit]:
        """The last `count` messages before `before` that `text` asks for, newest first.

        Raises UsageError for a text that asks for nothing or cannot be read, and StoreError.
        """
        query = Query.parse(text, today=self._now().date(), zone=None)
        messages = self._index.search(query, before, count, until_ms=self._horizon_ms())
        return [Hit(message, query) for message in messages]

    def close(self) -> None:
        """Let go of the index."""
        self._index.close()

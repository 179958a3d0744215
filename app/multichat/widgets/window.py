"""The loaded window of a conversation: the consecutive messages around the one that is being read.

Owns which part of the history is in memory, and keeps it small whatever the length of the whole. Knows nothing of
widths, rows or screens.
"""

from bisect import bisect_left, insort
from collections.abc import Iterable
from operator import attrgetter
from typing import Final

from multichat.model.conversation import History
from multichat.model.message import Message, Position

# A screen and what is around it: read from a disk well within one frame, the first one included.
PAGE_SIZE: Final = 100

_position = attrgetter("position")


class Window:
    """Consecutive messages of a history, in its order."""

    def __init__(self, history: History, page_size: int = PAGE_SIZE) -> None:
        self._history = history
        self._page_size = page_size
        self._messages: list[Message] = []
        self.reaches_start = False
        self.reaches_end = False
        self.load_end()

    def __len__(self) -> int:
        return len(self._messages)

    def __getitem__(self, index: int) -> Message:
        return self._messages[index]

    def index(self, position: Position) -> int:
        """Where the message at `position` is, or would be."""
        return bisect_left(self._messages, position, key=_position)

    def has(self, position: Position) -> bool:
        """Whether the message at `position` is in it."""
        index = self.index(position)
        return index < len(self) and self[index].position == position

    def load_start(self) -> None:
        """Go to the very first messages."""
        self._messages = list(self._history.after(None, self._page_size))
        self.reaches_start, self.reaches_end = True, len(self) < self._page_size

    def load_end(self) -> None:
        """Go to the very last messages."""
        self._messages = list(self._history.before(None, self._page_size))
        self.reaches_start, self.reaches_end = len(self) < self._page_size, True

    def load_around(self, position: Position) -> None:
        """Read again what is around `position`."""
        before = self._history.before(position, self._page_size)
        after = self._history.after(before[-1].position if before else None, self._page_size)
        self._messages = [*before, *after]
        self.reaches_start, self.reaches_end = len(before) < self._page_size, len(after) < self._page_size

    def hold(self, position: Position, margin: int) -> int:
        """Load until there are `margin` messages on both sides of `position`, or all; drop what is far away.

        Returns where the message at `position` is now.
        """
        while not self.reaches_start and self.index(position) < margin:
            self._grow_before()
        while not self.reaches_end and len(self) - self.index(position) <= margin:
            self._grow_after()
        # Pages dropped only to be read again at the next line would make scrolling slow.
        self._drop_beyond(self.index(position), margin + 2 * self._page_size)
        return self.index(position)

    def covered(self, messages: Iterable[Message]) -> list[Message]:
        """Those of `messages` that belong inside the window: the rest is read when it is reached."""
        return [message for message in messages if self._covers(message.position)]

    def insert(self, messages: Iterable[Message]) -> None:
        """Put each message where it belongs, if that is inside the window."""
        for message in self.covered(messages):
            if not self.has(message.position):
                insort(self._messages, message, key=_position)

    def _covers(self, position: Position) -> bool:
        # An empty window is a whole history.
        return (self.reaches_start or position > self._messages[0].position) and (
            self.reaches_end or position < self._messages[-1].position
        )

    def _grow_before(self) -> None:
        page = self._history.before(self[0].position, self._page_size)
        self._messages[:0] = page
        self.reaches_start = len(page) < self._page_size

    def _grow_after(self) -> None:
        page = self._history.after(self[-1].position, self._page_size)
        self._messages.extend(page)
        self.reaches_end = len(page) < self._page_size

    def _drop_beyond(self, index: int, distance: int) -> None:
        if len(self) > index + distance:
            del self._messages[index + distance :]
            self.reaches_end = False
        if index > distance:
            del self._messages[: index - distance]
            self.reaches_start = False

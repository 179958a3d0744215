"""What one wrote before, to be called back into the box. Pure.

Owns the walk from the newest text to older ones and back to what was being written, and how much is kept. Knows neither
keys nor where the texts are stored.
"""

from collections import deque
from collections.abc import Iterable

from multichat.limits import RECALL_LENGTH_MAX, RECALL_MAX


class Recall:
    """The texts, oldest first, and where among them one is: after the newest, unless one walks."""

    def __init__(self, entries: Iterable[str] = ()) -> None:
        self._entries: deque[str] = deque()
        self._length = 0
        self._place = 0
        # What was in the box at a place one has left, where it is not the entry itself: nothing written is lost by
        # looking at something else. The place after the newest is the draft's.
        self._left: dict[int, str] = {}
        for entry in entries:
            self.add(entry)

    @property
    def entries(self) -> tuple[str, ...]:
        """All that is kept, oldest first."""
        return tuple(self._entries)

    @property
    def is_walking(self) -> bool:
        """Whether an entry is in the box, or what one made of it."""
        return self._place < len(self._entries)

    def add(self, text: str) -> None:
        """Keep `text` as the newest, and end the walk."""
        if text and (not self._entries or self._entries[-1] != text):
            self._entries.append(text)
            self._length += len(text)
            while len(self._entries) > RECALL_MAX or self._length > RECALL_LENGTH_MAX:
                self._length -= len(self._entries.popleft())
        self._end_walk()

    def forget(self, text: str) -> None:
        """Keep the newest `text` no longer: it was not sent, and is in the box again."""
        for place in reversed(range(len(self._entries))):
            if self._entries[place] == text:
                del self._entries[place]
                self._length -= len(text)
                self._end_walk()
                return

    def older(self, current: str) -> str | None:
        """The text before the one in the box, which is `current` by now; None if there is none."""
        return self._walk(current, -1)

    def newer(self, current: str) -> str | None:
        """The text after the one in the box, the draft at the end; None if one does not walk."""
        return self._walk(current, 1)

    def draft(self, current: str) -> str:
        """What is being written: `current`, or what was in the box before one looked at what is there now."""
        if not self.is_walking or current != self._entries[self._place]:
            return current
        return self._left.get(len(self._entries), "")

    def _walk(self, current: str, step: int) -> str | None:
        place = self._place + step
        if not 0 <= place <= len(self._entries):
            return None
        self._left[self._place] = current
        self._place = place
        return self._left.get(place, self._entries[place] if self.is_walking else "")

    def _end_walk(self) -> None:
        self._place = len(self._entries)
        self._left.clear()

"""What a search has found so far: read page by page, as far as one goes down. Pure but for the search it asks.

Owns where the next page begins, and that nothing is found of those whom one does not want to hear.
"""

from typing import Final

from multichat.model.conversation import Search
from multichat.model.finder import Hit
from multichat.model.message import Position
from multichat.model.muted import Unmuted

PAGE_LENGTH: Final = 50

# Where only those have said it whom one does not want to hear, so many pages are looked through before one asks again.
_PAGES_MAX: Final = 10


class Results:
    """The hits of one text, newest first; none before `read_on`."""

    def __init__(self, search: Search, history: Unmuted, text: str) -> None:
        self.hits: list[Hit] = []
        # Whether `read_on` may find more.
        self.may_be_more = bool(text.strip())
        self._search = search
        self._history = history
        self._text = text
        self._edge: Position | None = None

    def read_on(self) -> None:
        """Find one page more, if there may be one. Raises UsageError for a text that cannot be read, and StoreError."""
        for _ in range(_PAGES_MAX):
            if not self.may_be_more:
                break
            self.may_be_more = False
            page = self._search.find(self._text, self._edge, PAGE_LENGTH)
            self.may_be_more = len(page) == PAGE_LENGTH
            self._edge = page[-1].message.position if page else self._edge
            heard = [hit for hit in page if hit.message.feed not in self._history.muted]
            self.hits += heard
            if heard:
                break

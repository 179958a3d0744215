"""The conversation without those whom one does not want to hear. Pure.

Owns which feeds are left out. Their messages are kept and passed on like all others; only the reader is spared them.
"""

from collections.abc import Collection, Iterable, Sequence

from multichat.model.conversation import History
from multichat.model.message import Message, Position

# Read at a time where much is left out.
_PAGE_LENGTH = 200

# A page that nobody wants to hear is not looked through for ever: so many messages are read for one that is asked for.
_PAGES_MAX = 50


class Unmuted:
    """A history as its reader wants it. See `model.conversation.History`."""

    def __init__(self, history: History, muted: Collection[bytes] = ()) -> None:
        self._history = history
        self.muted = frozenset(muted)

    def heard(self, messages: Iterable[Message]) -> tuple[Message, ...]:
        """Those of `messages` that one wants to hear."""
        return tuple(message for message in messages if message.feed not in self.muted)

    def before(self, position: Position | None, count: int) -> Sequence[Message]:
        """See History."""
        if not self.muted:
            return self._history.before(position, count)
        found: list[Message] = []
        for _ in range(_PAGES_MAX):
            page = self._history.before(position, max(count, _PAGE_LENGTH))
            found[:0] = self.heard(page)
            if len(found) >= count or not page:
                break
            position = page[0].position
        return tuple(found[max(len(found) - count, 0) :])

    def after(self, position: Position | None, count: int) -> Sequence[Message]:
        """See History."""
        if not self.muted:
            return self._history.after(position, count)
        found: list[Message] = []
        for _ in range(_PAGES_MAX):
            page = self._history.after(position, max(count, _PAGE_LENGTH))
            found += self.heard(page)
            if len(found) >= count or not page:
                break
            position = page[-1].position
        return tuple(found[:count])

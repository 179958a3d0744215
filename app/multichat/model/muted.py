"""The conversation without those whom one does not want to hear: who is muted, and who is blocked. Pure.

Owns which feeds are left out. The messages of those who are muted are kept and passed on like all others; only the
reader is spared them.
"""

from collections.abc import Collection, Iterable, Sequence

from multichat.model.conversation import Conversation, History
from multichat.model.message import Message, Position


class Unmuted:
    """A history as its reader wants it, without the feeds `muted`. See `model.conversation.History`."""

    def __init__(self, history: History, muted: Collection[bytes] = ()) -> None:
        self._history = history
        self.muted = frozenset(muted)

    def heard(self, messages: Iterable[Message]) -> tuple[Message, ...]:
        """Those of `messages` that one wants to hear."""
        return tuple(message for message in messages if message.feed not in self.muted)

    def before(self, position: Position | None, count: int, without: Collection[bytes] = ()) -> Sequence[Message]:
        """See History."""
        return self._history.before(position, count, self.muted.union(without))

    def after(self, position: Position | None, count: int, without: Collection[bytes] = ()) -> Sequence[Message]:
        """See History."""
        return self._history.after(position, count, self.muted.union(without))

    def aside(self, position: Position | None, count: int, without: Collection[bytes] = ()) -> Sequence[Message]:
        """See History."""
        return self._history.aside(position, count, self.muted.union(without))


def unheard(conversation: Conversation) -> frozenset[bytes]:
    """The feeds of those whom one does not want to hear in a room."""
    return frozenset((*conversation.blocked, *conversation.desk.muted))

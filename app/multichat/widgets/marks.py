"""What is marked in the conversation besides what was said: whatever depends on who reads, and when.

Owns the marks of one view. Knows nothing of how they look.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from multichat.model.callings import Calling
from multichat.model.message import Message, Position
from multichat.model.spans import mentions_of
from multichat.model.text import unisolated
from multichat.widgets.late import Late


def _nobody(_feed: bytes) -> bool:
    return False


def _not_waiting(_position: Position) -> bool:
    return False


def by_name(message: Message) -> Calling:
    """What to call who has written a message where nothing else is known of them."""
    return Calling(message.nickname)


@dataclass(slots=True)
class Marks:
    """Of one view, whose reader is called `nickname`; `is_own` and `is_waiting` are asked of own messages.

    Where others go by that name too, a mention with digits of a key is of the reader if one of `keys` has them.
    """

    nickname: str = ""
    is_own: Callable[[bytes], bool] = _nobody
    # Nobody else has it yet.
    is_waiting: Callable[[Position], bool] = _not_waiting
    selected: Position | None = None
    # Arrived above what had been read.
    late: Late = field(default_factory=Late)
    # What to call who has written a message.
    calling: Callable[[Message], Calling] = by_name
    keys: Callable[[], frozenset[bytes]] = frozenset

    def mentions(self, message: Message) -> tuple[tuple[int, int], ...]:
        """Where somebody else's message names the reader, in its text without isolates."""
        if self.is_own(message.feed):
            return ()
        return mentions_of(unisolated(self.nickname), unisolated(message.text), self.keys())

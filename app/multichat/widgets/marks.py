"""What is marked in the conversation besides what was said: whatever depends on who reads, and when.

Owns the marks of one view. Knows nothing of how they look.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from multichat.model.message import Message, Position
from multichat.model.spans import mentions_of
from multichat.widgets.late import Late
from multichat.widgets.wrapping import unisolated


def _nobody(_feed: bytes) -> bool:
    return False


def _not_waiting(_position: Position) -> bool:
    return False


@dataclass(slots=True)
class Marks:
    """Of one view, whose reader is called `nickname`; `is_own` and `is_waiting` are asked of own messages."""

    nickname: str = ""
    is_own: Callable[[bytes], bool] = _nobody
    # Nobody else has it yet.
    is_waiting: Callable[[Position], bool] = _not_waiting
    selected: Position | None = None
    # Arrived above what had been read.
    late: Late = field(default_factory=Late)

    def mentions(self, message: Message) -> tuple[tuple[int, int], ...]:
        """Where somebody else's message names the reader, in its text without isolates."""
        return () if self.is_own(message.feed) else mentions_of(self.nickname, unisolated(message.text))

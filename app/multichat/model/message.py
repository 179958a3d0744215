"""A message as it is shown: a record, whose it is, and where it stands in the conversation.

Owns the order of the conversation and the step from what an author signed to what a terminal may see.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from multichat.limits import TEXT_LENGTH_MAX
from multichat.model.names import shown_name
from multichat.model.record import Record
from multichat.model.text import SafeText, sanitise_text


class Position(NamedTuple):
    """Where a message stands: compares as the conversation is ordered, the same on every peer."""

    timestamp_ms: int
    feed: bytes
    seq: int


@dataclass(frozen=True)
class Message:
    """One message of the conversation; `nickname` and `text` are safe to show, `record` is what was signed."""

    position: Position
    record: Record

    # Worked out when somebody looks: of a long history, most is never shown.

    @cached_property
    def nickname(self) -> SafeText:
        """What its author called themselves."""
        return shown_name(self.record.nickname)

    @cached_property
    def text(self) -> SafeText:
        """What was said."""
        return sanitise_text(self.record.text, TEXT_LENGTH_MAX)

    @property
    def feed(self) -> bytes:
        """The author's feed: its public key, 32 bytes."""
        return self.position.feed

    @property
    def timestamp_ms(self) -> int:
        """When its author says it was written, in milliseconds since 1970 in UTC."""
        return self.position.timestamp_ms


def message_of(feed: bytes, seq: int, record: Record) -> Message:
    """The message that block `seq` of `feed` holds."""
    return Message(Position(record.timestamp_ms, feed, seq), record)

"""Which of the messages are meant, and the reading of them page by page. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from multichat.limits import TIME_MAX_MS
from multichat.model.conversation import History
from multichat.model.message import Message, Position

# What is read of them and written in one go: a few milliseconds, in any form.
_PAGE_LENGTH = 50


@dataclass(frozen=True, slots=True)
class Span:
    """Messages of [start_ms, end_ms) from the feeds `authors`; None is everybody."""

    start_ms: int = 0
    end_ms: int = TIME_MAX_MS
    authors: frozenset[bytes] | None = None

    def holds(self, message: Message) -> bool:
        """Whether a message is meant."""
        is_in_time = self.start_ms <= message.timestamp_ms < self.end_ms
        return is_in_time and (self.authors is None or message.feed in self.authors)


def pages(history: History, span: Span) -> Iterator[Sequence[Message]]:
    """What is meant of a conversation, in its order; a page of which nothing is meant is empty."""
    page = history.after(Position(span.start_ms, b"", 0), _PAGE_LENGTH)
    while page and page[0].timestamp_ms < span.end_ms:
        yield [message for message in page if span.holds(message)]
        page = history.after(page[-1].position, _PAGE_LENGTH)

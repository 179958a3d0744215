"""What has been said, as text to keep. Pure.

Owns the form. Where it goes is the caller's.
"""

from collections.abc import Iterator, Sequence

from multichat.model.conversation import History
from multichat.model.message import Message
from multichat.model.record import format_timestamp

_PAGE_LENGTH = 500


def pages(history: History) -> Iterator[Sequence[Message]]:
    """The whole conversation, from its first message, a page at a time."""
    page = history.after(None, _PAGE_LENGTH)
    while page:
        yield page
        page = history.after(page[-1].position, _PAGE_LENGTH)


def as_text(message: Message) -> str:
    """A message: its time in UTC, its author, and its text, further lines of it set in."""
    text = message.text.replace("\n", "\n    ")
    said = f"* {message.nickname} {text}" if message.record.is_action else f"{message.nickname}: {text}"
    return f"{format_timestamp(message.timestamp_ms)} {said}\n"

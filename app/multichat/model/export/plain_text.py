"""What has been said, as lines of text. Pure."""

from collections.abc import Callable, Sequence

from multichat.model.callings import Calling, callings_of
from multichat.model.message import Message
from multichat.model.record import format_timestamp


class PlainText:
    """A line for each message; see `form.Form`. `calling` says what to call its author."""

    def __init__(self, calling: Callable[[Message], Calling]) -> None:
        self.calling = calling

    def opening(self) -> str:
        """Nothing."""
        return ""

    def page(self, messages: Sequence[Message]) -> str:
        """See `form.Form`."""
        return "".join(map(_as_text, messages, callings_of(messages, self.calling)))

    def closing(self) -> str:
        """Nothing."""
        return ""


def _as_text(message: Message, calling: Calling) -> str:
    """A message: its time in UTC, what to call its author, and its text, further lines of it set in."""
    text = message.text.replace("\n", "\n    ")
    said = f"* {calling.label} {text}" if message.record.is_action else f"{calling.label}: {text}"
    return f"{format_timestamp(message.timestamp_ms)} {said}\n"

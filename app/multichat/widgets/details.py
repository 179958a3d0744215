"""What is told of a message that is looked at closer: when exactly, and whose."""

from collections.abc import Sequence
from typing import Final

from multichat.model.callings import Calling
from multichat.model.message import Message
from multichat.model.names import CHECK_SIGN
from multichat.model.text import SafeText
from multichat.widgets.clock import day_title, local_time

_KEY_LENGTH: Final = 8

# Of those who hold a message, so many are named.
_NAMES_MAX: Final = 5


def details_of(message: Message, calling: Calling) -> str:
    """When it was written, by whom, and by what key, which is checked or not."""
    moment = local_time(message.timestamp_ms)
    zone = f" {moment:%Z}" if moment.tzname() else ""
    return (
        f"{day_title(moment)}, {moment:%H:%M:%S}{zone} \N{MIDDLE DOT} {calling.label} "
        f"\N{MIDDLE DOT} key {message.feed.hex()[:_KEY_LENGTH]}{f' {CHECK_SIGN} checked' if calling.is_checked else ''}"
    )


def holders_text(names: Sequence[SafeText]) -> str:
    """Who else has a message of one's own."""
    if not names:
        return "waiting: nobody else has it yet"
    more = len(names) - _NAMES_MAX
    named = ", ".join(names[:_NAMES_MAX])
    return f"held by {named}" + (f" and {more} more" if more > 0 else "")

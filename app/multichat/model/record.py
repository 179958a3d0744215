"""The chat record: what one block of a feed says.

`{type: "chat-message", nickname, text, timestamp}`, as `multichat.js` wrote it. Owns the shape of a record and how a
block becomes one. Knows nothing of feeds, order or screens. What it returns is exactly what the author signed: not yet
safe to show (see `message`).
"""

from datetime import UTC, datetime, timedelta
from typing import Final, NamedTuple

from multifeed import KeyPair

CHAT_MESSAGE: Final = "chat-message"
FEED_CONTINUED: Final = "feed-continued"

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND: Final = timedelta(milliseconds=1)
# A zone west of Greenwich can take a time of the year 9999 past it, where nothing can be written any more.
_LAST_MS: Final = (datetime.max.replace(tzinfo=UTC) - _EPOCH) // _MILLISECOND


class Record(NamedTuple):
    """One chat message as its author signed it; `timestamp_ms` counts from 1970 in UTC.

    With `is_action` it tells what its author does: a key more, that other programs keep and do not look at.
    """

    nickname: str
    text: str
    timestamp_ms: int
    is_action: bool = False

    def value(self) -> dict[str, object]:
        """The value to append to a feed."""
        value: dict[str, object] = {
            "type": CHAT_MESSAGE,
            "nickname": self.nickname,
            "text": self.text,
            "timestamp": format_timestamp(self.timestamp_ms),
        }
        return {**value, "action": True} if self.is_action else value


def continuation_value(earlier: KeyPair, key: bytes) -> dict[str, object]:
    """The value with which the feed of `key` says that it continues the one of `earlier`, whose key signs that."""
    return {
        "type": FEED_CONTINUED,
        "feed": earlier.public_key,
        "signature": earlier.sign(b"multichat feed continued " + key),
    }


def parse_record(value: object) -> Record | None:
    """The chat message in a block's value; None for whatever else a block may hold (kept, passed on, not shown)."""
    if not isinstance(value, dict) or value.get("type") != CHAT_MESSAGE:
        return None
    nickname, text, timestamp = value.get("nickname"), value.get("text"), value.get("timestamp")
    if not (isinstance(nickname, str) and isinstance(text, str) and isinstance(timestamp, str)):
        return None
    timestamp_ms = parse_timestamp(timestamp)
    return None if timestamp_ms is None else Record(nickname, text, timestamp_ms, value.get("action") is True)


def parse_timestamp(text: str) -> int | None:
    """Milliseconds since 1970 of an ISO 8601 time with a zone; None if it is not one, before 1970 or after 9999."""
    try:
        moment = datetime.fromisoformat(text)
        since_epoch_ms = (moment - _EPOCH) // _MILLISECOND
    except (ValueError, TypeError, OverflowError):
        # TypeError: a time without a zone has no place in an order that all peers share.
        return None
    return since_epoch_ms if 0 <= since_epoch_ms <= _LAST_MS else None


def format_timestamp(timestamp_ms: int) -> str:
    """ISO 8601 in UTC with milliseconds and a Z, as JavaScript's Date writes it."""
    moment = _EPOCH + timestamp_ms * _MILLISECOND
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{timestamp_ms % 1000:03d}Z"

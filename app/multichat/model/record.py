"""The chat record: what one block of a feed says.

`{type: "chat-message", nickname, text, timestamp}`, as `multichat.js` wrote it: in JSON, where ours are in CBOR. Owns
the shape of a record and how a block becomes one. Knows nothing of feeds, order or screens. What it returns is exactly
what the author signed: not yet safe to show (see `message`).
"""

import json
from datetime import UTC, datetime, timedelta
from typing import Final, NamedTuple, NoReturn

from multifeed import KeyPair
from multifeed.encoding import encoding_named
from multifeed.keys import verify

CHAT_MESSAGE: Final = "chat-message"
FEED_CONTINUED: Final = "feed-continued"

# What the earlier key signs, before the later one.
_CONTINUED: Final = b"multichat feed continued "

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND: Final = timedelta(milliseconds=1)
# A zone west of Greenwich can take a time of the year 9999 past it, where nothing can be written any more.
_LAST_MS: Final = (datetime.max.replace(tzinfo=UTC) - _EPOCH) // _MILLISECOND


# Names the feed before, in a block of JSON: programs that show its fields beside its own feed have `feed` for that.
_CONTINUES: Final = "continues"


def _refuse(name: str) -> NoReturn:
    raise ValueError(f"JSON has no {name}")


_JSON: Final = json.JSONDecoder(parse_constant=_refuse)


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
        "signature": earlier.sign(_CONTINUED + key),
    }


def parse_continuation(value: object, key: bytes) -> bytes | None:
    """The feed that the one of `key` continues, if its first value says so and that feed's key has signed it."""
    if not isinstance(value, dict) or value.get("type") != FEED_CONTINUED:
        return None
    return _vouched(value.get("feed"), value.get("signature"), key)


def _vouched(earlier: object, signature: object, key: bytes) -> bytes | None:
    if not (isinstance(earlier, bytes) and isinstance(signature, bytes)):
        return None
    return earlier if verify(earlier, _CONTINUED + key, signature) else None


def json_block(value: object) -> bytes:
    """A value as the JavaScript programs write it, in JSON with a line's end. Raises InvalidArgumentError."""
    return encoding_named("json").encode(value) + b"\n"


def json_continuation(earlier: KeyPair, key: bytes) -> bytes:
    """The block with which a feed of JSON says what `continuation_value` says in one of CBOR."""
    signature = earlier.sign(_CONTINUED + key)
    return json_block({"type": FEED_CONTINUED, _CONTINUES: earlier.public_key.hex(), "signature": signature.hex()})


def parse_json_continuation(block: bytes, key: bytes) -> bytes | None:
    """Like `parse_continuation`, of the first block of a feed of JSON."""
    value = json_value(block)
    if value is None or value.get("type") != FEED_CONTINUED:
        return None
    return _vouched(_unhexed(value.get(_CONTINUES)), _unhexed(value.get("signature")), key)


def _unhexed(text: object) -> bytes | None:
    try:
        return bytes.fromhex(text) if isinstance(text, str) else None
    except ValueError:
        return None


def parse_record(value: object) -> Record | None:
    """The chat message in a block's value; None for whatever else a block may hold (kept, passed on, not shown)."""
    if not isinstance(value, dict) or value.get("type") != CHAT_MESSAGE:
        return None
    nickname, text, timestamp = value.get("nickname"), value.get("text"), value.get("timestamp")
    if not (isinstance(nickname, str) and isinstance(text, str) and isinstance(timestamp, str)):
        return None
    timestamp_ms = parse_timestamp(timestamp)
    return None if timestamp_ms is None else Record(nickname, text, timestamp_ms, value.get("action") is True)


def is_json(block: bytes) -> bool:
    """Whether a block can only be an object of JSON.

    In CBOR its first byte begins a text whose length is in the next eight, and what may stand second in JSON makes that
    longer than any block: none is a value in both.
    """
    return block.startswith(b"{")


def json_value(block: bytes) -> dict[str, object] | None:
    """The object of JSON that a block is; None if it is anything else."""
    try:
        value = _JSON.decode(block.decode())
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def parse_json_record(block: bytes) -> Record | None:
    """The chat message in a block of JSON, whose time may also be the number that JavaScript's `Date.now` gives."""
    value = json_value(block)
    record = parse_record(_with_iso_timestamp(value))
    if record is None:
        return None
    return record._replace(nickname=_well_formed(record.nickname), text=_well_formed(record.text))


def _with_iso_timestamp(value: object) -> object:
    timestamp = value.get("timestamp") if isinstance(value, dict) else None
    if not isinstance(value, dict) or isinstance(timestamp, bool) or not isinstance(timestamp, int | float):
        return value
    return {**value, "timestamp": format_timestamp(int(timestamp)) if 0 <= timestamp <= _LAST_MS else ""}


def _well_formed(text: str) -> str:
    """With a replacement character for each half of a pair that is alone: JSON can hold them, and nothing else can."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


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

"""What a program is told of messages and people, as the fields of JSON objects. Pure.

Owns the names of these fields and what stands in them. What was signed is in them exactly as it was; labels are safe to
show.
"""

from collections.abc import Mapping
from typing import Final, TypeAlias, TypeGuard

from multichat.errors import UsageError
from multichat.model.callings import Calling
from multichat.model.message import Message, Position
from multichat.model.people import Identity, Person
from multichat.model.record import CHAT_MESSAGE, format_timestamp, parse_timestamp

Fields: TypeAlias = dict[str, object]

_KEY_LENGTH_BYTES: Final = 32

# Numbers that every reader of JSON keeps exactly.
_SEQ_END: Final = 1 << 53


def signed_fields(message: Message) -> Fields:
    """What the author signed, and where it stands; the same on every peer."""
    record = message.record
    fields: Fields = {
        "feed": message.feed.hex(),
        "seq": message.position.seq,
        "type": CHAT_MESSAGE,
        "nickname": record.nickname,
        "text": record.text,
        "timestamp": format_timestamp(record.timestamp_ms),
    }
    return {**fields, "action": True} if record.is_action else fields


def message_fields(message: Message, calling: Calling, *, is_own: bool) -> Fields:
    """What the author signed, and what that is to us: whose it is."""
    return {**signed_fields(message), "label": calling.label, "checked": calling.is_checked, "own": is_own}


def person_fields(person: Person) -> Fields:
    """Who somebody is, and whether they are here."""
    fields: Fields = {
        "feed": person.feed.hex(),
        "label": person.label,
        "here": person.is_here,
        "own": person.is_own,
        "checked": person.is_checked,
        "muted": person.is_muted,
        "blocked": person.is_blocked,
        "seed": person.is_seed,
    }
    return fields if person.last_here_ms is None else {**fields, "last_here": format_timestamp(person.last_here_ms)}


def identity_fields(identity: Identity) -> Fields:
    """All that is known of somebody."""
    fields: Fields = {
        **person_fields(identity.person),
        "names": list(identity.names),
        "feeds": [feed.hex() for feed in identity.feeds],
        "forked": sorted(feed.hex() for feed in identity.forked),
    }
    seen = {"first_seen": identity.first_seen_ms, "last_seen": identity.last_seen_ms}
    return fields | {name: format_timestamp(time_ms) for name, time_ms in seen.items() if time_ms is not None}


def feed_of_field(value: object) -> bytes:
    """The feed that a field names. Raises UsageError."""
    try:
        feed = bytes.fromhex(value) if isinstance(value, str) else b""
    except ValueError:
        feed = b""
    if len(feed) != _KEY_LENGTH_BYTES:
        raise UsageError("a feed is a public key of 64 digits, as in a message")
    return feed


def is_integer(value: object) -> TypeGuard[int]:
    """Whether a value of JSON is one: true is too, for Python."""
    return isinstance(value, int) and not isinstance(value, bool)


def seq_of_field(value: object) -> int:
    """The seq that a field names. Raises UsageError."""
    if not is_integer(value) or not 0 <= value < _SEQ_END:
        raise UsageError("a seq is a number from 0 on, as in a message")
    return value


def position_of_fields(value: object) -> Position:
    """Where a message stands of which these are fields; others of its fields may be there too. Raises UsageError."""
    if not isinstance(value, Mapping):
        raise UsageError("a place is a message, or its timestamp, feed and seq")
    timestamp = value.get("timestamp")
    timestamp_ms = parse_timestamp(timestamp) if isinstance(timestamp, str) else None
    if timestamp_ms is None:
        raise UsageError("a timestamp is a time like 2026-11-24T09:00:00.000Z, as in a message")
    return Position(timestamp_ms, feed_of_field(value.get("feed")), seq_of_field(value.get("seq")))

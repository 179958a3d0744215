"""From the log to messages, for the views, which keep only where a message stands.

Owns what becomes of a block that is no message, not here, or not what it was. Knows nothing of order.
"""

from multichat.model.message import Message, Position, message_of
from multichat.model.record import (
    Record,
    is_json,
    parse_continuation,
    parse_json_continuation,
    parse_json_record,
    parse_record,
)
from multifeed import BlockDecodeError, DamagedStoreError, Multifeed, NotHeldError


def record_in(multi: Multifeed, block: bytes) -> Record | None:
    """The chat message in a block; None for whatever else it may hold."""
    if is_json(block):
        return parse_json_record(block)
    try:
        return parse_record(multi.decode(block))
    except BlockDecodeError:
        # Not ours to judge: it is kept and passed on, and there is nothing to show.
        return None


def continued_in(multi: Multifeed, block: bytes, key: bytes) -> bytes | None:
    """The feed that the one of `key` continues, if this is its first block and says so, signed; None if it does not."""
    if is_json(block):
        return parse_json_continuation(block, key)
    try:
        return parse_continuation(multi.decode(block), key)
    except BlockDecodeError:
        return None


def message_at(multi: Multifeed, position: Position) -> Message | None:
    """The message that stands at a position; None if it is not there any more. Raises StoreError."""
    feed = multi.feed(position.feed)
    if feed is None:
        return None
    try:
        record = record_in(multi, feed.block(position.seq))
    except (NotHeldError, DamagedStoreError):
        # Lost to damage; it comes back when a peer has it.
        return None
    if record is None or record.timestamp_ms != position.timestamp_ms:
        return None
    return message_of(position.feed, position.seq, record)

"""Protocol buffers, as far as this wire has them: numbered fields that are integers or bytes. Pure.

Owns how a field is written. Knows no messages: which fields there are, and what they mean, is `messages`'.
"""

from collections.abc import Iterator
from typing import Final

from multifeed.errors import MessageError
from multifeed.hypercore9 import varint

_INTEGER: Final = 0
_BYTES: Final = 2
# Fields of a fixed length are in no message here; a newer peer may have them, and they are passed over.
_FIXED_LENGTHS_BYTES: Final = {1: 8, 5: 4}


def integer_field(number: int, value: int) -> bytes:
    """An integer; true and false are 1 and 0."""
    return varint.encode(number << 3 | _INTEGER) + varint.encode(value)


def bytes_field(number: int, value: bytes) -> bytes:
    """Bytes, a text or a message within the message."""
    return varint.encode(number << 3 | _BYTES) + varint.encode(len(value)) + value


def fields(message: bytes) -> Iterator[tuple[int, int | bytes]]:
    """The number and value of each field, in order. Raises MessageError where the bytes are none."""
    at = 0
    while at < len(message):
        prefix, at = varint.decode(message, at)
        kind = prefix & 7
        if kind == _INTEGER:
            value, at = varint.decode(message, at)
            yield prefix >> 3, value
        else:
            start, at = _span(message, at, kind)
            if kind == _BYTES:
                yield prefix >> 3, message[start:at]


def _span(message: bytes, at: int, kind: int) -> tuple[int, int]:
    """Where the bytes of a field begin and end."""
    if kind == _BYTES:
        length, at = varint.decode(message, at)
    elif kind in _FIXED_LENGTHS_BYTES:
        length = _FIXED_LENGTHS_BYTES[kind]
    else:
        raise MessageError("a message has a field of an unknown kind")
    if at + length > len(message):
        raise MessageError("a message ends inside a field")
    return at, at + length

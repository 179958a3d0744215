"""Integers of varying length, seven bits a byte, the lowest first. Pure."""

from typing import Final

from multifeed.errors import MessageError

# Nothing on this wire is greater than 64 bits.
_LENGTH_MAX_BYTES: Final = 10
_VALUE_MAX: Final = (1 << 64) - 1


def encode(value: int) -> bytes:
    """The shortest bytes that stand for `value`, which is 0 or more."""
    if value < 0x80:
        return value.to_bytes()
    encoded = bytearray()
    while value >= 0x80:
        encoded.append(value & 0x7F | 0x80)
        value >>= 7
    encoded.append(value)
    return bytes(encoded)


def decode(data: bytes | bytearray, at: int) -> tuple[int, int]:
    """The value that begins at `at`, and where it ends. Raises MessageError if there is none of 64 bits."""
    decoded = try_decode(data, at)
    if decoded is None:
        raise MessageError("a message ends inside a number")
    return decoded


def try_decode(data: bytes | bytearray, at: int) -> tuple[int, int] | None:
    """Like `decode`, None if more bytes are to come. Raises MessageError for more than 64 bits."""
    if at < len(data) and data[at] < 0x80:
        return data[at], at + 1
    value = shift = 0
    for place in range(at, min(len(data), at + _LENGTH_MAX_BYTES)):
        byte = data[place]
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return _checked(value), place + 1
        shift += 7
    if len(data) - at >= _LENGTH_MAX_BYTES:
        raise MessageError("a number has more than 64 bits")
    return None


def _checked(value: int) -> int:
    if value > _VALUE_MAX:
        raise MessageError("a number has more than 64 bits")
    return value

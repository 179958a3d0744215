"""Bytes to bounded frames and back: a length, a channel and a type in one number, and as many bytes. Pure.

A frame of length 0 is nothing but a sign of life.
"""

from collections.abc import Generator
from typing import Final, NamedTuple

from multifeed.errors import FrameError, MessageError
from multifeed.hypercore9 import varint
from multifeed.limits import JS_MESSAGE_LENGTH_MAX_BYTES

SIGN_OF_LIFE: Final = b"\x00"

_TYPE_BITS: Final = 4
_TYPE_MASK: Final = (1 << _TYPE_BITS) - 1


class Frame(NamedTuple):
    """What is sent on a channel: a message of a type."""

    channel: int
    type: int
    payload: bytes


def encode(frame: Frame) -> bytes:
    """The bytes of a frame."""
    header = varint.encode(frame.channel << _TYPE_BITS | frame.type)
    return b"".join((varint.encode(len(header) + len(frame.payload)), header, frame.payload))


class FrameDecoder:
    """Takes bytes as they come and gives whole frames; never holds more than one frame and what came with it."""

    __slots__ = ("_buffer",)

    def __init__(self) -> None:
        self._buffer = bytearray()

    def receive(self, data: bytes) -> Generator[Frame]:
        """The frames that `data` completes. Raises FrameError."""
        buffer = self._buffer
        buffer += data
        at = 0
        try:
            while (span := _span(buffer, at)) is not None:
                start, at = span
                if start < at:
                    yield _frame(bytes(buffer[start:at]))
        finally:
            # Whoever stops in between goes on with the next frame, when more or no data comes.
            del buffer[:at]


def _span(buffer: bytearray, at: int) -> tuple[int, int] | None:
    """Where the frame that begins at `at` has its header and its end; None if it is not all there."""
    try:
        decoded = varint.try_decode(buffer, at)
    except MessageError as error:
        raise FrameError("the length of a frame is not a number") from error
    if decoded is None:
        return None
    length, start = decoded
    if length > JS_MESSAGE_LENGTH_MAX_BYTES:
        raise FrameError(f"a message is longer than {JS_MESSAGE_LENGTH_MAX_BYTES} bytes")
    return (start, start + length) if start + length <= len(buffer) else None


def _frame(framed: bytes) -> Frame:
    header, start = varint.decode(framed, 0)
    return Frame(header >> _TYPE_BITS, header & _TYPE_MASK, framed[start:])

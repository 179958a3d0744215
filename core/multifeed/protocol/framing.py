"""Bytes to bounded frames and back, and messages to fragments and back.

A frame is a u16be length and as many bytes. After the handshake each frame is one Noise transport message; its
plaintext is one byte, 0 for the last fragment of a message or 1 when more follow, and the fragment. Owns both bounds.
Knows no keys.
"""

from collections.abc import Generator, Iterator
from typing import Final

from multifeed.errors import FrameError
from multifeed.limits import FRAME_LENGTH_MAX_BYTES, MESSAGE_LENGTH_MAX_BYTES
from multifeed.protocol.noise import TAGLEN

_LENGTH_BYTES: Final = 2
_LAST: Final = b"\x00"
_MORE: Final = b"\x01"
_FRAGMENT_LENGTH_MAX_BYTES: Final = FRAME_LENGTH_MAX_BYTES - TAGLEN - 1


def frame(payload: bytes) -> bytes:
    """The frame that carries `payload`."""
    return len(payload).to_bytes(_LENGTH_BYTES) + payload


class FrameDecoder:
    """Takes bytes as they come and gives whole frames; never holds more than one frame and what came with it."""

    __slots__ = ("_buffer",)

    def __init__(self) -> None:
        self._buffer = bytearray()

    def receive(self, data: bytes) -> Generator[bytes]:
        """The payloads of the frames that `data` completes."""
        buffer = self._buffer
        buffer += data
        at = 0
        try:
            while len(buffer) - at >= _LENGTH_BYTES:
                end = at + _LENGTH_BYTES + int.from_bytes(buffer[at : at + _LENGTH_BYTES])
                if end > len(buffer):
                    break
                payload = bytes(buffer[at + _LENGTH_BYTES : end])
                at = end
                yield payload
        finally:
            # Whoever stops in between goes on with the next frame, when more or no data comes.
            del buffer[:at]


def fragments(message: bytes) -> Iterator[bytes]:
    """The plaintexts of the frames that carry `message`."""
    assert len(message) <= MESSAGE_LENGTH_MAX_BYTES
    last = (max(len(message), 1) - 1) // _FRAGMENT_LENGTH_MAX_BYTES * _FRAGMENT_LENGTH_MAX_BYTES
    for at in range(0, last, _FRAGMENT_LENGTH_MAX_BYTES):
        yield _MORE + message[at : at + _FRAGMENT_LENGTH_MAX_BYTES]
    yield _LAST + message[last:]


class MessageAssembler:
    """Takes fragments in order and gives whole messages."""

    __slots__ = ("_length", "_parts")

    def __init__(self) -> None:
        self._parts: list[bytes] = []
        self._length = 0

    def add(self, fragment: bytes) -> bytes | None:
        """The message that `fragment` completes, None if more is to come. Raises FrameError over the bound."""
        mark, part = fragment[:1], fragment[1:]
        if mark not in {_LAST, _MORE} or (mark == _MORE and not part):
            raise FrameError("a frame holds no fragment of a message")
        self._length += len(part)
        if self._length > MESSAGE_LENGTH_MAX_BYTES:
            raise FrameError(f"a message is longer than {MESSAGE_LENGTH_MAX_BYTES} bytes")
        self._parts.append(part)
        if mark == _MORE:
            return None
        message = b"".join(self._parts)
        self._parts.clear()
        self._length = 0
        return message

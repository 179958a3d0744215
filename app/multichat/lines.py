"""Lines of stdin as they come, on an event loop, whatever stdin is: a pipe, a file, a terminal, on any system.

Owns the thread that waits for them. A thread, because no event loop can wait for a plain file or a Windows console; it
reads the descriptor itself, because one that is blocked inside Python's stdin could not be left behind at the end.
"""

import asyncio
import codecs
import os
import threading
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import CancelledError
from typing import Final

_READ_LENGTH_BYTES: Final = 65_536
# Lines that wait to be taken; whoever writes faster waits with them.
_LINES_WAITING_MAX: Final = 1_000


class LineSplitter:
    """Bytes to lines of text, without their ends; what is not UTF-8 becomes replacement characters.

    A line of more than `length_max` characters is cut after one more, which tells that it was too long.
    """

    def __init__(self, length_max: int) -> None:
        self._length_max = length_max
        self._decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")
        self._rest = ""

    def split(self, data: bytes, *, final: bool = False) -> Iterator[str]:
        """The lines that `data` completes; with `final`, also one that has no end."""
        *lines, rest = (self._rest + self._decoder.decode(data, final=final)).split("\n")
        # One more than allowed is enough to know that it is too long.
        self._rest = rest[: self._length_max + 1]
        for line in lines:
            yield line.removesuffix("\r")[: self._length_max + 1]
        if final and self._rest:
            yield self._rest


def first_line(descriptor: int, length_max_bytes: int) -> str:
    """The first line of an open file, without its end; what stands behind it is left to be read."""
    line = bytearray()
    while len(line) < length_max_bytes and (byte := _read(descriptor, 1)) not in {b"", b"\n"}:
        line += byte
    return line.decode(errors="replace").removesuffix("\r")


async def read_lines(descriptor: int, length_max: int) -> AsyncIterator[str]:
    """The lines of an open file, to its end; over-long ones as by LineSplitter."""
    loop = asyncio.get_running_loop()
    lines: asyncio.Queue[str | None] = asyncio.Queue(_LINES_WAITING_MAX)

    def put(line: str | None) -> None:
        asyncio.run_coroutine_threadsafe(lines.put(line), loop).result()

    def read() -> None:
        splitter = LineSplitter(length_max)
        try:
            while data := _read(descriptor):
                for line in splitter.split(data):
                    put(line)
            for line in splitter.split(b"", final=True):
                put(line)
            put(None)
        except (RuntimeError, CancelledError):
            # The loop is gone or going, and nobody reads any more.
            return

    threading.Thread(target=read, name="stdin", daemon=True).start()
    while (line := await lines.get()) is not None:
        yield line


def _read(descriptor: int, length_bytes: int = _READ_LENGTH_BYTES) -> bytes:
    try:
        return os.read(descriptor, length_bytes)
    except OSError:
        # A terminal that hung up, a descriptor that was closed: the end of input.
        return b""

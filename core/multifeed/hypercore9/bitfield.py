"""Which blocks are held, as bits: the first block is the highest bit of the first byte; runs of bytes by their length.

Pure. A coded bitfield is a row of pieces, each with a number in front: `4 * length + 2 * bit + 1` for so many bytes of
that bit, `2 * length` for bytes as they are.
"""

import re
from collections.abc import Iterator
from itertools import islice
from typing import Final

from multifeed.errors import MessageError
from multifeed.hypercore9 import varint
from multifeed.limits import JS_RUNS_MAX, JS_WANT_LENGTH_BLOCKS
from multifeed.ranges import RangeSet

# Nobody is asked for more at a time.
_LENGTH_MAX_BYTES: Final = JS_WANT_LENGTH_BLOCKS // 8

# Shorter ones cost more to name than to spell out.
_repeated = re.compile(rb"\x00{4,}|\xff{4,}")
_ones = re.compile("1+")


def encode(held: RangeSet, start: int, end: int) -> bytes:
    """The bits of [start, end), coded; without the zeros at the end."""
    return b"".join(_pieces(_bits(held, start, end)))


def decode(coded: bytes, start: int) -> list[tuple[int, int]]:
    """The runs that are held, counted from `start`; of more than JS_RUNS_MAX the last. Raises MessageError."""
    plain = b"".join(_spelt_out(coded))
    if len(plain) > _LENGTH_MAX_BYTES:
        raise MessageError("a bitfield is longer than what was asked for")
    if not plain:
        return []
    # From the end, so that the newest are found first.
    length = 8 * len(plain)
    backwards = format(int.from_bytes(plain), f"0{length}b")[::-1]
    runs = [match.span() for match in islice(_ones.finditer(backwards), JS_RUNS_MAX)]
    return [(start + length - end, start + length - begin) for begin, end in reversed(runs)]


def _bits(held: RangeSet, start: int, end: int) -> bytes:
    runs = list(held.within(start, end))
    if not runs:
        return b""
    length = -(-(runs[-1][1] - start) // 8)
    bits = 0
    for first, last in runs:
        bits |= ((1 << (last - first)) - 1) << (8 * length - (last - start))
    return bits.to_bytes(length)


def _pieces(plain: bytes) -> Iterator[bytes]:
    at = 0
    for match in _repeated.finditer(plain):
        yield from _literal(plain[at : match.start()])
        yield varint.encode(4 * len(match[0]) + (3 if match[0][0] else 1))
        at = match.end()
    yield from _literal(plain[at:])


def _literal(plain: bytes) -> Iterator[bytes]:
    if plain:
        yield varint.encode(2 * len(plain)) + plain


def _spelt_out(coded: bytes) -> Iterator[bytes]:
    at = 0
    while at < len(coded):
        number, at = varint.decode(coded, at)
        is_repeated = number & 1
        length = number >> 2 if is_repeated else number >> 1
        if length > _LENGTH_MAX_BYTES or (not is_repeated and at + length > len(coded)):
            raise MessageError("a bitfield has an impossible length")
        if is_repeated:
            yield (b"\xff" if number & 2 else b"\x00") * length
        else:
            yield coded[at : at + length]
            at += length

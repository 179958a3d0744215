"""Changes to inputs: to any bytes, to values in CBOR, and to scripts, step by step.

Owns what is worth trying against a decoder. Random numbers come from the caller, so that a change can be made again.
"""

from collections.abc import Callable, Sequence
from random import Random
from typing import Any, Final, NamedTuple

import cbor2

from tests.fuzz.script import GREETED, INITIATOR, Kind, Step, pack, unpack

# An input, changed; the last argument is other inputs of the kind, to take parts from.
Mutation = Callable[[Random, bytes, Sequence[bytes]], bytes]

_NUMBERS: Final = (0, 1, 2, 23, 24, 255, 256, 511, 512, 65_535, 65_536, 99_999, 100_000)
_POWERS: Final = (31, 32, 40, 53, 62, 63, 64)
_EDGES: Final = (*_NUMBERS, *((1 << power) + more for power in _POWERS for more in (-1, 0, 1)))


class _Raw(NamedTuple):
    """What stands for a value and is written as it is."""

    encoded: bytes


# What no message holds, by CBOR's own means: each is one item, or not even that.
_HOSTILE: Final = tuple(
    map(
        _Raw,
        (
            b"\x1b" + b"\xff" * 8,  # 2^64 - 1
            b"\x3b" + b"\xff" * 8,  # -2^64
            b"\xc2\x49\x01" + bytes(8),  # a bignum
            b"\xc3\x41\x00",  # a negative bignum that is -1
            b"\xc2\x59\xff\xff",  # a bignum of 65,535 bytes that are not there
            b"\xf9\x7e\x00",  # not a number
            b"\xf9\x7c\x00",  # infinity
            b"\xfb\x40\x45" + bytes(6),  # 42.0
            b"\xfa\x00\x00\x00\x01",  # hardly more than nothing
            b"\xf6",
            b"\xf7",
            b"\xf5",
            b"\xf8\xff",  # a simple value that nobody has given a meaning
            b"\xf8\x14",  # false, in two bytes
            b"\xff",  # a break
            b"\x18\x05",  # 5 in two bytes
            b"\x1b" + bytes(7) + b"\x05",  # 5 in nine
            b"\x9f\xff",
            b"\x9f\x00\x01\xff",
            b"\x5f\x41a\x41b\xff",
            b"\x7f\x61a\xff",
            b"\xbf\x00\x01\xff",
            b"\x5f\x5f\xff\xff",  # pieces in pieces
            b"\xa2\x00\x01\x00\x02",  # a key twice
            b"\xa1\x80\x00",  # a list for a key
            b"\xa1\xf9\x7e\x00\x00",
            b"\xbb\x7f" + b"\xff" * 7,
            b"\x9b\x7f" + b"\xff" * 7,
            b"\x5b\x7f" + b"\xff" * 7,
            b"\x7b\xff" + b"\xff" * 7,
            b"\x9a\x00\x10\x00\x00",
            b"\x62\xff\xfe",  # no UTF-8
            b"\x63\xed\xa0\x80",  # half of a pair
            b"\x1c",  # reserved
            b"\x81" * 200,
            b"\x81" * 40_000 + b"\x00",
            b"\xa1\x00" * 2_000 + b"\x00",
            b"\xc6" * 3_000 + b"\x00",
            b"\x9f" * 2_000,
            b"\xc0\x6a2024-01-01",
            b"\xc1\xfb\x7e\x37\xe4\x3c\x88\x00\x75\x9c",  # 10^300 seconds
            b"\xc4\x82\x1b" + b"\x7f" * 8 + b"\x01",  # a decimal of a huge exponent
            b"\xc5\x82\x1b" + b"\x7f" * 8 + b"\x01",
            b"\xd8\x1c\x81\xd8\x1d\x00",  # a list that holds itself
            b"\xd8\x1d\x00",  # what was never shared
            b"\xd8\x1e\x82\x01\x00",  # a fraction over nothing
            b"\xd8\x23\x6a(a+)+(a+)+",  # a pattern
            b"\xd8\x24\x6aMIME: 1\r\n\r",
            b"\xd8\x25\x41\x00",  # a short UUID
            b"\xd9\x01\x00\x82\xd8\x19\x00\x61a",  # references to texts
            b"\xd9\x01\x02\x82\x00\x00",  # a set of the same twice
            b"\xd9\x01\x04\x44\xff\xff\xff\xff",
            b"\xd9\x01\x05\xa1\x44\xff\xff\xff\xff\x18\xff",
            b"\xd9\xa7\xf8\x82\xfb\x7f\xf0" + bytes(6) + b"\x00",
            b"\xd9\xd9\xf7\x00",  # what says that it is CBOR
            b"\xdb" + b"\xff" * 8 + b"\x00",
        ),
    )
)


def changed_bytes(rng: Random, data: bytes, others: Sequence[bytes]) -> bytes:
    """`data` with one change that knows nothing of what it is."""
    start, end = sorted(rng.randint(0, len(data)) for _ in range(2))
    before, between, after = data[:start], data[start:end], data[end:]
    match rng.randrange(7):
        case 0:
            between = bytes([between[0] ^ 1 << rng.randrange(8)]) + between[1:] if between else b"\x00"
        case 1:
            between = after = b""
        case 2:
            between = b""
        case 3:
            between *= rng.randint(2, 4)
        case 4:
            other = rng.choice(others)
            between, after = b"", other[rng.randint(0, len(other)) :]
        case 5:
            length = rng.choice((1, 2, 4, 8))
            number = rng.choice(_EDGES) % (1 << 8 * length)
            between, after = number.to_bytes(length), data[start + length :]
        case _:
            between = rng.randbytes(rng.randint(1, 40)) + between
    return before + between + after


def changed_cbor(rng: Random, data: bytes, others: Sequence[bytes]) -> bytes:
    """`data` with one value in it changed; now and then only as bytes, as it must be if it is not CBOR."""
    if rng.random() < 0.1:
        return changed_bytes(rng, data, others)
    try:
        root = [cbor2.loads(data, max_depth=20)]
        return _changed_value(rng, root)
    except Exception:  # noqa: BLE001 (an earlier change has made it something else, a value that holds itself even)
        return changed_bytes(rng, data, others)


def changed_script(rng: Random, data: bytes, others: Sequence[bytes]) -> bytes:
    """`data` with one step changed, gone, new or elsewhere, or with the end of another script."""
    flags, steps = unpack(data)
    changed = list(steps)
    at = rng.randrange(len(changed)) if changed else 0
    match rng.randrange(10):
        case 0 | 1 | 2 | 3 if changed:
            kind, payload = changed[at]
            change = changed_cbor if kind == Kind.MESSAGE else changed_bytes
            changed[at] = Step(kind, change(rng, payload, [step.payload for step in changed]))
        case 4 if changed:
            del changed[at : at + rng.choice((1, 1, 2, 5))]
        case 5 if changed:
            changed.insert(rng.randint(0, len(changed)), changed[at])
        case 6:
            flags_of_other, theirs = unpack(rng.choice(others))
            cut = rng.randint(0, len(theirs))
            changed[at:] = theirs[cut:]
            flags = rng.choice((flags, flags_of_other))
        case 7:
            flags = rng.choice((0, INITIATOR, GREETED, INITIATOR | GREETED))
        case _:
            changed.insert(rng.randint(0, len(changed)), _new_step(rng))
    return pack(flags, changed)


def _new_step(rng: Random) -> Step:
    kind = rng.choice((Kind.SIGNED, Kind.SIGNED, Kind.SIGNED, Kind.ANSWER, Kind.ANSWER, *Kind))
    # The numbers of a signed message are small, or they would all be out of bounds.
    payload = bytes(rng.randrange(rng.choice((4, 16, 256))) for _ in range(8))
    return Step(kind, payload[: rng.choice((1, 4, 8, 8, 8))])


# --- values ---


def _places(container: Any) -> list[tuple[Any, Any]]:  # noqa: ANN401 (whatever CBOR can say)
    """Where a value stands: a container and what it is found by there."""
    keys: list[Any] = []
    if isinstance(container, list):
        keys = list(range(len(container)))
    elif isinstance(container, dict):
        keys = list(container)
    found = [(container, key) for key in keys]
    for key in keys:
        found += _places(container[key])
    return found


def _changed_value(rng: Random, root: list[Any]) -> bytes:
    """The encoding of the one value of `root`, with something changed in it."""
    places = _places(root)
    container, at = rng.choice(places)
    value = container[at]
    match rng.randrange(8):
        case 0 | 1 | 2:
            container[at] = _near(rng, value)
        case 3:
            container[at] = rng.choice(_HOSTILE)
        case 4:
            other, there = rng.choice(places)
            container[at] = _Raw(_encoded(other[there]))
        case 5 if isinstance(container, list):
            container[at : at + 1] = [value] * rng.choice((0, 2, 3, 600))
        case 6:
            container[at] = _Raw(_head(6, rng.choice(_EDGES) % (1 << 16)) + _encoded(value))
        case _:
            container[at] = rng.choice((None, True, [], b"", "", -1, rng.choice(_EDGES), rng.randbytes(32), [value]))
    # What was at the top may be several now, or gone.
    return b"".join(map(_encoded, root))


def _near(rng: Random, value: object) -> object:
    """A value of the same kind, not far off."""
    match value:
        case bool():
            return not value
        case int():
            return rng.choice((value - 1, value + 1, value ^ 1 << rng.randrange(40), rng.choice(_EDGES)))
        case bytes():
            return changed_bytes(rng, value, [value])
        case str():
            return value + rng.choice(("\u202e", "\x1b[2J", "\ud7ff", "\U0010ffff", "a" * 300, "\u0301" * 50, "\n"))
        case list():
            return rng.sample(value, len(value))
    return None


def _encoded(value: Any) -> bytes:  # noqa: ANN401 (whatever CBOR can say)
    """The deterministic encoding of a value, but for what is given as it is to be written."""
    match value:
        case _Raw(encoded):
            return encoded
        case list():
            return _head(4, len(value)) + b"".join(map(_encoded, value))
        case dict():
            pairs = [_encoded(key) + _encoded(inner) for key, inner in value.items()]
            return _head(5, len(value)) + b"".join(pairs)
    return cbor2.dumps(value, canonical=True)


def _head(major: int, argument: int) -> bytes:
    for more, length in ((24, 1), (25, 2), (26, 4), (27, 8)):
        if argument < 24:
            return bytes([major << 5 | argument])
        if argument < 1 << 8 * length:
            return bytes([major << 5 | more]) + argument.to_bytes(length)
    raise OverflowError("no head says so much")

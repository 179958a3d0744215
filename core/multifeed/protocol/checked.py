"""The fields of messages, checked: each function gives what a field holds, or raises MessageError. Pure."""

from collections.abc import Sequence
from itertools import pairwise
from struct import Struct
from typing import Any, Final

from multifeed import limits
from multifeed.errors import MessageError
from multifeed.keys import SIGNATURE_LENGTH_BYTES
from multifeed.merkle import HASH_LENGTH_BYTES, Head, Node
from multifeed.protocol.heads import Runs

NODE: Final = Struct(">32sQ")


def items(value: object, length_max: int) -> list[Any]:
    """A list of a possible length."""
    if not isinstance(value, list) or len(value) > length_max:
        raise MessageError("a field is not a list of a possible length")
    return value


def exactly(count: int, value: object) -> list[Any]:
    """A list of so many values."""
    if not isinstance(value, list) or len(value) != count:
        raise MessageError("a message has another number of fields")
    return value


def octets(value: object, length: int) -> bytes:
    """So many bytes."""
    if not isinstance(value, bytes) or len(value) != length:
        raise MessageError(f"a field is not {length} bytes")
    return value


def integer(value: object, maximum: int) -> int:
    """From 0 to `maximum`."""
    if type(value) is not int or not 0 <= value <= maximum:
        raise MessageError("a field is not an integer in its bounds")
    return value


def boolean(value: object) -> bool:
    """True or false."""
    if not isinstance(value, bool):
        raise MessageError("a field is not true or false")
    return value


def text(value: object, length_max: int) -> str:
    """A text of a possible length."""
    if not isinstance(value, str) or len(value) > length_max:
        raise MessageError("a field is not a text of a possible length")
    return value


def seq(value: object) -> int:
    """The place of a block, or how many there are."""
    return integer(value, limits.FEED_LENGTH_MAX_BLOCKS)


def request_id(value: object) -> int:
    """The number of a request."""
    return integer(value, (1 << 32) - 1)


def head(length: object, tree_hash: object, signature: object) -> Head:
    """A head from its fields."""
    return Head(seq(length), octets(tree_hash, HASH_LENGTH_BYTES), octets(signature, SIGNATURE_LENGTH_BYTES))


def runs(value: object, length: int) -> Runs:
    """Of a feed of `length` blocks, those that are held; flattened, and not all of them."""
    flat = [integer(seq, length) for seq in items(value, 2 * limits.OFFER_LENGTH_MAX_RANGES)]
    if len(flat) % 2 or any(here >= after for here, after in pairwise(flat)):
        raise MessageError("the runs of an offer do not ascend")
    if flat == [0, length]:
        raise MessageError("an offer of all of a feed names runs")
    return tuple(zip(flat[::2], flat[1::2], strict=True))


def blocks(value: object) -> tuple[bytes, ...]:
    """At least one block, each of a possible length."""
    values = items(value, limits.RANGE_LENGTH_MAX_BLOCKS)
    if not values:
        raise MessageError("a message carries no blocks")
    for block in values:
        if not isinstance(block, bytes) or len(block) > limits.BLOCK_LENGTH_MAX_BYTES:
            raise MessageError(f"a block is not bytes, {limits.BLOCK_LENGTH_MAX_BYTES} at most")
    return tuple(values)


def nodes(value: object, indexes: Sequence[int]) -> tuple[Node, ...]:
    """The nodes of `indexes`, packed."""
    packed = octets(value, len(indexes) * NODE.size)
    return tuple(Node(index, *node) for index, node in zip(indexes, NODE.iter_unpack(packed), strict=True))

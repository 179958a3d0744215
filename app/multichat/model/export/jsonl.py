"""What has been said, as JSON lines that can be checked: each by itself, without a store. Pure.

Owns what stands in a line, and reading one that anybody may have written. See PROTOCOL.md.
"""

import json
from base64 import b64decode, b64encode
from collections.abc import Callable, Mapping, Sequence
from struct import Struct
from typing import Final, NamedTuple, NoReturn

from multichat.limits import EXPORT_LINE_LENGTH_MAX_BYTES
from multichat.model.export.evidence import Signed, nodes_needed
from multichat.model.message import Message, Position
from multichat.model.record import CHAT_MESSAGE, Record, format_timestamp, is_json, parse_json_record, parse_record
from multifeed import BlockDecodeError, flat_tree, merkle
from multifeed.encoding import encoding_named
from multifeed.keys import KEY_LENGTH_BYTES
from multifeed.limits import BLOCK_LENGTH_MAX_BYTES, FEED_LENGTH_MAX_BLOCKS
from multifeed.merkle import HASH_LENGTH_BYTES, Head, Node

# A node of a proof: its hash, then u64 size. Which node it is follows from the head's length and the seq.
_NODE: Final = Struct(f">{HASH_LENGTH_BYTES}sQ")

_CBOR: Final = encoding_named("cbor")
_written: Final = json.JSONEncoder(separators=(",", ":")).encode
_in_one_order: Final = json.JSONEncoder(sort_keys=True).encode


class LineError(Exception):
    """Raised for a line that is not what an author signed; the message says what of it is not."""


class Line(NamedTuple):
    """A line that holds: what was signed, what it says, and the roots of the tree that its proof has shown."""

    signed: Signed
    record: Record
    roots: Sequence[Node]


class JsonLines:
    """A line for each message; see `form.Form`. `evidence` shows that it is its author's, or raises StoreError."""

    calling = None

    def __init__(self, evidence: Callable[[Position], Signed]) -> None:
        self._evidence = evidence

    def opening(self) -> str:
        """Nothing: no line needs another one."""
        return ""

    def page(self, messages: Sequence[Message]) -> str:
        """See `form.Form`."""
        return "".join(line_of(message.record, self._evidence(message.position)) for message in messages)

    def closing(self) -> str:
        """Nothing."""
        return ""


# --- writing ---


def line_of(record: Record, signed: Signed) -> str:
    """One message, in ASCII without controls."""
    # The one control that JSON leaves as it is.
    return _written(_fields(record, signed)).replace("\x7f", "\\u007f") + "\n"


def _fields(record: Record, signed: Signed) -> dict[str, object]:
    head = signed.head
    said: dict[str, object] = {
        "feed": signed.feed.hex(),
        "seq": signed.seq,
        "type": CHAT_MESSAGE,
        "nickname": record.nickname,
        "text": record.text,
        "timestamp": format_timestamp(record.timestamp_ms),
    }
    shown = {
        "block": _base64(signed.block),
        "head": {"length": head.length, "tree_hash": head.tree_hash.hex(), "signature": _base64(head.signature)},
        "proof": _base64(b"".join(_NODE.pack(node.hash, node.size) for node in signed.nodes)),
    }
    return {**said, **({"action": True} if record.is_action else {}), **shown}


def _base64(data: bytes) -> str:
    return b64encode(data).decode("ascii")


# --- reading ---


def read_line(line: bytes, is_signed: Callable[[bytes, Head], bool]) -> Line:
    """A line that holds; `is_signed` says whether a head is signed by a feed's key. Raises LineError.

    What the line says in words is compared with what its block says, written anew: nothing in it goes unlooked at.
    """
    given = _object_in(line)
    signed = _signed_in(given)
    if not is_signed(signed.feed, signed.head):
        raise LineError("the signature of its head is not that of its feed")
    roots = _roots_over(signed)
    if merkle.tree_hash(roots) != signed.head.tree_hash:
        raise LineError("its block and its proof do not add up to its tree hash")
    record = _record_in(signed.block)
    _compare(given, _fields(record, signed))
    return Line(signed, record, roots)


def _object_in(line: bytes) -> Mapping[str, object]:
    if len(line) > EXPORT_LINE_LENGTH_MAX_BYTES:
        raise LineError(f"it is longer than {EXPORT_LINE_LENGTH_MAX_BYTES:,} bytes, which no message is")
    try:
        value = json.loads(
            line.decode("utf-8"), object_pairs_hook=_once, parse_constant=_refuse_number, parse_float=_refuse_number
        )
    except (ValueError, RecursionError):
        raise LineError("it is not one JSON object, or only a part of one") from None
    if not isinstance(value, dict):
        raise LineError("it is not a JSON object")
    return value


def _once(pairs: Sequence[tuple[str, object]]) -> dict[str, object]:
    """An object in which nothing is said twice: of two, one reader takes the first and another the last."""
    fields = dict(pairs)
    if len(fields) < len(pairs):
        raise LineError("it says one thing twice")
    return fields


def _refuse_number(_text: str) -> NoReturn:
    raise LineError("it has a number that is not a whole one")


def _signed_in(given: Mapping[str, object]) -> Signed:
    feed = _hex(given, "feed", KEY_LENGTH_BYTES)
    head = given.get("head")
    if not isinstance(head, dict):
        raise LineError("it has no head")
    length = _count(head, "length", FEED_LENGTH_MAX_BLOCKS)
    seq = _count(given, "seq", length - 1)
    tree_hash, signature = _hex(head, "tree_hash", HASH_LENGTH_BYTES), _bytes(head, "signature")
    block = _bytes(given, "block")
    if len(block) > BLOCK_LENGTH_MAX_BYTES:
        raise LineError(f"its block is longer than {BLOCK_LENGTH_MAX_BYTES:,} bytes")
    return Signed(feed, seq, block, Head(length, tree_hash, signature), _nodes(given, length, seq))


def _nodes(given: Mapping[str, object], length: int, seq: int) -> tuple[Node, ...]:
    packed = _bytes(given, "proof")
    indexes = nodes_needed(length, seq)
    if len(packed) != len(indexes) * _NODE.size:
        raise LineError(f"its proof does not have the {len(indexes)} nodes that it needs")
    return tuple(Node(index, *node) for index, node in zip(indexes, _NODE.iter_unpack(packed), strict=True))


def _roots_over(signed: Signed) -> list[Node]:
    """The roots of the tree of which the block and the nodes of its proof are all there is."""
    if not all(map(merkle.is_possible, signed.nodes)):
        raise LineError("its proof has a node of an impossible size")
    leaf = Node(flat_tree.index_of(0, signed.seq), merkle.leaf_hash(signed.block), len(signed.block))
    return merkle.roots_from(sorted((*signed.nodes, leaf)), signed.head.length)


def _record_in(block: bytes) -> Record:
    try:
        record = parse_json_record(block) if is_json(block) else parse_record(_CBOR.decode(block))
    except BlockDecodeError:
        record = None
    if record is None:
        raise LineError("its block is signed, but holds no message")
    return record


def _compare(given: Mapping[str, object], right: Mapping[str, object]) -> None:
    """As both are written: to Python, 1 is true."""
    if _in_one_order(given) == _in_one_order(right):
        return
    if given.keys() != right.keys():
        name = min(given.keys() ^ right.keys())
        raise LineError(f"it has no {name}" if name in right else f"it has something that was not signed: {name}")
    wrong = next(name for name in right if _in_one_order(given[name]) != _in_one_order(right[name]))
    raise LineError(f"its {wrong} is not what was signed")


def _hex(given: Mapping[str, object], name: str, length: int) -> bytes:
    value = given.get(name)
    try:
        data = bytes.fromhex(value) if isinstance(value, str) else b""
    except ValueError:
        data = b""
    if len(data) != length:
        raise LineError(f"its {name} is not {2 * length} hexadecimal digits")
    return data


def _bytes(given: Mapping[str, object], name: str) -> bytes:
    value = given.get(name)
    if not isinstance(value, str):
        raise LineError(f"it has no {name}")
    try:
        return b64decode(value, validate=True)
    except ValueError:
        raise LineError(f"its {name} is not base64") from None


def _count(given: Mapping[str, object], name: str, maximum: int) -> int:
    value = given.get(name)
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= maximum:
        raise LineError(f"its {name} is not a number from 0 to {maximum:,}")
    return value

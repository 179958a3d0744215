"""The messages of a channel: one dataclass each, the schema of their fields beside it. Pure.

Owns what a message consists of and the bounds of each field. Knows no order: what may follow what is the channel's.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from typing import Any, Final, NamedTuple

from multifeed.errors import MessageError
from multifeed.hypercore9 import protobuf, varint
from multifeed.keys import KEY_LENGTH_BYTES, SIGNATURE_LENGTH_BYTES
from multifeed.limits import FEED_LENGTH_MAX_BLOCKS, JS_EXTENSIONS_MAX, JS_NAME_LENGTH_MAX
from multifeed.merkle import HASH_LENGTH_BYTES, Node

_U64_MAX: Final = (1 << 64) - 1

# The greatest integer that JavaScript can count to; sums of so many sizes as there are nodes fit into 64 bits.
_SIZE_MAX: Final = (1 << 53) - 1


@dataclass(frozen=True, slots=True)
class Open:
    """The sender has a feed, and shows by the capability that it knows its key."""

    discovery_key: bytes
    capability: bytes = b""


@dataclass(frozen=True, slots=True)
class Options:
    """The extensions that the sender has, in ascending order; on a feed, whether each block is to be acknowledged."""

    extensions: tuple[str, ...] = ()
    ack: bool = False


@dataclass(frozen=True, slots=True)
class Status:
    """Whether the sender gives blocks, and takes them; both until it says otherwise."""

    uploading: bool = False
    downloading: bool = False


@dataclass(frozen=True, slots=True)
class Have:
    """The sender holds [start, start + length), or of it what the run-length coded bits say."""

    start: int
    length: int = 1
    bitfield: bytes | None = None
    ack: bool = False


@dataclass(frozen=True, slots=True)
class Unhave:
    """The sender does not hold [start, start + length), or not any more."""

    start: int
    length: int = 1


@dataclass(frozen=True, slots=True)
class Want:
    """The sender wants to know what there is in [start, start + length); 0 for as far as there are blocks."""

    start: int
    length: int = 0


@dataclass(frozen=True, slots=True)
class Unwant:
    """The opposite of Want."""

    start: int
    length: int = 0


@dataclass(frozen=True, slots=True)
class Request:
    """A block, or the hash of one, by its seq or else by the bytes before it; `nodes` are those that are known."""

    index: int
    bytes: int = 0
    hash: bool = False
    nodes: int = 0


@dataclass(frozen=True, slots=True)
class Cancel:
    """A request is not to be answered any more."""

    index: int
    bytes: int = 0
    hash: bool = False


@dataclass(frozen=True, slots=True)
class Data:
    """A block and what proves it."""

    index: int
    value: bytes | None = None
    nodes: tuple[Node, ...] = ()
    signature: bytes | None = None


@dataclass(frozen=True, slots=True)
class Close:
    """The channel is closed; with a discovery key, one that the sender never opened."""

    discovery_key: bytes = b""


@dataclass(frozen=True, slots=True)
class Extension:
    """A message that is none of these: the place of its name among the sender's extensions, and its bytes."""

    id: int
    payload: bytes


Message = Open | Options | Status | Have | Unhave | Want | Unwant | Request | Cancel | Data | Close | Extension


class _Kind(NamedTuple):
    """How the value of a field is written and read; `read` raises MessageError."""

    write: Callable[[int, Any], bytes]
    read: Callable[[Any], Any]
    is_repeated: bool = False


def _integer(maximum: int) -> _Kind:
    def read(value: object) -> int:
        if not isinstance(value, int) or value > maximum:
            raise MessageError("a field is not an integer in its bounds")
        return value

    return _Kind(protobuf.integer_field, read)


def _octets(length: int | None = None) -> _Kind:
    def read(value: object) -> bytes:
        if not isinstance(value, bytes) or length not in {None, len(value)}:
            raise MessageError("a field is not bytes of its length")
        return value

    return _Kind(protobuf.bytes_field, read)


def _read_boolean(value: object) -> bool:
    if not isinstance(value, int):
        raise MessageError("a field is not true or false")
    return bool(value)


def _write_text(number: int, value: str) -> bytes:
    return protobuf.bytes_field(number, value.encode())


def _read_text(value: object) -> str:
    if not isinstance(value, bytes) or len(value) > JS_NAME_LENGTH_MAX:
        raise MessageError("a field is not a text of a possible length")
    try:
        return value.decode()
    except UnicodeDecodeError as error:
        raise MessageError("a field is not a text") from error


def _write_node(number: int, node: Node) -> bytes:
    index, hash_, size = node
    packed = (
        protobuf.integer_field(1, index) + protobuf.bytes_field(2, hash_) + protobuf.integer_field(3, size)
    )  # the order of the schema
    return protobuf.bytes_field(number, packed)


def _read_node(value: object) -> Node:
    if not isinstance(value, bytes):
        raise MessageError("a field is not a node")
    found = dict(protobuf.fields(value))
    index, hash_, size = found.get(1), found.get(2), found.get(3)
    if not isinstance(index, int) or not isinstance(hash_, bytes) or not isinstance(size, int):
        raise MessageError("a node lacks a field")
    if index > 2 * FEED_LENGTH_MAX_BLOCKS or len(hash_) != HASH_LENGTH_BYTES or size > _SIZE_MAX:
        raise MessageError("a node is not one of a tree")
    return Node(index, hash_, size)


_SEQ: Final = _integer(FEED_LENGTH_MAX_BLOCKS)
_U64: Final = _integer(_U64_MAX)
_BYTES: Final = _octets()
_KEY: Final = _octets(KEY_LENGTH_BYTES)
_SIGNATURE: Final = _octets(SIGNATURE_LENGTH_BYTES)
_BOOLEAN: Final = _Kind(protobuf.integer_field, _read_boolean)
_TEXTS: Final = _Kind(_write_text, _read_text, is_repeated=True)
_NODES: Final = _Kind(_write_node, _read_node, is_repeated=True)

# The place of a message in this list is its number on the wire; the place of a field in it is the field's.
_SCHEMA: Final[Mapping[type, Mapping[str, _Kind]]] = {
    Open: {"discovery_key": _KEY, "capability": _BYTES},
    Options: {"extensions": _TEXTS, "ack": _BOOLEAN},
    Status: {"uploading": _BOOLEAN, "downloading": _BOOLEAN},
    Have: {"start": _SEQ, "length": _SEQ, "bitfield": _BYTES, "ack": _BOOLEAN},
    Unhave: {"start": _SEQ, "length": _SEQ},
    Want: {"start": _SEQ, "length": _SEQ},
    Unwant: {"start": _SEQ, "length": _SEQ},
    Request: {"index": _SEQ, "bytes": _U64, "hash": _BOOLEAN, "nodes": _U64},
    Cancel: {"index": _SEQ, "bytes": _U64, "hash": _BOOLEAN},
    Data: {"index": _SEQ, "value": _BYTES, "nodes": _NODES, "signature": _SIGNATURE},
    Close: {"discovery_key": _KEY},
}
_TYPES: Final = list(_SCHEMA)
NUMBERS: Final = {kind: number for number, kind in enumerate(_TYPES)}
_EXTENSION: Final = 15
_NODES_MAX: Final = 2 * (FEED_LENGTH_MAX_BLOCKS.bit_length() + 1)
_REPEATED_MAX: Final = max(JS_EXTENSIONS_MAX, _NODES_MAX)
_DEFAULTS: Final = {kind: {field.name: field.default for field in fields(kind)} for kind in _TYPES}
_FIELDS: Final = {kind: dict(enumerate(schema.items(), 1)) for kind, schema in _SCHEMA.items()}


def encode(message: Message) -> tuple[int, bytes]:
    """The number of a message and its bytes."""
    if isinstance(message, Extension):
        return _EXTENSION, varint.encode(message.id) + message.payload
    kind = type(message)
    parts = []
    for number, (name, field) in _FIELDS[kind].items():
        value = getattr(message, name)
        if field.is_repeated:
            parts += [field.write(number, item) for item in value]
        elif value != _DEFAULTS[kind][name]:
            parts.append(field.write(number, value))
    return NUMBERS[kind], b"".join(parts)


def decode(number: int, encoded: bytes) -> Message | None:
    """The message of a number; None for numbers that this version does not have. Raises MessageError."""
    if number == _EXTENSION:
        id_, end = varint.decode(encoded, 0)
        return Extension(id_, encoded[end:])
    if number >= len(_TYPES):
        return None
    return _decode_fields(_TYPES[number], encoded)


def _decode_fields(kind: type, encoded: bytes) -> Message:
    values: dict[str, Any] = {}
    known = _FIELDS[kind]
    for number, raw in protobuf.fields(encoded):
        if number not in known:
            continue
        name, field = known[number]
        value = field.read(raw)
        if field.is_repeated:
            value = (*values.get(name, ()), value)
            _require(len(value) <= _REPEATED_MAX)
        values[name] = value
    _require(next(iter(_SCHEMA[kind])) in values or kind in {Options, Status, Close})
    message: Message = kind(**values)
    return message


def _require(holds: bool) -> None:  # noqa: FBT001 (what must hold)
    if not holds:
        raise MessageError("a message lacks a field or has too many of one")

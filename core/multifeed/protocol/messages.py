"""The messages of a link, one class each, encode beside decode.

A message is a CBOR array (RFC 8949) of its number and its fields, in the one deterministic encoding that section 4.2.1
allows: anything else, trailing bytes included, is refused. Owns the shape of every message and the bounds of its
fields; raises MessageError for all others. Knows no order of messages (see `session`).
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar, Final, NoReturn, Protocol, Self, get_args

import cbor2

from multifeed import limits, merkle
from multifeed.conflict import Conflict
from multifeed.errors import InvalidProofError, MessageError
from multifeed.keys import KEY_LENGTH_BYTES, SIGNATURE_LENGTH_BYTES
from multifeed.merkle import HASH_LENGTH_BYTES, Head, Proof
from multifeed.protocol import checked
from multifeed.protocol.events import Whereabouts
from multifeed.protocol.heads import BUCKET_COUNT, DIGEST_LENGTH_BYTES, Claim, Runs

INSTANCE_ID_LENGTH_BYTES: Final = 16

# 35,000 years on; beyond it, a difference of clocks is of no use to anybody.
TIME_MAX_S: Final = 1 << 40

_PORT_MAX: Final = 65_535
# IPv4 and IPv6.
_ADDRESS_LENGTHS_BYTES: Final = (4, 16)


class Message(Protocol):
    """What every message can do."""

    NUMBER: ClassVar[int]

    def fields(self) -> list[Any]:
        """The fields in the order of the wire."""
        ...

    @classmethod
    def from_fields(cls, fields: list[Any]) -> Self:
        """The message of these fields. Raises MessageError."""
        ...


@dataclass(frozen=True, slots=True)
class Hello:
    """Who this side is; the first message of either side.

    `signature` is the feed key's over the handshake hash (see `session.hello_signable`). `port` is where this side
    accepts links, 0 for nowhere.
    """

    NUMBER: ClassVar[int] = 0
    instance_id: bytes
    feed_key: bytes
    signature: bytes
    port: int
    agent: str

    def fields(self) -> list[Any]:  # noqa: D102 (see Message)
        return [self.instance_id, self.feed_key, self.signature, self.port, self.agent]

    @classmethod
    def from_fields(cls, fields: list[Any]) -> Self:  # noqa: D102 (see Message)
        instance_id, feed_key, signature, port, agent = checked.exactly(5, fields)
        return cls(
            checked.octets(instance_id, INSTANCE_ID_LENGTH_BYTES),
            checked.octets(feed_key, KEY_LENGTH_BYTES),
            checked.octets(signature, SIGNATURE_LENGTH_BYTES),
            checked.integer(port, _PORT_MAX),
            checked.text(agent, limits.AGENT_LENGTH_MAX),
        )


@dataclass(frozen=True, slots=True)
class Digest:
    """The digest of all that this side holds."""

    NUMBER: ClassVar[int] = 1
    root: bytes

    def fields(self) -> list[Any]:  # noqa: D102 (see Message)
        return [self.root]

    @classmethod
    def from_fields(cls, fields: list[Any]) -> Self:  # noqa: D102 (see Message)
        (root,) = checked.exactly(1, fields)
        return cls(checked.octets(root, DIGEST_LENGTH_BYTES))


@dataclass(frozen=True, slots=True)
class Buckets:
    """The digest of each bucket; from the initiator, when the root digests differ."""

    NUMBER: ClassVar[int] = 2
    digests: tuple[bytes, ...]

    def fields(self) -> list[Any]:  # noqa: D102 (see Message)
        return [b"".join(self.digests)]

    @classmethod
    def from_fields(cls, fields: list[Any]) -> Self:  # noqa: D102 (see Message)
        (joined,) = checked.exactly(1, fields)
        checked.octets(joined, BUCKET_COUNT * DIGEST_LENGTH_BYTES)
        return cls(
            tuple(joined[at : at + DIGEST_LENGTH_BYTES] for at in range(0, len(joined), DIGEST_LENGTH_BYTES)),
        )


@dataclass(frozen=True, slots=True)
class Differing:
    """Which buckets differ; from the responder, after it has offered all that it holds in them."""

    NUMBER: ClassVar[int] = 3
    buckets: frozenset[int]

    def fields(self) -> list[Any]:  # noqa: D102 (see Message)
        return [sum(1 << bucket for bucket in self.buckets).to_bytes(BUCKET_COUNT // 8, "little")]

    @classmethod
    def from_fields(cls, fields: list[Any]) -> Self:  # noqa: D102 (see Message)
        (bitmap,) = checked.exactly(1, fields)
        bits = int.from_bytes(checked.octets(bitmap, BUCKET_COUNT // 8), "little")
        return cls(frozenset(bucket for bucket in range(BUCKET_COUNT) if bits >> bucket & 1))


@dataclass(frozen=True, slots=True)
class Offered:
    """One feed in an offer. `key` is None when the sender has named the feed under this alias before."""

    alias: int
    key: bytes | None
    length: int
    tree_hash: bytes
    held: Runs
    is_frozen: bool = False

    def claim(self, key: bytes) -> Claim:
        """What the sender claims for the feed of `key`."""
        return Claim(key, self.length, self.tree_hash, self.held, self.is_frozen)


@dataclass(frozen=True, slots=True)
class Offer:
    """What the sender holds now of some feeds. A feed's first mention gives it the sender's next alias: 0, 1, 2, ..."""

    NUMBER: ClassVar[int] = 4
    feeds: tuple[Offered, ...]

    def fields(self) -> list[Any]:  # noqa: D102 (see Message)
        return [[self._entry(feed) for feed in self.feeds]]

    @staticmethod
    def _entry(feed: Offered) -> list[Any]:
        # Most feeds are held whole: null stands for that.
        is_whole = feed.held == ((0, feed.length),)
        runs = None if is_whole else [seq for run in feed.held for seq in run]
        return [feed.alias, feed.key, feed.length, feed.tree_hash, runs, feed.is_frozen]

    @classmethod
    def from_fields(cls, fields: list[Any]) -> Self:  # noqa: D102 (see Message)
        (entries,) = checked.exactly(1, fields)
        return cls(tuple(map(cls._offered, checked.items(entries, limits.OFFER_LENGTH_MAX_FEEDS))))

    @staticmethod
    def _offered(entry: object) -> Offered:
        alias, key, length, tree_hash, runs, is_frozen = checked.exactly(6, entry)
        if checked.seq(length) == 0:
            raise MessageError("an offer is for an empty feed")
        return Offered(
            checked.integer(alias, limits.SESSION_FEEDS_MAX - 1),
            None if key is None else checked.octets(key, KEY_LENGTH_BYTES),
            length,
            checked.octets(tree_hash, HASH_LENGTH_BYTES),
            ((0, length),) if runs is None else checked.runs(runs, length),
            checked.boolean(is_frozen),
        )


@dataclass(frozen=True, slots=True)
class Request:
    """Asks for blocks [start, end) of the feed that the receiver offered under `alias`; for one who holds `since`."""

    NUMBER: ClassVar[int] = 5
    request_id: int
    alias: int
    start: int
    end: int
    since: int

    def fields(self) -> list[Any]:  # noqa: D102 (see Message)
        return [self.request_id, self.alias, self.start, self.end, self.since]

    @classmethod
    def from_fields(cls, fields: list[Any]) -> Self:  # noqa: D102 (see Message)
        request_id, alias, start, end, since = checked.exactly(5, fields)
        if not checked.seq(start) < checked.seq(end):
            raise MessageError("a request is for no blocks")
        return cls(
            checked.request_id(request_id),
            checked.integer(alias, limits.SESSION_FEEDS_MAX - 1),
            start,
            end,
            checked.seq(since),
        )


@dataclass(frozen=True, slots=True)
class Blocks:
    """Answers a request with the last blocks of its range, as many as fit, and their proof."""

    NUMBER: ClassVar[int] = 6
    request_id: int
    blocks: tuple[bytes, ...]
    proof: Proof

    def fields(self) -> list[Any]:  # noqa: D102 (see Message)
        head, proof = self.proof.head, self.proof
        nodes = b"".join(checked.NODE.pack(node.hash, node.size) for node in proof.nodes)
        return [
            self.request_id,
            proof.start,
            list(self.blocks),
            head.length,
            head.tree_hash,
            head.signature,
            proof.since,
            nodes,
        ]

    @classmethod
    def from_fields(cls, fields: list[Any]) -> Self:  # noqa: D102 (see Message)
        request_id, start, blocks, length, tree_hash, signature, since, nodes = checked.exactly(8, fields)
        blocks = checked.blocks(blocks)
        head = checked.head(length, tree_hash, signature)
        end = checked.seq(start) + len(blocks)
        if end > head.length or checked.seq(since) > head.length:
            raise MessageError("an answer goes beyond its head")
        indexes = merkle.proof_indexes(head.length, start, end, since)
        return cls(
            checked.request_id(request_id), blocks, Proof(head, start, end, since, checked.nodes(nodes, indexes))
        )


@dataclass(frozen=True, slots=True)
class Refusal:
    """Answers a request whose blocks the receiver cannot or will not send."""

    NUMBER: ClassVar[int] = 7
    request_id: int

    def fields(self) -> list[Any]:  # noqa: D102 (see Message)
        return [self.request_id]

    @classmethod
    def from_fields(cls, fields: list[Any]) -> Self:  # noqa: D102 (see Message)
        (request_id,) = checked.exactly(1, fields)
        return cls(checked.request_id(request_id))


@dataclass(frozen=True, slots=True)
class Push:
    """New blocks of a feed up to its new head, for a receiver that holds everything before them.

    Their proof needs no nodes: the roots of the tree before them are all there is beside them.
    """

    NUMBER: ClassVar[int] = 8
    alias: int
    blocks: tuple[bytes, ...]
    head: Head

    @property
    def proof(self) -> Proof:
        """The proof that the message amounts to."""
        start = self.head.length - len(self.blocks)
        return Proof(self.head, start, self.head.length, start, ())

    def fields(self) -> list[Any]:  # noqa: D102 (see Message)
        return [self.alias, list(self.blocks), self.head.length, self.head.tree_hash, self.head.signature]

    @classmethod
    def from_fields(cls, fields: list[Any]) -> Self:  # noqa: D102 (see Message)
        alias, blocks, length, tree_hash, signature = checked.exactly(5, fields)
        push = cls(
            checked.integer(alias, limits.SESSION_FEEDS_MAX - 1),
            checked.blocks(blocks),
            checked.head(length, tree_hash, signature),
        )
        if len(push.blocks) > push.head.length:
            raise MessageError("a push goes beyond its head")
        return push


@dataclass(frozen=True, slots=True)
class Ping:
    """Asks whether the other side is there."""

    NUMBER: ClassVar[int] = 9
    token: int

    def fields(self) -> list[Any]:  # noqa: D102 (see Message)
        return [self.token]

    @classmethod
    def from_fields(cls, fields: list[Any]) -> Self:  # noqa: D102 (see Message)
        (token,) = checked.exactly(1, fields)
        return cls(checked.request_id(token))


@dataclass(frozen=True, slots=True)
class Pong:
    """Answers a ping with its token, and what the clock of the sender shows: seconds since 1970, 0 from one without."""

    NUMBER: ClassVar[int] = 10
    token: int
    time_s: int = 0

    def fields(self) -> list[Any]:  # noqa: D102 (see Message)
        return [self.token, self.time_s]

    @classmethod
    def from_fields(cls, fields: list[Any]) -> Self:  # noqa: D102 (see Message)
        token, time_s = checked.exactly(2, fields)
        return cls(checked.request_id(token), checked.integer(time_s, TIME_MAX_S))


@dataclass(frozen=True, slots=True)
class Bye:
    """The last message: the link ends on purpose, and why."""

    NUMBER: ClassVar[int] = 11
    reason: str

    def fields(self) -> list[Any]:  # noqa: D102 (see Message)
        return [self.reason]

    @classmethod
    def from_fields(cls, fields: list[Any]) -> Self:  # noqa: D102 (see Message)
        (reason,) = checked.exactly(1, fields)
        return cls(checked.text(reason, limits.REASON_LENGTH_MAX))


@dataclass(frozen=True, slots=True)
class Contradiction:
    """Evidence that the key of a feed that the sender has offered has signed two histories."""

    NUMBER: ClassVar[int] = 12
    alias: int
    conflict: Conflict

    def fields(self) -> list[Any]:  # noqa: D102 (see Message)
        return [self.alias, self.conflict.pack()]

    @classmethod
    def from_fields(cls, fields: list[Any]) -> Self:  # noqa: D102 (see Message)
        alias, packed = checked.exactly(2, fields)
        if not isinstance(packed, bytes):
            raise MessageError("the evidence of a conflict is not bytes")
        try:
            conflict = Conflict.unpack(packed)
        except InvalidProofError as error:
            raise MessageError(str(error)) from error
        return cls(checked.integer(alias, limits.SESSION_FEEDS_MAX - 1), conflict)


@dataclass(frozen=True, slots=True)
class Introduction:
    """Others of the room, and where the sender is linked with them."""

    NUMBER: ClassVar[int] = 13
    peers: tuple[Whereabouts, ...]

    def fields(self) -> list[Any]:  # noqa: D102 (see Message)
        return [[[peer.instance_id, peer.address, peer.port] for peer in self.peers]]

    @classmethod
    def from_fields(cls, fields: list[Any]) -> Self:  # noqa: D102 (see Message)
        (entries,) = checked.exactly(1, fields)
        return cls(tuple(map(cls._whereabouts, checked.items(entries, limits.INTRODUCTION_LENGTH_MAX_PEERS))))

    @staticmethod
    def _whereabouts(entry: object) -> Whereabouts:
        instance_id, address, port = checked.exactly(3, entry)
        if not isinstance(address, bytes) or len(address) not in _ADDRESS_LENGTHS_BYTES:
            raise MessageError("an address is not one of IPv4 or IPv6")
        if checked.integer(port, _PORT_MAX) == 0:
            raise MessageError("nobody accepts links on port 0")
        return Whereabouts(checked.octets(instance_id, INSTANCE_ID_LENGTH_BYTES), address, port)


AnyMessage = (
    Hello
    | Digest
    | Buckets
    | Differing
    | Offer
    | Request
    | Blocks
    | Refusal
    | Push
    | Ping
    | Pong
    | Bye
    | Contradiction
    | Introduction
)

_CLASSES: Final[dict[int, Callable[[list[Any]], AnyMessage]]] = {
    kind.NUMBER: kind.from_fields for kind in get_args(AnyMessage)
}


def encode(message: AnyMessage) -> bytes:
    """The bytes of a message."""
    return cbor2.dumps([message.NUMBER, *message.fields()])


def decode(data: bytes) -> AnyMessage:
    """The message of these bytes. Raises MessageError, whatever they are."""
    number, *fields = checked.items(_load(data), limits.MESSAGE_LENGTH_MAX_BYTES) or [None]
    kind = _CLASSES.get(checked.integer(number, max(_CLASSES)))
    if kind is None:
        raise MessageError(f"there is no message {number}")
    return kind(fields)


def _refuse_tag(*_: object) -> NoReturn:
    raise MessageError("a message holds a tag")


# Tags build objects of many kinds (dates, regular expressions, references); no message has one.
_NO_TAGS: Final = dict.fromkeys(
    (0, 1, 2, 3, 4, 5, 25, 28, 29, 30, 35, 36, 37, 100, 256, 258, 260, 261, 1004, 43000), _refuse_tag
)


def _load(data: bytes) -> object:
    try:
        value = cbor2.loads(
            data, semantic_decoders=_NO_TAGS, max_depth=limits.MESSAGE_DEPTH_MAX, allow_indefinite=False
        )
        # One encoding per message: this also finds what is left over behind it.
        is_deterministic = cbor2.dumps(value, canonical=True) == data
    except Exception as error:  # decoders build many kinds of objects; whichever fails, the bytes are at fault
        raise MessageError("a message is not CBOR") from error
    if not is_deterministic:
        raise MessageError("a message is not in the deterministic encoding")
    return value

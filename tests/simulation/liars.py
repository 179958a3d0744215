"""Sessions of peers that lie: each in one way, or in every way that the protocol can express.

What their link is driven with is honest; what they make of it is not.
"""

from collections.abc import Sequence
from random import Random
from typing import ClassVar, Final

from multifeed import Conflict, Head, Proof, keys, limits, merkle
from multifeed.merkle import Node
from multifeed.protocol import messages
from multifeed.protocol.events import Event, Requested
from multifeed.protocol.heads import BUCKET_COUNT, Claim
from multifeed.protocol.messages import AnyMessage
from multifeed.protocol.session import Session


class FlippingSession(Session):
    """Flips a bit of each block that it passes on."""

    def answer(self, request_id: int, blocks: Sequence[bytes], proof: Proof) -> None:
        super().answer(request_id, [_flipped(block) for block in blocks], proof)

    def push(self, claim: Claim, blocks: Sequence[bytes], head: Head) -> None:
        super().push(claim, [_flipped(block) for block in blocks], head)


class ForgingSession(Session):
    """Passes on blocks of its own making, under a head that it signs with its own key."""

    own: ClassVar[keys.KeyPair] = keys.KeyPair.from_seed(bytes(32))

    def answer(self, request_id: int, blocks: Sequence[bytes], proof: Proof) -> None:
        head = Head(proof.head.length, proof.head.tree_hash, self.own.sign(b"anything"))
        forged = Proof(head, proof.start, proof.end, proof.since, proof.nodes)
        super().answer(request_id, [b"forged"] * len(blocks), forged)

    def push(self, claim: Claim, blocks: Sequence[bytes], head: Head) -> None:
        forged = Head(head.length, head.tree_hash, self.own.sign(b"anything"))
        super().push(claim, [b"forged"] * len(blocks), forged)


class SwappingSession(Session):
    """Answers with what it has been asked for before: blocks and proof of another feed."""

    def answer(self, request_id: int, blocks: Sequence[bytes], proof: Proof) -> None:
        earlier = _EARLIER.setdefault(self, (blocks, proof))
        if len(earlier[0]) == len(blocks) and earlier[1].start == proof.start:
            blocks, proof = earlier
        super().answer(request_id, blocks, proof)


_EARLIER: dict[Session, tuple[Sequence[bytes], Proof]] = {}


def _flipped(block: bytes) -> bytes:
    return bytes([block[0] ^ 1]) + block[1:] if block else b"\x00"


class MakingUpSession(Session):
    """There is nothing behind what it claims: it refuses whatever it is asked for."""

    def receive(self, data: bytes, now_s: float, *, time_s: int = 0, message_max: int | None = None) -> list[Event]:
        kept: list[Event] = []
        for event in super().receive(data, now_s, time_s=time_s, message_max=message_max):
            if isinstance(event, Requested):
                self.refuse(event.request_id, event.key)
            else:
                kept.append(event)
        return kept


class SlanderingSession(Session):
    """Shows false evidence with every offer."""

    def announce(self, claims: list[Claim]) -> None:  # type: ignore[override]  # as the replica calls it
        claims = list(claims)
        super().announce(claims)
        for claim in claims:
            self._heads.conflicts[claim.key] = _FALSE
            self._show_conflict(claim)


# Of the right form, and signed by nobody.
_FALSE = Conflict.unpack((b"\x00" * 7 + b"\x01" + bytes(96)) * 2 + bytes(40))


class SilentSession(Session):
    """Claims whatever it holds and answers nothing."""

    def receive(self, data: bytes, now_s: float, *, time_s: int = 0, message_max: int | None = None) -> list[Event]:
        return [
            event
            for event in super().receive(data, now_s, time_s=time_s, message_max=message_max)
            if not isinstance(event, Requested)
        ]


class BabblingSession(Session):
    """Says anything that the protocol can express when it hears something, and now and then bytes that it cannot."""

    def receive(self, data: bytes, now_s: float, *, time_s: int = 0, message_max: int | None = None) -> list[Event]:
        rng = Random(data[:16])
        events = super().receive(data, now_s, time_s=time_s, message_max=message_max)
        if self.is_ready and rng.random() < 0.3:
            for _ in range(rng.randrange(4)):
                self._send(_anything(rng, self))
            if rng.random() < 0.02:
                self._channel._outgoing.append(rng.randbytes(rng.randrange(1, 200)))
        return events


def _anything(rng: Random, session: Session) -> AnyMessage:
    """A message whose fields are possible, and often enough true."""
    makers = (_digest, _buckets, _differing, _offer, _request, _blocks, _push, _contradiction, _small)
    return rng.choice(makers)(rng, session)


def _number(rng: Random) -> int:
    return rng.choice((0, 1, 2, rng.randrange(10), rng.randrange(600), rng.randrange(limits.FEED_LENGTH_MAX_BLOCKS)))


def _head(rng: Random, length: int) -> Head:
    return Head(length, rng.randbytes(32), rng.randbytes(64))


def _digest(rng: Random, _: Session) -> AnyMessage:
    return messages.Digest(rng.randbytes(16))


def _buckets(rng: Random, session: Session) -> AnyMessage:
    ours = session._heads.buckets()
    return messages.Buckets(tuple(digest if rng.random() < 0.5 else rng.randbytes(16) for digest in ours))


def _differing(rng: Random, _: Session) -> AnyMessage:
    return messages.Differing(frozenset(rng.sample(range(BUCKET_COUNT), rng.randrange(20))))


def _offer(rng: Random, session: Session) -> AnyMessage:
    offered = []
    for _ in range(rng.randrange(1, 20)):
        known = rng.choice(list(session.claims)) if session.claims and rng.random() < 0.5 else rng.randbytes(32)
        length = _number(rng) + 1
        start = rng.randrange(length)
        end = rng.randrange(start, length) + 1
        offered.append(session._offered(Claim(known, length, rng.randbytes(32), ((start, end),), rng.random() < 0.2)))
    return messages.Offer(tuple(offered))


def _request(rng: Random, session: Session) -> AnyMessage:
    start = _number(rng)
    alias = rng.randrange(len(session._their_keys) + 1)
    return messages.Request(rng.randrange(100), alias, start, start + 1 + _number(rng), _number(rng))


def _proof(rng: Random, count: int) -> Proof:
    start = _number(rng)
    length = start + count + _number(rng)
    since = rng.choice((0, 0, rng.randrange(length + 1)))
    indexes = merkle.proof_indexes(length, start, start + count, since)
    nodes = tuple(Node(index, rng.randbytes(32), rng.randrange(1000)) for index in indexes)
    return Proof(_head(rng, length), start, start + count, since, nodes)


def _blocks(rng: Random, session: Session) -> AnyMessage:
    blocks = tuple(rng.randbytes(rng.randrange(50)) for _ in range(rng.randrange(1, 20)))
    request_id = rng.choice([*session._asked, rng.randrange(100)])
    return messages.Blocks(request_id, blocks, _proof(rng, len(blocks)))


def _push(rng: Random, session: Session) -> AnyMessage:
    blocks = tuple(rng.randbytes(rng.randrange(50)) for _ in range(rng.randrange(1, 5)))
    alias = rng.randrange(len(session._our_keys) + 1)
    return messages.Push(alias, blocks, _head(rng, len(blocks) + _number(rng)))


def _contradiction(rng: Random, session: Session) -> AnyMessage:
    first = rng.randrange(1, 50)
    second = first + rng.randrange(50)
    nodes = tuple(Node(index, rng.randbytes(32), rng.randrange(1000)) for index in merkle.split_indexes(second, first))
    alias = rng.randrange(len(session._our_keys) + 1)
    return messages.Contradiction(alias, Conflict(_head(rng, first), _head(rng, second), nodes))


def _small(rng: Random, session: Session) -> AnyMessage:
    said: list[AnyMessage] = [
        messages.Ping(rng.randrange(100)),
        messages.Pong(rng.randrange(100), rng.randrange(messages.TIME_MAX_S)),
        messages.Refusal(rng.choice([*session._asked, rng.randrange(100)])),
        messages.Hello(rng.randbytes(16), rng.randbytes(32), rng.randbytes(64), 0, "again"),
    ]
    return rng.choice(said)


LIARS: Final[tuple[type[Session], ...]] = (
    FlippingSession,
    ForgingSession,
    SwappingSession,
    MakingUpSession,
    SlanderingSession,
    SilentSession,
    BabblingSession,
)

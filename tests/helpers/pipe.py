"""Two ends of a link in memory: sessions, or a peer that says whatever a test wants, and the bytes between them."""

from collections.abc import Iterable
from random import Random
from typing import Any, Protocol

from multifeed import KeyPair
from multifeed.protocol import messages
from multifeed.protocol.channel import Channel
from multifeed.protocol.events import Closed
from multifeed.protocol.heads import Claim, HeadIndex
from multifeed.protocol.messages import AnyMessage, Hello
from multifeed.protocol.noise import DhKeyPair
from multifeed.protocol.session import Identity, Session, hello_signable
from tests.helpers.feeds import key_pair

ROOM_KEY = b"r" * 32


def identity(number: int, *, room_key: bytes = ROOM_KEY) -> Identity:
    """Somebody of a room, the same in every run."""
    device = DhKeyPair.from_private(b"device " + number.to_bytes(25))
    return Identity(room_key, device, number.to_bytes(16), key_pair(number), 0, "test")


def session(number: int, *, initiator: bool, heads: HeadIndex | None = None, room_key: bytes = ROOM_KEY) -> Session:
    """A session of somebody, begun at time 0."""
    return Session(
        initiator=initiator,
        identity=identity(number, room_key=room_key),
        heads=heads or HeadIndex(),
        ephemeral=b"ephemeral " + number.to_bytes(22),
        now_s=0.0,
    )


def whole(key: bytes, length: int, tree_hash: bytes = b"t" * 32) -> Claim:
    """The claim of a feed of which everything is held."""
    return Claim(key, length, tree_hash, ((0, length),))


def heads_with(claims: Iterable[Claim], own: Iterable[bytes] = ()) -> HeadIndex:
    """What somebody claims to hold."""
    heads = HeadIndex()
    for claim in claims:
        heads.set(claim)
    heads.own.update(own)
    return heads


class Talker(Protocol):
    """Whatever can stand at an end of a pipe."""

    @property
    def has_data_to_send(self) -> bool: ...

    def data_to_send(self) -> bytes: ...

    def receive(self, data: bytes, now_s: float) -> list[Any]: ...


class RawPeer:
    """A peer that knows the room and says what it is told to; it hears messages as they are."""

    def __init__(self, number: int, *, initiator: bool, room_key: bytes = ROOM_KEY) -> None:
        self.identity = identity(number, room_key=room_key)
        self.channel = Channel(
            initiator=initiator,
            room_key=room_key,
            device=self.identity.device,
            ephemeral=DhKeyPair.from_private(b"raw " + number.to_bytes(28)),
        )

    @property
    def has_data_to_send(self) -> bool:
        return self.channel.has_data_to_send

    def data_to_send(self) -> bytes:
        return self.channel.data_to_send()

    def receive(self, data: bytes, now_s: float) -> list[AnyMessage]:
        del now_s
        return [messages.decode(message) for message in self.channel.receive(data)]

    def send(self, *said: AnyMessage) -> None:
        """Say this, in order, whether it fits or not."""
        for message in said:
            self.channel.send(messages.encode(message))

    def hello(self, *, feed: KeyPair | None = None, feed_key: bytes | None = None, initiator: bool) -> Hello:
        """A hello signed by `feed` for `feed_key`, both by default its own."""
        feed = feed or self.identity.feed
        signature = feed.sign(hello_signable(self.channel.handshake_hash, initiator=initiator))
        return Hello(self.identity.instance_id, feed_key or feed.public_key, signature, 0, "raw")


class End:
    """One end: who is there, what came of what it heard, and how many bytes it has sent."""

    def __init__(self, talker: Talker) -> None:
        self.talker = talker
        self.events: list[Any] = []
        self.sent = b""

    def of(self, *kinds: type) -> list[Any]:
        """The events of these kinds, in order."""
        return [event for event in self.events if isinstance(event, kinds)]

    @property
    def closed(self) -> Closed:
        """How the link ended at this end: it did, and once."""
        (closed,) = self.of(Closed)
        assert isinstance(closed, Closed)
        return closed


class Pipe:
    """Moves bytes between two ends until both are silent; `seed` cuts them into chunks of any length."""

    def __init__(self, left: Talker, right: Talker, *, seed: int | None = None) -> None:
        self.left, self.right = End(left), End(right)
        self.now_s = 0.0
        self.flights = 0
        self._rng = None if seed is None else Random(seed)

    def run(self) -> None:
        """Let both talk until neither has anything to say."""
        for _ in range(10_000):
            if not (self._fly(self.left, self.right) | self._fly(self.right, self.left)):
                return
        raise AssertionError("the two never come to an end")

    def _fly(self, sender: End, receiver: End) -> bool:
        if isinstance(sender.talker, Session) and sender.talker.is_ready:
            sender.talker.tell_more()
        if not sender.talker.has_data_to_send:
            return False
        data = sender.talker.data_to_send()
        sender.sent += data
        self.flights += 1
        for chunk in self._chunks(data):
            receiver.events += receiver.talker.receive(chunk, self.now_s)
        return True

    def _chunks(self, data: bytes) -> Iterable[bytes]:
        at = 0
        while at < len(data):
            length = len(data) if self._rng is None else self._rng.choice((1, 2, 17, 100, 1000))
            yield data[at : at + length]
            at += length


def greeted(left: Talker, right: Talker) -> Pipe:
    """A pipe whose ends have shaken hands; raw peers have said hello."""
    pipe = Pipe(left, right)
    pipe.run()
    for end, is_left in ((pipe.left, True), (pipe.right, False)):
        if isinstance(end.talker, RawPeer):
            initiator = end.talker.channel.initiator
            assert initiator == is_left, "the left end is the initiator"
            end.talker.send(end.talker.hello(initiator=initiator))
    pipe.run()
    return pipe

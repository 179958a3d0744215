"""Two ends of a link as JavaScript peers have it, in memory, with pieces of any length and a clock of their own."""

import random
from collections.abc import Callable, Iterable

from multifeed import Feed, Multifeed
from multifeed.hypercore9 import messages
from multifeed.hypercore9.channels import Channels
from multifeed.hypercore9.framing import Frame
from multifeed.hypercore9.intake import Intake
from multifeed.hypercore9.messages import Message, Open
from multifeed.hypercore9.mux import Mux
from multifeed.hypercore9.peer import Peer, Policy
from multifeed.hypercore9.transport import ENTROPY_LENGTH_BYTES, Transport

ROOM_KEY = bytes(range(32))


def offers_all(_feed: Feed) -> bool:
    """Every feed is for everybody."""
    return True


class End:
    """A peer on a store, that hears what changes there."""

    def __init__(
        self,
        multi: Multifeed,
        *,
        initiator: bool,
        seed: int,
        policy: Policy | None = None,
        room_key: bytes = ROOM_KEY,
        intake: Intake | None = None,
    ) -> None:
        self.multi = multi
        self.peer = Peer(
            multi,
            policy or Policy(offers_all),
            initiator=initiator,
            room_key=room_key,
            intake=intake or Intake(multi),
            entropy=random.Random(seed).randbytes(ENTROPY_LENGTH_BYTES),
            now_s=0.0,
        )
        self.stop = multi.listen(self.peer.changed)


class Wire:
    """Carries bytes between two ends; `chance` cuts them into pieces."""

    def __init__(self, one: End, other: End, seed: int = 0) -> None:
        self.ends = (one, other)
        self.now_s = 0.0
        self._chance = random.Random(seed)
        self._pipes = {end: bytearray() for end in self.ends}

    def run(self, *, until: Callable[[], bool] = lambda: False, rounds: int = 20_000) -> None:
        """Carry until nothing moves any more, or `until` holds."""
        for _ in range(rounds):
            if until() or not any([self.step(*self.ends), self.step(*self.ends[::-1])]):
                return
        raise AssertionError("it never comes to rest")

    def wait(self, duration_s: float, step_s: float = 1.0) -> None:
        """Let time go by."""
        end_s = self.now_s + duration_s
        while self.now_s < end_s:
            self.now_s += step_s
            for end in self.ends:
                end.peer.handle_timeout(self.now_s)
            self.run()

    def step(self, here: End, there: End) -> bool:
        """Carry one piece one way; whether there may be more."""
        here.peer.poll(self.now_s)
        pipe = self._pipes[here]
        pipe += here.peer.data_to_send(self.now_s)
        length = self._chance.choice((1, 3, 17, 500, 5000, 65_536))
        piece = bytes(pipe[:length])
        del pipe[:length]
        there.peer.receive(piece, self.now_s)
        return bool(piece) or here.peer.has_work


class Stranger:
    """A hand-driven other end of a link that `end` is on: it says what it is told to, and keeps what it hears."""

    def __init__(self, end: End, seed: int = 7, room_key: bytes = ROOM_KEY) -> None:
        self.end = end
        self.heard: list[tuple[int, Message]] = []
        entropy = random.Random(seed).randbytes(ENTROPY_LENGTH_BYTES)
        self.transport = Transport(initiator=True, entropy=entropy, now_s=0.0)
        early = self._exchange()
        assert self.transport.secrets is not None
        self.channels = Channels(room_key, self.transport.secrets, self.say)
        self.mux = Mux(lambda message: self.say(0, message))
        self._hear(early)

    def greet(self) -> None:
        """Come as far as a multifeed that has nothing to offer."""
        self.exchange()
        self.mux.greet()
        self.exchange()

    def say(self, channel_id: int, message: Message) -> None:
        """Send a message on a channel of ours."""
        self.transport.send(Frame(channel_id, *messages.encode(message)))

    def open(self, key: bytes) -> int:
        """Open a channel; returns its number."""
        channel = self.channels.open(key)
        assert channel.local_id is not None
        return channel.local_id

    def exchange(self) -> None:
        """Bring what was said across, and hear what comes back."""
        self._hear(self._exchange())

    def _hear(self, frames: Iterable[Frame]) -> None:
        for frame in frames:
            message = messages.decode(frame.type, frame.payload)
            assert message is not None
            self.heard.append((frame.channel, message))
            if isinstance(message, Open):
                self.channels.opened(frame.channel, message)

    def of(self, kind: type) -> list[Message]:
        """The messages of a kind that were heard."""
        return [message for _, message in self.heard if isinstance(message, kind)]

    def _exchange(self) -> list[Frame]:
        frames: list[Frame] = []
        for _ in range(4):
            self.end.peer.receive(self.transport.data_to_send(0.0), 0.0)
            self.end.peer.poll(0.0)
            frames += self.transport.receive(self.end.peer.data_to_send(0.0), 0.0)
        return frames


def values(feeds: Iterable[Feed]) -> dict[bytes, list[bytes]]:
    """The blocks of feeds that are held whole."""
    return {feed.key: feed.blocks(0, feed.length) for feed in feeds if feed.held.covers(0, feed.length)}

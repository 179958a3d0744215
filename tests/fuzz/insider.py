"""Somebody who knows the room and says whatever they are told, sealed by a real channel.

Owns how a payload of a few bytes becomes an offer, an answer, a push or evidence whose proofs and signatures hold: what
random bytes never come to.
"""

from collections.abc import Mapping
from typing import Final

from multifeed.protocol import messages
from multifeed.protocol.channel import Channel
from multifeed.protocol.events import Asked
from multifeed.protocol.framing import frame
from multifeed.protocol.messages import AnyMessage, Hello
from multifeed.protocol.noise import DhKeyPair
from multifeed.protocol.session import hello_signable
from tests.fuzz.history import FORKED, FROZEN, LENGTH_BLOCKS, PEER, SUBJECT, WRITER, History, evidence, history
from tests.helpers.feeds import key_pair
from tests.helpers.pipe import ROOM_KEY, identity

# As `tests.helpers.pipe.session` makes it, so that a recorded hello is true again.
EPHEMERAL: Final = DhKeyPair.from_private(b"ephemeral " + PEER.to_bytes(22))

# The feeds whose keys it has.
_FEEDS: Final = (PEER, WRITER, FORKED, FROZEN, SUBJECT)
_NUMBERS: Final = {key_pair(number).public_key: number for number in _FEEDS}
_PAYLOAD_LENGTH_BYTES: Final = 8


class Insider:
    """One end of a link, with the keys of the peer whose exchanges are recorded."""

    def __init__(self, *, initiator: bool) -> None:
        self.channel = Channel(
            initiator=initiator, room_key=ROOM_KEY, device=identity(PEER).device, ephemeral=EPHEMERAL
        )

    def hello(self) -> Hello:
        """A true one, on a channel that is open."""
        signable = hello_signable(self.channel.handshake_hash, initiator=self.channel.initiator)
        me = identity(PEER)
        return Hello(me.instance_id, me.feed.public_key, me.feed.sign(signable), 0, "insider")

    def sealed(self, message: bytes) -> bytes:
        """The bytes on the wire of a message."""
        self.channel.send(message)
        return self.channel.data_to_send()

    def sealed_fragment(self, plaintext: bytes) -> bytes:
        """The bytes on the wire of one frame; its plaintext need not be a fragment of a message."""
        cipher = self.channel._send_cipher
        assert cipher is not None
        return frame(cipher.encrypt_with_ad(b"", plaintext))


def signed_message(payload: bytes) -> AnyMessage:
    """The message that a payload stands for: what it is, of which branch of which feed, and up to five numbers."""
    what, which, a, b, c, d, e, _ = payload[:_PAYLOAD_LENGTH_BYTES].ljust(_PAYLOAD_LENGTH_BYTES, b"\x00")
    said = history(_FEEDS[which % len(_FEEDS)], which // len(_FEEDS) % 2)
    length = a % LENGTH_BLOCKS + 1
    match what % 4:
        case 0:
            return _offer(said, length, alias=b, runs=c, flags=d)
        case 1:
            start = b % length
            end = start + 1 + c % (length - start)
            return messages.Blocks(e, tuple(said.blocks[start:end]), said.proof(length, start, end, d % (length + 1)))
        case 2:
            return messages.Push(b, tuple(said.blocks[c % length : length]), said.head(length))
        case _:
            other = history(_FEEDS[which % len(_FEEDS)], c % 2)
            second_length = max(length, d % LENGTH_BLOCKS + 1)
            return messages.Contradiction(b, evidence(said, length, other, second_length))


def answer(asked: Mapping[int, Asked], payload: bytes) -> messages.Blocks | None:
    """The answer to one of the open requests, by five numbers; None if there is none that can be signed here."""
    which, branch, length, count, since, *_ = payload[:_PAYLOAD_LENGTH_BYTES].ljust(_PAYLOAD_LENGTH_BYTES, b"\x00")
    open_requests = [(id_, request) for id_, request in asked.items() if request.key in _NUMBERS]
    if not open_requests:
        return None
    request_id, request = open_requests[which % len(open_requests)]
    if request.end > LENGTH_BLOCKS:
        return None
    said = history(_NUMBERS[request.key], branch % 2)
    # From just what was asked for up to all that there is.
    length = request.end + length % (LENGTH_BLOCKS - request.end + 1)
    start = request.end - 1 - count % (request.end - request.start)
    proof = said.proof(length, start, request.end, since % (length + 1))
    return messages.Blocks(request_id, tuple(said.blocks[start : request.end]), proof)


def _offer(said: History, length: int, *, alias: int, runs: int, flags: int) -> messages.Offer:
    """`flags`: 1 for a first mention, which carries the key; 2 for frozen. `runs` is where the one run held begins."""
    start = runs % (length + 1)
    held = ((start, length),) if start < length else ()
    head = said.head(length)
    key = said.key if flags & 1 else None
    return messages.Offer((messages.Offered(alias, key, length, head.tree_hash, held, bool(flags & 2)),))

"""The bytes of one link: handshake, stream ciphers, frames, and signs of life.

Owns what the other side's bytes have to be before they are looked at. Knows no messages; time is an argument.
"""

from collections.abc import Generator
from typing import Final

from multifeed import limits
from multifeed.errors import RemoteError
from multifeed.hypercore9 import framing
from multifeed.hypercore9.framing import Frame, FrameDecoder
from multifeed.hypercore9.handshake import NONCE_LENGTH_BYTES, Handshake, Secrets
from multifeed.hypercore9.salsa import XSalsa20
from multifeed.protocol.noise import DhKeyPair

_KEY: Final = 32

# Random bytes that a link takes: two keys and a nonce.
ENTROPY_LENGTH_BYTES: Final = 2 * _KEY + NONCE_LENGTH_BYTES


class Transport:
    """One end. `entropy` is ENTROPY_LENGTH_BYTES of fresh randomness, `now_s` any clock that does not jump."""

    def __init__(self, *, initiator: bool, entropy: bytes, now_s: float) -> None:
        assert len(entropy) == ENTROPY_LENGTH_BYTES
        self.secrets: Secrets | None = None
        self._handshake = Handshake(
            initiator=initiator,
            static=DhKeyPair.from_private(entropy[:_KEY]),
            ephemeral=DhKeyPair.from_private(entropy[_KEY : 2 * _KEY]),
            nonce=entropy[2 * _KEY :],
        )
        self._decoder = FrameDecoder()
        self._sender: XSalsa20 | None = None
        self._receiver: XSalsa20 | None = None
        # The handshake goes out as it is; what is to be encrypted waits for the end of it.
        self._clear = bytearray(self._handshake.data_to_send())
        self._unsent = bytearray()
        self._heard_at_s = self._said_at_s = now_s

    def receive(self, data: bytes, now_s: float) -> Generator[Frame]:
        """The frames that `data` completes. Raises HandshakeError, FrameError."""
        if data:
            self._heard_at_s = now_s
        if self._receiver is None:
            data = self._shake_hands(data)
        if self._receiver is not None:
            yield from self._decoder.receive(self._receiver.update(data))

    def send(self, frame: Frame) -> None:
        """Send a frame, once the handshake is through."""
        self._unsent += framing.encode(frame)

    @property
    def has_data_to_send(self) -> bool:
        """Whether `data_to_send` would give something."""
        return bool(self._clear or (self._unsent and self._sender is not None))

    @property
    def unsent_bytes(self) -> int:
        """How much waits to be sent."""
        return len(self._unsent)

    def data_to_send(self, now_s: float) -> bytes:
        """The bytes for the other side, each once."""
        data = bytes(self._clear)
        self._clear.clear()
        if self._sender is not None and self._unsent:
            data += self._sender.update(bytes(self._unsent))
            self._unsent.clear()
        if data:
            self._said_at_s = now_s
        return data

    def next_timeout_s(self) -> float:
        """When `handle_timeout` is due."""
        return min(self._heard_at_s + limits.JS_IDLE_TIMEOUT_S, self._said_at_s + limits.JS_PING_INTERVAL_S)

    def handle_timeout(self, now_s: float) -> None:
        """Give a sign of life if it is time for one. Raises RemoteError if there was none from the other side."""
        if now_s >= self._heard_at_s + limits.JS_IDLE_TIMEOUT_S:
            raise RemoteError("nothing was heard of the peer any more")
        if now_s >= self._said_at_s + limits.JS_PING_INTERVAL_S:
            self._unsent += framing.SIGN_OF_LIFE
            self._said_at_s = now_s

    def _shake_hands(self, data: bytes) -> bytes:
        """Go on with the handshake; returns what came behind it, once it is through."""
        handshake = self._handshake
        handshake.receive(data)
        self._clear += handshake.data_to_send()
        secrets = handshake.secrets
        if secrets is None:
            return b""
        self.secrets = secrets
        self._sender = XSalsa20(secrets.send_key, secrets.send_nonce)
        self._receiver = XSalsa20(secrets.receive_key, secrets.receive_nonce)
        return handshake.take_rest()

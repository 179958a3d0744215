"""The first three messages of a link: Noise XX, each message behind its length, each side's stream nonce inside.

Owns the framing of the handshake and what comes of it. Nobody is authenticated by it: a program of theirs has a new key
for each link, and who knows a feed is shown by capabilities.
"""

from dataclasses import dataclass
from hashlib import blake2b
from typing import Final

from multifeed.errors import HandshakeError, MessageError
from multifeed.hypercore9 import protobuf, varint
from multifeed.limits import JS_HANDSHAKE_LENGTH_MAX_BYTES
from multifeed.protocol.noise import DhKeyPair, HandshakeState

NONCE_LENGTH_BYTES: Final = 24

_PROTOCOL_NAME: Final = "Noise_XX_25519_ChaChaPoly_BLAKE2b"
_NONCE_FIELD: Final = 1
_CAPABILITY: Final = b"hypercore capability"


@dataclass(frozen=True, slots=True)
class Secrets:
    """What both sides know after the handshake, as one of them sees it. Nothing of it is in a repr."""

    send_key: bytes
    receive_key: bytes
    send_nonce: bytes
    receive_nonce: bytes

    def __repr__(self) -> str:
        return "<Secrets>"

    def capability(self, key: bytes) -> bytes:
        """What shows the other side, and only on this link, that we know the key of a feed."""
        return _capability(key, self.send_key, self.receive_key)

    def remote_capability(self, key: bytes) -> bytes:
        """What the other side shows if it knows the key."""
        return _capability(key, self.receive_key, self.send_key)


def _capability(key: bytes, sender: bytes, receiver: bytes) -> bytes:
    return blake2b(_CAPABILITY + sender + key, key=receiver, digest_size=32).digest()


class Handshake:
    """One side; `static`, `ephemeral` and the 24 bytes of `nonce` are fresh for each link."""

    def __init__(self, *, initiator: bool, static: DhKeyPair, ephemeral: DhKeyPair, nonce: bytes) -> None:
        assert len(nonce) == NONCE_LENGTH_BYTES
        self.secrets: Secrets | None = None
        self._nonce = nonce
        self._remote_nonce = b""
        self._buffer = bytearray()
        self._noise = HandshakeState(_PROTOCOL_NAME, initiator=initiator, prologue=b"", s=static, e=ephemeral)

    def data_to_send(self) -> bytes:
        """Our next message, if it is our turn."""
        if not self._noise.my_turn:
            return b""
        message = self._noise.write_message(protobuf.bytes_field(_NONCE_FIELD, self._nonce))
        self._finish()
        return varint.encode(len(message)) + message

    def receive(self, data: bytes) -> None:
        """Take in the other side's next message as far as it is there. Raises HandshakeError."""
        self._buffer += data
        message = self._take_message()
        if message is not None:
            self._remote_nonce = _nonce_in(self._read(message))
            self._finish()

    def take_rest(self) -> bytes:
        """What came behind the last message: it is for the ciphers."""
        rest = bytes(self._buffer)
        self._buffer.clear()
        return rest

    def _take_message(self) -> bytes | None:
        try:
            decoded = varint.try_decode(self._buffer, 0)
        except MessageError as error:
            raise HandshakeError("the peer does not speak hypercore's protocol") from error
        if decoded is None:
            return None
        length, start = decoded
        if length > JS_HANDSHAKE_LENGTH_MAX_BYTES:
            raise HandshakeError("the peer does not speak hypercore's protocol")
        if len(self._buffer) < start + length:
            return None
        message = bytes(self._buffer[start : start + length])
        del self._buffer[: start + length]
        return message

    def _read(self, message: bytes) -> bytes:
        if self._noise.my_turn:
            raise HandshakeError("the peer speaks out of turn")
        try:
            return self._noise.read_message(message)
        except HandshakeError as error:
            raise HandshakeError("the peer does not speak hypercore's protocol, or what it sent was changed") from error

    def _finish(self) -> None:
        if self._noise.finished:
            send_key, receive_key = self._noise.split_keys()
            self.secrets = Secrets(send_key, receive_key, self._nonce, self._remote_nonce)


def _nonce_in(payload: bytes) -> bytes:
    try:
        nonce = dict(protobuf.fields(payload)).get(_NONCE_FIELD)
    except MessageError:
        nonce = None
    if not isinstance(nonce, bytes) or len(nonce) != NONCE_LENGTH_BYTES:
        raise HandshakeError("the peer does not speak hypercore's protocol: its handshake lacks a nonce")
    return nonce

"""An encrypted, authenticated channel of messages between two who know the room's key.

    1  initiator -> responder   psk, e           a responder that cannot read this answers nothing at all
    2  responder -> initiator   e, ee, s, es
    3  initiator -> responder   s, se            from here on both sides have the same handshake hash
    4  both ways                messages in transport frames

Owns the handshake, the two ciphers, and the way from bytes to whole messages. Knows nothing of what messages say.
"""

from collections.abc import Generator
from contextlib import closing
from typing import Final

from multifeed.protocol.framing import FrameDecoder, MessageAssembler, fragments, frame
from multifeed.protocol.noise import CipherState, DhKeyPair, HandshakeState

PROTOCOL_NAME: Final = "Noise_XXpsk0_25519_ChaChaPoly_BLAKE2b"
PROTOCOL_VERSION: Final = 1


def prologue_of(version: int) -> bytes:
    """What names the protocol and its version in the handshake."""
    return b"multichat %d" % version


class Channel:
    """One end. Raises HandshakeError and FrameError; after either it is of no further use."""

    def __init__(
        self,
        *,
        initiator: bool,
        room_key: bytes,
        device: DhKeyPair,
        ephemeral: DhKeyPair,
        version: int = PROTOCOL_VERSION,
    ) -> None:
        self.initiator = initiator
        self._handshake = HandshakeState(
            PROTOCOL_NAME,
            initiator=initiator,
            # Part of what the handshake authenticates: peers of another version are like peers of another room.
            prologue=prologue_of(version),
            s=device,
            e=ephemeral,
            psks=[room_key],
        )
        self._decoder = FrameDecoder()
        self._assembler = MessageAssembler()
        self._outgoing: list[bytes] = []
        self._send_cipher: CipherState | None = None
        self._receive_cipher: CipherState | None = None
        self._continue_handshake()

    @property
    def is_open(self) -> bool:
        """Whether the handshake is through."""
        return self._send_cipher is not None

    @property
    def handshake_hash(self) -> bytes:
        """The same 64 bytes on both ends and on no other channel, once it is open."""
        return self._handshake.handshake_hash

    @property
    def remote_device_key(self) -> bytes:
        """The X25519 key of the other end, once it is open."""
        return self._handshake.remote_static

    @property
    def has_data_to_send(self) -> bool:
        """Whether `data_to_send` would give anything."""
        return bool(self._outgoing)

    def data_to_send(self) -> bytes:
        """The bytes to send now; given once."""
        data = b"".join(self._outgoing)
        self._outgoing.clear()
        return data

    def send(self, message: bytes) -> None:
        """Queue a message."""
        assert self._send_cipher is not None
        for fragment in fragments(message):
            self._outgoing.append(frame(self._send_cipher.encrypt_with_ad(b"", fragment)))

    def receive(self, data: bytes) -> Generator[bytes]:
        """The messages that `data` completes; closed early, it goes on there the next time.

        `is_open` may become true on the way, before the first of them.
        """
        with closing(self._decoder.receive(data)) as payloads:
            for payload in payloads:
                if self._receive_cipher is None:
                    self._handshake.read_message(payload)
                    self._continue_handshake()
                    continue
                message = self._assembler.add(self._receive_cipher.decrypt_with_ad(b"", payload))
                if message is not None:
                    yield message

    def _continue_handshake(self) -> None:
        if self._handshake.my_turn:
            self._outgoing.append(frame(self._handshake.write_message(b"")))
        if self._handshake.finished:
            self._send_cipher, self._receive_cipher = self._handshake.split()

"""The Noise protocol framework: handshake and cipher states, with the names of the specification (revision 34).

Owns the handshake patterns as data and the one suite 25519, ChaChaPoly, BLAKE2b. Knows no frames and no messages; the
ephemeral key comes from the caller, so that a handshake can be replayed.
"""

import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass, field
from struct import Struct
from typing import Final, Self

import nacl.bindings
import nacl.exceptions

from multifeed.errors import FrameError, HandshakeError

DHLEN: Final = 32
HASHLEN: Final = 64
TAGLEN: Final = 16

# A nonce of 2^64-1 is reserved (section 5.1).
_NONCE_MAX: Final = (1 << 64) - 1
_nonce = Struct("<4xQ").pack

# Section 7.5; section 9 for where a psk goes. None of these has pre-messages.
_PATTERNS: Final = {
    "NN": (("e",), ("e", "ee")),
    "XX": (("e",), ("e", "ee", "s", "es"), ("s", "se")),
}
_SUITE: Final = "25519_ChaChaPoly_BLAKE2b"


@dataclass(frozen=True, slots=True)
class DhKeyPair:
    """An X25519 key pair (section 12.1)."""

    private_key: bytes = field(repr=False)
    public_key: bytes

    @classmethod
    def from_private(cls, private_key: bytes) -> Self:
        """The pair of 32 random bytes."""
        return cls(private_key, nacl.bindings.crypto_scalarmult_base(private_key))

    def dh(self, public_key: bytes) -> bytes:
        """The shared secret. Raises HandshakeError for a point that makes it predictable."""
        try:
            return nacl.bindings.crypto_scalarmult(self.private_key, public_key)
        except (nacl.exceptions.CryptoError, RuntimeError) as error:
            raise HandshakeError("the peer's key is not one that can be used") from error


class CipherState:
    """A key and a counting nonce (section 5.1)."""

    __slots__ = ("_k", "_n")

    def __init__(self, k: bytes | None = None) -> None:
        self._k = k
        self._n = 0

    def has_key(self) -> bool:
        """Whether what goes through is encrypted."""
        return self._k is not None

    def encrypt_with_ad(self, ad: bytes, plaintext: bytes) -> bytes:
        """The ciphertext and its tag; the plaintext itself as long as there is no key."""
        if self._k is None:
            return plaintext
        return nacl.bindings.crypto_aead_chacha20poly1305_ietf_encrypt(plaintext, ad, self._next_nonce(), self._k)

    def decrypt_with_ad(self, ad: bytes, ciphertext: bytes) -> bytes:
        """The plaintext. Raises FrameError if it was not this key that encrypted it next."""
        if self._k is None:
            return ciphertext
        if len(ciphertext) < TAGLEN:
            raise FrameError("a frame is too short to be encrypted")
        try:
            return nacl.bindings.crypto_aead_chacha20poly1305_ietf_decrypt(ciphertext, ad, self._next_nonce(), self._k)
        except nacl.exceptions.CryptoError as error:
            raise FrameError("a frame does not decrypt") from error

    def _next_nonce(self) -> bytes:
        if self._n >= _NONCE_MAX:
            raise FrameError("the key has been used too often")
        nonce = _nonce(self._n)
        self._n += 1
        return nonce


class SymmetricState:
    """The chaining key, the handshake hash and the current cipher (section 5.2)."""

    def __init__(self, protocol_name: str) -> None:
        name = protocol_name.encode()
        self.h = name.ljust(HASHLEN, b"\x00") if len(name) <= HASHLEN else _hash(name)
        self._ck = self.h
        self._cipher = CipherState()

    def mix_key(self, input_key_material: bytes) -> None:
        """Make a new key out of the old ones and a secret."""
        self._ck, temp_k = _hkdf(self._ck, input_key_material, 2)
        self._cipher = CipherState(temp_k[:32])

    def mix_hash(self, data: bytes) -> None:
        """Make `data` part of what both sides must agree on."""
        self.h = _hash(self.h + data)

    def mix_key_and_hash(self, input_key_material: bytes) -> None:
        """Both, for a pre-shared key (section 9)."""
        self._ck, temp_h, temp_k = _hkdf(self._ck, input_key_material, 3)
        self.mix_hash(temp_h)
        self._cipher = CipherState(temp_k[:32])

    def has_key(self) -> bool:
        """Whether a key has been mixed in yet."""
        return self._cipher.has_key()

    def encrypt_and_hash(self, plaintext: bytes) -> bytes:
        """Encrypt under everything agreed on so far."""
        ciphertext = self._cipher.encrypt_with_ad(self.h, plaintext)
        self.mix_hash(ciphertext)
        return ciphertext

    def decrypt_and_hash(self, ciphertext: bytes) -> bytes:
        """Decrypt what the other side encrypted so."""
        plaintext = self._cipher.decrypt_with_ad(self.h, ciphertext)
        self.mix_hash(ciphertext)
        return plaintext

    def split(self) -> tuple[CipherState, CipherState]:
        """The ciphers for the time after the handshake: the initiator's, the responder's."""
        first, second = self.split_keys()
        return CipherState(first), CipherState(second)

    def split_keys(self) -> tuple[bytes, bytes]:
        """The keys of those ciphers."""
        temp_k1, temp_k2 = _hkdf(self._ck, b"", 2)
        return temp_k1[:32], temp_k2[:32]


class HandshakeState:
    """One side of a handshake (section 5.3): write and read messages in turn until `finished`, then `split`."""

    def __init__(
        self,
        protocol_name: str,
        *,
        initiator: bool,
        prologue: bytes,
        s: DhKeyPair | None,
        e: DhKeyPair,
        psks: Sequence[bytes] = (),
    ) -> None:
        self._messages = _message_patterns(protocol_name)
        self._initiator = initiator
        self._s = s
        self._e = e
        self._psks = list(psks)
        # Section 9.2: with a psk anywhere, ephemeral keys are mixed into the key as well.
        self._mix_e = bool(psks)
        self._re = b""
        self._rs = b""
        self._turn = 0
        self._symmetric = SymmetricState(protocol_name)
        self._symmetric.mix_hash(prologue)

    @property
    def finished(self) -> bool:
        """Whether all messages have been written and read."""
        return self._turn == len(self._messages)

    @property
    def my_turn(self) -> bool:
        """Whether the next message is ours to write."""
        return not self.finished and (self._turn % 2 == 0) == self._initiator

    @property
    def handshake_hash(self) -> bytes:
        """64 bytes that are the same on both sides and in no other handshake (section 11.2)."""
        return self._symmetric.h

    @property
    def remote_static(self) -> bytes:
        """The other side's static public key, once it has come."""
        return self._rs

    def write_message(self, payload: bytes) -> bytes:
        """The next message of this side."""
        assert self.my_turn
        parts = [self._write_token(token) for token in self._next_tokens()]
        parts.append(self._symmetric.encrypt_and_hash(payload))
        return b"".join(parts)

    def read_message(self, message: bytes) -> bytes:
        """The payload of the other side's next message. Raises HandshakeError if it is not one."""
        assert not self.my_turn
        assert not self.finished
        try:
            for token in self._next_tokens():
                message = self._read_token(token, message)
            return self._symmetric.decrypt_and_hash(message)
        except FrameError as error:
            raise HandshakeError("the peer does not know the room's key or speaks another version") from error

    def split(self) -> tuple[CipherState, CipherState]:
        """The ciphers to send and to receive with."""
        assert self.finished
        first, second = self._symmetric.split()
        return (first, second) if self._initiator else (second, first)

    def split_keys(self) -> tuple[bytes, bytes]:
        """The keys to send and to receive with, for who has another use for them than these ciphers."""
        assert self.finished
        first, second = self._symmetric.split_keys()
        return (first, second) if self._initiator else (second, first)

    def _next_tokens(self) -> tuple[str, ...]:
        tokens = self._messages[self._turn]
        self._turn += 1
        return tokens

    def _write_token(self, token: str) -> bytes:
        if token == "e":
            self._mix_ephemeral(self._e.public_key)
            return self._e.public_key
        if token == "s":
            assert self._s is not None
            return self._symmetric.encrypt_and_hash(self._s.public_key)
        self._mix(token)
        return b""

    def _read_token(self, token: str, message: bytes) -> bytes:
        """Take `token` off the front of `message` and return the rest."""
        if token == "e":
            self._re, message = _take(message, DHLEN)
            self._mix_ephemeral(self._re)
        elif token == "s":
            sealed, message = _take(message, DHLEN + (TAGLEN if self._symmetric.has_key() else 0))
            self._rs = self._symmetric.decrypt_and_hash(sealed)
        else:
            self._mix(token)
        return message

    def _mix_ephemeral(self, public_key: bytes) -> None:
        self._symmetric.mix_hash(public_key)
        if self._mix_e:
            self._symmetric.mix_key(public_key)

    def _mix(self, token: str) -> None:
        if token == "psk":
            self._symmetric.mix_key_and_hash(self._psks.pop(0))
            return
        # The first letter is the initiator's key, the second the responder's.
        ours, theirs = token[not self._initiator], token[self._initiator]
        pair = self._e if ours == "e" else self._s
        assert pair is not None
        self._symmetric.mix_key(pair.dh(self._re if theirs == "e" else self._rs))


def _message_patterns(protocol_name: str) -> list[tuple[str, ...]]:
    """The tokens of each message of "Noise_XXpsk0_25519_ChaChaPoly_BLAKE2b" and the like."""
    _, handshake, suite = protocol_name.split("_", 2)
    assert suite == _SUITE
    pattern, _, modifiers = handshake.partition("psk")
    messages: list[tuple[str, ...]] = list(_PATTERNS[pattern])
    for modifier in modifiers.split("+psk") if modifiers else ():
        place = int(modifier)
        if place == 0:
            messages[0] = ("psk", *messages[0])
        else:
            messages[place - 1] = (*messages[place - 1], "psk")
    return messages


def _take(message: bytes, length: int) -> tuple[bytes, bytes]:
    if len(message) < length:
        raise FrameError("a handshake message is too short")
    return message[:length], message[length:]


def _hash(data: bytes) -> bytes:
    return hashlib.blake2b(data).digest()


def _hmac(key: bytes, data: bytes) -> bytes:
    return hmac.digest(key, data, "blake2b")


def _hkdf(chaining_key: bytes, input_key_material: bytes, count: int) -> list[bytes]:
    """Section 4.3."""
    temp_key = _hmac(chaining_key, input_key_material)
    outputs: list[bytes] = []
    for number in range(1, count + 1):
        outputs.append(_hmac(temp_key, (outputs[-1] if outputs else b"") + bytes([number])))
    return outputs

"""Keys: the Ed25519 pair of a feed, and what is derived from the 32-byte key of a room.

Owns signing, verifying and deriving. Knows no feed, no file and no wire.
"""

import hashlib
import unicodedata
from dataclasses import dataclass, field
from typing import Final, Self

import nacl.bindings
import nacl.exceptions
import nacl.utils

from multifeed.errors import InvalidArgumentError

KEY_LENGTH_BYTES: Final = 32
SIGNATURE_LENGTH_BYTES: Final = 64

# RFC 9106, section 4, second recommended option: 64 MiB, three passes. A name can be guessed; guessing must cost.
_ARGON2ID_PASSES: Final = 3
_ARGON2ID_MEMORY_BYTES: Final = 64 << 20
# The salt is the same for all, on purpose: everyone who types the name must come to the same key.
_ROOM_NAME_SALT: Final = hashlib.blake2b(b"multichat room name", digest_size=16).digest()


@dataclass(frozen=True, slots=True)
class KeyPair:
    """An Ed25519 key pair; the public key is 32 bytes and names a feed. The seed never appears in a repr."""

    public_key: bytes
    seed: bytes = field(repr=False)
    _secret_key: bytes = field(repr=False, compare=False)

    @classmethod
    def from_seed(cls, seed: bytes) -> Self:
        """The pair of a 32-byte seed. Raises InvalidArgumentError for any other length."""
        require_key(seed, "a seed")
        public_key, secret_key = nacl.bindings.crypto_sign_seed_keypair(seed)
        return cls(public_key, seed, secret_key)

    @classmethod
    def generate(cls) -> Self:
        """A new pair from the operating system's randomness."""
        return cls.from_seed(nacl.utils.random(KEY_LENGTH_BYTES))

    def sign(self, message: bytes) -> bytes:
        """The 64-byte signature of `message` (RFC 8032)."""
        return nacl.bindings.crypto_sign(message, self._secret_key)[:SIGNATURE_LENGTH_BYTES]


def verify(public_key: bytes, message: bytes, signature: bytes) -> bool:
    """Whether `signature` is `public_key`'s over `message`."""
    if len(signature) != SIGNATURE_LENGTH_BYTES or len(public_key) != KEY_LENGTH_BYTES:
        return False
    try:
        nacl.bindings.crypto_sign_open(signature + message, public_key)
    except nacl.exceptions.BadSignatureError:
        return False
    return True


def discovery_key(public_key: bytes) -> bytes:
    """The name under which a feed is looked for without showing its key (hypercore 9: keyed BLAKE2b of "hypercore")."""
    require_key(public_key, "a public key")
    return _derive(public_key, b"hypercore")


def require_key(key: bytes, what: str) -> None:
    """Raise InvalidArgumentError unless `key` is 32 bytes."""
    if not isinstance(key, bytes) or len(key) != KEY_LENGTH_BYTES:
        raise InvalidArgumentError(f"{what} is {KEY_LENGTH_BYTES} bytes")


def normalise_room_name(name: str) -> str:
    """The one form of a room's name, so that capitals, spaces around it and ways to write an accent do not matter."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold()).strip()


def room_key_from_name(name: str) -> bytes:
    """The 32-byte key of the room that is open to whoever knows `name`. Takes about a tenth of a second, on purpose."""
    import nacl.pwhash.argon2id  # noqa: PLC0415 (a room is open by its name once; after that its key is kept)

    return nacl.pwhash.argon2id.kdf(
        KEY_LENGTH_BYTES,
        normalise_room_name(name).encode(),
        _ROOM_NAME_SALT,
        opslimit=_ARGON2ID_PASSES,
        memlimit=_ARGON2ID_MEMORY_BYTES,
    )


def topic_of(room_key: bytes) -> bytes:
    """The room's network identifier: tells rooms apart without giving the key away."""
    return _derive(room_key, b"multichat topic")


def beacon_key_of(room_key: bytes) -> bytes:
    """The key under which the room's announcements are sealed."""
    return _derive(room_key, b"multichat beacon")


def _derive(key: bytes, label: bytes) -> bytes:
    return hashlib.blake2b(label, key=key, digest_size=KEY_LENGTH_BYTES).digest()

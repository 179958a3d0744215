"""The announcement datagram: "somebody of this room is here, at the address that this came from".

    magic 4 | nonce 24 | tag 16 | sealed body

The tag is the nonce hashed under a key that comes from the room's, so that a receiver tells its own room from others
with one hash and no clock. The body, sealed under another such key (XSalsa20-Poly1305), is a CBOR array of instance id,
TCP port, time in seconds since 1970, digest, and whether the sender leaves. Without the room's key, a beacon names no
one, and two beacons cannot be linked. Pure: nonce and time are arguments.
"""

import hashlib
import hmac
from dataclasses import dataclass
from typing import Final

import cbor2
import nacl.bindings
import nacl.exceptions

from multifeed.errors import MessageError
from multifeed.protocol.heads import DIGEST_LENGTH_BYTES
from multifeed.protocol.messages import INSTANCE_ID_LENGTH_BYTES, TIME_MAX_S

MAGIC: Final = b"mch1"
NONCE_LENGTH_BYTES: Final = 24
_TAG_LENGTH_BYTES: Final = 16
_HEADER_LENGTH_BYTES: Final = len(MAGIC) + NONCE_LENGTH_BYTES + _TAG_LENGTH_BYTES
_PORT_MAX: Final = 65_535


@dataclass(frozen=True, slots=True)
class Beacon:
    """What a beacon says to those who know the room. `port` is 0 from one who only asks others to show themselves."""

    instance_id: bytes
    port: int
    time_s: int
    digest: bytes
    is_leaving: bool = False


def is_beacon(datagram: bytes) -> bool:
    """Whether this looks like a beacon of some room."""
    return datagram.startswith(MAGIC) and len(datagram) > _HEADER_LENGTH_BYTES


class BeaconBox:
    """Seals and opens the beacons of one room."""

    def __init__(self, beacon_key: bytes) -> None:
        self._tag_key = _derive(beacon_key, b"tag")
        self._body_key = _derive(beacon_key, b"body")

    def seal(self, beacon: Beacon, nonce: bytes) -> bytes:
        """The datagram of a beacon; `nonce` is 24 fresh random bytes."""
        body = cbor2.dumps([beacon.instance_id, beacon.port, beacon.time_s, beacon.digest, beacon.is_leaving])
        return MAGIC + nonce + self._tag(nonce) + nacl.bindings.crypto_secretbox(body, nonce, self._body_key)

    def unseal(self, datagram: bytes) -> Beacon | None:
        """The beacon in a datagram; None if it is of another room. Raises MessageError for a malformed one of ours."""
        if not is_beacon(datagram):
            return None
        nonce = datagram[len(MAGIC) : len(MAGIC) + NONCE_LENGTH_BYTES]
        tag = datagram[len(MAGIC) + NONCE_LENGTH_BYTES : _HEADER_LENGTH_BYTES]
        if not hmac.compare_digest(tag, self._tag(nonce)):
            return None
        try:
            body = nacl.bindings.crypto_secretbox_open(datagram[_HEADER_LENGTH_BYTES:], nonce, self._body_key)
            return _parse(cbor2.loads(body, max_depth=1, allow_indefinite=False))
        except (nacl.exceptions.CryptoError, cbor2.CBORError, ValueError) as error:
            raise MessageError("a beacon does not open") from error

    def _tag(self, nonce: bytes) -> bytes:
        return hashlib.blake2b(nonce, key=self._tag_key, digest_size=_TAG_LENGTH_BYTES).digest()


def _parse(value: object) -> Beacon:
    match value:
        case [bytes() as instance_id, int() as port, int() as time_s, bytes() as digest, bool() as is_leaving] if (
            len(instance_id) == INSTANCE_ID_LENGTH_BYTES
            and 0 <= port <= _PORT_MAX
            and 0 <= time_s <= TIME_MAX_S
            and len(digest) == DIGEST_LENGTH_BYTES
        ):
            return Beacon(instance_id, port, time_s, digest, is_leaving)
    raise MessageError("a beacon does not say what it should")


def _derive(beacon_key: bytes, label: bytes) -> bytes:
    return hashlib.blake2b(label, key=beacon_key, digest_size=len(beacon_key)).digest()

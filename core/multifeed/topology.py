"""Whom to link to, of all who are known: everybody while they are few, else a ring and a few at random. Pure.

A ring keeps everybody connected, random links make every way short. Each side decides by itself which links it makes;
with those that others make, a peer has about eight. Knows no addresses and no clock.
"""

from collections.abc import Collection
from hashlib import blake2b
from random import Random

from multifeed.limits import FULL_MESH_MAX_PEERS, RANDOM_LINKS

_SALT_LENGTH_BYTES = 16


class Topology:
    """The links that one peer makes; ids are instance ids, or whatever names peers."""

    def __init__(self, own_id: bytes, rng: Random) -> None:
        self._own_id = own_id
        self._rng = rng
        self._salts = [rng.randbytes(_SALT_LENGTH_BYTES) for _ in range(RANDOM_LINKS)]

    def wanted(self, known: Collection[bytes]) -> frozenset[bytes]:
        """Which of the others to have a link with. Who leaves or comes changes little of it."""
        others = [other for other in known if other != self._own_id]
        if len(others) < FULL_MESH_MAX_PEERS:
            return frozenset(others)
        places = {_place(other): other for other in others}
        own_place = _place(self._own_id)
        # The next one on the ring; past its end it begins anew.
        successor = min(places, key=lambda place: (place < own_place, place))
        # For each salt the one whose hash is the least: others may come and go beside it.
        chosen = (min(others, key=lambda other: _hash(salt, other)) for salt in self._salts)
        return frozenset((places[successor], *chosen))

    def rotate(self) -> None:
        """Choose one of the random links anew, so that no choice lasts."""
        self._salts[self._rng.randrange(RANDOM_LINKS)] = self._rng.randbytes(_SALT_LENGTH_BYTES)


def _place(peer_id: bytes) -> bytes:
    return _hash(b"", peer_id)


def _hash(salt: bytes, peer_id: bytes) -> bytes:
    return blake2b(peer_id, key=salt, digest_size=16).digest()

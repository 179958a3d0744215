"""What a peer holds: a claim for each feed, and digests that compare whole sets of them at once.

Two peers with equal root digests hold the same; otherwise 256 bucket digests show where they differ. A digest is the
hash of the sorted claims of a bucket, worked out anew only for buckets in which something changed. Pure.
"""

import hashlib
from collections.abc import Iterator
from struct import Struct
from typing import Final, NamedTuple

from multifeed.conflict import Conflict

BUCKET_COUNT: Final = 256
# An insider may choose feeds so that two buckets seem alike; at 128 bits that is out of reach.
DIGEST_LENGTH_BYTES: Final = 16

_ENTRY = Struct(">32sQ32s?")
_RUN = Struct(">QQ")

Runs = tuple[tuple[int, int], ...]


class Claim(NamedTuple):
    """One feed as somebody has it: its head (without the signature), and the runs of seqs that are held.

    `is_frozen` if they know that its key has signed two histories.
    """

    key: bytes
    length: int
    tree_hash: bytes
    held: Runs
    is_frozen: bool = False

    @property
    def is_whole(self) -> bool:
        """Whether every block up to the head is held."""
        return self.held == ((0, self.length),)


class HeadIndex:
    """The claims that this side makes, and their digests."""

    def __init__(self) -> None:
        # The feeds that are written here: their new blocks are pushed.
        self.own: set[bytes] = set()
        # The evidence for those that are frozen.
        self.conflicts: dict[bytes, Conflict] = {}
        self._buckets: list[dict[bytes, Claim]] = [{} for _ in range(BUCKET_COUNT)]
        self._digests = [_digest(b"")] * BUCKET_COUNT
        self._stale: set[int] = set()

    def __len__(self) -> int:
        return sum(map(len, self._buckets))

    def set(self, claim: Claim) -> None:
        """Claim this from now on for the feed."""
        bucket = bucket_of(claim.key)
        self._buckets[bucket][claim.key] = claim
        self._stale.add(bucket)

    def discard(self, key: bytes) -> None:
        """Claim nothing for the feed any more."""
        bucket = bucket_of(key)
        self._buckets[bucket].pop(key, None)
        self._stale.add(bucket)

    def get(self, key: bytes) -> Claim | None:
        """What is claimed for a feed; None if nothing is."""
        return self._buckets[bucket_of(key)].get(key)

    def claims(self, bucket: int) -> Iterator[Claim]:
        """All claims of a bucket."""
        return iter(self._buckets[bucket].values())

    def root(self) -> bytes:
        """The digest of everything."""
        return _digest(b"".join(self.buckets()))

    def buckets(self) -> list[bytes]:
        """The digest of each bucket."""
        for bucket in self._stale:
            entries = sorted(map(_entry, self._buckets[bucket].values()))
            self._digests[bucket] = _digest(b"".join(entries))
        self._stale.clear()
        return self._digests


def bucket_of(key: bytes) -> int:
    """Where a feed is counted."""
    return key[0]


def _entry(claim: Claim) -> bytes:
    runs = b"".join(_RUN.pack(*run) for run in claim.held)
    return _ENTRY.pack(claim.key, claim.length, claim.tree_hash, claim.is_frozen) + runs


def _digest(data: bytes) -> bytes:
    return hashlib.blake2b(data, digest_size=DIGEST_LENGTH_BYTES).digest()

"""Signed append-only logs of many writers, verified and replicated as one set.

Everyone writes to a feed of their own; a `Multifeed` is the set of feeds of a room, kept in one file. The log is that
of hypercore 9, byte for byte. `multifeed.net` connects it to others on the network.
"""

from multifeed.audit import Damage
from multifeed.conflict import Conflict
from multifeed.errors import (
    BlockDecodeError,
    BlockedError,
    ClosedError,
    ConflictError,
    DamagedStoreError,
    ForeignStoreError,
    FrozenError,
    InvalidArgumentError,
    InvalidProofError,
    LocalError,
    LockedError,
    MultifeedError,
    NewerStoreError,
    NotHeldError,
    NotWritableError,
    RemoteError,
    StoreError,
    UntiedProofError,
)
from multifeed.feed import Feed
from multifeed.keys import KeyPair, discovery_key
from multifeed.merkle import Head, Node, Proof
from multifeed.multifeed import Multifeed
from multifeed.ranges import RangeSet
from multifeed.store import Arrival

__all__ = [
    "Arrival",
    "BlockDecodeError",
    "BlockedError",
    "ClosedError",
    "Conflict",
    "ConflictError",
    "Damage",
    "DamagedStoreError",
    "Feed",
    "ForeignStoreError",
    "FrozenError",
    "Head",
    "InvalidArgumentError",
    "InvalidProofError",
    "KeyPair",
    "LocalError",
    "LockedError",
    "Multifeed",
    "MultifeedError",
    "NewerStoreError",
    "Node",
    "NotHeldError",
    "NotWritableError",
    "Proof",
    "RangeSet",
    "RemoteError",
    "StoreError",
    "UntiedProofError",
    "discovery_key",
]

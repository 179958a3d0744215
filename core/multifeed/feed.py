"""One writer's append-only log: blocks, its signed head, and which of its blocks are here.

Owns what may become part of a feed: our own blocks once they are signed and on the disk, foreign ones once their proof
holds and ties to what is held. Knows bytes and values, not peers.
"""

import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple, NoReturn

from multifeed import flat_tree, keys, merkle
from multifeed.conflict import Conflict
from multifeed.continuity import conflict_with_longer, conflict_with_older
from multifeed.encoding import Encoding
from multifeed.errors import (
    BlockedError,
    ClosedError,
    ConflictError,
    DamagedStoreError,
    FrozenError,
    InvalidArgumentError,
    InvalidProofError,
    NotHeldError,
    NotWritableError,
    UntiedProofError,
)
from multifeed.keys import KeyPair
from multifeed.limits import BLOCK_LENGTH_MAX_BYTES, FEED_LENGTH_MAX_BLOCKS, UNWRITTEN_HEAD_MAX_BLOCKS
from multifeed.merkle import EMPTY_HEAD, Head, Node, Proof, Verified
from multifeed.ranges import RangeSet
from multifeed.store import BlockRow, FeedRow, Store, unpack_ranges, unpack_roots

# How many blocks are read at a time when a feed is iterated over.
_READ_LENGTH_BLOCKS: Final = 256


@dataclass(slots=True)
class Shelf:
    """What the feeds of one multifeed share: where they are stored, how values are written, whom to tell."""

    store: Store
    encoding: Encoding
    lock: threading.RLock
    stored: Callable[["Feed"], None]
    changed: Callable[["Feed", int, int], None]
    # The keys of the feeds that take nothing more.
    blocked: frozenset[bytes] = frozenset()
    is_open: bool = True

    def require_open(self) -> None:
        """Raise ClosedError once the multifeed is closed."""
        if not self.is_open:
            raise ClosedError("the multifeed is closed")


class _Added(NamedTuple):
    """What a commit adds: blocks [start, end) are held after it, `seqs` of them are new."""

    start: int
    end: int
    seqs: Sequence[int]
    blocks: Sequence[bytes]
    completed: Sequence[bytes]


class Feed:
    """A feed of a multifeed; made by `Multifeed.writer`, `Multifeed.add` and `Multifeed.feed`.

    Values go in and come out in the multifeed's encoding; blocks are their bytes. Safe to use from several threads.
    """

    __slots__ = (
        "__weakref__",
        "_conflict",
        "_head",
        "_held",
        "_id",
        "_is_superseded",
        "_key_pair",
        "_length",
        "_roots",
        "_row_length",
        "_shelf",
        "byte_length",
        "key",
    )

    def __init__(
        self,
        shelf: Shelf,
        key: bytes,
        row: FeedRow | None,
        key_pair: KeyPair | None,
        conflict: Conflict | None = None,
    ) -> None:
        self.key = key
        self.byte_length = 0
        self._shelf = shelf
        self._key_pair = key_pair
        self._id: int | None = None
        self._is_superseded = False
        self._conflict = conflict
        # Of a feed that is written here, signed when somebody asks: it may be behind `_length`.
        self._head = EMPTY_HEAD
        # Packed until somebody asks: a room may have thousands of feeds, and most are never touched.
        self._roots: list[Node] | bytes = []
        self._held: RangeSet | bytes = RangeSet()
        if row is not None:
            self._id, _, self._head, self.byte_length, self._roots, self._held = row
        self._length = self._row_length = self._head.length

    def __repr__(self) -> str:
        return f"<Feed {self.key.hex()[:8]} length={self.length}>"

    # --- what is known ---

    @property
    def writable(self) -> bool:
        """Whether the feed's secret key is here."""
        return self._key_pair is not None

    @property
    def key_pair(self) -> KeyPair | None:
        """The key pair that the feed is written with; None if it is not written here."""
        return self._key_pair

    @property
    def conflict(self) -> Conflict | None:
        """The evidence that the feed's key has signed two histories; None for all but a few.

        The feed is then frozen where it is: what was accepted stays, and no longer head is taken over.
        """
        return self._conflict

    @property
    def head(self) -> Head:
        """The newest signed state that is known; its length is the feed's length."""
        if self._head.length != self._length:
            with self._shelf.lock:
                self._head = self._sign(self._length, self.roots)
        return self._head

    @property
    def length(self) -> int:
        """How many blocks the feed has, held here or not."""
        return self._length

    @property
    def held(self) -> RangeSet:
        """Which seqs are held here; not to be changed by the caller."""
        if isinstance(self._held, bytes):
            self._held = unpack_ranges(self._held)
        return self._held

    @property
    def roots(self) -> list[Node]:
        """The roots of the tree under the head; not to be changed by the caller."""
        if isinstance(self._roots, bytes):
            self._roots = unpack_roots(self._roots)
        return self._roots

    # --- reading ---

    def get(self, seq: int) -> Any:  # noqa: ANN401 (a value is whatever the writer put in)
        """The value of one block. Raises NotHeldError if it is not here, BlockDecodeError if it is not a value."""
        return self._shelf.encoding.decode(self.block(seq))

    def read(self, start: int = 0, end: int | None = None) -> Iterator[Any]:
        """The values of [start, end), to the end of the feed if `end` is None; raises like `get`, once it is there."""
        end = self.length if end is None else end
        self._require_range(start, end)
        for first in range(start, end, _READ_LENGTH_BLOCKS):
            for block in self.blocks(first, min(first + _READ_LENGTH_BLOCKS, end)):
                yield self._shelf.encoding.decode(block)

    def __iter__(self) -> Iterator[Any]:
        return self.read()

    def block(self, seq: int) -> bytes:
        """The bytes of one block. Raises NotHeldError if it is not here."""
        return self.blocks(seq, seq + 1)[0]

    def blocks(self, start: int, end: int) -> list[bytes]:
        """The bytes of the blocks of [start, end). Raises NotHeldError, with what is missing, if one is not here."""
        self._require_range(start, end)
        with self._shelf.lock:
            self._shelf.require_open()
            self._require_held(start, end)
            blocks = [data for _, data in self._shelf.store.blocks(self._stored_id, start, end)] if start < end else []
        if len(blocks) < end - start:
            raise self._damage()
        return blocks

    def checked_blocks(self, start: int, end: int) -> list[bytes]:
        """Like `blocks`, each compared with its hash: a peer would take what the disk has changed for a lie of ours.

        Raises NotHeldError, and DamagedStoreError if one is not what it was.
        """
        self._require_range(start, end)
        with self._shelf.lock:
            self._shelf.require_open()
            self._require_held(start, end)
            rows = self._shelf.store.rows(self._stored_id, start, end)
        if len(rows) < end - start or not all(map(_is_sound, rows)):
            raise self._damage()
        return [row.data for row in rows]

    # --- writing ---

    def append(self, value: object) -> int:
        """Add one value and return its seq; it is on the disk when this returns. Raises like `extend`.

        A signature is a function of the key and the tree, so the block alone says what the head is. Writing both each
        time would double what it costs to say one thing, so the head follows now and then.
        """
        return self.append_block(self._shelf.encoding.encode(value))

    def append_block(self, block: bytes) -> int:
        """Add one block as it is, whatever the multifeed's encoding, and return its seq. Raises like `extend`."""
        _require_length(block)
        with self._shelf.lock:
            self._shelf.require_open()
            self._require_writable()
            seq = self._length
            if seq - self._row_length >= UNWRITTEN_HEAD_MAX_BLOCKS:
                self._extend([block])
            else:
                roots, completed = merkle.grow(self.roots, seq, (block,))
                self._shelf.store.append(self._stored_id, seq, block, completed[0])
                self._grow(roots, (block,))
        self._shelf.changed(self, seq, seq + 1)
        return seq

    def extend(self, values: Iterable[object]) -> range:
        """Add values under one signature, all or none, and return their seqs. They are on the disk when this returns.

        Raises NotWritableError, FrozenError, StoreError, or InvalidArgumentError (no values, one too long or of a kind
        that the encoding does not have).
        """
        blocks = [self._shelf.encoding.encode(value) for value in values]
        if not blocks:
            raise InvalidArgumentError("there is nothing to append")
        for block in blocks:
            _require_length(block)
        with self._shelf.lock:
            self._shelf.require_open()
            self._require_writable()
            seqs = self._extend(blocks)
        self._shelf.changed(self, seqs.start, seqs.stop)
        return seqs

    def _extend(self, blocks: list[bytes]) -> range:
        seqs = range(self._length, self._length + len(blocks))
        roots, completed = merkle.grow(self.roots, seqs.start, blocks)
        added = _Added(seqs.start, seqs.stop, seqs, blocks, completed)
        self._commit(self._sign(seqs.stop, roots), roots, added, (), durable=True)
        return seqs

    def _grow(self, roots: list[Node], blocks: Sequence[bytes]) -> None:
        length = self._length + len(blocks)
        held = self.held.copy()
        held.add(self._length, length)
        self._length, self._roots, self._held = length, roots, held
        self.byte_length += sum(map(len, blocks))

    def _sign(self, length: int, roots: Iterable[Node]) -> Head:
        assert self._key_pair is not None, "only a feed that is written here is ahead of its head"
        tree_hash = merkle.tree_hash(roots)
        return Head(length, tree_hash, self._key_pair.sign(merkle.signable(tree_hash, length)))

    def resume(self) -> bool:
        """Take in the blocks that were appended after the head was last written; called when a store is opened.

        Returns False if there are blocks past the head that do not follow from it: the disk has changed them.
        """
        rows = self._shelf.store.rows(self._stored_id, self._length, FEED_LENGTH_MAX_BLOCKS)
        roots, blocks = self.roots, list[bytes]()
        for seq, row in enumerate(rows, self._length):
            grown, (completed,) = merkle.grow(roots, seq, (row.data,))
            if (row.seq, row.completed) != (seq, completed):
                break
            roots = grown
            blocks.append(row.data)
        if blocks:
            self._grow(roots, blocks)
        return len(blocks) == len(rows)

    def write_head(self) -> None:
        """Write the head beside the blocks, if it is not; called before the row of the feed is checked."""
        if self._row_length != self._length:
            with self._shelf.store.transaction(durable=True):
                self._shelf.store.update_feed(self._stored_id, self.head, self.byte_length, self.roots, self.held)
            self._row_length = self._length

    # --- proofs ---

    def proof(self, start: int, end: int, *, since: int = 0) -> Proof:
        """What ties blocks [start, end) to the head, for one who holds the head of length `since` (0: none).

        An empty range proves just that the head is a longer state of the one at `since`. Raises NotHeldError if a node
        that it needs is not here, InvalidArgumentError for a range outside the feed.
        """
        self._require_range(start, end)
        self._require_range(since, self.length)
        with self._shelf.lock:
            self._shelf.require_open()
            head = self.head
            nodes = [self._node(index) for index in merkle.proof_indexes(head.length, start, end, since)]
        if None in nodes:
            raise NotHeldError(f"[{start}, {end}) of {self!r} cannot be proven: parts of the tree are not held")
        return Proof(head, start, end, since, tuple(node for node in nodes if node is not None))

    def checked_proof(self, start: int, end: int, *, since: int = 0) -> Proof:
        """Like `proof`, compared with the head by way of the hashes over [start, end) that are stored.

        Raises NotHeldError, and DamagedStoreError if they do not add up. With `checked_blocks` it shows that a peer can
        verify what it is sent, without hashing each block once more all the way up.
        """
        with self._shelf.lock:
            proof = self.proof(start, end, since=since)
            cover = [self._node(index) for index in merkle.cover_indexes(self.length, start, end, since)]
        if None in cover:
            raise NotHeldError(f"[{start}, {end}) of {self!r} cannot be proven: parts of the tree are not held")
        roots = merkle.roots_from((node for node in cover if node is not None), proof.head.length)
        if merkle.tree_hash(roots) != proof.head.tree_hash:
            raise self._damage()
        return proof

    def accept(self, start: int, blocks: Sequence[bytes], proof: Proof) -> None:
        """Verify blocks [start, start + len(blocks)) of somebody else's copy, and only then store them.

        The proof's head may be the one held, an older one, or a longer one, which is then taken over. Raises
        InvalidProofError if anything does not hold (UntiedProofError: the proof is sound but too small to connect with
        the head held; ConflictError: the feed's key signed both, and is frozen from now on), FrozenError for a longer
        head of a frozen feed, BlockedError, InvalidArgumentError for no blocks, StoreError.
        """
        if not blocks:
            raise InvalidArgumentError("there are no blocks to accept")
        if start != proof.start:
            raise InvalidProofError("the proof is for another range")
        self._take_over(blocks, proof)

    def advance(self, proof: Proof) -> None:
        """Take over a longer head without any block; `proof` has an empty range. Raises like `accept`."""
        if proof.start != proof.end:
            raise InvalidProofError("the proof is for blocks")
        self._take_over((), proof)

    def freeze(self, conflict: Conflict) -> None:
        """Freeze the feed on evidence that somebody has shown. Raises InvalidProofError if it shows nothing."""
        conflict.require_valid(self.key)
        with self._shelf.lock:
            self._shelf.require_open()
            self._freeze(conflict)

    def node(self, index: int) -> Node | None:
        """A node of the tree under the head; None if it is not held."""
        with self._shelf.lock:
            self._shelf.require_open()
            return self._node(index)

    def tree_hash_at(self, length: int) -> bytes | None:
        """The tree hash that the feed had at `length`; None if it was never so long or the nodes are not held."""
        with self._shelf.lock:
            self._shelf.require_open()
            if length > self.length:
                return None
            roots = [self._node(index) for index in flat_tree.roots_of(length)]
        return None if None in roots else merkle.tree_hash(root for root in roots if root is not None)

    def _take_over(self, blocks: Sequence[bytes], proof: Proof) -> None:
        if any(not isinstance(block, bytes) or len(block) > BLOCK_LENGTH_MAX_BYTES for block in blocks):
            raise InvalidProofError(f"a block is at most {BLOCK_LENGTH_MAX_BYTES} bytes")
        with self._shelf.lock:
            self._shelf.require_open()
            if self.key in self._shelf.blocked:
                raise BlockedError(f"{self!r} is blocked here")
            verified = self._verify(blocks, proof)
            is_longer = proof.head.length > self.length
            if is_longer:
                self._require_not_frozen()
            gaps = list(self.held.gaps(proof.start, proof.end))
            if not gaps and not is_longer:
                return
            seqs = [seq for gap in gaps for seq in range(*gap)]
            added = _Added(
                proof.start,
                proof.end,
                seqs,
                [blocks[seq - proof.start] for seq in seqs],
                [verified.completed(seq) for seq in seqs],
            )
            spare_nodes = [*verified.beside, *self.roots, *verified.roots, *verified.right_edge()]
            head, roots = (proof.head, verified.roots) if is_longer else (self.head, self.roots)
            self._commit(head, roots, added, spare_nodes, durable=False)
        self._shelf.changed(self, proof.start, proof.end)

    def _verify(self, blocks: Sequence[bytes], proof: Proof) -> Verified:
        verified = merkle.verify(proof, blocks, self._roots_at(proof.since))
        if (proof.head.length, proof.head.tree_hash) == (self.length, self.head.tree_hash):
            return verified
        signed = merkle.signable(proof.head.tree_hash, proof.head.length)
        if not keys.verify(self.key, signed, proof.head.signature):
            raise InvalidProofError("the head is not signed by the feed's key")
        if proof.head.length >= self.length:
            conflict = conflict_with_longer(self.head, self.roots, proof.head, verified.node)
        else:
            conflict = conflict_with_older(proof.head, verified.roots, self.head, self._node)
        if conflict is not None:
            self._raise_conflict(conflict)
        return verified

    def _raise_conflict(self, conflict: Conflict) -> NoReturn:
        try:
            conflict.require_valid(self.key)
        except InvalidProofError as error:
            # Both heads are signed: what does not fit is what we hold of the tree.
            raise self._damage() from error
        self._freeze(conflict)
        raise ConflictError(f"{self!r} was signed with two histories")

    def _freeze(self, conflict: Conflict) -> None:
        if self._conflict is not None:
            return
        with self._shelf.store.transaction(durable=True):
            self._shelf.store.set_conflict(self._stored_id, conflict.pack())
        self._conflict = conflict
        self._shelf.changed(self, self.length, self.length)

    def _require_writable(self) -> None:
        if self._key_pair is None:
            raise NotWritableError(f"the secret key of {self!r} is not here")
        if self._conflict is not None:
            self._require_not_frozen()
        if self._is_superseded:
            raise NotWritableError(f"{self!r} is continued in another feed")

    def _require_not_frozen(self) -> None:
        if self._conflict is not None:
            raise FrozenError(f"{self!r} was signed with two histories; it does not grow any more")

    # --- the tree and the store ---

    def mended(self, head: Head, roots: list[Node], held: RangeSet) -> None:
        """What is stored of the feed after an audit; called by the multifeed."""
        self._head, self._roots, self._held = head, roots, held
        self._length = self._row_length = head.length
        self.byte_length = sum(root.size for root in roots)

    def forgotten(self) -> None:
        """Nothing is stored of the feed any more; called by the multifeed."""
        self.mended(EMPTY_HEAD, [], RangeSet())
        self._id = self._conflict = None

    def thawed(self) -> None:
        """There is no evidence against the feed any more; called by the multifeed."""
        self._conflict = None

    def superseded(self) -> None:
        """The feed is continued in another and not written any more; called by the multifeed."""
        self._is_superseded = True

    def _roots_at(self, length: int) -> list[Node]:
        if length == self.length:
            return self.roots
        if length > self.length:
            raise InvalidProofError("the proof builds on a head that is not held")
        roots = [self._node(index) for index in flat_tree.roots_of(length)]
        if None in roots:
            raise UntiedProofError("the proof builds on an older head whose roots are not held")
        return [root for root in roots if root is not None]

    def _node(self, index: int) -> Node | None:
        for root in self.roots:
            if root.index == index:
                return root
        if self._id is None:
            return None
        return self._shelf.store.node(self._id, index, flat_tree.blocks_of(index)[1] - 1)

    @property
    def _stored_id(self) -> int:
        assert self._id is not None, "whatever is held is stored"
        return self._id

    def _commit(
        self,
        head: Head,
        roots: list[Node],
        added: _Added,
        spare_nodes: Sequence[Node],
        *,
        durable: bool,
    ) -> None:
        """One transaction; what this object says changes only once it is through."""
        store = self._shelf.store
        held = self.held.copy()
        held.add(added.start, added.end)
        byte_length = sum(root.size for root in roots)
        with store.transaction(durable=durable):
            feed_id = store.insert_feed(self.key, head) if self._id is None else self._id
            store.insert_blocks(feed_id, added.seqs, added.blocks, added.completed)
            # The others are found with the block that completes them.
            kept = [node for node in spare_nodes if flat_tree.blocks_of(node.index)[1] - 1 not in held]
            if kept:
                store.insert_nodes(feed_id, kept)
            store.update_feed(feed_id, head, byte_length, roots, held)
        is_new = self._id is None
        self._id, self._head, self._roots, self._held, self.byte_length = feed_id, head, roots, held, byte_length
        self._length = self._row_length = head.length
        if is_new:
            self._shelf.stored(self)

    def _damage(self) -> DamagedStoreError:
        return DamagedStoreError(f"{self!r} was changed on the disk; multichat --doctor finds where, and mends it")

    def _require_held(self, start: int, end: int) -> None:
        missing = next(self.held.gaps(start, end), None)
        if missing is not None:
            raise NotHeldError(f"blocks {missing[0]} to {missing[1] - 1} of {self!r} are not held")

    def _require_range(self, start: int, end: int) -> None:
        if not 0 <= start <= end <= FEED_LENGTH_MAX_BLOCKS:
            raise InvalidArgumentError(f"[{start}, {end}) is not a range of seqs")
        if end > self.length:
            raise NotHeldError(f"{self!r} has no block {end - 1}")


def _require_length(block: bytes) -> None:
    if not isinstance(block, bytes):
        raise InvalidArgumentError(f"a block is bytes, not {type(block).__name__}")
    if len(block) > BLOCK_LENGTH_MAX_BYTES:
        raise InvalidArgumentError(f"a block is at most {BLOCK_LENGTH_MAX_BYTES} bytes")


def _is_sound(row: BlockRow) -> bool:
    """Whether a block is still the one that its leaf was hashed from."""
    return merkle.leaf_hash(row.data) == row.completed[: merkle.HASH_LENGTH_BYTES]

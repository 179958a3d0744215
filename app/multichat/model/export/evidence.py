"""What shows that a message is its author's: the signed block, and the proof that ties it to a signed head.

Owns how it is found in a log for one message after the other, without reading a feed as often as it has messages, and
that it holds before it is handed on. Knows nothing of how it is written down.
"""

from collections import OrderedDict
from functools import lru_cache
from typing import Final, NamedTuple

from multichat.model.message import Position
from multifeed import DamagedStoreError, Multifeed, NotHeldError, flat_tree, merkle
from multifeed.errors import InvalidProofError
from multifeed.merkle import Head, Node, Proof, Verified

# So many neighbours are proven at once, since one follows the other; of feeds that take turns, the last so many of
# such chunks are kept: a few megabytes.
_CHUNK_LENGTH: Final = 64
_CHUNKS_KEPT: Final = 512


_roots_of: Final = lru_cache(1_024)(flat_tree.roots_of)


def nodes_needed(length: int, seq: int) -> list[int]:
    """What `merkle.proof_indexes` gives for one block, from below instead of from above: five times as fast."""
    roots = _roots_of(length)
    indexes = []
    index = flat_tree.index_of(0, seq)
    while index not in roots:
        indexes.append(flat_tree.sibling_of(index))
        index = flat_tree.parent_of(index)
    indexes += [root for root in roots if root != index]
    return sorted(indexes)


class Signed(NamedTuple):
    """Block `seq` of a feed, to the byte, with a signed head and the nodes of the proof of this block alone."""

    feed: bytes
    seq: int
    block: bytes
    head: Head
    nodes: tuple[Node, ...]

    @property
    def proof(self) -> Proof:
        """What ties the block to the head."""
        return Proof(self.head, self.seq, self.seq + 1, 0, self.nodes)


class _Chunk(NamedTuple):
    head: Head
    start: int
    end: int
    verified: Verified


class Evidence:
    """That of the messages in a log."""

    def __init__(self, multi: Multifeed) -> None:
        self._multi = multi
        self._chunks: OrderedDict[tuple[bytes, int], _Chunk] = OrderedDict()

    def of(self, position: Position) -> Signed:
        """What shows that the message that stands there is its author's.

        Raises NotHeldError if it is not here any more, DamagedStoreError where the disk has changed it or what proves
        it.
        """
        _, key, seq = position
        feed = self._multi.feed(key)
        if feed is None:
            raise NotHeldError(f"the feed {key.hex()[:8]} is not here any more")
        block = feed.block(seq)
        chunk = self._chunk_of(key, seq)
        head = chunk.head
        indexes = nodes_needed(head.length, seq)
        nodes = tuple(node for node in map(chunk.verified.node, indexes) if node is not None)
        assert len(nodes) == len(indexes), "a proof of a range holds those of its blocks"
        return Signed(key, seq, block, head, nodes)

    def _chunk_of(self, key: bytes, seq: int) -> _Chunk:
        at = (key, seq // _CHUNK_LENGTH)
        chunk = self._chunks.get(at)
        if chunk is None or not chunk.start <= seq < chunk.end:
            # It is not kept, or has more in it by now.
            self._chunks[at] = chunk = self._made(key, seq)
        self._chunks.move_to_end(at)
        if len(self._chunks) > _CHUNKS_KEPT:
            self._chunks.popitem(last=False)
        return chunk

    def _made(self, key: bytes, seq: int) -> _Chunk:
        feed = self._multi.feed(key)
        assert feed is not None, "its block was read"
        first = seq - seq % _CHUNK_LENGTH
        runs = feed.held.within(first, first + _CHUNK_LENGTH)
        start, end = next((start, end) for start, end in runs if start <= seq < end)
        proof = feed.proof(start, end)
        try:
            verified = merkle.verify(proof, feed.blocks(start, end), ())
        except InvalidProofError as error:
            raise DamagedStoreError(
                f"{feed!r} was changed on the disk; multichat --doctor finds where, and mends it"
            ) from error
        return _Chunk(proof.head, start, end, verified)

"""What of the files of a feed holds: blocks that its own key has signed, with the proof of each.

Everything in such files is somebody else's word. The newest signature that holds, over the roots that the tree has for
its length, gives the head; each part of the blocks is hashed up to it. Where a part does not hold, it is looked for
which blocks are to blame. Owns that search. Knows neither the room nor what blocks say.
"""

from collections.abc import Callable, Iterator
from typing import Final, NamedTuple

from multifeed import flat_tree, keys, merkle
from multifeed.errors import InvalidProofError
from multifeed.hypercore9.storage import Storage
from multifeed.limits import (
    BLOCK_LENGTH_MAX_BYTES,
    STORED_PART_MAX_BLOCKS,
    STORED_PART_MAX_BYTES,
    STORED_PARTS_SEARCHED_MAX,
    STORED_RUNS_MAX,
    STORED_SIGNATURES_TRIED_MAX,
)
from multifeed.merkle import EMPTY_HEAD, Head, Node, Proof
from multifeed.ranges import RangeSet

# Gives a node of the tree; None if it is not known.
_NodeFinder = Callable[[int], Node | None]

_UNSIGNED: Final = "no signature of its key that holds is over them"
_MISSING: Final = "should be there, and are not"
_TOO_LONG: Final = f"longer than the {BLOCK_LENGTH_MAX_BYTES} bytes that a block may have"
_CHANGED: Final = "not what was signed"
_TOO_MUCH: Final = "too much to be read at once"
_NO_BITFIELD: Final = "the bitfield, which says what is there, cannot be read: every block was tried"
_SCATTERED: Final = f"more than {STORED_RUNS_MAX} runs of blocks"


class Part(NamedTuple):
    """Blocks from `start` on that hold, and the proof that they do."""

    start: int
    blocks: list[bytes]
    proof: Proof


class Unsound(NamedTuple):
    """Blocks [start, end) that were left out, and why; an empty range is of no block."""

    start: int
    end: int
    why: str


class History:
    """The history in the files of one feed; the key is `storage.key`."""

    def __init__(self, storage: Storage) -> None:
        self._storage = storage
        # What does not hold as it stands may do so with parents hashed anew: of a node that the disk has changed, the
        # two below are still there.
        self._views: tuple[_NodeFinder, ...] = (storage.node, self._rehashed)
        self._searched = 0
        self.head = self._newest_head()

    def parts(self, without: RangeSet) -> Iterator[Part | Unsound]:
        """Everything there is but the blocks of `without`, from the left: what holds, and what does not."""
        if not self._storage.says_what_is_held and self.head.length:
            yield Unsound(0, 0, _NO_BITFIELD)
        yield from _joined(self._found(without))
        if self.head.length < self._storage.length:
            yield Unsound(self.head.length, self._storage.length, _UNSIGNED)

    def part_at(self, seq: int) -> Part | None:
        """A single block; None if it does not hold."""
        part = self._part(seq, seq + 1)
        return part if isinstance(part, Part) else None

    def proof(self, start: int, end: int, *, since: int = 0) -> Proof | None:
        """See `Feed.proof`; None if the tree lacks a node for it. The nodes are as they stand there."""
        return self._proof(self._storage.node, start, end, since)

    # --- the head ---

    def _newest_head(self) -> Head:
        for tried, (length, signature) in enumerate(self._storage.signatures()):
            if tried == STORED_SIGNATURES_TRIED_MAX:
                break
            for view in self._views:
                head = self._head(view, length, signature)
                if head is not None:
                    return head
        return EMPTY_HEAD

    def _head(self, view: _NodeFinder, length: int, signature: bytes) -> Head | None:
        roots = _all_of(map(view, flat_tree.roots_of(length)))
        if roots is None:
            return None
        head = Head(length, merkle.tree_hash(roots), signature)
        is_signed = keys.verify(self._storage.key, merkle.signable(head.tree_hash, length), signature)
        return head if is_signed else None

    # --- the search ---

    def _found(self, without: RangeSet) -> Iterator[Part | Unsound]:
        runs = (gap for run in self._storage.held(self.head.length) for gap in without.gaps(*run))
        for number, (start, end) in enumerate(runs):
            if number == STORED_RUNS_MAX:
                yield Unsound(start, self.head.length, _SCATTERED)
                return
            for first in range(start - start % STORED_PART_MAX_BLOCKS, end, STORED_PART_MAX_BLOCKS):
                yield from self._search(max(first, start), min(first + STORED_PART_MAX_BLOCKS, end))

    def _search(self, start: int, end: int) -> Iterator[Part | Unsound]:
        """A part as a whole, or else its halves, down to single blocks."""
        parts = [(start, end)]
        while parts:
            start, end = parts.pop()
            part = self._part(start, end)
            if isinstance(part, Part):
                yield part
            elif end - start > 1 and (part == _TOO_MUCH or self._searched < STORED_PARTS_SEARCHED_MAX):
                self._searched += part != _TOO_MUCH
                middle = (start + end) // 2
                parts += ((middle, end), (start, middle))
            else:
                yield Unsound(start, end, part)

    def _part(self, start: int, end: int) -> Part | str:
        """Blocks [start, end) if they hold, else why they do not."""
        lengths = self._storage.block_lengths(start, end)
        if lengths is None:
            return _MISSING
        if max(lengths) > BLOCK_LENGTH_MAX_BYTES:
            return _TOO_LONG
        if sum(lengths) > STORED_PART_MAX_BYTES:
            return _TOO_MUCH
        why = _MISSING
        for view in self._views:
            blocks = self._blocks(view, start, lengths)
            proof = self._proof(view, start, end, 0)
            if blocks is not None:
                why = _CHANGED
            if blocks is not None and proof is not None and _holds(proof, blocks):
                return Part(start, blocks, proof)
        return why

    def _blocks(self, view: _NodeFinder, start: int, lengths: list[int]) -> list[bytes] | None:
        before = _all_of(map(view, flat_tree.roots_of(start)))
        if before is None:
            return None
        data = self._storage.data(sum(node.size for node in before), sum(lengths))
        if data is None:
            return None
        blocks, at = [], 0
        for length in lengths:
            blocks.append(data[at : at + length])
            at += length
        return blocks

    def _proof(self, view: _NodeFinder, start: int, end: int, since: int) -> Proof | None:
        nodes = _all_of(map(view, merkle.proof_indexes(self.head.length, start, end, since)))
        return None if nodes is None else Proof(self.head, start, end, since, tuple(nodes))

    def _rehashed(self, index: int) -> Node | None:
        if flat_tree.depth_of(index) == 0:
            return self._storage.node(index)
        below = _all_of(map(self._storage.node, flat_tree.children_of(index)))
        if below is None or not all(map(merkle.is_possible, below)):
            return self._storage.node(index)
        return merkle.parent_node(*below)


def _joined(found: Iterator[Part | Unsound]) -> Iterator[Part | Unsound]:
    """With one word for blocks beside each other that are left out for the same reason."""
    left_out: Unsound | None = None
    for each in found:
        if left_out is not None and isinstance(each, Unsound) and left_out[1:] == (each.start, each.why):
            left_out = left_out._replace(end=each.end)
            continue
        if left_out is not None:
            yield left_out
        left_out = each if isinstance(each, Unsound) else None
        if isinstance(each, Part):
            yield each
    if left_out is not None:
        yield left_out


def _all_of(nodes: Iterator[Node | None]) -> list[Node] | None:
    """All of them; None if one is not known."""
    found = []
    for node in nodes:
        if node is None:
            return None
        found.append(node)
    return found


def _holds(proof: Proof, blocks: list[bytes]) -> bool:
    try:
        merkle.verify(proof, blocks, ())
    except InvalidProofError:
        return False
    return True

"""The hash tree over a feed: hashes, roots, proofs; building and verifying. Pure.

The hashes are hypercore 9's. Owns what a proof must contain and how it is checked. Knows no store, no signature and no
wire: a proof that passes here shows that blocks belong to a tree hash; that the tree hash is signed is the feed's to
check.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from struct import Struct
from typing import Final, NamedTuple

from multifeed import flat_tree
from multifeed.errors import InvalidProofError
from multifeed.limits import BLOCK_LENGTH_MAX_BYTES, FEED_LENGTH_MAX_BLOCKS

HASH_LENGTH_BYTES: Final = 32

_LEAF: Final = b"\x00"
_PARENT: Final = b"\x01"
_ROOT: Final = b"\x02"
_u64 = Struct(">Q").pack
_read_u64 = Struct(">Q").unpack_from

# A parent in a block's `completed` bytes: its hash and the bytes under it.
_PARENT_LENGTH_BYTES: Final = HASH_LENGTH_BYTES + 8


class Node(NamedTuple):
    """One node of the tree; `size` counts the bytes of all blocks under it."""

    index: int  # type: ignore[assignment]  # the tree's word for it; nobody searches a node for a value
    hash: bytes
    size: int


@dataclass(frozen=True, slots=True)
class Head:
    """A signed state of a feed: so many blocks, with this tree hash. An empty feed's head has no signature."""

    length: int
    tree_hash: bytes
    signature: bytes


@dataclass(frozen=True, slots=True)
class Proof:
    """What ties the blocks of [start, end) to `head`.

    `nodes` are those of `proof_indexes(head.length, start, end, since)`, in that order. `since` is the length of a head
    that the verifier already holds (0: none): the roots of that older tree are left out, and because they are needed to
    come to the tree hash of `head`, the proof holds only if the older tree is part of the newer one.
    """

    head: Head
    start: int
    end: int
    since: int
    nodes: tuple[Node, ...]


def leaf_hash(block: bytes) -> bytes:
    """H(0x00 | u64be length | data)."""
    return blake2b(_LEAF + _u64(len(block)) + block, digest_size=HASH_LENGTH_BYTES).digest()


def parent_hash(size: int, left: bytes, right: bytes) -> bytes:
    """H(0x01 | u64be sum of sizes | left | right)."""
    return blake2b(_PARENT + _u64(size) + left + right, digest_size=HASH_LENGTH_BYTES).digest()


def parent_node(one: Node, other: Node) -> Node:
    """The node above two siblings, given in either order."""
    left, right = sorted((one, other))
    size = left.size + right.size
    return Node(flat_tree.parent_of(left.index), parent_hash(size, left.hash, right.hash), size)


def tree_hash(roots: Iterable[Node]) -> bytes:
    """H(0x02 | for each root: hash | u64be index | u64be size)."""
    parts = [_ROOT]
    for index, hash_, size in roots:
        parts += (hash_, _u64(index), _u64(size))
    return blake2b(b"".join(parts), digest_size=HASH_LENGTH_BYTES).digest()


EMPTY_HEAD: Final = Head(0, tree_hash(()), b"")


def signable(tree_hash_: bytes, length: int) -> bytes:
    """What a feed's key signs: tree hash | u64be length."""
    return tree_hash_ + _u64(length)


# --- building ---


def grow(roots: Iterable[Node], length: int, blocks: Iterable[bytes]) -> tuple[list[Node], list[bytes]]:
    """Append `blocks` to a tree of `length` blocks with these `roots`.

    Returns the new roots and, for each block, its `completed` bytes: the hash of its leaf, then hash and size of each
    parent that it is the last block of, from below. So every node is written once, with the block that completes it.
    """
    grown = list(roots)
    completed = []
    for seq, block in enumerate(blocks, length):
        size = len(block)
        hash_ = blake2b(_LEAF + _u64(size) + block, digest_size=HASH_LENGTH_BYTES).digest()
        row = hash_
        depth = 0
        while seq >> depth & 1:
            _, left, left_size = grown.pop()
            packed_size = _u64(size := size + left_size)
            hash_ = blake2b(_PARENT + packed_size + left + hash_, digest_size=HASH_LENGTH_BYTES).digest()
            row += hash_ + packed_size
            depth += 1
        grown.append(Node(flat_tree.index_of(depth, seq >> depth), hash_, size))
        completed.append(row)
    return grown, completed


def pack_parent(node: Node) -> bytes:
    """A parent as it stands in `completed` bytes."""
    return node.hash + _u64(node.size)


def node_of_completed(index: int, completed: bytes, block_length: int) -> Node:
    """The node `index` out of the `completed` bytes of the last block under it; they are as long as they should be."""
    depth = flat_tree.depth_of(index)
    if depth == 0:
        return Node(index, completed[:HASH_LENGTH_BYTES], block_length)
    at = HASH_LENGTH_BYTES + (depth - 1) * _PARENT_LENGTH_BYTES
    return Node(index, completed[at : at + HASH_LENGTH_BYTES], _read_u64(completed, at + HASH_LENGTH_BYTES)[0])


# --- proofs ---


def proof_indexes(length: int, start: int, end: int, since: int) -> list[int]:
    """The nodes that a proof of [start, end) against a tree of `length` blocks consists of, from the left.

    They are the greatest subtrees beside the range and on one side of `since`, without the roots of the tree of `since`
    blocks, which the verifier has. At most two a level.
    """
    known = frozenset(flat_tree.roots_of(since))
    return [
        index
        for index in cover_indexes(length, start, end, since)
        if index not in known and not _is_within(index, start, end)
    ]


def split_indexes(length: int, older_length: int) -> list[int]:
    """The nodes that show a tree of `length` blocks and, within it, the one of its first `older_length`, from the left.

    The first of them are the roots of the older tree.
    """
    return cover_indexes(length, 0, 0, older_length)


def cover_indexes(length: int, start: int, end: int, split: int) -> list[int]:
    """The greatest subtrees that are in [start, end), or else beside it and on one side of `split`, from the left.

    Together they cover the tree of `length` blocks.
    """
    indexes: list[int] = []

    def visit(index: int) -> None:
        first, last = flat_tree.blocks_of(index)
        is_cut = (first < end and start < last and start < end) or first < split < last
        if is_cut and not _is_within(index, start, end):
            left, right = flat_tree.children_of(index)
            visit(left)
            visit(right)
        else:
            indexes.append(index)

    for root in flat_tree.roots_of(length):
        visit(root)
    return indexes


def _is_within(index: int, start: int, end: int) -> bool:
    first, last = flat_tree.blocks_of(index)
    return start <= first and last <= end


def roots_from(nodes: Iterable[Node], length: int) -> list[Node]:
    """The roots of the tree of `length` blocks, hashed up from subtrees that cover it from the left without a gap."""
    stack: list[Node] = []
    covered = 0
    for node in nodes:
        if covered == length:
            break
        covered = flat_tree.blocks_of(node.index)[1]
        while stack and flat_tree.sibling_of(stack[-1].index) == node.index and stack[-1].index < node.index:
            node = parent_node(stack.pop(), node)  # noqa: PLW2901 (it grows while it can)
        stack.append(node)
    return stack


class _Level(NamedTuple):
    """The nodes of one depth that the blocks of a range lead to, from `offset` on."""

    offset: int
    hashes: list[bytes]
    sizes: list[int]


@dataclass(frozen=True, slots=True)
class Verified:
    """What a proof that holds has shown: the roots of its tree, and every node that it came by."""

    roots: list[Node]
    _levels: list[_Level]
    _given: Mapping[int, Node]

    def node(self, index: int) -> Node | None:
        """A node of the tree, computed or given; None if the proof did not need it."""
        depth = flat_tree.depth_of(index)
        if depth < len(self._levels):
            level = self._levels[depth]
            at = flat_tree.offset_of(index) - level.offset
            if 0 <= at < len(level.hashes):
                return Node(index, level.hashes[at], level.sizes[at])
        return self._given.get(index)

    @property
    def beside(self) -> list[Node]:
        """The nodes beside the range: those that were given or known, and what they hash up to."""
        return list(self._given.values())

    def right_edge(self) -> list[Node]:
        """The last node computed at each depth: it may reach beyond the range, and be needed to prove a part of it."""
        return [
            Node(flat_tree.index_of(depth, level.offset + len(level.hashes) - 1), level.hashes[-1], level.sizes[-1])
            for depth, level in enumerate(self._levels)
        ]

    def completed(self, seq: int) -> bytes:
        """The `completed` bytes (see `grow`) of a block of the range."""
        offset, hashes, _ = self._levels[0]
        row = hashes[seq - offset]
        depth = 0
        while seq & 1:
            seq >>= 1
            depth += 1
            offset, hashes, sizes = self._levels[depth]
            row += hashes[seq - offset] + _u64(sizes[seq - offset])
        return row


def verify(proof: Proof, blocks: Sequence[bytes], known_roots: Sequence[Node]) -> Verified:
    """Check that `blocks` are [proof.start, proof.end) of the tree with the hash `proof.head.tree_hash`.

    `known_roots` are the roots of the tree of `proof.since` blocks. Raises InvalidProofError if it does not add up.
    """
    _check_shape(proof, blocks)
    given = {node.index: node for node in known_roots}
    given.update((node.index, node) for node in proof.nodes)
    _join(given)
    levels = _climb(proof.head.length, proof.start, blocks, given)
    verified = Verified([], levels, given)
    for index in flat_tree.roots_of(proof.head.length):
        root = verified.node(index)
        if root is None:
            raise InvalidProofError("the proof lacks a root")
        verified.roots.append(root)
    if tree_hash(verified.roots) != proof.head.tree_hash:
        raise InvalidProofError("blocks and proof do not add up to the tree hash of the head")
    return verified


def _join(given: dict[int, Node]) -> None:
    """Add what the given nodes hash up to among themselves: on either side of `since`, siblings come by themselves."""
    for node in list(given.values()):
        joined = node
        while (sibling := given.get(flat_tree.sibling_of(joined.index))) is not None:
            joined = parent_node(joined, sibling)
            if joined.index in given:
                break
            given[joined.index] = joined


def _check_shape(proof: Proof, blocks: Sequence[bytes]) -> None:
    length = proof.head.length
    if not (0 <= proof.start <= proof.end <= length <= FEED_LENGTH_MAX_BLOCKS and 0 <= proof.since <= length):
        raise InvalidProofError("the range of the proof is not inside its head")
    if proof.end - proof.start != len(blocks):
        raise InvalidProofError("the proof is for another number of blocks")
    indexes = proof_indexes(length, proof.start, proof.end, proof.since)
    if [node.index for node in proof.nodes] != indexes:
        raise InvalidProofError("the proof does not consist of the nodes that it needs")
    if not all(map(is_possible, proof.nodes)):
        raise InvalidProofError("the proof has a node of an impossible size")


def is_possible(node: Node) -> bool:
    """Whether a node can be one: its sizes, not its hash, are what arithmetic could trip over."""
    size_max = BLOCK_LENGTH_MAX_BYTES << flat_tree.depth_of(node.index)
    return len(node.hash) == HASH_LENGTH_BYTES and 0 <= node.size <= size_max


def _climb(length: int, start: int, blocks: Sequence[bytes], given: Mapping[int, Node]) -> list[_Level]:
    """Hash level by level from the leaves up to the roots over the range; siblings beside it are taken from `given`."""
    level = _Level(start, [leaf_hash(block) for block in blocks], [len(block) for block in blocks])
    levels: list[_Level] = []
    while level.hashes:
        depth = len(levels)
        levels.append(level)
        offset, hashes, sizes = level.offset, level.hashes.copy(), level.sizes.copy()
        level_end = length >> depth
        if level_end & 1 and offset + len(hashes) == level_end:
            # The last node of a level without a sibling is a root; it has no parent.
            hashes.pop()
            sizes.pop()
            if not hashes:
                break
        if offset & 1:
            offset -= 1
            sibling = _sibling(depth, offset, given)
            hashes.insert(0, sibling.hash)
            sizes.insert(0, sibling.size)
        if len(hashes) & 1:
            sibling = _sibling(depth, offset + len(hashes), given)
            hashes.append(sibling.hash)
            sizes.append(sibling.size)
        level = _level_above(offset, hashes, sizes)
    return levels


def _sibling(depth: int, offset: int, given: Mapping[int, Node]) -> Node:
    try:
        return given[flat_tree.index_of(depth, offset)]
    except KeyError:
        raise InvalidProofError("the proof lacks a sibling") from None


def _level_above(offset: int, hashes: list[bytes], sizes: list[int]) -> _Level:
    parent_sizes = [left + right for left, right in zip(sizes[::2], sizes[1::2], strict=True)]
    parent_hashes = [
        blake2b(_PARENT + _u64(size) + left + right, digest_size=HASH_LENGTH_BYTES).digest()
        for size, left, right in zip(parent_sizes, hashes[::2], hashes[1::2], strict=True)
    ]
    return _Level(offset >> 1, parent_hashes, parent_sizes)

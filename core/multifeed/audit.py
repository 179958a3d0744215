"""Checks a stored feed against its signed head, and finds what the disk has changed.

From the signature down: the head is what its key signed, the roots add up to it, each node is the hash of its two
children, each leaf that of its block. What does not hold is dropped, so that it is fetched again; a hash that can be
worked out anew from blocks that hold is put right. Owns the search. Knows the store's rows and no other feed.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from multifeed import flat_tree, keys, merkle
from multifeed.errors import DamagedStoreError
from multifeed.limits import FEED_LENGTH_MAX_BLOCKS
from multifeed.merkle import Head, Node
from multifeed.ranges import RangeSet
from multifeed.store import BlockRow, FeedRow, Store, unpack_ranges, unpack_roots

# Subtrees of so many blocks are read and hashed at once.
_CHUNK_DEPTH: Final = 9


class Damage(NamedTuple):
    """Blocks [start, end) of a feed that were not what was signed, and were dropped; an empty range is of no block."""

    key: bytes
    start: int
    end: int
    what: str


@dataclass(slots=True)
class FeedAudit:
    """What is left of a feed: the head, None if it is lost; the roots; what is held; and what has to be written."""

    head: Head | None
    roots: list[Node]
    held: RangeSet
    damages: list[Damage]
    # Whether the row of the feed says just this.
    is_row_right: bool
    # Rows whose hashes are put right, and true nodes that are not stored where they are looked for.
    repaired: list[BlockRow] = field(default_factory=list)
    spare_nodes: list[Node] = field(default_factory=list)
    dropped: RangeSet = field(default_factory=RangeSet)

    @property
    def is_sound(self) -> bool:
        """Whether nothing has to be written."""
        return self.is_row_right and not (self.damages or self.repaired or self.spare_nodes)


def audit_feed(store: Store, row: FeedRow, *, may_have_grown: bool = False) -> FeedAudit:
    """Check everything that is stored of a feed; writes nothing. Raises StoreError if it cannot even be read.

    If it `may_have_grown`, what is past its head is left for the feed to look at (see `Feed.resume`).
    """
    present = RangeSet(store.seqs(row.id))
    claimed, roots, is_sound = _read_head(row)
    damages = []
    if store.has_impossible_seqs(row.id):
        damages.append(Damage(row.key, 0, 0, "blocks have numbers that no block can have"))
    head: Head | None = row.head
    if not is_sound and may_have_grown and not row.head.signature:
        # Nothing was signed yet: there is no head to be found, only what has been appended.
        damages.append(Damage(row.key, 0, 0, "the head is not what it was"))
        head, roots = merkle.EMPTY_HEAD, []
    elif not is_sound:
        damages.append(Damage(row.key, 0, 0, "the head is not what was signed"))
        head, roots = _rebuild_head(store, row, present)
        if head is None:
            damages += [Damage(row.key, start, end, "blocks without a head") for start, end in present]
            return FeedAudit(None, [], RangeSet(), damages, is_row_right=False, dropped=present)
    assert head is not None
    if may_have_grown:
        present.remove(head.length, present.end)
    search = _Search(store, row.id, present)
    for root in roots:
        search.check(root)
    search.damaged.add(head.length, present.end)
    held = present.copy()
    for start, end in search.damaged:
        held.remove(start, end)
    damages += [
        Damage(row.key, start, end, "blocks are not what was signed")
        for run in search.damaged
        for start, end in present.within(*run)
    ]
    damages += [
        Damage(row.key, start, end, "blocks are missing") for run in claimed for start, end in present.gaps(*run)
    ]
    return FeedAudit(
        head,
        roots,
        held,
        damages,
        is_row_right=is_sound and held == claimed,
        repaired=search.repairs(held),
        spare_nodes=search.spare_nodes(held),
        dropped=search.damaged.copy(),
    )


def _read_head(row: FeedRow) -> tuple[RangeSet, list[Node], bool]:
    """What is claimed to be held, the roots, and whether the row is sound."""
    try:
        claimed, roots = unpack_ranges(row.held), unpack_roots(row.roots)
    except DamagedStoreError:
        return RangeSet(), [], False
    if row.head == merkle.EMPTY_HEAD:
        return claimed, roots, not (roots or claimed or row.byte_length)
    is_sound = (
        0 < row.head.length <= FEED_LENGTH_MAX_BLOCKS
        and [root.index for root in roots] == flat_tree.roots_of(row.head.length)
        and sum(root.size for root in roots) == row.byte_length
        and merkle.tree_hash(roots) == row.head.tree_hash
        and _is_signed(row.key, row.head)
    )
    return claimed, roots, is_sound


def _is_signed(key: bytes, head: Head) -> bool:
    return keys.verify(key, merkle.signable(head.tree_hash, head.length), head.signature)


def is_head_sound(row: FeedRow) -> bool:
    """Whether the head and the roots of a feed are what was signed."""
    return _read_head(row)[2]


def _rebuild_head(store: Store, row: FeedRow, present: RangeSet) -> tuple[Head | None, list[Node]]:
    """The head from the blocks, if they are all there and the signature is over them, or over as many as it says."""
    for length in (present.end, row.head.length):
        if length > 0 and present.covers(0, length):
            head, roots = _head_over_blocks(store, row, length)
            if _is_signed(row.key, head):
                return head, roots
    return None, []


def _head_over_blocks(store: Store, row: FeedRow, length: int) -> tuple[Head, list[Node]]:
    roots: list[Node] = []
    for start in range(0, length, 1 << _CHUNK_DEPTH):
        rows = store.rows(row.id, start, min(start + (1 << _CHUNK_DEPTH), length))
        roots, _ = merkle.grow(roots, start, [block.data for block in rows])
    return Head(length, merkle.tree_hash(roots), row.head.signature), roots


class _Search:
    """Goes down from trusted nodes to the blocks under them."""

    def __init__(self, store: Store, feed_id: int, present: RangeSet) -> None:
        self.damaged = RangeSet()
        self._store = store
        self._feed_id = feed_id
        self._present = present
        # Of chunks in which something was wrong: the rows as stored, and the nodes as they should be.
        self._rows: dict[int, BlockRow] = {}
        self._trusted: dict[int, Node] = {}

    def check(self, node: Node) -> None:
        """Check what is held under a node that is known to be true."""
        first, last = flat_tree.blocks_of(node.index)
        if next(self._present.within(first, last), None) is None:
            return
        if flat_tree.depth_of(node.index) <= _CHUNK_DEPTH and self._check_chunk(node):
            return
        self._trusted[node.index] = node
        if flat_tree.depth_of(node.index) == 0:
            row = self._row(first)
            if merkle.leaf_hash(row.data) != node.hash:
                self.damaged.add(first, last)
            return
        for left, right in self._children(node):
            if merkle.parent_node(left, right) == node:
                for child in (left, right):
                    self._mark_if_wrong(child)
                    self.check(child)
                return
        # Which of the two is wrong cannot be told; whatever is under them can be had again.
        self.damaged.add(first, last)

    def _mark_if_wrong(self, node: Node) -> None:
        """Have the row that a true node stands in put right, if it says something else."""
        last_block = flat_tree.blocks_of(node.index)[1] - 1
        if self._stored_node(node.index) != node:
            self._trusted[node.index] = node
            if last_block in self._present:
                self._row(last_block)

    def repairs(self, held: RangeSet) -> list[BlockRow]:
        """The rows that hold, with hashes that did not."""
        repaired = []
        for seq, row in self._rows.items():
            if seq in held:
                completed = self._completed(seq, row)
                if completed != row.completed:
                    repaired.append(row._replace(completed=completed))
        return repaired

    def spare_nodes(self, held: RangeSet) -> list[Node]:
        """True nodes whose last block is not held, and that are not stored by themselves."""
        return [
            node
            for node in self._trusted.values()
            if flat_tree.blocks_of(node.index)[1] - 1 not in held
            and self._store.spare_node(self._feed_id, node.index) != node
        ]

    def _check_chunk(self, node: Node) -> bool:
        """Whether all blocks under a node are there and all is well with them; the quick way for nearly all chunks."""
        first, last = flat_tree.blocks_of(node.index)
        if not self._present.covers(first, last):
            return False
        rows = self._store.rows(self._feed_id, first, last)
        grown, completed = _grow_chunk(node.index, [row.data for row in rows])
        stored = [row.completed[: len(ours)] for ours, row in zip(completed, rows, strict=True)]
        return grown == node and stored == completed

    def _children(self, node: Node) -> Iterator[tuple[Node, Node]]:
        """What the children of a node may be: as stored, or worked out from the blocks under them."""
        left, right = flat_tree.children_of(node.index)
        if flat_tree.depth_of(left) == 0:
            yield from self._leaves(node, left, right)
        for left_node in self._candidates(left):
            for right_node in self._candidates(right):
                yield left_node, right_node

    def _leaves(self, node: Node, left: int, right: int) -> Iterator[tuple[Node, Node]]:
        """The size of a leaf is that of its block as it is now; of two, a sound one tells what the other's was."""
        left_node, right_node = self._stored_node(left), self._stored_node(right)
        if left_node is None or right_node is None:
            return
        if self._is_sound(left_node) and left_node.size <= node.size:
            yield left_node, right_node._replace(size=node.size - left_node.size)
        elif self._is_sound(right_node) and right_node.size <= node.size:
            yield left_node._replace(size=node.size - right_node.size), right_node

    def _is_sound(self, leaf: Node) -> bool:
        seq = flat_tree.offset_of(leaf.index)
        return seq in self._present and merkle.leaf_hash(self._row(seq).data) == leaf.hash

    def _candidates(self, index: int) -> Iterator[Node]:
        # One after the other: where all is well, the second is never worked out.
        for find in (self._stored_node, self._derived_node):
            node = find(index)
            if node is not None:
                yield node

    def _stored_node(self, index: int) -> Node | None:
        try:
            node = self._store.node(self._feed_id, index, flat_tree.blocks_of(index)[1] - 1)
        except DamagedStoreError:
            return None
        return node if node is not None and merkle.is_possible(node) else None

    def _derived_node(self, index: int) -> Node | None:
        """A node from what is under it: from its blocks if they are all there, else from its children."""
        first, last = flat_tree.blocks_of(index)
        if self._present.covers(first, last):
            return self._node_over_blocks(index, first, last)
        if flat_tree.depth_of(index) == 0:
            return None
        left, right = (self._stored_node(child) or self._derived_node(child) for child in flat_tree.children_of(index))
        return None if left is None or right is None else merkle.parent_node(left, right)

    def _node_over_blocks(self, index: int, first: int, last: int) -> Node:
        nodes: list[Node] = []
        step = 1 << min(flat_tree.depth_of(index), _CHUNK_DEPTH)
        for start in range(first, last, step):
            rows = self._store.rows(self._feed_id, start, start + step)
            chunk = flat_tree.index_of(step.bit_length() - 1, start // step)
            nodes.append(_grow_chunk(chunk, [row.data for row in rows])[0])
        while len(nodes) > 1:
            nodes = [merkle.parent_node(left, right) for left, right in zip(nodes[::2], nodes[1::2], strict=True)]
        return nodes[0]

    def _row(self, seq: int) -> BlockRow:
        (row,) = self._store.rows(self._feed_id, seq, seq + 1)
        self._rows[seq] = row
        return row

    def _completed(self, seq: int, row: BlockRow) -> bytes:
        """What the row should say, as far as that is known; the rest as it is."""
        parts = [merkle.leaf_hash(row.data)]
        depth = 1
        while seq >> (depth - 1) & 1:
            index = flat_tree.index_of(depth, seq >> depth)
            node = self._trusted.get(index) or self._stored_node(index) or self._derived_node(index)
            if node is None:
                return row.completed
            parts.append(merkle.pack_parent(node))
            depth += 1
        return b"".join(parts)


def _grow_chunk(index: int, blocks: list[bytes]) -> tuple[Node, list[bytes]]:
    """The node over all of these blocks, and what each of them completes under it."""
    (top,), completed = merkle.grow((), 0, blocks)
    return Node(index, top.hash, top.size), completed

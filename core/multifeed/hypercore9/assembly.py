"""Blocks that come one by one, put together to a range with one proof. Pure.

Owns how their nodes become those that a proof needs. Nothing is verified here: whether it holds, `merkle` finds out.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from multifeed import flat_tree, merkle
from multifeed.hypercore9.messages import Data
from multifeed.merkle import Head, Node, Proof

# Gives a node that is held; None if it is not.
NodeFinder = Callable[[int], Node | None]


@dataclass(slots=True, eq=False)
class Batch:
    """The blocks of [start, end), as far as they have come, and all that came with them."""

    start: int
    end: int
    # The length of the head that we held when they were asked for.
    since: int
    # When it is no longer waited for.
    deadline_s: float
    blocks: dict[int, bytes] = field(default_factory=dict)
    nodes: dict[int, Node] = field(default_factory=dict)
    # Of the longest head that was shown.
    length: int = 0
    signature: bytes = b""

    @property
    def is_complete(self) -> bool:
        """Whether all blocks have come."""
        return len(self.blocks) == self.end - self.start

    @property
    def size_bytes(self) -> int:
        """The bytes of the blocks that have come."""
        return sum(map(len, self.blocks.values()))

    def add(self, data: Data) -> None:
        """Take in a block that was asked for."""
        assert data.value is not None
        self.blocks[data.index] = data.value
        self.nodes.update((node.index, node) for node in data.nodes)
        if data.signature is not None:
            # Whoever sends a signature sends all roots that are not known; the head ends with the last of them.
            length = max([data.index + 1, *(flat_tree.blocks_of(node.index)[1] for node in data.nodes)])
            if length > self.length:
                self.length, self.signature = length, data.signature

    def values(self) -> list[bytes]:
        """The blocks in order, once they have all come."""
        return [self.blocks[seq] for seq in range(self.start, self.end)]

    def proof_against(self, head: Head, find: NodeFinder, *, since: int = 0) -> Proof | None:
        """What ties the blocks to `head`; None if a node is lacking."""
        indexes = merkle.proof_indexes(head.length, self.start, self.end, since)
        nodes = [found(index, self.nodes, find) for index in indexes]
        if None in nodes:
            return None
        return Proof(head, self.start, self.end, since, tuple(node for node in nodes if node is not None))

    def signed_head(self, find: NodeFinder) -> Head | None:
        """The head that came with the blocks; None if none did, or too little to tell its tree hash."""
        if not self.length:
            return None
        known = {**self.nodes, **{2 * seq: _leaf(seq, block) for seq, block in self.blocks.items()}}
        roots = [found(index, known, find) for index in flat_tree.roots_of(self.length)]
        if None in roots:
            return None
        return Head(self.length, merkle.tree_hash(root for root in roots if root is not None), self.signature)


def found(index: int, known: Mapping[int, Node], find: NodeFinder) -> Node | None:
    """A node that is known or held, or that two such lead to."""
    node = known.get(index) or find(index)
    if node is not None or not index & 1:
        return node
    return _joined(found(child, known, find) for child in flat_tree.children_of(index))


def _joined(children: Iterable[Node | None]) -> Node | None:
    """The node above two children, as long as both are there; the second is not looked for without the first."""
    nodes = []
    for child in children:
        if child is None:
            return None
        nodes.append(child)
    return merkle.parent_node(*nodes)


def _leaf(seq: int, block: bytes) -> Node:
    return Node(2 * seq, merkle.leaf_hash(block), len(block))

"""Feeds whose every head and proof can be made at will, signed as they should be: what an insider can say.

A history is what one key has signed on one branch. Branches of a key share their first blocks, so two of them are the
two histories of a fork. Pure: keys and blocks follow from numbers.
"""

from functools import cache
from typing import Final

from multifeed import Conflict, Head, Node, Proof, flat_tree, merkle
from tests.helpers.feeds import key_pair

# Whose feeds there are, as numbers of key pairs.
SUBJECT: Final = 1
PEER: Final = 2
WRITER: Final = 3
FORKED: Final = 4
FROZEN: Final = 5

LENGTH_BLOCKS: Final = 64
_COMMON_BLOCKS: Final = 3


class History:
    """The blocks of one branch and the whole tree over them."""

    def __init__(self, number: int, branch: int) -> None:
        self.key_pair = key_pair(number)
        self.blocks = [_block(number, branch, seq) for seq in range(LENGTH_BLOCKS)]
        self._nodes: dict[int, Node] = {}
        level = [Node(2 * seq, merkle.leaf_hash(block), len(block)) for seq, block in enumerate(self.blocks)]
        while level:
            self._nodes |= {node.index: node for node in level}
            level = [merkle.parent_node(*pair) for pair in zip(level[::2], level[1::2], strict=False)]

    @property
    def key(self) -> bytes:
        """The public key of the feed."""
        return self.key_pair.public_key

    def head(self, length: int) -> Head:
        """The signed head of that length."""
        tree_hash = merkle.tree_hash(self._nodes[index] for index in flat_tree.roots_of(length))
        return Head(length, tree_hash, self.key_pair.sign(merkle.signable(tree_hash, length)))

    def proof(self, length: int, start: int, end: int, since: int = 0) -> Proof:
        """What ties [start, end) to the head of that length."""
        indexes = merkle.proof_indexes(length, start, end, since)
        return Proof(self.head(length), start, end, since, tuple(self._nodes[index] for index in indexes))


@cache
def history(number: int, branch: int = 0) -> History:
    """The branch of that number of a key, the same in every run."""
    return History(number, branch)


def evidence(first: History, first_length: int, second: History, second_length: int) -> Conflict:
    """What would show that the two histories contradict each other, if they do."""
    nodes = tuple(second._nodes[index] for index in merkle.split_indexes(second_length, first_length))
    return Conflict(first.head(first_length), second.head(second_length), nodes)


def _block(number: int, branch: int, seq: int) -> bytes:
    mark = "common" if seq < _COMMON_BLOCKS else f"branch {branch}"
    return f"{number}, {mark}, {seq}; ".encode() * (seq % 4)

"""Evidence that a feed's key has signed two histories: two heads, and the nodes that show the contradiction. Pure.

Anyone can check it with nothing but the feed's key, so nobody has to be believed.
"""

from dataclasses import dataclass
from struct import Struct
from typing import Final, Self

from multifeed import keys, merkle
from multifeed.errors import InvalidProofError
from multifeed.limits import FEED_LENGTH_MAX_BLOCKS
from multifeed.merkle import Head, Node

_HEAD: Final = Struct(">Q32s64s")
_NODE: Final = Struct(">32sQ")


@dataclass(frozen=True, slots=True)
class Conflict:
    """`first` is no longer than `second`. `nodes` are those of `merkle.split_indexes(second.length, first.length)`.

    They hash up to the tree hash of `second`; those under its first `first.length` blocks hash up to another one than
    that of `first`.
    """

    first: Head
    second: Head
    nodes: tuple[Node, ...]

    def require_valid(self, key: bytes) -> None:
        """Raise InvalidProofError unless this shows that `key` has signed both."""
        first, second = self.first, self.second
        if not 0 < first.length <= second.length <= FEED_LENGTH_MAX_BLOCKS:
            raise InvalidProofError("the heads of a conflict are not of possible lengths")
        if [node.index for node in self.nodes] != merkle.split_indexes(second.length, first.length):
            raise InvalidProofError("a conflict does not consist of the nodes that it needs")
        if not all(map(merkle.is_possible, self.nodes)):
            raise InvalidProofError("a conflict has a node of an impossible size")
        if merkle.tree_hash(merkle.roots_from(self.nodes, second.length)) != second.tree_hash:
            raise InvalidProofError("the nodes of a conflict do not add up to its second head")
        if merkle.tree_hash(merkle.roots_from(self.nodes, first.length)) == first.tree_hash:
            raise InvalidProofError("the heads of a conflict do not contradict each other")
        for head in (first, second):
            if not keys.verify(key, merkle.signable(head.tree_hash, head.length), head.signature):
                raise InvalidProofError("a head of a conflict is not signed by the feed's key")

    def pack(self) -> bytes:
        """As it is stored and sent: both heads (u64be length | tree hash | signature), then hash | u64be size, each."""
        heads = [_HEAD.pack(head.length, head.tree_hash, head.signature) for head in (self.first, self.second)]
        return b"".join(heads + [_NODE.pack(node.hash, node.size) for node in self.nodes])

    @classmethod
    def unpack(cls, packed: bytes) -> Self:
        """The conflict in these bytes, not yet checked. Raises InvalidProofError if they are of no possible length."""
        if len(packed) < 2 * _HEAD.size:
            raise InvalidProofError("a conflict is too short")
        first, second = (Head(*_HEAD.unpack_from(packed, at)) for at in (0, _HEAD.size))
        if not 0 < first.length <= second.length <= FEED_LENGTH_MAX_BLOCKS:
            raise InvalidProofError("the heads of a conflict are not of possible lengths")
        indexes = merkle.split_indexes(second.length, first.length)
        nodes = packed[2 * _HEAD.size :]
        if len(nodes) != len(indexes) * _NODE.size:
            raise InvalidProofError("a conflict does not consist of the nodes that it needs")
        return cls(
            first,
            second,
            tuple(Node(index, *node) for index, node in zip(indexes, _NODE.iter_unpack(nodes), strict=True)),
        )

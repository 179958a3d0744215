"""What a request says of the nodes that are known, and so which nodes an answer needs. Pure.

The digest of a request is a number. 1 means that the block's own hash is known. Otherwise bit *d* + 1 says whether the
sibling at depth *d* on the way up from the block is; if bit 0 is set, the highest bit says instead that the way up need
not go on: the node that it has come to there is known.
"""

from multifeed import flat_tree

# The hash of the block is known, or will be: nothing but the block is wanted.
BARE = 1

# Nothing is known: all that it takes to come to a signed head.
FULL = 0


def following(length: int) -> int:
    """The digest of whoever holds a head of `length` blocks and asks for the block behind it."""
    # On the way up from it, what is to the left is a root of that head, at each depth that has one.
    return length << 1


def known_nodes(seq: int, digest: int) -> set[int]:
    """The nodes that a digest says are known."""
    node = 2 * seq
    if digest == BARE:
        return {node}
    is_anchored, digest = digest & 1, digest >> 1
    known: set[int] = set()
    while digest:
        if digest == 1 and is_anchored:
            known.add(node)
        elif digest & 1:
            known.add(flat_tree.sibling_of(node))
        node = flat_tree.parent_of(node)
        digest >>= 1
    return known


def answer_indexes(seq: int, digest: int, length: int, *, with_hash: bool) -> tuple[list[int], bool]:
    """The nodes of an answer, and whether it needs the signature, by one who holds a head of `length` blocks.

    First the hash of the block, if it is wanted, then what the way up needs, up to a node that is known or else to a
    root; then the other roots.
    """
    known = known_nodes(seq, digest)
    roots = flat_tree.roots_of(length)
    node = 2 * seq
    indexes = [node] if with_hash else []
    while node not in known:
        if node in roots:
            return indexes + [root for root in roots if root != node and root not in known], True
        sibling = flat_tree.sibling_of(node)
        if sibling not in known:
            indexes.append(sibling)
        node = flat_tree.parent_of(node)
    return indexes, False

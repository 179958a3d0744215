"""Index arithmetic of the in-order binary tree that a feed is hashed in. Pure.

Leaves have even indexes (block `seq` is leaf `2 * seq`); a node of depth d covers 2^d blocks and its index has d
trailing one bits. `offset` counts the nodes of one depth from the left.

         3           depth 2
     1       5       depth 1
   0   2   4   6     depth 0: blocks 0, 1, 2, 3
"""


def index_of(depth: int, offset: int) -> int:
    """The index of the node at `depth`, `offset`."""
    return (offset << (depth + 1)) | ((1 << depth) - 1)


def depth_of(index: int) -> int:
    """How many levels above the leaves: the number of trailing one bits."""
    return (~index & (index + 1)).bit_length() - 1


def offset_of(index: int) -> int:
    """The place among the nodes of its depth."""
    return index >> (depth_of(index) + 1)


def sibling_of(index: int) -> int:
    """The other child of the same parent."""
    return index ^ (1 << (depth_of(index) + 1))


def parent_of(index: int) -> int:
    """The node above."""
    depth = depth_of(index)
    return (index | (1 << depth)) & ~(1 << (depth + 1))


def children_of(index: int) -> tuple[int, int]:
    """The two nodes below; `index` is not a leaf."""
    step = 1 << (depth_of(index) - 1)
    return index - step, index + step


def blocks_of(index: int) -> tuple[int, int]:
    """The half-open range of blocks under a node."""
    depth = depth_of(index)
    start = (index >> (depth + 1)) << depth
    return start, start + (1 << depth)


def roots_of(length: int) -> list[int]:
    """The indexes of the full subtrees that cover `length` blocks, from the left; one for each bit that is set."""
    roots = []
    start = 0
    while start < length:
        depth = (length - start).bit_length() - 1
        roots.append(index_of(depth, start >> depth))
        start += 1 << depth
    return roots

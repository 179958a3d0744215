"""Whether two signed heads of one feed are states of one history, and if not, what shows it. Pure.

Owns the comparison of trees. That both heads are signed has been checked by whoever asks; where nodes come from is an
argument.
"""

from collections.abc import Callable, Iterable, Sequence

from multifeed import flat_tree, merkle
from multifeed.conflict import Conflict
from multifeed.errors import UntiedProofError
from multifeed.merkle import Head, Node

# Gives a node of a tree, None if it is not known.
NodeFinder = Callable[[int], Node | None]


def conflict_with_longer(
    head: Head, roots: Sequence[Node], longer: Head, node_of_longer: NodeFinder
) -> Conflict | None:
    """Evidence if `longer`, which is not shorter than `head`, does not contain the tree with these `roots`.

    Raises UntiedProofError if the nodes that are known of it do not tell.
    """
    theirs = [node_of_longer(root.index) for root in roots]
    if None in theirs:
        raise UntiedProofError(f"the proof does not reach the head held; ask with since={head.length}")
    return None if theirs == list(roots) else _conflict(head, longer, node_of_longer)


def conflict_with_older(older: Head, older_roots: Iterable[Node], head: Head, node: NodeFinder) -> Conflict | None:
    """Evidence if the tree of `head` does not contain the one with `older_roots`.

    Each of them must be in it: itself, or what it leads to with siblings that are known. Raises UntiedProofError if
    none is known that it leads to.
    """
    for root in older_roots:
        climbing = root
        while (twin := node(climbing.index)) is None:
            sibling = node(flat_tree.sibling_of(climbing.index))
            if sibling is None:
                raise UntiedProofError("the older head does not connect with what is held")
            climbing = merkle.parent_node(climbing, sibling)
        if twin != climbing:
            return _conflict(older, head, node)
    return None


def _conflict(first: Head, second: Head, node_of_second: NodeFinder) -> Conflict:
    nodes = [node_of_second(index) for index in merkle.split_indexes(second.length, first.length)]
    if None in nodes:
        raise UntiedProofError("the proof contradicts the head held, and is too small to show it")
    return Conflict(first, second, tuple(node for node in nodes if node is not None))

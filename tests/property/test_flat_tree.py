"""The index arithmetic, against a tree that is built node by node."""

from dataclasses import dataclass
from functools import cache

from hypothesis import given
from hypothesis import strategies as st

from multifeed import flat_tree


@dataclass(frozen=True)
class _Node:
    """A node of a drawn tree: what `flat_tree` must say of its index."""

    index: int
    depth: int
    offset: int
    first_block: int
    end_block: int
    children: tuple[int, int] | None


@cache
def _drawn_tree(depth: int, offset: int) -> tuple[_Node, ...]:
    """The subtree whose root is the node at (depth, offset), in order from the left: left half, root, right half."""
    if depth == 0:
        return (_Node(2 * offset, 0, offset, offset, offset + 1, None),)
    left, right = _drawn_tree(depth - 1, 2 * offset), _drawn_tree(depth - 1, 2 * offset + 1)
    left_root, right_root = left[len(left) // 2], right[len(right) // 2]
    # In order, the root stands between the last of the left half and the first of the right half.
    root = _Node(
        left[-1].index + 1,
        depth,
        offset,
        left_root.first_block,
        right_root.end_block,
        (left_root.index, right_root.index),
    )
    return (*left, root, *right)


def _tree() -> tuple[_Node, ...]:
    return _drawn_tree(9, 0)


def test_the_drawn_tree_counts_its_nodes_from_the_left() -> None:
    assert [node.index for node in _tree()] == list(range(1023))


def test_each_index_has_the_depth_and_the_offset_of_its_place() -> None:
    for node in _tree():
        assert flat_tree.depth_of(node.index) == node.depth
        assert flat_tree.offset_of(node.index) == node.offset
        assert flat_tree.index_of(node.depth, node.offset) == node.index


def test_each_node_covers_the_blocks_under_it() -> None:
    for node in _tree():
        assert flat_tree.blocks_of(node.index) == (node.first_block, node.end_block)


def test_children_parents_and_siblings_are_those_of_the_drawn_tree() -> None:
    for node in _tree():
        if node.children is None:
            continue
        left, right = node.children
        assert flat_tree.children_of(node.index) == (left, right)
        assert flat_tree.parent_of(left) == flat_tree.parent_of(right) == node.index
        assert flat_tree.sibling_of(left) == right
        assert flat_tree.sibling_of(right) == left


def _naive_roots(length: int) -> list[int]:
    """Take the greatest full subtree from the left, again and again."""
    roots = []
    start = 0
    while start < length:
        depth = 0
        while start % (1 << (depth + 1)) == 0 and start + (1 << (depth + 1)) <= length:
            depth += 1
        roots.append(flat_tree.index_of(depth, start >> depth))
        start += 1 << depth
    return roots


def test_the_roots_of_every_small_length_are_its_greatest_full_subtrees() -> None:
    for length in range(600):
        assert flat_tree.roots_of(length) == _naive_roots(length)


@given(st.integers(0, 1 << 40))
def test_the_roots_cover_all_blocks_once_from_the_left(length: int) -> None:
    at = 0
    for root in flat_tree.roots_of(length):
        start, end = flat_tree.blocks_of(root)
        assert start == at
        at = end
    assert at == length


@given(st.integers(0, 1 << 42))
def test_far_indexes_keep_the_relations_of_the_tree(index: int) -> None:
    parent = flat_tree.parent_of(index)
    assert index in flat_tree.children_of(parent)
    assert set(flat_tree.children_of(parent)) == {index, flat_tree.sibling_of(index)}
    assert flat_tree.index_of(flat_tree.depth_of(index), flat_tree.offset_of(index)) == index
    start, end = flat_tree.blocks_of(index)
    assert end - start == 1 << flat_tree.depth_of(index)

"""Proofs: honest ones hold, whatever is changed on the way does not, and then nothing is stored."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import count

import pytest
from hypothesis import given
from hypothesis import strategies as st

from multifeed import Feed, InvalidArgumentError, InvalidProofError, Multifeed, Node, Proof, merkle
from tests.helpers.feeds import heads_of, numbered_blocks, open_multifeeds, written

_LENGTH_MAX = 40
# A new feed for every example, so that all can share two stores.
_numbers = count(1)


@dataclass(frozen=True)
class _Stores:
    source: Multifeed
    target: Multifeed


@pytest.fixture(scope="module")
def stores() -> Iterator[_Stores]:
    with open_multifeeds(2) as (source, target):
        yield _Stores(source, target)


@dataclass(frozen=True)
class _Case:
    """A proof of [start, end) of a feed, for a copy that holds the feed's first `since` blocks."""

    source: Feed
    copy: Feed
    since: int
    start: int
    end: int

    @property
    def blocks(self) -> list[bytes]:
        return self.source.blocks(self.start, self.end)

    @property
    def proof(self) -> Proof:
        return self.source.proof(self.start, self.end, since=self.since)


def _draw_case(stores: _Stores, data: st.DataObject) -> _Case:
    length = data.draw(st.integers(1, _LENGTH_MAX), "length")
    since = data.draw(st.integers(0, length - 1), "since")
    start = data.draw(st.integers(since, length - 1), "start")
    end = data.draw(st.integers(start + 1, length), "end")
    blocks = numbered_blocks(length)
    source = written(stores.source, next(_numbers), blocks[:since])
    copy = stores.target.candidate(source.key)
    if since:
        copy.accept(0, blocks[:since], source.proof(0, since))
    source.extend(blocks[since:])
    return _Case(source, copy, since, start, end)


def _refuses(stores: _Stores, case: _Case, blocks: list[bytes], proof: Proof) -> bool:
    """Whether the copy refuses, and has changed nothing; a copy that accepts fails the test that calls this."""
    before = heads_of(stores.target.feeds())
    cursor = stores.target.last_arrival
    with pytest.raises(InvalidProofError):
        case.copy.accept(proof.start, blocks, proof)
    assert heads_of(stores.target.feeds()) == before
    return stores.target.last_arrival == cursor


@given(data=st.data())
def test_an_honest_proof_holds_and_gives_the_blocks(stores: _Stores, data: st.DataObject) -> None:
    case = _draw_case(stores, data)
    case.copy.accept(case.start, case.blocks, case.proof)
    assert case.copy.blocks(case.start, case.end) == case.blocks
    assert case.copy.head == case.source.head
    assert case.copy.byte_length == case.source.byte_length
    assert case.copy in stores.target.feeds()


@given(data=st.data())
def test_a_proof_has_at_most_two_nodes_a_level_and_the_roots(stores: _Stores, data: st.DataObject) -> None:
    case = _draw_case(stores, data)
    levels = case.source.length.bit_length()
    assert len(case.proof.nodes) <= 2 * levels + 2


@given(st.integers(1, 1 << 40), st.data())
def test_a_proof_stays_small_however_long_the_feed_is(length: int, data: st.DataObject) -> None:
    end = data.draw(st.integers(1, length))
    start = data.draw(st.integers(0, end - 1))
    since = data.draw(st.just(0) | st.integers(0, length))
    indexes = merkle.proof_indexes(length, start, end, since)
    assert len(indexes) <= 3 * length.bit_length()
    if since == 0:
        assert len(indexes) <= 2 * length.bit_length()


@given(data=st.data())
def test_a_node_dropped_doubled_or_swapped_is_refused(stores: _Stores, data: st.DataObject) -> None:
    case = _draw_case(stores, data)
    nodes = case.proof.nodes
    for at in range(len(nodes)):
        assert _refuses(stores, case, case.blocks, replace(case.proof, nodes=nodes[:at] + nodes[at + 1 :]))
        assert _refuses(stores, case, case.blocks, replace(case.proof, nodes=(*nodes[:at], nodes[at], *nodes[at:])))
        if at:
            swapped = (*nodes[: at - 1], nodes[at], nodes[at - 1], *nodes[at + 1 :])
            assert _refuses(stores, case, case.blocks, replace(case.proof, nodes=swapped))


@given(data=st.data())
def test_a_node_too_many_is_refused(stores: _Stores, data: st.DataObject) -> None:
    case = _draw_case(stores, data)
    for index in (0, 2 * case.start, 2 * case.source.length, 1 << 41):
        extra = (*case.proof.nodes, Node(index, b"h" * 32, 1))
        assert _refuses(stores, case, case.blocks, replace(case.proof, nodes=extra))


@given(data=st.data())
def test_a_changed_hash_size_or_index_of_any_node_is_refused(stores: _Stores, data: st.DataObject) -> None:
    case = _draw_case(stores, data)
    nodes = case.proof.nodes
    bit = data.draw(st.integers(0, 255), "bit")
    for at, node in enumerate(nodes):
        flipped = (int.from_bytes(node.hash) ^ 1 << bit).to_bytes(32)
        for wrong in (
            node._replace(hash=flipped),
            node._replace(hash=node.hash[:-1]),
            node._replace(size=node.size + 1),
            node._replace(size=-1),
            node._replace(size=1 << 80),
            node._replace(index=node.index + 2),
        ):
            assert _refuses(
                stores, case, case.blocks, replace(case.proof, nodes=(*nodes[:at], wrong, *nodes[at + 1 :]))
            )


@given(data=st.data())
def test_a_changed_block_is_refused(stores: _Stores, data: st.DataObject) -> None:
    case = _draw_case(stores, data)
    at = data.draw(st.integers(0, len(case.blocks) - 1), "changed block")
    block = case.blocks[at]
    flipped = bytes([block[0] ^ 1]) + block[1:]
    for wrong in (flipped, block + b"\x00", block[:-1], b""):
        assert _refuses(stores, case, [*case.blocks[:at], wrong, *case.blocks[at + 1 :]], case.proof)


@given(data=st.data())
def test_blocks_dropped_added_or_in_another_order_are_refused(stores: _Stores, data: st.DataObject) -> None:
    case = _draw_case(stores, data)
    assert _refuses(stores, case, [*case.blocks, b"more"], case.proof)
    if len(case.blocks) > 1:
        assert _refuses(stores, case, case.blocks[:-1], case.proof)
        assert _refuses(stores, case, case.blocks[::-1], case.proof)


@given(data=st.data())
def test_a_proof_of_another_range_length_or_since_is_refused(stores: _Stores, data: st.DataObject) -> None:
    case = _draw_case(stores, data)
    proof, head = case.proof, case.proof.head
    for wrong in (
        replace(proof, start=proof.start + 1, end=proof.end + 1),
        replace(proof, start=proof.start - 1, end=proof.end - 1),
        replace(proof, start=proof.end, end=proof.start),
        replace(proof, head=replace(head, length=head.length + 1)),
        replace(proof, head=replace(head, length=head.length - 1)),
        replace(proof, head=replace(head, length=1 << 60)),
        replace(proof, head=replace(head, length=-1)),
        replace(proof, since=-1),
        replace(proof, since=head.length + 1),
    ):
        assert _refuses(stores, case, case.blocks, wrong)


@given(data=st.data())
def test_a_head_that_was_changed_is_refused(stores: _Stores, data: st.DataObject) -> None:
    case = _draw_case(stores, data)
    head = case.proof.head
    bit = data.draw(st.integers(0, 511), "bit")
    for wrong in (
        replace(head, signature=(int.from_bytes(head.signature) ^ 1 << bit).to_bytes(64)),
        replace(head, signature=b""),
        replace(head, tree_hash=(int.from_bytes(head.tree_hash) ^ 1 << bit % 256).to_bytes(32)),
    ):
        assert _refuses(stores, case, case.blocks, replace(case.proof, head=wrong))


@given(data=st.data())
def test_the_blocks_and_the_proof_of_another_feed_are_refused(stores: _Stores, data: st.DataObject) -> None:
    case = _draw_case(stores, data)
    other = written(stores.source, next(_numbers), numbered_blocks(case.source.length, "other"))
    blocks = other.blocks(case.start, case.end)
    assert _refuses(stores, case, blocks, case.proof)
    assert _refuses(stores, case, blocks, other.proof(case.start, case.end, since=case.since))
    # Even the very same blocks, signed by somebody else.
    twin = written(stores.source, next(_numbers), case.source.blocks(0, case.source.length))
    assert _refuses(stores, case, case.blocks, twin.proof(case.start, case.end, since=case.since))


@given(data=st.data())
def test_a_start_that_is_not_that_of_the_proof_is_refused(stores: _Stores, data: st.DataObject) -> None:
    case = _draw_case(stores, data)
    before = heads_of(stores.target.feeds())
    with pytest.raises(InvalidProofError):
        case.copy.accept(case.start + 1, case.blocks, case.proof)
    with pytest.raises(InvalidArgumentError):
        case.copy.accept(case.start, [], case.proof)
    assert heads_of(stores.target.feeds()) == before

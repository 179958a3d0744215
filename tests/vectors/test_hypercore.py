"""Values that hypercore 9.12.0 computed: our feeds are its feeds, byte for byte."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from multifeed import Feed, Head, KeyPair, Multifeed, Node, Proof, discovery_key
from multifeed.merkle import signable
from tests.helpers.feeds import open_multifeeds

_DATA = Path(__file__).parent / "data"


@pytest.fixture(params=["hypercore-bytes-13.json", "hypercore-chat-33.json"])
def vector(request: pytest.FixtureRequest) -> dict[str, Any]:
    values: dict[str, Any] = json.loads((_DATA / request.param).read_text())
    return values


@pytest.fixture
def blocks(vector: dict[str, Any]) -> list[bytes]:
    return [bytes.fromhex(block) for block in vector["blocks"]]


@pytest.fixture
def multi(tmp_path: Path) -> Iterator[Multifeed]:
    with Multifeed.open(tmp_path / "ours.sqlite") as ours:
        yield ours


@pytest.fixture
def feed(multi: Multifeed, vector: dict[str, Any]) -> Feed:
    return multi.writer("hypercore", key_pair=KeyPair.from_seed(bytes.fromhex(vector["seed"])))


def _nodes(values: list[dict[str, Any]]) -> list[Node]:
    return [Node(value["index"], bytes.fromhex(value["hash"]), value["size"]) for value in values]


def _assert_is_state(feed: Feed, state: dict[str, Any]) -> None:
    assert feed.length == state["length"]
    assert feed.byte_length == state["byte_length"]
    assert feed.roots == _nodes(state["roots"])
    assert feed.head.tree_hash.hex() == state["tree_hash"]
    assert signable(feed.head.tree_hash, feed.length).hex() == state["signable"]
    assert feed.head.signature.hex() == state["signature"]


def _accept_vector(copy: Feed, expected: dict[str, Any], state: dict[str, Any], block: bytes) -> None:
    """Give `copy` one block with the proof that hypercore made of it."""
    seq = expected["block"]
    head = Head(expected["length"], bytes.fromhex(state["tree_hash"]), bytes.fromhex(expected["signature"]))
    nodes = tuple(sorted(_nodes(expected["nodes"])))
    copy.accept(seq, [block], Proof(head, seq, seq + 1, 0, nodes))


def test_the_keys_of_a_seed_are_those_of_hypercore(feed: Feed, vector: dict[str, Any]) -> None:
    assert feed.key.hex() == vector["public_key"]
    assert discovery_key(feed.key).hex() == vector["discovery_key"]


def test_every_state_is_that_of_hypercore_when_blocks_come_one_by_one(
    feed: Feed, vector: dict[str, Any], blocks: list[bytes]
) -> None:
    assert [state["length"] for state in vector["lengths"]] == list(range(1, len(blocks) + 1))
    for block, state in zip(blocks, vector["lengths"], strict=True):
        feed.append(block)
        _assert_is_state(feed, state)


def test_one_batch_gives_the_same_state_as_single_blocks(
    feed: Feed, vector: dict[str, Any], blocks: list[bytes]
) -> None:
    assert feed.extend(blocks) == range(len(blocks))
    _assert_is_state(feed, vector["lengths"][-1])


def test_two_batches_give_the_same_state_wherever_they_are_split(vector: dict[str, Any], blocks: list[bytes]) -> None:
    seed = bytes.fromhex(vector["seed"])
    for split in range(1, len(blocks)):
        with open_multifeeds(1) as (multi,):
            feed = multi.writer("hypercore", key_pair=KeyPair.from_seed(seed))
            feed.extend(blocks[:split])
            _assert_is_state(feed, vector["lengths"][split - 1])
            feed.extend(blocks[split:])
            _assert_is_state(feed, vector["lengths"][-1])


def test_our_proof_of_every_block_has_the_nodes_of_hypercore(
    feed: Feed, vector: dict[str, Any], blocks: list[bytes]
) -> None:
    feed.extend(blocks)
    assert len(vector["proofs"]) == len(blocks)
    for expected in vector["proofs"]:
        proof = feed.proof(expected["block"], expected["block"] + 1)
        assert sorted(proof.nodes) == sorted(_nodes(expected["nodes"]))
        assert proof.head.length == expected["length"]
        assert proof.head.signature.hex() == expected["signature"]


def test_an_empty_feed_accepts_every_proof_of_hypercore(
    vector: dict[str, Any], blocks: list[bytes], tmp_path: Path
) -> None:
    state = vector["lengths"][-1]
    key = bytes.fromhex(vector["public_key"])
    for expected in vector["proofs"]:
        seq = expected["block"]
        with Multifeed.open(tmp_path / f"{seq}.sqlite") as other:
            _accept_vector(other.candidate(key), expected, state, blocks[seq])
            copy = other.feed(key)
            assert copy is not None
            assert copy.get(seq) == blocks[seq]
            assert copy.byte_length == state["byte_length"]


def test_the_proofs_of_hypercore_build_a_whole_copy_in_any_order(
    multi: Multifeed, vector: dict[str, Any], blocks: list[bytes]
) -> None:
    copy = multi.add(bytes.fromhex(vector["public_key"]))
    for expected in sorted(vector["proofs"], key=lambda proof: (proof["block"] % 3, -proof["block"])):
        _accept_vector(copy, expected, vector["lengths"][-1], blocks[expected["block"]])
    assert list(copy) == blocks
    _assert_is_state(copy, vector["lengths"][-1])

"""Which links peers make: few each, and enough for all to be connected even when many are gone."""

from collections.abc import Mapping
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from multifeed.limits import FULL_MESH_MAX_PEERS, RANDOM_LINKS
from multifeed.topology import Topology


def _ids(count: int, seed: int) -> list[bytes]:
    rng = Random(seed)
    return [rng.randbytes(16) for _ in range(count)]


def _links(ids: list[bytes], seed: int) -> dict[bytes, set[bytes]]:
    """Who is linked with whom, whichever of the two made the link."""
    linked: dict[bytes, set[bytes]] = {peer: set() for peer in ids}
    for number, peer in enumerate(ids):
        for other in Topology(peer, Random(seed + number)).wanted(ids):
            linked[peer].add(other)
            linked[other].add(peer)
    return linked


def _reached_from(first: bytes, linked: Mapping[bytes, set[bytes]], alive: set[bytes]) -> set[bytes]:
    reached, border = {first}, [first]
    while border:
        border = [other for peer in border for other in linked[peer] & alive - reached]
        reached.update(border)
    return reached


@given(st.integers(1, FULL_MESH_MAX_PEERS), st.integers(0, 2**32))
def test_few_are_all_linked_with_each_other(count: int, seed: int) -> None:
    ids = _ids(count, seed)
    assert all(linked == set(ids) - {peer} for peer, linked in _links(ids, seed).items())


@given(st.integers(FULL_MESH_MAX_PEERS + 1, 200), st.integers(0, 2**32))
def test_of_many_each_makes_few_links_and_all_are_connected(count: int, seed: int) -> None:
    ids = _ids(count, seed)
    for number, peer in enumerate(ids):
        wanted = Topology(peer, Random(seed + number)).wanted(ids)
        assert peer not in wanted
        assert 1 <= len(wanted) <= 1 + RANDOM_LINKS
    assert _reached_from(ids[0], _links(ids, seed), set(ids)) == set(ids)


@pytest.mark.parametrize("seed", range(2))
def test_a_thousand_have_eight_links_each_and_stay_connected_when_a_third_is_gone(seed: int) -> None:
    ids = _ids(1_000, seed)
    linked = _links(ids, seed)
    assert 7 < sum(map(len, linked.values())) / len(ids) <= 8
    alive = set(Random(seed).sample(ids, 700))
    first = next(iter(alive))
    # All but one in a hundred: who has lost every link makes others.
    assert len(_reached_from(first, linked, alive)) > 0.99 * len(alive)


@given(st.integers(0, 2**32))
def test_who_comes_or_goes_changes_few_links(seed: int) -> None:
    ids = _ids(100, seed)
    topology = Topology(ids[0], Random(seed))
    before = topology.wanted(ids)
    gone = Random(seed).choice(ids[1:])
    after = topology.wanted([peer for peer in ids if peer != gone])
    assert before - {gone} <= after or gone in before
    if gone not in before:
        assert after == before


@given(st.integers(0, 2**32))
def test_a_rotation_changes_one_random_link_at_most(seed: int) -> None:
    ids = _ids(100, seed)
    topology = Topology(ids[0], Random(seed))
    before = topology.wanted(ids)
    topology.rotate()
    assert len(before - topology.wanted(ids)) <= 1

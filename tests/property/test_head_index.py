"""Digests of what is held: equal for the same claims, and for no others."""

from random import Random

from hypothesis import given
from hypothesis import strategies as st

from multifeed.protocol.heads import BUCKET_COUNT, Claim, HeadIndex, bucket_of

_keys = st.builds(lambda first, rest: bytes([first]) + rest * 31, st.integers(0, 255), st.sampled_from([b"a", b"b"]))


@st.composite
def _claims(draw: st.DrawFn) -> Claim:
    length = draw(st.integers(1, 50))
    places = sorted(draw(st.sets(st.integers(0, length), max_size=6)))
    held = tuple(zip(places[::2], places[1::2], strict=False))
    return Claim(draw(_keys), length, draw(st.sampled_from([b"t" * 32, b"u" * 32])), held)


_claim_lists = st.lists(_claims(), max_size=12, unique_by=lambda claim: claim.key)


def _index(claims: list[Claim]) -> HeadIndex:
    index = HeadIndex()
    for claim in claims:
        index.set(claim)
    return index


@given(_claim_lists, _claim_lists)
def test_the_root_is_equal_if_and_only_if_the_claims_are(ours: list[Claim], theirs: list[Claim]) -> None:
    assert (_index(ours).root() == _index(theirs).root()) == (set(ours) == set(theirs))


@given(_claim_lists, st.integers(0, 1000))
def test_the_order_in_which_claims_were_made_does_not_matter(claims: list[Claim], seed: int) -> None:
    shuffled = claims.copy()
    Random(seed).shuffle(shuffled)
    assert _index(shuffled).buckets() == _index(claims).buckets()


@given(_claim_lists, _claim_lists)
def test_a_later_claim_takes_the_place_of_an_earlier_one(earlier: list[Claim], later: list[Claim]) -> None:
    index = _index(earlier)
    index.root()
    for claim in later:
        index.set(claim)
    merged = {claim.key: claim for claim in (*earlier, *later)}
    assert index.root() == _index(list(merged.values())).root()
    assert len(index) == len(merged)


@given(_claim_lists, _claims())
def test_only_the_bucket_of_a_changed_claim_changes(claims: list[Claim], changed: Claim) -> None:
    index = _index(claims)
    before = list(index.buckets())
    is_news = index.get(changed.key) != changed
    index.set(changed)
    differing = [bucket for bucket in range(BUCKET_COUNT) if index.buckets()[bucket] != before[bucket]]
    assert differing == ([bucket_of(changed.key)] if is_news else [])


@given(_claim_lists)
def test_every_claim_is_found_by_its_key_and_in_its_bucket(claims: list[Claim]) -> None:
    index = _index(claims)
    assert [index.get(claim.key) for claim in claims] == claims
    found = [claim for bucket in range(BUCKET_COUNT) for claim in index.claims(bucket)]
    assert set(found) == set(claims)
    assert len(found) == len(claims)

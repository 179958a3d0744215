"""RangeSet against a plain set of integers."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from multifeed import RangeSet

_MAX = 60

_ranges = st.tuples(st.integers(0, _MAX), st.integers(0, _MAX))
# True adds the range, False takes it out; ranges that are empty or reversed are among them.
_steps = st.lists(st.tuples(st.booleans(), _ranges), max_size=30)

_Steps = list[tuple[bool, tuple[int, int]]]


def _both(steps: _Steps) -> tuple[RangeSet, set[int]]:
    ours, model = RangeSet(), set[int]()
    for adds, (start, end) in steps:
        if adds:
            ours.add(start, end)
            model |= set(range(start, end))
        else:
            ours.remove(start, end)
            model -= set(range(start, end))
    return ours, model


def _runs_of(members: set[int]) -> list[tuple[int, int]]:
    starts = [member for member in sorted(members) if member - 1 not in members]
    ends = [member + 1 for member in sorted(members) if member + 1 not in members]
    return list(zip(starts, ends, strict=True))


@given(_steps)
def test_it_has_the_members_of_the_model(steps: _Steps) -> None:
    ours, model = _both(steps)
    assert [seq for seq in range(_MAX + 2) if seq in ours] == sorted(model)
    assert ours.size == len(model)
    assert bool(ours) == bool(model)
    assert ours.end == max(model, default=-1) + 1


@given(_steps)
def test_it_is_made_of_sorted_runs_that_do_not_touch(steps: _Steps) -> None:
    ours, model = _both(steps)
    assert list(ours) == _runs_of(model)
    assert ours.run_count == len(_runs_of(model))
    assert all(end < start for (_, end), (start, _) in pairwise(ours))


@given(_steps, _ranges)
def test_it_covers_what_the_model_covers(steps: _Steps, asked: tuple[int, int]) -> None:
    ours, model = _both(steps)
    assert ours.covers(*asked) == (set(range(*asked)) <= model)


@given(_steps, _ranges)
def test_gaps_are_the_runs_of_what_is_missing(steps: _Steps, asked: tuple[int, int]) -> None:
    ours, model = _both(steps)
    assert list(ours.gaps(*asked)) == _runs_of(set(range(*asked)) - model)


@given(_steps, _ranges)
def test_the_last_gap_is_the_last_of_the_gaps(steps: _Steps, asked: tuple[int, int]) -> None:
    ours, model = _both(steps)
    gaps = _runs_of(set(range(*asked)) - model)
    assert ours.last_gap(*asked) == (gaps[-1] if gaps else None)


@given(_steps, _ranges)
def test_within_gives_the_runs_of_what_is_there(steps: _Steps, asked: tuple[int, int]) -> None:
    ours, model = _both(steps)
    assert list(ours.within(*asked)) == _runs_of(set(range(*asked)) & model)


@given(_steps, _ranges)
def test_a_copy_is_equal_until_one_of_the_two_changes(steps: _Steps, added: tuple[int, int]) -> None:
    ours, model = _both(steps)
    twin = ours.copy()
    assert twin == ours
    assert RangeSet(ours) == ours
    twin.add(*added)
    assert (twin == ours) == (set(range(*added)) <= model)
    assert list(ours) == _runs_of(model)

"""Whose clock is wrong, and when that is told."""

from collections.abc import Collection
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from multichat.limits import CLOCK_WORDS_PAUSE_MAX_S, CLOCK_WORDS_PAUSE_MIN_S
from multichat.model.clocks import ClockWatch, behind_s, disagreement, duration_text

HOUR_S = 3_600

_differences = st.lists(st.integers(-100 * HOUR_S, 100 * HOUR_S))


@pytest.mark.parametrize(
    ("ahead_s", "ours_behind_s"),
    [
        ([], 0),
        ([HOUR_S], HOUR_S),
        ([-HOUR_S], -HOUR_S),
        ([0, HOUR_S], 0),
        ([-HOUR_S, HOUR_S], 0),
        ([HOUR_S, 2 * HOUR_S], HOUR_S),
        ([-1, HOUR_S, HOUR_S + 5], HOUR_S),
        ([0, 0, 99 * HOUR_S], 0),
        ([0, 1, HOUR_S, HOUR_S], 1),
        ([2, -HOUR_S, -HOUR_S, -9 * HOUR_S, 5], -HOUR_S),
    ],
)
def test_our_clock_is_wrong_if_most_others_say_so(ahead_s: list[int], ours_behind_s: int) -> None:
    assert behind_s(ahead_s) == ours_behind_s


@given(_differences, st.integers(1, 1_000_000))
def test_our_clock_is_off_by_as_much_only_if_more_than_half_say_so(ahead_s: list[int], by_s: int) -> None:
    assert (behind_s(ahead_s) >= by_s) == (2 * sum(one >= by_s for one in ahead_s) > len(ahead_s))
    assert (behind_s(ahead_s) <= -by_s) == (2 * sum(one <= -by_s for one in ahead_s) > len(ahead_s))


@given(_differences, _differences)
def test_who_are_few_can_say_what_they_like(honest_s: list[int], lies_s: list[int]) -> None:
    lies_s = lies_s[: max(len(honest_s) - 1, 0)]
    assert abs(behind_s([*honest_s, *lies_s])) <= max(map(abs, honest_s), default=0)


@pytest.mark.parametrize(
    ("length_s", "text"),
    [
        (0, "0 seconds"),
        (1, "1 second"),
        (61, "1 minute 1 second"),
        (HOUR_S, "1 hour"),
        (HOUR_S - 1, "59 minutes 59 seconds"),
        (HOUR_S + 29, "1 hour"),
        (HOUR_S + 59, "1 hour 1 minute"),
        (2 * HOUR_S - 31, "1 hour 59 minutes"),
        (2 * HOUR_S - 1, "2 hours"),
        (24 * HOUR_S - 1, "1 day"),
        (50 * HOUR_S, "2 days 2 hours"),
        (56 * 31_536_000, "56 years"),
        (5_000 * 31_536_000 + 86_400, "5,000 years 1 day"),
    ],
)
def test_a_length_of_time_is_said_in_two_units(length_s: int, text: str) -> None:
    assert duration_text(length_s) == text


def test_what_is_said_names_the_other_where_there_is_one() -> None:
    assert disagreement(HOUR_S, 1, "bob") == (
        "this machine's clock is 1 hour behind bob's",
        "one of the two is wrong: set that one",
    )
    assert disagreement(-90, 3, "bob") == (
        "this machine's clock is 1 minute 30 seconds ahead of most others'",
        "set it",
    )


def _told(watch: ClockWatch, ahead_s: Collection[int], start_s: float, end_s: float) -> list[tuple[float, int]]:
    """What is told, and when, while this is heard every other second."""
    times_s = [start_s + 2 * number for number in range(int(end_s - start_s) // 2)]
    said = [(now_s, watch.heard(ahead_s, now_s)) for now_s in times_s]
    return [(now_s, by_s) for now_s, by_s in said if by_s is not None]


def test_a_disagreement_is_told_once_and_so_is_its_end() -> None:
    watch = ClockWatch()
    assert _told(watch, [HOUR_S, HOUR_S], 0, 100) == [(4, HOUR_S)]
    assert _told(watch, [HOUR_S + 20, HOUR_S + 20], 100, 200) == []
    assert _told(watch, [3, 3], 200, 300) == [(204, 0)]
    assert _told(watch, [3, 3], 300, 400) == []


def test_a_moment_is_no_disagreement() -> None:
    watch = ClockWatch()
    assert _told(watch, [HOUR_S], 0, 4) == []
    assert _told(watch, [HOUR_S, 0, 0], 4, 100) == []


def test_who_leaves_mends_no_clock() -> None:
    watch = ClockWatch()
    assert _told(watch, [HOUR_S], 0, 50) == [(4, HOUR_S)]
    assert _told(watch, [], 50, 100) == []
    assert _told(watch, [HOUR_S], 100, 200) == []


def test_a_clock_that_was_set_wrong_another_way_is_told_of_again() -> None:
    watch = ClockWatch()
    _told(watch, [HOUR_S], 0, 100)
    assert _told(watch, [-HOUR_S], 100, 200) == [(104, -HOUR_S)]


@pytest.mark.parametrize("by_s", [31, 59])
def test_between_agreeing_and_disagreeing_nothing_changes(by_s: int) -> None:
    watch = ClockWatch()
    assert _told(watch, [by_s], 0, 100) == []
    _told(watch, [90], 100, 200)
    assert _told(watch, [by_s], 200, 1_000) == []


def test_somebody_who_keeps_changing_their_mind_is_soon_heard_of_seldom() -> None:
    watch = ClockWatch()
    told_s: list[float] = []
    for now_s in range(0, 24 * HOUR_S, 2):
        lie_s = HOUR_S if now_s // 6 % 2 else 0
        if watch.heard([lie_s], now_s) is not None:
            told_s.append(now_s)
    pauses_s = [later - earlier for earlier, later in pairwise(told_s)]
    assert min(pauses_s) >= CLOCK_WORDS_PAUSE_MIN_S
    assert max(pauses_s) >= CLOCK_WORDS_PAUSE_MAX_S
    assert len(told_s) < 24 + 12

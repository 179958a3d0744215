"""When beacons go out: by a clock that the test turns, one program alone or hundreds on one network."""

import heapq
from collections import Counter
from itertools import pairwise
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from multifeed import limits
from multifeed.net.schedule import BeaconSchedule


def _sent_alone(schedule: BeaconSchedule, until_s: float) -> list[float]:
    times_s = []
    while schedule.due_s <= until_s:
        times_s.append(schedule.due_s)
        schedule.sent(schedule.due_s)
    return times_s


@given(st.integers(0, 2**32), st.floats(0, 1e6))
def test_who_is_alone_sends_quickly_at_the_start_and_then_seldom(seed: int, now_s: float) -> None:
    times_s = _sent_alone(BeaconSchedule(Random(seed), now_s), now_s + 200)
    assert times_s[: len(limits.BEACON_BURST_S)] == [now_s + offset_s for offset_s in limits.BEACON_BURST_S]
    later = times_s[len(limits.BEACON_BURST_S) - 1 :]
    gaps_s = [after - before for before, after in pairwise(later)]
    for gap_s in gaps_s:
        assert (
            0.99 * (1 - limits.BEACON_JITTER) <= gap_s / limits.BEACON_INTERVAL_S <= 1.01 * (1 + limits.BEACON_JITTER)
        )
    assert len(gaps_s) > 8


@given(st.integers(0, 2**32))
def test_a_newcomer_is_answered_at_once_and_one_who_was_heard_before_is_not(seed: int) -> None:
    schedule = BeaconSchedule(Random(seed), 0.0)
    _sent_alone(schedule, 30.0)
    assert schedule.due_s > 30.0
    schedule.heard(b"somebody", 30.0)
    answer_s = schedule.due_s
    assert 30.0 <= answer_s <= 30.0 + limits.BEACON_ANSWER_INTERVAL_S
    schedule.sent(answer_s)
    schedule.heard(b"somebody", answer_s + 0.1)
    assert schedule.due_s > answer_s + limits.BEACON_ANSWER_INTERVAL_S


@given(st.integers(0, 2**32))
def test_nobody_makes_us_send_more_often_than_the_limit(seed: int) -> None:
    schedule = BeaconSchedule(Random(seed), 0.0)
    schedule.sent(0.0)
    for number in range(100):
        schedule.heard(number.to_bytes(16), 0.01)
        assert schedule.due_s >= limits.BEACON_ANSWER_INTERVAL_S


@given(st.integers(0, 2**32))
def test_on_another_network_it_begins_anew(seed: int) -> None:
    schedule = BeaconSchedule(Random(seed), 0.0)
    _sent_alone(schedule, 100.0)
    schedule.restart(100.0)
    times_s = _sent_alone(schedule, 108.0)
    # Unless one has just gone out.
    assert 100.0 <= times_s[0] <= 100.0 + limits.BEACON_ANSWER_INTERVAL_S
    assert times_s[1:] == [100.0 + offset_s for offset_s in limits.BEACON_BURST_S[1:]]


def _crowd(count: int, seed: int, until_s: float, *, starts_within_s: float) -> Counter[int]:
    """How many beacons all of them send in each second, when each hears every other one."""
    rng = Random(seed)
    starts = {number: rng.uniform(0, starts_within_s) for number in range(count)}
    schedules: dict[int, BeaconSchedule] = {}
    queue = [(start_s, number) for number, start_s in starts.items()]
    heapq.heapify(queue)
    sent: Counter[int] = Counter()
    while queue:
        now_s, number = heapq.heappop(queue)
        if now_s > until_s:
            break
        schedule = schedules.setdefault(number, BeaconSchedule(Random(number), now_s))
        if schedule.due_s > now_s:
            continue
        sent[int(now_s)] += 1
        schedule.sent(now_s)
        heapq.heappush(queue, (schedule.due_s, number))
        for other, hearing in schedules.items():
            if other != number:
                hearing.heard(number.to_bytes(16), now_s)
                heapq.heappush(queue, (hearing.due_s, other))
    return sent


@pytest.mark.parametrize("seed", range(1))
def test_two_hundred_on_one_network_send_no_more_than_ten_a_second_together(seed: int) -> None:
    sent = _crowd(200, seed, 180.0, starts_within_s=60.0)
    assert sum(sent[second] for second in range(80, 180)) / 100 <= 10


def test_a_newcomer_among_two_hundred_does_not_make_them_all_answer_at_once() -> None:
    schedules = [BeaconSchedule(Random(number), 0.0) for number in range(200)]
    for schedule in schedules:
        for other in range(200):
            schedule.heard(other.to_bytes(16), 0.0)
        _sent_alone(schedule, 10.0)
        schedule.heard(b"newcomer", 10.0)
    answered = Counter(int(schedule.due_s) for schedule in schedules)
    assert max(answered.values()) < 30

"""Which range is asked of which peer, by a clock that the test turns."""

from typing import Any

from multifeed import RangeSet, limits
from multifeed.protocol.heads import Claim
from multifeed.protocol.scheduler import Ask, Scheduler

_KEY, _OTHER = b"k" * 32, b"o" * 32
_MAX = limits.RANGE_LENGTH_MAX_BLOCKS
_TAIL = 64
_FAST_S = limits.REQUEST_TIMEOUT_MIN_S


def _claim(length: int, *, key: bytes = _KEY, held: tuple[tuple[int, int], ...] | None = None) -> Claim:
    return Claim(key, length, b"t" * 32, ((0, length),) if held is None else held)


def _scheduler(*peers: str, length: int = 0) -> Scheduler:
    """Peers that all claim the whole feed."""
    scheduler = Scheduler()
    for peer in peers:
        scheduler.add_peer(peer)
        if length:
            scheduler.claimed(peer, _claim(length))
    return scheduler


def _blocks_of(asks: list[Ask]) -> list[int]:
    return sorted(seq for ask in asks for seq in range(ask.start, ask.end))


class _Copy:
    """What is held here, filled by answers."""

    def __init__(self, scheduler: Scheduler) -> None:
        self.held = RangeSet()
        self._scheduler = scheduler

    def answer(self, ask: Ask, now_s: float, *, count: int | None = None) -> None:
        """The peer answers with the last `count` blocks, all of them by default."""
        start = ask.start if count is None else max(ask.start, ask.end - count)
        self.held.add(start, ask.end)
        self._scheduler.held(ask.key, self.held)
        self._scheduler.answered(ask.peer, ask.key, ask.end, now_s)


def test_the_newest_blocks_are_asked_for_first() -> None:
    first, *rest = _scheduler("a", length=10_000).next_asks(0.0)
    assert (first.start, first.end) == (10_000 - _TAIL, 10_000)
    assert [(ask.start, ask.end) for ask in rest] == [
        (first.start - (place + 1) * _MAX, first.start - place * _MAX) for place in range(len(rest))
    ]


def test_the_end_of_every_feed_is_asked_for_before_the_past_of_any() -> None:
    scheduler = _scheduler("a")
    keys = [bytes([number]) * 32 for number in range(20)]
    for key in keys:
        scheduler.claimed("a", _claim(10_000, key=key))
    copies = {key: _Copy(scheduler) for key in keys}
    waiting, asked = scheduler.next_asks(0.0), list[Ask]()
    while len(asked) < 3 * len(keys):
        asked.append(waiting.pop(0))
        copies[asked[-1].key].answer(asked[-1], 0.0)
        waiting += scheduler.next_asks(0.0)
    assert [(ask.key, ask.end) for ask in asked[:20]] == [(key, 10_000) for key in reversed(keys)]
    # Then each in turn.
    assert [ask.key for ask in asked[20:40]] == [ask.key for ask in asked[40:]]


def test_what_is_claimed_anew_is_asked_for_before_the_past_of_others() -> None:
    scheduler = _scheduler("a", length=100_000)
    copy = _Copy(scheduler)
    first, *_ = scheduler.next_asks(0.0)
    scheduler.claimed("a", _claim(1, key=_OTHER))
    copy.answer(first, 0.0)
    (ask,) = scheduler.next_asks(0.0)
    assert ask.key == _OTHER


def test_many_feeds_of_many_peers_cost_no_more_than_they_have() -> None:
    scheduler = _scheduler("a", "b", "c")
    keys = [number.to_bytes(32) for number in range(5_000)]
    for peer in "abc":
        for key in keys:
            scheduler.claimed(peer, _claim(1, key=key))
    looked = 0
    find = scheduler._last_missing

    def count(*args: Any) -> Any:  # noqa: ANN401 (whatever the scheduler passes)
        nonlocal looked
        looked += 1
        return find(*args)

    scheduler._last_missing = count  # type: ignore[method-assign, assignment]
    waiting, asked = scheduler.next_asks(0.0), 0
    while waiting:
        ask = waiting.pop(0)
        asked += 1
        _Copy(scheduler).answer(ask, 0.0)
        waiting += scheduler.next_asks(0.0)
    assert asked == len(keys)
    assert looked <= 10 * len(keys)


def test_one_peer_is_not_asked_more_than_its_window() -> None:
    scheduler = _scheduler("a", length=100_000)
    asks = scheduler.next_asks(0.0)
    assert 1 < len(asks) <= limits.REQUESTS_IN_FLIGHT_MAX
    assert scheduler.next_asks(0.1) == []
    copy = _Copy(scheduler)
    copy.answer(asks[0], 0.1)
    (more,) = scheduler.next_asks(0.1)
    assert more.end == asks[-1].start


def test_each_range_has_one_owner_and_peers_share_the_work() -> None:
    asks = _scheduler("a", "b", "c", length=6 * _MAX).next_asks(0.0)
    assert _blocks_of(asks) == list(range(6 * _MAX))
    assert {ask.peer for ask in asks} == {"a", "b", "c"}
    assert all(2 <= sum(ask.peer == peer for ask in asks) <= 3 for peer in "abc")


def test_only_what_is_missing_is_asked_of_those_who_hold_it() -> None:
    scheduler = _scheduler("a", "b")
    scheduler.held(_KEY, RangeSet([(10, 20), (50, 60)]))
    scheduler.claimed("a", _claim(100, held=((5, 25),)))
    scheduler.claimed("b", _claim(100, held=((40, 55), (60, 62))))
    asks = scheduler.next_asks(0.0)
    assert {(ask.peer, ask.start, ask.end) for ask in asks} == {
        ("a", 5, 10),
        ("a", 20, 25),
        ("b", 40, 50),
        ("b", 60, 62),
    }


def test_nothing_is_asked_while_everything_is_held() -> None:
    scheduler = _scheduler("a")
    scheduler.held(_KEY, RangeSet([(0, 10)]))
    scheduler.claimed("a", _claim(10))
    assert scheduler.next_asks(0.0) == []
    assert scheduler.next_timeout_s() is None
    assert not scheduler.is_syncing()


def test_an_answer_in_part_leaves_the_rest_to_be_asked() -> None:
    scheduler = _scheduler("a", length=100)
    copy = _Copy(scheduler)
    (ask,) = scheduler.next_asks(0.0)
    copy.answer(ask, 0.1, count=30)
    (rest,) = scheduler.next_asks(0.1)
    assert (rest.start, rest.end) == (0, 70)


def test_a_whole_feed_is_fetched_however_small_the_answers_are() -> None:
    scheduler = _scheduler("a", "b", length=3000)
    copy = _Copy(scheduler)
    waiting = scheduler.next_asks(0.0)
    for step in range(10_000):
        if not waiting:
            break
        copy.answer(waiting.pop(0), step / 1000, count=step % 7 + 1)
        waiting += scheduler.next_asks(step / 1000)
    assert list(copy.held) == [(0, 3000)]
    assert not scheduler.is_syncing()


def test_a_slow_owner_loses_its_range_to_another_and_keeps_its_link() -> None:
    scheduler = _scheduler("slow", length=100)
    (ask,) = scheduler.next_asks(0.0)
    assert ask.peer == "slow"
    scheduler.add_peer("quick")
    scheduler.claimed("quick", _claim(100))
    assert scheduler.next_timeout_s() == _FAST_S
    assert scheduler.next_asks(_FAST_S - 0.01) == []
    assert scheduler.next_asks(_FAST_S) == [Ask("quick", _KEY, 0, 100)]
    # Its answer may still come; then it can be asked again.
    copy = _Copy(scheduler)
    copy.answer(Ask("slow", _KEY, 0, 100), 1.0)
    scheduler.answered("quick", _KEY, 100, 1.1)
    scheduler.claimed("slow", _claim(150))
    assert scheduler.next_asks(1.2) == [Ask("slow", _KEY, 100, 150)]


def test_a_peer_far_away_is_given_four_round_trips() -> None:
    scheduler = _scheduler("far", length=100)
    scheduler.round_trip("far", 0.5)
    assert len(scheduler.next_asks(0.0)) == 1
    scheduler.add_peer("quick")
    scheduler.claimed("quick", _claim(100))
    assert scheduler.next_timeout_s() == 4 * 0.5
    assert scheduler.next_asks(4 * 0.5 - 0.01) == []
    assert [ask.peer for ask in scheduler.next_asks(4 * 0.5)] == ["quick"]


def test_a_peer_without_a_stand_in_is_given_longer() -> None:
    scheduler = _scheduler("only", length=100)
    assert len(scheduler.next_asks(0.0)) == 1
    assert scheduler.next_timeout_s() == limits.REQUEST_TIMEOUT_LAST_S
    assert scheduler.next_asks(limits.REQUEST_TIMEOUT_LAST_S - 0.01) == []
    assert len(scheduler.next_asks(limits.REQUEST_TIMEOUT_LAST_S)) == 1


def test_a_peer_that_never_answers_is_not_asked_for_ever() -> None:
    scheduler = _scheduler("mute", length=100_000)
    asked, now_s = 0, 0.0
    for _ in range(100):
        asked += len(scheduler.next_asks(now_s))
        now_s = scheduler.next_timeout_s() or now_s + 1
    assert asked == limits.REQUESTS_IN_FLIGHT_MAX


def test_a_mute_peer_does_not_hold_up_a_feed_that_another_holds_too() -> None:
    scheduler = _scheduler("mute", "quick", length=20 * _MAX)
    copy = _Copy(scheduler)
    now_s = 0.0
    for _ in range(200):
        for ask in scheduler.next_asks(now_s):
            if ask.peer == "quick":
                copy.answer(ask, now_s + 0.01)
        now_s += 0.05
        if list(copy.held) == [(0, 20 * _MAX)]:
            break
    assert list(copy.held) == [(0, 20 * _MAX)]
    # The share of the mute peer came after its deadline, not after a timeout of the link.
    assert now_s < 3.0


def test_what_a_lost_peer_owed_is_asked_of_another_at_once() -> None:
    scheduler = _scheduler("a", "b", length=_TAIL)
    (ask,) = scheduler.next_asks(0.0)
    other = "b" if ask.peer == "a" else "a"
    scheduler.remove_peer(ask.peer)
    assert scheduler.next_asks(0.0) == [Ask(other, _KEY, 0, _TAIL)]


def test_who_refuses_is_not_asked_again_until_it_claims_something() -> None:
    scheduler = _scheduler("a", length=100)
    (ask,) = scheduler.next_asks(0.0)
    scheduler.answered("a", ask.key, ask.end, 0.1)
    scheduler.give_up("a", ask.key)
    assert scheduler.next_asks(0.1) == []
    assert scheduler.next_asks(1000.0) == []
    scheduler.claimed("a", _claim(101))
    assert scheduler.next_asks(1000.0) == [Ask("a", _KEY, 0, 101)]


def test_giving_up_one_feed_leaves_the_others() -> None:
    scheduler = _scheduler("a", length=100)
    scheduler.claimed("a", _claim(7, key=_OTHER))
    scheduler.give_up("a", _KEY)
    assert scheduler.next_asks(0.0) == [Ask("a", _OTHER, 0, 7)]


def test_who_is_banned_from_a_feed_is_never_asked_for_it_again() -> None:
    scheduler = _scheduler("liar", "honest", length=100)
    scheduler.ban("liar", _KEY)
    scheduler.claimed("liar", _claim(200))
    scheduler.claimed("liar", _claim(5, key=_OTHER))
    assert set(scheduler.next_asks(0.0)) == {Ask("honest", _KEY, 0, 100), Ask("liar", _OTHER, 0, 5)}


def test_a_newer_claim_takes_the_place_of_an_older_one() -> None:
    scheduler = _scheduler("a", length=100)
    scheduler.claimed("a", _claim(120, held=((110, 120),)))
    assert scheduler.next_asks(0.0) == [Ask("a", _KEY, 110, 120)]


def test_what_arrives_by_another_way_is_not_asked_for() -> None:
    scheduler = _scheduler("a", length=100)
    scheduler.held(_KEY, RangeSet([(0, 100)]))
    assert scheduler.next_asks(0.0) == []


def test_many_feeds_are_all_asked_for() -> None:
    scheduler = _scheduler("a", "b")
    keys = [number.to_bytes(32) for number in range(300)]
    for peer in ("a", "b"):
        for key in keys:
            scheduler.claimed(peer, _claim(3, key=key))
    fetched = list[bytes]()
    for step in range(300):
        for ask in scheduler.next_asks(step / 10):
            fetched.append(ask.key)
            scheduler.held(ask.key, RangeSet([(0, 3)]))
            scheduler.answered(ask.peer, ask.key, ask.end, step / 10)
    assert sorted(fetched) == keys


def test_past_what_may_be_taken_of_a_feed_nothing_is_asked_for_until_it_may() -> None:
    lengths_max = {_KEY: 30}
    scheduler = Scheduler(lengths_max)
    for peer in ("a", "b"):
        scheduler.add_peer(peer)
        scheduler.claimed(peer, _claim(100))
        scheduler.claimed(peer, _claim(40, key=_OTHER))
    asks = scheduler.next_asks(0.0)
    assert {(ask.key, ask.start, ask.end) for ask in asks} == {(_KEY, 0, 30), (_OTHER, 0, 40)}
    for ask in asks:
        _Copy(scheduler).answer(ask, 0.0)
    held = RangeSet([(0, 30)])
    scheduler.held(_KEY, held)
    scheduler.claimed("a", _claim(200))
    assert scheduler.next_asks(0.0) == []
    assert not scheduler.is_syncing()
    lengths_max[_KEY] = 50
    scheduler.claimed("a", _claim(200))
    assert scheduler.next_asks(0.0) == [Ask("a", _KEY, 30, 50)]


def test_of_a_feed_in_pieces_only_those_are_asked_for_that_may_be_taken() -> None:
    scheduler = Scheduler({_KEY: 25})
    scheduler.add_peer("a")
    scheduler.claimed("a", _claim(100, held=((0, 10), (20, 30), (40, 50))))
    assert {(ask.start, ask.end) for ask in scheduler.next_asks(0.0)} == {(0, 10), (20, 25)}

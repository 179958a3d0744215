"""What the two ends of a link learn of each other's clocks."""

import pytest

from multifeed.limits import CLOCK_INTERVAL_S, PING_INTERVAL_S
from multifeed.protocol.messages import Ping, Pong
from multifeed.protocol.session import Session
from tests.helpers.pipe import Pipe, RawPeer, greeted, session

NOW_S = 1_700_000_000


def _asked(sent_time_s: int = NOW_S) -> tuple[Session, RawPeer]:
    """A session whose ping, sent when its clock showed this, is still to be answered."""
    ours, raw = session(1, initiator=True), RawPeer(2, initiator=False)
    pipe = greeted(ours, raw)
    raw.send(Pong(0))
    pipe.run()
    assert ours.handle_timeout(PING_INTERVAL_S, time_s=sent_time_s) == []
    assert ours.clock_ahead_s is None
    return ours, raw


def _ahead_s(told_s: int, sent_s: int, heard_s: int) -> int | None:
    ours, raw = _asked(sent_s)
    raw.send(Pong(0, told_s))
    ours.receive(raw.data_to_send(), PING_INTERVAL_S + 1, time_s=heard_s)
    return ours.clock_ahead_s


@pytest.mark.parametrize("ahead_s", [0, 1, 90, 7_200, -1, -90, -7_200])
def test_an_answer_at_once_tells_by_how_much_their_clock_differs(ahead_s: int) -> None:
    assert _ahead_s(NOW_S + ahead_s, NOW_S, NOW_S) == ahead_s


def test_an_answer_that_was_long_on_its_way_is_no_difference() -> None:
    for told_s in (NOW_S, NOW_S + 9, NOW_S + 3_600):
        assert _ahead_s(told_s, NOW_S, NOW_S + 3_600) == 0


def test_of_a_difference_that_the_way_may_explain_in_part_the_rest_is_believed() -> None:
    assert _ahead_s(NOW_S - 100, NOW_S, NOW_S + 40) == -100
    assert _ahead_s(NOW_S + 100, NOW_S, NOW_S + 40) == 60


@pytest.mark.parametrize(("told_s", "sent_s", "heard_s"), [(0, NOW_S, NOW_S), (5, 0, NOW_S), (5, NOW_S, 0)])
def test_without_a_clock_on_either_side_nothing_is_known(told_s: int, sent_s: int, heard_s: int) -> None:
    assert _ahead_s(told_s, sent_s, heard_s) is None


def test_who_is_asked_says_what_their_clock_shows_now() -> None:
    ours, raw = _asked()
    for time_s in (NOW_S, NOW_S - 500):
        raw.send(Ping(3))
        ours.receive(raw.data_to_send(), PING_INTERVAL_S + 1, time_s=time_s)
        *_, answer = raw.receive(ours.data_to_send(), 0.0)
        assert answer == Pong(3, time_s)


def test_a_time_that_nobody_asked_for_is_not_listened_to() -> None:
    ours, raw = _asked()
    raw.send(Pong(0, NOW_S + 5), Pong(0, NOW_S + 7_000))
    ours.receive(raw.data_to_send(), PING_INTERVAL_S + 1, time_s=NOW_S)
    assert ours.clock_ahead_s == 5


def test_somebody_who_is_never_silent_is_asked_now_and_then_all_the_same() -> None:
    ours, raw = session(1, initiator=True), RawPeer(2, initiator=False)
    pipe: Pipe = greeted(ours, raw)
    raw.send(Pong(0))
    pipe.run()
    pipe.right.events.clear()
    while pipe.now_s < 2 * CLOCK_INTERVAL_S + 1:
        raw.send(Ping(1))
        pipe.now_s += PING_INTERVAL_S / 2
        pipe.run()
        ours.handle_timeout(pipe.now_s)
        pipe.run()
        raw.send(Pong(0))
        pipe.run()
    assert len(pipe.right.of(Ping)) == 2

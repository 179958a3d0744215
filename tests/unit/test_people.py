"""Who is here and who was, and what they are called."""

import pytest

from multichat.model.people import (
    Attendance,
    Names,
    Person,
    Seen,
    in_order,
    is_seed_agent,
    name_without_messages,
)
from multichat.widgets.people_panel import time_since
from tests.helpers.fake_conversation import NINE_O_CLOCK_MS, feed_of, person

_ALICE, _BOB, _EVE = map(feed_of, ("alice", "bob", "eve"))
_MINUTE_MS = 60_000
_HOUR_MS = 60 * _MINUTE_MS
_DAY_MS = 24 * _HOUR_MS


def test_whoever_leaves_was_here_last_when_they_left() -> None:
    attendance = Attendance()
    assert attendance.update({_BOB: False, _EVE: True}, 1)
    assert set(attendance.here) == {_BOB, _EVE}
    assert attendance.last_here_ms(_BOB) is None
    assert attendance.is_seed(_EVE)
    assert not attendance.update({_EVE: True, _BOB: False}, 2)
    assert attendance.update({_BOB: False}, 3)
    assert set(attendance.here) == {_BOB}
    assert attendance.last_here_ms(_EVE) == 3
    assert attendance.is_seed(_EVE)
    assert attendance.update({_BOB: False, _EVE: False}, 4)
    assert attendance.last_here_ms(_EVE) is None
    assert not attendance.gone


def test_whoever_is_here_when_the_program_is_killed_is_remembered_too() -> None:
    attendance = Attendance([Seen(_ALICE, 1)])
    attendance.update({_BOB: False}, 2)
    assert attendance.seen(5) == (Seen(_ALICE, 1), Seen(_BOB, 5, first_here_ms=2))


def test_when_somebody_came_first_is_remembered_however_often_they_come_again() -> None:
    attendance = Attendance()
    for now_ms in (2, 5, 9):
        attendance.update({_BOB: False}, now_ms)
        attendance.update({}, now_ms + 1)
    again = Attendance(attendance.seen(10))
    again.update({_BOB: False, _EVE: False}, 20)
    assert (again.first_here_ms(_BOB), again.first_here_ms(_EVE), again.first_here_ms(_ALICE)) == (2, 20, 0)


def test_of_too_many_those_are_remembered_who_were_here_last() -> None:
    attendance = Attendance([Seen(_EVE, 7), Seen(_ALICE, 2)], seen_max=2)
    attendance.update({_BOB: False}, 8)
    assert attendance.seen(9) == (Seen(_EVE, 7), Seen(_BOB, 9, first_here_ms=8))
    attendance.update({}, 9)
    assert list(attendance.gone) == [_EVE, _BOB]


def test_one_is_called_what_the_last_message_says() -> None:
    names = Names()
    assert names.get(_BOB) is None
    assert names.heard(_BOB, 3, "bob")
    assert not names.heard(_BOB, 2, "bobby")
    assert not names.heard(_BOB, 4, "bob")
    assert not names.heard(_BOB, 3, "bobby")
    assert names.get(_BOB) == "bob"
    assert names.heard(_BOB, 5, "rob\x1b[31m")
    assert names.get(_BOB) == "rob\ufffd[31m"
    assert names.heard(_EVE, 0, "\u200b")
    assert list(names.feeds) == [_BOB, _EVE]


def test_a_seed_does_not_look_like_a_stranger() -> None:
    assert is_seed_agent("multichat/1.0 seed")
    assert not is_seed_agent("multichat/1.0")
    assert name_without_messages(_BOB, is_seed=True) == "seed"
    assert name_without_messages(_BOB, is_seed=False) == _BOB.hex()[:8]


def test_those_here_come_first_and_oneself_before_all() -> None:
    oneself = Person(_ALICE, person("zoe").nickname, is_here=True, last_here_ms=None, is_own=True)
    bob, carol = person("Bob"), person("carol")
    lately, long_ago = person("y", 9, is_here=False), person("x", 3, is_here=False)
    never = [person("a", is_here=False), person("B", is_here=False)]
    assert in_order([*reversed(never), long_ago, carol, lately, bob, oneself]) == (
        *(oneself, bob, carol, lately, long_ago),
        *never,
    )


@pytest.mark.parametrize(
    ("ago_ms", "said"),
    [
        (-_DAY_MS, "just now"),
        (59_000, "just now"),
        (_MINUTE_MS, "1 min ago"),
        (_HOUR_MS - 1, "59 min ago"),
        (_HOUR_MS, "1 hour ago"),
        (11 * _HOUR_MS, "11 hours ago"),
        (_DAY_MS, "yesterday"),
        (3 * _DAY_MS, "21 Nov"),
        (366 * _DAY_MS, "23 Nov 2025"),
    ],
)
def test_how_long_ago_is_said_as_one_would(ago_ms: int, said: str) -> None:
    assert time_since(NINE_O_CLOCK_MS - ago_ms, NINE_O_CLOCK_MS) == said

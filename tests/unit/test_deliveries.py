"""Who holds what one has written, by their word."""

from multichat.limits import HOLDER_FEEDS_MAX
from multichat.model.deliveries import Deliveries, Word
from tests.helpers.fake_conversation import feed_of

_OURS, _OURS_TOO = feed_of("ours"), feed_of("ours too")
_BOB, _CAROL, _DAVE = map(feed_of, ("bob", "carol", "dave"))


def test_a_message_waits_until_somebody_says_that_they_hold_it() -> None:
    deliveries = Deliveries()
    assert deliveries.of(_OURS, 0).holders == ()
    assert deliveries.said(_BOB, _OURS, [(0, 2)]) == {_OURS: 0}
    assert deliveries.said(_CAROL, _OURS, [(1, 2)]) == {_OURS: 1}
    assert deliveries.of(_OURS, 0).holders == (_BOB,)
    assert deliveries.of(_OURS, 1).holders == (_BOB, _CAROL)
    assert deliveries.of(_OURS, 2).holders == ()
    assert deliveries.of(_OURS_TOO, 0).holders == ()


def test_the_last_word_counts() -> None:
    deliveries = Deliveries()
    deliveries.said(_BOB, _OURS, [(0, 10)])
    assert deliveries.said(_BOB, _OURS, [(0, 12)]) == {_OURS: 10}
    assert deliveries.said(_BOB, _OURS, [(0, 12)]) == {}
    assert deliveries.said(_BOB, _OURS, [(0, 4), (6, 12)]) == {_OURS: 4}
    assert deliveries.of(_OURS, 5).holders == ()
    assert deliveries.said(_BOB, _OURS, []) == {_OURS: 0}
    assert deliveries.words() == ()


def test_whoever_says_that_they_hold_nothing_drives_nobody_out() -> None:
    deliveries = Deliveries(people_max=1)
    deliveries.said(_BOB, _OURS, [(0, 1)])
    assert deliveries.said(_CAROL, _OURS, []) == {}
    assert deliveries.of(_OURS, 0).holders == (_BOB,)


def test_of_too_many_people_those_are_remembered_who_spoke_last() -> None:
    deliveries = Deliveries(people_max=2)
    for person in (_BOB, _CAROL):
        deliveries.said(person, _OURS, [(3, 9)])
    deliveries.said(_BOB, _OURS_TOO, [(1, 2)])
    assert deliveries.said(_DAVE, _OURS, [(4, 5)]) == {_OURS: 3}
    assert deliveries.of(_OURS, 4).holders == (_BOB, _DAVE)
    assert deliveries.said(_CAROL, _OURS, [(8, 9)]) == {_OURS: 3, _OURS_TOO: 1}


def test_of_too_many_runs_the_newest_are_remembered() -> None:
    deliveries = Deliveries(runs_max=2)
    deliveries.said(_BOB, _OURS, [(0, 1), (2, 3), (4, 5)])
    assert deliveries.words() == (Word(_BOB, _OURS, ((2, 3), (4, 5))),)


def test_of_too_many_feeds_those_are_remembered_that_were_spoken_of_last() -> None:
    deliveries = Deliveries()
    feeds = [feed_of(str(number)) for number in range(HOLDER_FEEDS_MAX + 1)]
    for feed in feeds[:-1]:
        deliveries.said(_BOB, feed, [(2, 3)])
    assert deliveries.said(_BOB, feeds[-1], [(0, 1)]) == {feeds[-1]: 0, feeds[0]: 2}
    assert [word.feed for word in deliveries.words()] == feeds[1:]


def test_what_was_said_is_taken_up_again() -> None:
    deliveries = Deliveries()
    deliveries.said(_BOB, _OURS, [(0, 2), (5, 6)])
    deliveries.said(_CAROL, _OURS_TOO, [(0, 7)])
    deliveries.said(_BOB, _OURS_TOO, [(0, 1)])
    again = Deliveries(deliveries.words())
    assert again.words() == deliveries.words()
    assert again.of(_OURS_TOO, 0).holders == (_CAROL, _BOB)

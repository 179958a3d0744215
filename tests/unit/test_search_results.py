"""What a search has found so far."""

import pytest

from multichat.errors import UsageError
from multichat.model.message import Message
from multichat.model.muted import Unmuted
from multichat.model.results import PAGE_LENGTH, Results
from tests.helpers.fake_conversation import FakeHistory, FakeSearch, feed_of, said


def _talk(count: int, who: str = "bob", start: int = 0) -> list[Message]:
    return [said(who, f"word {number}", number, number) for number in range(start, start + count)]


def _results(messages: list[Message], text: str = "word", *muted: str) -> Results:
    history = FakeHistory(messages)
    return Results(FakeSearch(history), Unmuted(history, {feed_of(who) for who in muted}), text)


def _numbers(results: Results) -> list[int]:
    return [hit.message.position.seq for hit in results.hits]


def test_it_is_found_page_by_page_newest_first_and_no_page_twice() -> None:
    count = 2 * PAGE_LENGTH + 7
    results = _results(_talk(count))
    found = []
    while results.may_be_more:
        results.read_on()
        found.append(len(results.hits))
    assert found == [PAGE_LENGTH, 2 * PAGE_LENGTH, count]
    assert _numbers(results) == list(reversed(range(count)))
    results.read_on()
    assert len(results.hits) == count


@pytest.mark.parametrize("text", ["", "  "])
def test_nothing_is_found_before_anything_is_asked_for(text: str) -> None:
    results = _results(_talk(3), text)
    results.read_on()
    assert not results.may_be_more
    assert results.hits == []


def test_a_text_that_cannot_be_read_is_refused_once() -> None:
    results = _results(_talk(3), "before:tomorrowish")
    with pytest.raises(UsageError, match="is followed by a date"):
        results.read_on()
    results.read_on()
    assert results.hits == []


def test_nothing_is_found_of_whom_one_does_not_want_to_hear() -> None:
    heard, unheard = _talk(PAGE_LENGTH // 2), _talk(3 * PAGE_LENGTH, "eve", 1000)
    results = _results([*heard, *unheard], "word", "eve")
    results.read_on()
    assert _numbers(results) == list(reversed(range(PAGE_LENGTH // 2)))
    assert not results.may_be_more


def test_a_flood_of_whom_one_does_not_want_to_hear_is_not_looked_through_at_once() -> None:
    heard, unheard = _talk(1), _talk(15 * PAGE_LENGTH, "eve", 1000)
    results = _results([*heard, *unheard], "word", "eve")
    results.read_on()
    assert results.hits == []
    assert results.may_be_more
    results.read_on()
    assert _numbers(results) == [0]

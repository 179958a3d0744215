"""What was said around a message that was found."""

from datetime import UTC, date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from multichat.model.excerpt import hits
from multichat.model.finder import Hit
from multichat.model.message import Message
from multichat.model.muted import Unmuted
from multichat.model.query import Query
from multichat.model.surroundings import Space, Surroundings, part, surroundings
from tests.helpers.fake_conversation import FakeHistory, feed_of, said

_SPACE = Space(count=3, width=20, rows=2, found_rows=4)


def _hit(message: Message, text: str = "needle") -> Hit:
    return Hit(message, Query.parse(text, today=date(2026, 11, 24), zone=UTC))


def _talk(*texts: str) -> list[Message]:
    return [said("bob" if number % 2 else "eve", text, number, number) for number, text in enumerate(texts)]


def _texts(around: Surroundings) -> tuple[list[str], str, list[str]]:
    return [message.text for message in around.before], around.found.text, [message.text for message in around.after]


def test_those_before_and_after_it_are_read_oldest_first_and_no_more_than_wanted() -> None:
    messages = _talk(*(f"{number}" for number in range(20)))
    history = FakeHistory(messages)
    around = surroundings(history, _hit(messages[10]), _SPACE)
    assert _texts(around) == (["7", "8", "9"], "10", ["11", "12", "13"])
    assert history.read_count == 6


def test_before_the_first_message_there_is_nothing_and_nothing_after_the_last() -> None:
    messages = _talk("first", "second", "third")
    history = FakeHistory(messages)
    assert _texts(surroundings(history, _hit(messages[0]), _SPACE)) == ([], "first", ["second", "third"])
    assert _texts(surroundings(history, _hit(messages[2]), _SPACE)) == (["first", "second"], "third", [])
    assert _texts(surroundings(FakeHistory(messages[:1]), _hit(messages[0]), _SPACE)) == ([], "first", [])


def test_a_message_that_is_gone_since_it_was_found_is_shown_where_it_was() -> None:
    messages = _talk("first", "needle", "third")
    history = FakeHistory([messages[0], messages[2]])
    assert _texts(surroundings(history, _hit(messages[1]), _SPACE)) == (["first"], "needle", ["third"])


def test_whom_one_does_not_want_to_hear_is_not_heard_here_either() -> None:
    messages = [said(who, f"{who} {at}", at, at) for at, who in enumerate(["bob", "eve", "eve", "bob", "eve", "bob"])]
    history = Unmuted(FakeHistory(messages), {feed_of("eve")})
    assert _texts(surroundings(history, _hit(messages[3]), _SPACE)) == (["bob 0"], "bob 3", ["bob 5"])


def test_of_a_long_text_the_beginning_is_read_and_of_the_one_that_was_found_the_part_in_which_it_was() -> None:
    long = "some words that go on and on " * 500
    messages = _talk(long, f"{long} a needle in it {long}", long)
    before, found, after = _texts(surroundings(FakeHistory(messages), _hit(messages[1]), _SPACE))
    assert before == after == ["some words that go on and on some words…"]
    assert found.startswith("…")
    assert found.endswith("…")
    assert "a needle in it" in found
    assert len(found) <= 4 * 20


def test_many_short_lines_are_a_long_text_too() -> None:
    lines = [f"line {number}" for number in range(1000)]
    lines[700] = "needle"
    messages = _talk("\n".join(lines), "\n".join(lines))
    before, found, _ = _texts(surroundings(FakeHistory(messages), _hit(messages[1]), _SPACE))
    assert before == ["line 0\nline 1…"]
    assert found == "…line 699\nneedle\nline 701\nline 702…"


def test_a_short_text_stays_as_it_is() -> None:
    messages = _talk("short", "    indented\nneedle\n\n", "short")
    around = surroundings(FakeHistory(messages), _hit(messages[1]), _SPACE)
    assert [*around.before, around.found, *around.after] == messages


def test_an_action_and_a_right_to_left_text_are_cut_like_any_other() -> None:
    message = said("eve", "שלום עולם " * 500 + " needle " + "שלום עולם " * 500)
    message = Message(message.position, message.record._replace(is_action=True))
    found = surroundings(FakeHistory([message]), _hit(message), _SPACE).found
    assert found.record.is_action
    assert found.text[0] == "\N{FIRST STRONG ISOLATE}"
    assert found.text[-1] == "\N{POP DIRECTIONAL ISOLATE}"
    assert hits(found.text, _hit(message).query)


@pytest.mark.parametrize("accents", ["e\u0301" * 200, "👍🏽" * 200, "कि" * 200], ids=["accent", "skin", "vowel"])
def test_a_letter_is_not_cut_from_what_belongs_to_it(accents: str) -> None:
    for width in range(5, 30):
        shown = part(accents, 0, 2, width)
        assert accents.startswith(shown.removesuffix("…"))
        assert accents[len(shown) - 1] == accents[0]


@given(
    text=st.text(st.sampled_from("ab  \nñ\u0301ש中🎉"), min_size=1, max_size=400),
    at=st.floats(0, 1, exclude_max=True),
    rows=st.integers(1, 8),
    width=st.integers(2, 20),
)
def test_a_part_holds_its_place_takes_no_more_than_its_space_and_is_marked_where_it_is_cut(
    text: str, at: float, rows: int, width: int
) -> None:
    place = int(at * len(text))
    shown = part(text, place, rows, width)
    kept = shown.removeprefix("…").removesuffix("…")
    starts = [start for start in range(len(text)) if text.startswith(kept, start)]
    assert text[place].isspace() or any(start <= place < start + len(kept) for start in starts)
    assert shown == text or len(kept) <= rows * (width + 1)
    assert shown == text or kept.count("\n") < rows
    assert "…" in shown or shown.strip() == text.strip()

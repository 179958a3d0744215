"""The part of a message in which something was found."""

# ruff: noqa: RUF001 (letters of many scripts)

from datetime import UTC, date

import pytest

from multichat.limits import TEXT_LENGTH_MAX
from multichat.model.excerpt import Excerpt, excerpt
from multichat.model.query import Query
from multichat.model.text import sanitise_text


def _excerpt(text: str, query: str, length: int = 1000) -> Excerpt:
    parsed = Query.parse(query, today=date(2024, 5, 31), zone=UTC)
    return excerpt(sanitise_text(text, TEXT_LENGTH_MAX), parsed, length)


def _marked(found: Excerpt) -> list[str]:
    return [found.text[start:end] for start, end in found.spans]


@pytest.mark.parametrize(
    ("text", "query", "marked"),
    [
        ("Hello, world", "world hello ", ["Hello", "world"]),
        ("hello Hello HELLO", "hello ", ["hello", "Hello", "HELLO"]),
        ("Cafe\u0301, café, CAFE", "café ", ["Cafe\u0301", "café", "CAFE"]),
        ("helpful help held", "help", ["helpful", "help"]),
        ("helpful help", "help ", ["help"]),
        ("one two, two three one\ntwo", '"one two"', ["one two", "one two"]),
        ("a b a b a", '"a b a"', ["a b a b a"]),
        ("don't you dont don t", "don't ", ["don't", "don t"]),
        ("in 中国人民 and 中国", "中国", ["中国", "中国"]),
        ("国中国", "国 中", ["国", "中", "国"]),
        ("ผมกินข้าว", "กิน", ["กิน"]),
        ("nice 👍🏽👍!", "👍", ["👍🏽", "👍"]),
        ("abc", "xyz", []),
        ("abc", "from:abc", []),
        ("abc xyz", "abc -xyz", ["abc"]),
        ("שלום עולם", "עולם", ["עולם"]),
        ("hello\nשלום עולם\nhello", "עולם hello ", ["hello", "עולם", "hello"]),
    ],
)
def test_every_hit_is_marked(text: str, query: str, marked: list[str]) -> None:
    assert _marked(_excerpt(text, query)) == marked


def test_a_short_text_is_whole_and_on_one_line() -> None:
    assert _excerpt("  one\ntwo\tthree ", "two ") == Excerpt(sanitise_text("one two    three", 99), ((4, 7),))


def test_a_long_text_is_cut_around_the_first_hit_and_between_words() -> None:
    text = "some words come first, then there is a needle in all of this hay, and one more needle"
    assert _excerpt(text, "needle ", 40).text == "…is a needle in all of this hay, and on…"
    assert _marked(_excerpt(text, "needle ", 40)) == ["needle"]
    assert _excerpt(text, "some ", 20).text == "some words come fir…"
    assert _excerpt(text, "hay ", 30).text == "…this hay, and one more needle"
    assert _excerpt(text, "from:anna", 20).text == "some words come fir…"


def test_a_hit_that_is_cut_is_marked_as_far_as_it_is_shown() -> None:
    found = _excerpt("x " * 50 + "needle" * 10 + " y" * 50, "needle", 12)
    assert found.text == "…x needlene…"
    assert found.spans == ((3, 11),)


def test_a_part_of_a_line_from_right_to_left_keeps_it_from_moving_others() -> None:
    found = _excerpt("שלום " * 30 + "עולם " * 30, "עולם", 30)
    assert found.text[0] == "\N{FIRST STRONG ISOLATE}"
    assert found.text[-1] == "\N{POP DIRECTIONAL ISOLATE}"
    assert found.text.count("\N{FIRST STRONG ISOLATE}") == 1
    assert set(_marked(found)) >= {"עולם"}


def test_a_letter_is_not_cut_from_its_accents() -> None:
    text = "e\u0301" * 40 + " needle " + "e\u0301" * 40
    for length in range(3, 60):
        shown = _excerpt(text, "needle ", length).text
        assert "needle"[: length - 2] in shown
        assert not shown.startswith("…\u0301")
        assert not shown.endswith("e…") or length < 10

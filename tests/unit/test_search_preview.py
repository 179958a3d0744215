"""How the surroundings of a message that was found are laid out on a screen of some height."""

from itertools import accumulate

from hypothesis import given
from hypothesis import strategies as st

from multichat.model.message import Message
from multichat.model.surroundings import Surroundings
from multichat.widgets.preview import lines_around
from multichat.widgets.viewport import Line
from tests.helpers.fake_conversation import NINE_O_CLOCK_MS, said
from tests.helpers.screen import MINUTE_MS

_DAY_MS = 24 * 60 * MINUTE_MS
_WIDTH = 20


def _around(messages: list[Message], at: int) -> Surroundings:
    return Surroundings(tuple(messages[:at]), messages[at], tuple(messages[at + 1 :]))


def _talk(*texts: str) -> list[Message]:
    return [said("bob", text, NINE_O_CLOCK_MS + number, number) for number, text in enumerate(texts)]


def _shown(lines: list[Line]) -> list[str]:
    """The texts of the rows; of the first line, which is for the day, and of other headings the sign of one."""
    return ["--" if line.row < 0 or not at else line.block.rows[line.row] for at, line in enumerate(lines)]


def test_a_third_of_the_lines_is_for_what_was_before() -> None:
    lines = lines_around(_around(_talk(*"abcdefghijklmnop"), 8), _WIDTH, 10)
    assert _shown(lines) == ["--", *"fghijklmn"]


def test_around_the_first_and_the_last_message_there_is_more_of_the_other_side() -> None:
    messages = _talk(*"abcdefghij")
    assert _shown(lines_around(_around(messages, 0), _WIDTH, 6)) == ["--", *"abcde"]
    assert _shown(lines_around(_around(messages, 9), _WIDTH, 6)) == ["--", *"fghij"]


def test_a_short_history_is_shown_whole_below_the_line_of_its_day() -> None:
    assert _shown(lines_around(_around(_talk(*"abc"), 1), _WIDTH, 10)) == ["--", *"abc"]


def test_what_was_before_gives_way_to_a_long_message_that_was_found() -> None:
    messages = _talk("a", "b", "c", "1\n2\n3\n4\n5\n6", "d", "e")
    assert _shown(lines_around(_around(messages, 3), _WIDTH, 8)) == ["--", "c", *(f"{n}\n" for n in range(1, 6)), "6"]
    assert _shown(lines_around(_around(messages, 3), _WIDTH, 4)) == ["--", "1\n", "2\n", "3\n"]


def test_an_author_is_named_once_but_for_the_one_of_the_message_that_was_found() -> None:
    messages = [
        said(who, "text", NINE_O_CLOCK_MS + at, at) for at, who in enumerate(["eve", "bob", "bob", "bob", "eve"])
    ]
    lines = lines_around(_around(messages, 2), _WIDTH, 10)
    assert [line.block.named for line in lines if line.row == 0] == [True, True, True, False, True]


@given(
    texts=st.lists(st.sampled_from(["a", "a b c d e f g h i j k l", "1\n2\n3", "中国" * 20]), min_size=1, max_size=30),
    days=st.lists(st.integers(0, 1), min_size=30, max_size=30),
    place=st.floats(0, 1, exclude_max=True),
    height=st.integers(2, 25),
)
def test_the_message_that_was_found_begins_below_the_line_of_the_day_and_the_screen_is_full(
    texts: list[str], days: list[int], place: float, height: int
) -> None:
    moments = [NINE_O_CLOCK_MS + day * _DAY_MS for day in accumulate(days)]
    messages = [said("bob", text, moment, seq) for seq, (text, moment) in enumerate(zip(texts, moments, strict=False))]
    around = _around(messages, int(place * len(messages)))
    lines = lines_around(around, _WIDTH, height)
    assert any(line.row == 0 and line.block.message == around.found for line in lines[1:])
    assert all(line.row >= 0 for line in lines[1:2])
    everything = lines_around(around, _WIDTH, 1000)
    start = everything.index(lines[0])
    assert lines == everything[start : start + len(lines)]
    assert lines[-1].row >= 0
    # A line is left free where the day changes in what would be the second or the last one.
    assert min(height, len(everything)) - len(lines) in {0, 1, 2}

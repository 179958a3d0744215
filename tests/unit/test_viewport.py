from hypothesis import given, settings
from hypothesis import strategies as st

from multichat.model.message import Message
from multichat.widgets.viewport import Viewport
from multichat.widgets.window import Window
from tests.helpers.fake_conversation import NINE_O_CLOCK_MS, FakeHistory, said

HOUR_MS = 3_600_000
HEIGHT = 6
WIDTH = 20


def talk(count: int) -> list[Message]:
    """Messages of one to four rows, five to a day."""
    return [
        said("bob", f"{number} " + "words " * (number % 12), number * 5 * HOUR_MS, number) for number in range(count)
    ]


def open_viewport(count: int, *, page_size: int = 10) -> tuple[Viewport, Window, FakeHistory]:
    history = FakeHistory(talk(count))
    window = Window(history, page_size)
    viewport = Viewport(window)
    viewport.resize(WIDTH, HEIGHT)
    return viewport, window, history


def shown(viewport: Viewport) -> list[str]:
    return ["day" if row < 0 else block.rows[row] for block, row in viewport.lines()]


def arrive(window: Window, history: FakeHistory, *messages: Message) -> None:
    history.messages = FakeHistory([*history.messages, *messages]).messages
    window.insert(messages)


def whole(history: FakeHistory) -> list[str]:
    """Every line of the conversation, laid out in one piece."""
    viewport = Viewport(Window(history, 10_000))
    viewport.resize(WIDTH, 1_000_000)
    return shown(viewport)


def test_the_end_is_shown_at_first() -> None:
    viewport, _, history = open_viewport(30)
    assert viewport.following
    assert shown(viewport) == whole(history)[-HEIGHT:]


def test_scrolling_up_to_the_start_and_down_again_shows_every_line_in_order() -> None:
    viewport, _, history = open_viewport(60)
    lines = whole(history)
    for top in range(len(lines) - HEIGHT - 1, -1, -1):
        viewport.scroll(-1)
        assert shown(viewport) == lines[top : top + HEIGHT]
    viewport.scroll(-1)
    assert shown(viewport) == lines[:HEIGHT]
    for top in range(3, len(lines) - HEIGHT, 3):
        viewport.scroll(3)
        assert shown(viewport) == lines[top : top + HEIGHT]
    viewport.scroll(1000)
    assert viewport.following


def test_the_start_is_one_step_away() -> None:
    viewport, _, history = open_viewport(200)
    viewport.go_to_start()
    assert shown(viewport) == whole(history)[:HEIGHT]
    assert not viewport.following


def test_the_end_is_one_step_away() -> None:
    viewport, _, history = open_viewport(200)
    viewport.go_to_start()
    viewport.follow()
    assert shown(viewport) == whole(history)[-HEIGHT:]


def test_a_short_conversation_cannot_be_scrolled() -> None:
    viewport, _, _ = open_viewport(1)
    viewport.scroll(-5)
    assert viewport.following
    viewport.go_to_start()
    assert len(shown(viewport)) == 2
    assert viewport.following


def test_an_empty_conversation_has_no_lines() -> None:
    viewport, _, _ = open_viewport(0)
    viewport.scroll(-1)
    viewport.go_to_start()
    viewport.follow()
    assert shown(viewport) == []


def test_a_new_width_keeps_the_text_at_the_top() -> None:
    viewport, _, _ = open_viewport(60)
    viewport.scroll(-40)
    before = shown(viewport)
    viewport.resize(11, HEIGHT)
    narrow = viewport.lines()[0]
    viewport.resize(WIDTH, HEIGHT)
    assert shown(viewport) == before
    assert viewport.lines()[0].block.message == narrow.block.message


def test_the_line_of_a_day_makes_room_for_an_earlier_message_of_that_day() -> None:
    viewport, window, history = open_viewport(60)
    while viewport.lines()[0].row >= 0:
        viewport.scroll(-1)
    day_of = viewport.lines()[0].block.message
    before = shown(viewport)
    arrive(window, history, said("eve", "earlier", day_of.timestamp_ms - 60_000, 0))
    assert shown(viewport) == ["earlier", *before[1:]]


def test_somebody_who_goes_on_is_not_named_again() -> None:
    minute_ms = 60_000
    history = FakeHistory(
        said(who, text, NINE_O_CLOCK_MS + minute * minute_ms, minute)
        for who, text, minute in [("bob", "a", 0), ("bob", "b", 1), ("eve", "c", 2), ("bob", "d", 3), ("bob", "e", 20)]
    )
    viewport = Viewport(Window(history))
    viewport.resize(WIDTH, 10)
    named = [block.message.text for block, row in viewport.lines() if row == 0 and block.named]
    assert named == ["a", "c", "d", "e"]


@settings(max_examples=50)
@given(up=st.integers(-60, -1), times_ms=st.lists(st.integers(0, 60 * 5 * HOUR_MS), max_size=30), at_once=st.booleans())
def test_the_first_line_stays_whatever_arrives(*, up: int, times_ms: list[int], at_once: bool) -> None:
    viewport, window, history = open_viewport(60)
    viewport.scroll(up)
    before = viewport.lines()
    late = [said("eve", f"late {number}", time_ms, number) for number, time_ms in enumerate(times_ms)]
    first, last = before[0].block.message.position, before[-1].block.message.position
    elsewhere = [message for message in late if not first < message.position < last]
    arrive(window, history, *elsewhere)
    if at_once:
        viewport.reload()
    text_rows = [(line.block.message.position, line.row) for line in viewport.lines()]
    expected = [(line.block.message.position, line.row) for line in before]
    # Only the line of a day may give way, to a message of that day.
    assert [a for a, b in zip(text_rows, expected, strict=True) if b[1] >= 0 and a != b] == []

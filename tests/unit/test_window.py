from hypothesis import given
from hypothesis import strategies as st

from multichat.model.message import Message
from multichat.widgets.window import Window
from tests.helpers.fake_conversation import FakeHistory, said

PAGE = 5


def talk(count: int) -> list[Message]:
    return [said("bob", f"message {number}", 1_000 * number, number) for number in range(count)]


def texts(window: Window) -> list[str]:
    return [window[index].text for index in range(len(window))]


def check(window: Window, history: FakeHistory) -> None:
    """What is loaded is a stretch of the history without a gap, and the ends are known for what they are."""
    loaded = [window[index].position for index in range(len(window))]
    everything = [message.position for message in history.messages]
    start = everything.index(loaded[0]) if loaded else 0
    assert loaded == everything[start : start + len(loaded)]
    if window.reaches_start:
        assert start == 0
    if window.reaches_end:
        assert start + len(loaded) == len(everything)


def test_opening_reads_one_page() -> None:
    history = FakeHistory(talk(1000))
    window = Window(history, PAGE)
    assert texts(window) == [f"message {number}" for number in range(995, 1000)]
    assert history.read_count == PAGE


def test_a_short_history_is_known_to_be_whole() -> None:
    window = Window(FakeHistory(talk(3)), PAGE)
    assert window.reaches_start
    assert window.reaches_end


def test_the_first_page_is_loaded_at_once() -> None:
    history = FakeHistory(talk(1000))
    window = Window(history, PAGE)
    window.load_start()
    assert texts(window)[0] == "message 0"
    assert history.read_count == 2 * PAGE


def test_a_message_is_held_with_its_neighbours() -> None:
    history = FakeHistory(talk(100))
    window = Window(history, PAGE)
    index = window.hold(window[0].position, 20)
    assert window[index].text == "message 95"
    assert window[index - 20].text == "message 75"


def test_what_is_far_away_is_dropped() -> None:
    history = FakeHistory(talk(1000))
    window = Window(history, PAGE)
    position = window[0].position
    for _ in range(100):
        index = window.hold(position, PAGE)
        position = window[index - PAGE].position
    assert len(window) < 10 * PAGE
    assert not window.reaches_end
    check(window, history)


def test_a_late_message_goes_to_its_place() -> None:
    window = Window(FakeHistory(talk(3)), PAGE)
    window.insert([said("eve", "late", 1_500, 0)])
    assert texts(window) == ["message 0", "message 1", "late", "message 2"]


def test_a_message_outside_the_window_waits_until_it_is_reached() -> None:
    window = Window(FakeHistory(talk(100)), PAGE)
    window.insert([said("eve", "long ago", 1, 0)])
    assert "long ago" not in texts(window)


def test_it_is_told_which_of_many_belong_inside_the_window() -> None:
    window = Window(FakeHistory(talk(100)), PAGE)
    inside = said("eve", "a moment ago", window[1].position.timestamp_ms + 1, 1)
    after = said("eve", "now", window[-1].position.timestamp_ms + 1, 2)
    assert window.covered([said("eve", "long ago", 1, 0), inside, after]) == [inside, after]
    window.load_start()
    assert window.covered([inside, after]) == []


def test_a_message_that_a_page_brought_already_is_not_doubled() -> None:
    messages = talk(3)
    window = Window(FakeHistory(messages), PAGE)
    window.insert(messages)
    assert len(window) == 3


def test_the_first_message_of_all_arrives_in_an_empty_window() -> None:
    window = Window(FakeHistory(), PAGE)
    window.insert(talk(1))
    assert texts(window) == ["message 0"]


OPERATIONS = st.lists(
    st.one_of(
        st.tuples(st.sampled_from(["start", "end"]), st.just(0)),
        st.tuples(st.sampled_from(["hold", "around", "arrive"]), st.integers(0, 1_000_000)),
    ),
    max_size=40,
)


@given(st.integers(0, 40), OPERATIONS)
def test_whatever_happens_the_window_is_a_stretch_of_the_history(count: int, operations: list[tuple[str, int]]) -> None:
    history = FakeHistory(talk(count))
    window = Window(history, PAGE)
    for number, (operation, chosen) in enumerate(operations):
        apply(window, history, operation, chosen, number)
        check(window, history)


def apply(window: Window, history: FakeHistory, operation: str, chosen: int, number: int) -> None:
    if operation == "start":
        window.load_start()
    elif operation == "end":
        window.load_end()
    elif operation == "arrive":
        message = said("eve", "late", chosen % 50_000, number)
        history.messages = FakeHistory([*history.messages, message]).messages
        window.insert([message])
    elif len(window):
        position = window[chosen % len(window)].position
        if operation == "around":
            window.load_around(position)
        else:
            margin = chosen % 12
            index = window.hold(position, margin)
            assert window[index].position == position
            assert window.reaches_start or index >= margin
            assert window.reaches_end or len(window) - index > margin

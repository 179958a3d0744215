"""The conversation without those whom one does not want to hear."""

from hypothesis import given
from hypothesis import strategies as st

from multichat.model.message import Position
from multichat.model.muted import Unmuted
from tests.helpers.fake_conversation import FakeHistory, feed_of, said

_NAMES = ["bob", "eve", "dave"]


@given(
    authors=st.lists(st.sampled_from(_NAMES), max_size=60),
    muted=st.sets(st.sampled_from(_NAMES)),
    at=st.integers(-1, 61),
    count=st.integers(1, 20),
)
def test_pages_are_those_of_a_history_without_them(authors: list[str], muted: set[str], at: int, count: int) -> None:
    messages = [said(author, f"{number}", number, number) for number, author in enumerate(authors)]
    history = Unmuted(FakeHistory(messages), set(map(feed_of, muted)))
    wanted = FakeHistory(message for message in messages if message.feed not in set(map(feed_of, muted)))
    for position in (None, Position(at, b"", 0)):
        assert list(history.before(position, count)) == list(wanted.before(position, count))
        assert list(history.after(position, count)) == list(wanted.after(position, count))
    assert list(history.heard(messages)) == wanted.messages

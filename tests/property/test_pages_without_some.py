"""Pages of a timeline without some of the feeds are those of a timeline in which they had never been."""

from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given, settings
from hypothesis import strategies as st

from multichat.limits import CLOCK_AHEAD_MAX_MS
from multichat.model.message import Message, Position
from multichat.model.record import Record
from multichat.model.timeline import Timeline
from multifeed import Multifeed
from tests.helpers.feeds import key_pair

NOW_MS = 1_700_000_000_000
AUTHORS = 3
EVERYTHING = 1_000

_author = st.integers(0, AUTHORS - 1)
# Some at the same moment, and some that are held aside.
_time_ms = st.integers(NOW_MS - 10, NOW_MS) | st.integers(NOW_MS, NOW_MS + 2 * CLOCK_AHEAD_MAX_MS)


@settings(deadline=None)
@given(
    said=st.lists(st.tuples(_author, _time_ms), max_size=60),
    without=st.sets(_author),
    at=st.integers(0, 70),
    count=st.integers(1, 20),
)
def test_pages_without_some_feeds_are_full_and_in_order(
    said: list[tuple[int, int]], without: set[int], at: int, count: int
) -> None:
    with TemporaryDirectory() as name, Multifeed.open(Path(name) / "log.sqlite", value_encoding="cbor") as multi:
        authors = [multi.writer(f"author {number}", key_pair=key_pair(number)) for number in range(AUTHORS)]
        for author, time_ms in said:
            authors[author].append(Record("them", "text", time_ms).value())
        path = Path(name) / "view.sqlite"
        with closing(Timeline.open(path, multi, source=b"ours", clock_ms=lambda: NOW_MS)) as view:
            while view.advance() is not None:
                pass
            feeds = {authors[number].key for number in without}
            shown, aside = view.after(None, EVERYTHING), view.aside(None, EVERYTHING)
            for edge in (None, _position(shown, at)):
                wanted = [m for m in shown if m.feed not in feeds and (edge is None or m.position < edge)]
                assert list(view.before(edge, count, feeds)) == wanted[-count:]
                wanted = [m for m in shown if m.feed not in feeds and (edge is None or m.position > edge)]
                assert list(view.after(edge, count, feeds)) == wanted[:count]
            for edge in (None, _position(aside, at)):
                wanted = [m for m in aside if m.feed not in feeds and (edge is None or m.position > edge)]
                assert list(view.aside(edge, count, feeds)) == wanted[:count]
            heard = [message for message in aside if message.feed not in feeds]
            assert view.count_aside(feeds, count) == min(len(heard), count)


def _position(messages: Sequence[Message], at: int) -> Position | None:
    return messages[at].position if at < len(messages) else None

"""Authors whose clocks show anything, set back and forward as they write, and whose messages come in any order."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given, settings
from hypothesis import strategies as st

from multichat.limits import CLOCK_AHEAD_MAX_MS
from multichat.model.message import Position
from multichat.model.record import Record
from multichat.model.timeline import Timeline
from multifeed import Multifeed
from tests.helpers.feeds import copy_range

NOW_MS = 1_700_000_000_000
DAY_MS = 86_400_000
AUTHORS = 3
EVERYTHING = 1_000

Step = tuple[str, int, int]

_author = st.integers(0, AUTHORS - 1)
# Around the edge of what is held aside, within it, and far beyond.
_edge_ms = st.integers(CLOCK_AHEAD_MAX_MS - 2, CLOCK_AHEAD_MAX_MS + 2)
_wrong_ms = st.sampled_from([0, DAY_MS, -DAY_MS]) | _edge_ms | st.integers(-2 * DAY_MS, 2 * DAY_MS)
_steps = st.lists(
    st.tuples(st.just("write"), _author, st.just(0))
    | st.tuples(st.just("fetch oldest"), _author, _author)
    | st.tuples(st.just("fetch newest"), _author, _author)
    | st.tuples(st.just("set"), _author, _wrong_ms)
    | st.tuples(st.just("set and write"), _author, _wrong_ms)
    | st.tuples(st.just("look"), _author, st.just(0))
    | st.tuples(st.just("pass"), st.just(0), st.integers(0, 2) | st.integers(0, CLOCK_AHEAD_MAX_MS)),
    min_size=3,
    max_size=30,
)


class _Author:
    """A store, its timeline, and a clock that is wrong by `wrong_ms`."""

    def __init__(self, path: Path, stack: ExitStack) -> None:
        self.true_ms = NOW_MS
        self.wrong_ms = 0
        self.multi = stack.enter_context(Multifeed.open(path / "log.sqlite", value_encoding="cbor"))
        self.feed = self.multi.writer("own")
        view = Timeline.open(path / "view.sqlite", self.multi, source=b"own", clock_ms=lambda: self.clock_ms)
        self.view = stack.enter_context(closing(view))

    @property
    def clock_ms(self) -> int:
        return self.true_ms + self.wrong_ms

    def look(self) -> None:
        """As the program does before somebody writes, and every other second."""
        self.view.withdraw()
        self.view.release()

    def write(self) -> None:
        self.look()
        shown = self.shown()
        held_ms = [position.timestamp_ms for position in (*shown, *self.aside())]
        timestamp_ms = self.view.next_timestamp_ms()
        horizon_ms = self.clock_ms + CLOCK_AHEAD_MAX_MS
        assert all(position.timestamp_ms < timestamp_ms for position in shown)
        assert all(held < timestamp_ms for held in held_ms if held <= horizon_ms)
        assert self.clock_ms <= timestamp_ms <= horizon_ms + 1
        self.feed.append(Record("somebody", "something", timestamp_ms).value())
        self._advance()

    def fetch(self, other: "_Author", which: int) -> None:
        """Take over a block of somebody of those that are not here yet: the oldest for 0, the newest for -1."""
        copy = self.multi.candidate(other.feed.key)
        missing = [seq for seq in range(other.feed.length) if not copy.held.covers(seq, seq + 1)]
        if missing:
            copy_range(other.feed, copy, missing[which], missing[which] + 1)
            self._advance()

    def _advance(self) -> None:
        while self.view.advance() is not None:
            pass

    def shown(self) -> list[Position]:
        return [message.position for message in self.view.after(None, EVERYTHING)]

    def aside(self) -> list[Position]:
        return [message.position for message in self.view.aside(None, EVERYTHING)]


@contextmanager
def _authors(wrong_ms: Sequence[int]) -> Iterator[list[_Author]]:
    with TemporaryDirectory() as directory, ExitStack() as stack:
        authors = []
        for number, by_ms in enumerate(wrong_ms):
            (path := Path(directory) / str(number)).mkdir()
            authors.append(_Author(path, stack))
            authors[-1].wrong_ms = by_ms
        yield authors


def _take(authors: list[_Author], step: Step) -> None:
    kind, number, value = step
    author = authors[number]
    match kind:
        case "write":
            author.write()
        case "fetch oldest" if number != value:
            author.fetch(authors[value], 0)
        case "fetch newest" if number != value:
            author.fetch(authors[value], -1)
        case "set":
            author.wrong_ms = value
        case "set and write":
            author.wrong_ms = value
            author.write()
        case "look":
            author.look()
        case "pass":
            for each in authors:
                each.true_ms += value


@given(st.lists(_wrong_ms, min_size=AUTHORS, max_size=AUTHORS), _steps)
@settings(deadline=None)
def test_an_answer_never_sorts_above_what_was_seen_and_no_clock_drags_another_by_more_than_five_minutes(
    wrong_ms: list[int], steps: list[Step]
) -> None:
    with _authors(wrong_ms) as authors:
        for step in steps:
            _take(authors, step)
        for author in authors:
            for other in (other for other in authors if other is not author):
                for _ in range(other.feed.length):
                    author.fetch(other, 0)
            author.true_ms += 5 * DAY_MS
            author.look()
        orders = [author.shown() for author in authors]
        assert orders[0] == orders[1] == orders[2]
        assert len(orders[0]) == sum(author.feed.length for author in authors)
        assert not any(author.aside() for author in authors)

"""How fast a feed may grow, against any writer: no faster than everybody may, and everything comes in the end."""

from hypothesis import given
from hypothesis import strategies as st

from multifeed import RangeSet, limits
from multifeed.protocol.pace import Growth, Pace

_KEY = b"k" * 32
_ANSWER = limits.RANGE_LENGTH_MAX_BLOCKS
_RATE = limits.FEED_GROWTH_BLOCKS_PER_S
_AT_ONCE = int(limits.FEED_GROWTH_BURST_S * _RATE)

# When something is written: after so many seconds so many blocks.
_writings = st.lists(st.tuples(st.floats(0, 20), st.integers(1, 6000)), min_size=1, max_size=30)


class _Reader:
    """Takes of one feed what it may, an answer at a time, from whoever has all of it."""

    def __init__(self, *, is_history: bool = False, block: bytes = b"") -> None:
        self.pace = Pace()
        self.held = RangeSet()
        self.length = 0
        self.now_s = 0.0
        self.floods = 0
        self._is_history = is_history
        self._block = block

    def take(self, written: int) -> None:
        """Take what may be taken of a feed that is so long."""
        while (front := self.held.end) < min(written, self.pace.lengths_max.get(_KEY, written)):
            end = min(front + _ANSWER, written, self.pace.lengths_max.get(_KEY, written))
            earlier = self.held.copy()
            self.held.add(front, end)
            blocks = [self._block] * (end - front)
            growth = Growth(_KEY, self.length, earlier, written, self.held, front, blocks, self._is_history)
            self.length = written
            self.floods += self.pace.grew(growth, self.now_s)

    def pass_time(self, seconds: float, written: int) -> None:
        """Let time pass, and take what becomes due in it."""
        end_s = self.now_s + seconds
        while (due_s := self.pace.next_timeout_s()) is not None and due_s <= end_s:
            self.now_s = max(self.now_s, due_s)
            for key in self.pace.due(self.now_s):
                self.pace.go_on(key, self.held, self.now_s)
            self.take(written)
        self.now_s = end_s


@given(_writings)
def test_a_feed_never_grows_faster_than_it_may_and_comes_whole_in_the_end(writings: list[tuple[float, int]]) -> None:
    reader, written = _Reader(), 0
    for pause_s, count in writings:
        reader.pass_time(pause_s, written)
        written += count
        reader.take(written)
        assert reader.held.size <= _AT_ONCE + _RATE * (reader.now_s + limits.FEED_GROWTH_STEP_S) + _ANSWER
        # What comes late comes in order.
        assert reader.held.run_count == 1
    reader.pass_time(written / _RATE + limits.FEED_GROWTH_BURST_S, written)
    assert list(reader.held) == [(0, written)]
    assert not reader.pace.lengths_max
    assert reader.floods <= 1


@given(st.lists(st.tuples(st.integers(1, 200), st.floats(1, 2)), max_size=60))
def test_who_writes_no_faster_than_everybody_may_is_never_slowed(writings: list[tuple[int, float]]) -> None:
    reader, written = _Reader(), 0
    for count, slower in writings:
        written += count
        reader.take(written)
        assert reader.held.end == written
        reader.pass_time(slower * count / _RATE, written)
    assert reader.floods == 0


@given(st.lists(st.tuples(st.floats(0, 3), st.integers(1, 30_000)), min_size=1, max_size=10))
def test_what_there_was_before_one_came_is_never_slowed(claims: list[tuple[float, int]]) -> None:
    reader, written = _Reader(is_history=True), 0
    for pause_s, count in claims:
        reader.pass_time(pause_s, written)
        written += count
        reader.take(written)
        assert reader.held.end == written
    assert reader.floods == 0


@given(st.integers(20_000, limits.BLOCK_LENGTH_MAX_BYTES), st.integers(1, 400), st.floats(1, 400))
def test_large_blocks_are_counted_by_their_bytes(length: int, count: int, seconds: float) -> None:
    reader = _Reader(block=bytes(length))
    reader.take(1)
    for seq in range(1, count):
        reader.take(seq + 1)
    reader.pass_time(seconds, count)
    allowed_bytes = limits.FEED_GROWTH_BYTES_PER_S * (limits.FEED_GROWTH_BURST_S + seconds)
    step_bytes = limits.FEED_GROWTH_STEP_S * _RATE * length
    assert reader.held.size * length <= allowed_bytes + 2 * step_bytes

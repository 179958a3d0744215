"""Sets of seqs as runs. Pure; a feed of a million blocks without a gap is one run."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator


class RangeSet:
    """A set of non-negative integers, kept as sorted, disjoint, non-adjacent half-open ranges."""

    __slots__ = ("_ends", "_starts")

    def __init__(self, ranges: Iterable[tuple[int, int]] = ()) -> None:
        self._starts: list[int] = []
        self._ends: list[int] = []
        for start, end in ranges:
            self.add(start, end)

    def add(self, start: int, end: int) -> None:
        """Add every integer of [start, end); an empty range adds nothing."""
        if start >= end:
            return
        # Runs that touch [start, end) melt into it.
        first = bisect_left(self._ends, start)
        last = bisect_right(self._starts, end)
        if first < last:
            start = min(start, self._starts[first])
            end = max(end, self._ends[last - 1])
        self._starts[first:last] = [start]
        self._ends[first:last] = [end]

    def remove(self, start: int, end: int) -> None:
        """Take every integer of [start, end) out."""
        if start >= end:
            return
        first = bisect_right(self._ends, start)
        last = bisect_left(self._starts, end)
        if first >= last:
            return
        left, right = self._starts[first], self._ends[last - 1]
        rest = [(a, b) for a, b in ((left, start), (end, right)) if a < b]
        self._starts[first:last] = [a for a, _ in rest]
        self._ends[first:last] = [b for _, b in rest]

    def covers(self, start: int, end: int) -> bool:
        """Whether every integer of [start, end) is in the set."""
        if start >= end:
            return True
        run = bisect_right(self._starts, start) - 1
        return run >= 0 and end <= self._ends[run]

    def gaps(self, start: int, end: int) -> Iterator[tuple[int, int]]:
        """The ranges of [start, end) that are not in the set, from the left."""
        run = bisect_right(self._ends, start)
        while start < end:
            if run == len(self._starts) or self._starts[run] >= end:
                yield start, end
                return
            if start < self._starts[run]:
                yield start, self._starts[run]
            start = self._ends[run]
            run += 1

    def last_gap(self, start: int, end: int) -> tuple[int, int] | None:
        """The last range of [start, end) that is not in the set; None if there is none."""
        run = bisect_left(self._starts, end) - 1
        if run >= 0 and self._ends[run] >= end:
            end = self._starts[run]
            run -= 1
        if run >= 0:
            start = max(start, self._ends[run])
        return (start, end) if start < end else None

    def within(self, start: int, end: int) -> Iterator[tuple[int, int]]:
        """The ranges of [start, end) that are in the set, from the left."""
        if start >= end:
            return
        run = bisect_right(self._ends, start)
        while run < len(self._starts) and self._starts[run] < end:
            yield max(start, self._starts[run]), min(end, self._ends[run])
            run += 1

    def copy(self) -> "RangeSet":
        """A set of its own with the same members."""
        twin = RangeSet()
        twin._starts = self._starts.copy()
        twin._ends = self._ends.copy()
        return twin

    @property
    def end(self) -> int:
        """One more than the greatest member; 0 if there is none."""
        return self._ends[-1] if self._ends else 0

    @property
    def size(self) -> int:
        """How many members there are. Not `len`: `list` and `tuple` would make room for so many runs."""
        return sum(self._ends) - sum(self._starts)

    @property
    def run_count(self) -> int:
        """How many ranges the set is made of."""
        return len(self._starts)

    def __contains__(self, seq: int) -> bool:
        run = bisect_right(self._starts, seq) - 1
        return run >= 0 and seq < self._ends[run]

    def __iter__(self) -> Iterator[tuple[int, int]]:
        return zip(self._starts, self._ends, strict=True)

    def __bool__(self) -> bool:
        return bool(self._starts)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, RangeSet):
            return NotImplemented
        return self._starts == other._starts and self._ends == other._ends

    __hash__ = None  # type: ignore[assignment]  # it changes

    def __repr__(self) -> str:
        return f"RangeSet({list(self)})"

"""What has arrived above what was read: written earlier, and easily missed. Knows positions only."""

from bisect import bisect_left, bisect_right
from collections.abc import Collection, Iterable
from typing import Final

from multichat.model.message import Position

# A count nobody reads digit by digit; of more the newest are remembered, which are nearest to the reader.
LATE_MAX: Final = 9_999


class Late:
    """The positions of messages that arrived late and have not been seen yet."""

    def __init__(self) -> None:
        self._positions: list[Position] = []

    def __len__(self) -> int:
        return len(self._positions)

    def __contains__(self, position: object) -> bool:
        if not isinstance(position, tuple):
            return False
        index = bisect_left(self._positions, position)
        return self._positions[index : index + 1] == [position]

    def add(self, positions: Iterable[Position]) -> None:
        """Remember `positions`."""
        self._positions = sorted({*self._positions, *positions})
        del self._positions[:-LATE_MAX]

    def between(self, first: Position, last: Position) -> list[Position]:
        """Those from `first` to `last`."""
        return self._positions[bisect_left(self._positions, first) : bisect_right(self._positions, last)]

    def see(self, positions: Iterable[Position]) -> None:
        """These have been seen."""
        seen = set(positions)
        self._positions = [position for position in self._positions if position not in seen]

    def forget(self, feeds: Collection[bytes]) -> None:
        """What these have said is not to be seen."""
        self._positions = [position for position in self._positions if position.feed not in feeds]

    def next_after(self, position: Position | None) -> Position | None:
        """The first one after `position`, or else the first of all; None if there are none."""
        if not self._positions:
            return None
        index = 0 if position is None else bisect_right(self._positions, position)
        return self._positions[index % len(self._positions)]

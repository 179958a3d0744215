"""What has arrived below the screen since the reader scrolled up. Knows positions only."""

from bisect import bisect_left, bisect_right
from collections.abc import Collection, Sequence
from typing import Final

from multichat.model.message import Position

# A count nobody reads digit by digit; what is beyond it is not remembered.
UNSEEN_MAX: Final = 9_999

# Up to here, finding the place of each is quicker than sorting all again.
_FEW: Final = 16


class Unseen:
    """The positions of messages that have not been on the screen yet."""

    def __init__(self) -> None:
        self._positions: list[Position] = []

    def __len__(self) -> int:
        return len(self._positions)

    def __str__(self) -> str:
        return f"{UNSEEN_MAX:,}+" if len(self) > UNSEEN_MAX else f"{len(self):,}"

    def add(self, positions: Sequence[Position]) -> None:
        """Remember `positions`; of too many the first, which will be reached first."""
        if len(positions) > _FEW:
            self._positions = sorted({*self._positions, *positions})
        else:
            for position in positions:
                self._add_one(position)
        del self._positions[UNSEEN_MAX + 1 :]

    def see(self, position: Position) -> None:
        """Everything up to `position` has been on the screen."""
        del self._positions[: bisect_right(self._positions, position)]

    def forget(self, feeds: Collection[bytes]) -> None:
        """What these have said is not to be seen."""
        self._positions = [position for position in self._positions if position.feed not in feeds]

    def clear(self) -> None:
        """Everything has been on the screen."""
        self._positions.clear()

    def _add_one(self, position: Position) -> None:
        index = bisect_left(self._positions, position)
        if self._positions[index : index + 1] != [position]:
            self._positions.insert(index, position)

"""Where in a conversation the reader is.

Owns which line is at the top of the screen, or that the end is followed. The place is kept as a message and a character
of it, never as a count of lines, so nothing that arrives, is loaded or is wrapped anew can move what is being read, and
only what is near the screen is ever laid out. Knows nothing of styles.
"""

from typing import Final, NamedTuple

from multichat.model.message import Position
from multichat.widgets.block import Block, block_at
from multichat.widgets.window import Window
from multichat.widgets.wrapping import row_at

# Above the highest heading that a message can have.
_TOP_ROW: Final = -9


class Line(NamedTuple):
    """One line of the screen: a row of a block."""

    block: Block
    row: int


class Anchor(NamedTuple):
    """The character that the top line begins with; below 0, the row of a heading."""

    position: Position
    offset: int


class Place(NamedTuple):
    """A line as the window counts: which message, and how many lines below the top of its block."""

    at: int
    line: int


class Viewport:
    """A screen's height of lines in a window. Follows the end until it is scrolled up."""

    def __init__(self, window: Window) -> None:
        self._window = window
        self._anchor: Anchor | None = None
        self._text_width = 0
        self._height = 0
        # What has been laid out since the window was last held: nothing changes until then.
        self._blocks: dict[int, Block] = {}
        # The last message that one has read before: a line tells where one left off.
        self.left_off: Position | None = None

    @property
    def following(self) -> bool:
        """Whether what is added at the end is shown at once."""
        return self._anchor is None

    def resize(self, text_width: int, height: int) -> None:
        """Show `height` lines, texts wrapped to `text_width`."""
        self._text_width, self._height = text_width, height

    def follow(self) -> None:
        """Go to the end and stay there."""
        self._anchor = None
        if not self._window.reaches_end:
            self._window.load_end()

    def go_to_start(self) -> None:
        """Go to the very first message."""
        self._window.load_start()
        if len(self._window):
            self._anchor = Anchor(self._window[0].position, _TOP_ROW)

    def show(self, position: Position) -> None:
        """Bring a message onto the screen: as it is if it is there, else into the middle."""
        if any(line.block.message.position == position for line in self.lines()):
            return
        if not self._window.has(position):
            self._window.load_around(position)
        self._anchor = Anchor(position, 0)
        self.scroll(-(self._height // 2))

    def go_on(self, position: Position) -> None:
        """The reader wrote what is at `position`: right below where they left off, that is no place to come back to."""
        before = self._window.index(position) - 1
        if before >= 0 and self._window[before].position == self.left_off:
            self.left_off = None

    def scroll(self, lines: int) -> None:
        """Go down by `lines`, or up if they are negative, as far as there is anything."""
        if not len(self._window):
            return
        self._hold(abs(lines))
        place = self._top()
        place = self._above(place, -lines) if lines < 0 else self._below(place, lines)
        self._anchor = None if self._is_end(place) else self._anchor_at(place)

    def reload(self) -> None:
        """Read again what is around the place of the reader."""
        if self._anchor is None:
            self._window.load_end()
        else:
            self._window.load_around(self._anchor.position)
            self._anchor = self._anchor_near(self._anchor)

    def _anchor_near(self, anchor: Anchor) -> Anchor | None:
        """The anchor, or where its message is not there any more, the next one, or else the last."""
        if self._window.has(anchor.position) or not len(self._window):
            return anchor if len(self._window) else None
        index = min(self._window.index(anchor.position), len(self._window) - 1)
        return Anchor(self._window[index].position, 0)

    def lines(self) -> list[Line]:
        """What is on the screen, from its top; fewer lines than it is high if there are no more."""
        if not len(self._window) or self._height <= 0:
            return []
        self._hold(0)
        top = self._top()
        if self._anchor is not None and self._is_end(top):
            self._anchor, top = None, self._end_top()
        return self._lines_from(top)

    def _hold(self, lines: int) -> None:
        """Load enough that a walk of `lines` beyond the screen never meets an end that is not the history's."""
        position = self._window[-1].position if self._anchor is None else self._anchor.position
        self._window.hold(position, self._height + lines + 1)
        self._blocks.clear()

    def _block(self, index: int) -> Block:
        block = self._blocks.get(index)
        if block is None:
            block = self._blocks[index] = block_at(self._window, index, self._text_width, self.left_off)
        return block

    def _top(self) -> Place:
        if self._anchor is None:
            return self._end_top()
        index = self._window.index(self._anchor.position)
        block = self._block(index)
        offset = self._anchor.offset
        line = (offset if offset < 0 else row_at(block.rows, offset)) - block.first_row
        # The line of the day is no longer there if an earlier message of that day arrived.
        return Place(index, line) if line >= 0 else self._above(Place(index, 0), -line)

    def _anchor_at(self, place: Place) -> Anchor:
        block = self._block(place.at)
        row = place.line + block.first_row
        offset = row if row < 0 else sum(map(len, block.rows[:row]))
        return Anchor(block.message.position, offset)

    def _end_top(self) -> Place:
        last = len(self._window) - 1
        return self._above(Place(last, self._block(last).height), self._height)

    def _is_end(self, top: Place) -> bool:
        return self._window.reaches_end and top >= self._end_top()

    def _above(self, place: Place, lines: int) -> Place:
        index, line = place
        while lines > line:
            if index == 0:
                return Place(0, 0)
            lines -= line
            index -= 1
            line = self._block(index).height
        return Place(index, line - lines)

    def _below(self, place: Place, lines: int) -> Place:
        index, line = place[0], place[1] + lines
        while line >= (height := self._block(index).height):
            if index == len(self._window) - 1:
                return Place(index, height - 1)
            line -= height
            index += 1
        return Place(index, line)

    def _lines_from(self, top: Place) -> list[Line]:
        lines: list[Line] = []
        skipped = top.line
        for index in range(top.at, len(self._window)):
            block = self._block(index)
            first, last = block.first_row + skipped, len(block.rows)
            lines.extend(Line(block, row) for row in range(first, min(last, first + self._height - len(lines))))
            skipped = 0
            if len(lines) >= self._height:
                break
        return lines

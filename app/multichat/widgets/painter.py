"""A line of the conversation as coloured cells.

Owns the columns (time, name, text) and what is written in them. All text goes into segments as it is: nothing here
reads markup. Knows nothing of scrolling.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from multichat.model.message import Message
from multichat.widgets.block import DAY_ROW, Block
from multichat.widgets.clock import day_title, hour_and_minute, local_time, short_day_title
from multichat.widgets.colours import person_colour
from multichat.widgets.viewport import Line
from multichat.widgets.wrapping import WIDTH_MIN, drawable, reisolated, shorten

_OWN_MARK: Final = "\N{LEFT ONE QUARTER BLOCK}"
_RULE: Final = "\N{BOX DRAWINGS LIGHT HORIZONTAL}"
_TIME_WIDTH: Final = 5


@dataclass(frozen=True, slots=True)
class Columns:
    """Where things stand in a line: a margin, the time, the name up to its end, and the text."""

    margin: int
    name_width: int
    gap: int
    text_width: int

    @property
    def gutter_width(self) -> int:
        """How far from the edge the text begins."""
        return self.margin + _TIME_WIDTH + 1 + self.name_width + 1 + self.gap


def columns_for(width: int) -> Columns:
    """The columns of a line of `width` cells: names give way before the text does."""
    margin, name_width, gap = (0, 8, 1) if width < 60 else (1, 12, 2) if width < 100 else (1, 16, 2)
    gutter = Columns(margin, name_width, gap, 0).gutter_width
    return Columns(margin, name_width, gap, max(width - gutter - margin, WIDTH_MIN))


@dataclass(frozen=True, slots=True)
class Styles:
    """What the theme says about each part of a line."""

    text: Style
    time: Style
    own: Style
    day: Style
    selection: Style
    dark: bool


class Painter:
    """Paints lines of `width` cells."""

    def __init__(self, width: int, styles: Styles, is_own: Callable[[bytes], bool]) -> None:
        self._width = width
        self._styles = styles
        self._is_own = is_own
        self.columns = columns_for(width)

    def blank(self) -> Strip:
        """A line with nothing on it."""
        return Strip.blank(self._width, self._styles.text)

    def paint(self, line: Line, y: int, selected: tuple[int, int] | None, *, is_top: bool) -> Strip:
        """`line`, which is the one at `y`, with its characters in the range `selected` shown as such.

        The top of the screen says who is speaking and since when, even in the middle of a message.
        """
        if line.row == DAY_ROW:
            return self._day(line.block)
        text = Strip(self._text(line, selected)).apply_offsets(0, y)
        timed = is_top or line.row == 0
        gutter = self._gutter(line.block, timed=timed, named=is_top or (timed and line.block.named))
        return Strip([*gutter, *text]).adjust_cell_length(self._width, self._styles.text)

    def _day(self, block: Block) -> Strip:
        moment = local_time(block.message.timestamp_ms)
        title = f" {short_day_title(moment) if self._width < 60 else day_title(moment)} "
        rules = max(self._width - cell_len(title) - 2 * self.columns.margin, 0)
        left = _RULE * (rules // 2)
        line = f"{' ' * self.columns.margin}{left}{title}{_RULE * (rules - len(left))}"
        return Strip([Segment(line, self._styles.day)]).adjust_cell_length(self._width, self._styles.text)

    def _gutter(self, block: Block, *, timed: bool, named: bool) -> list[Segment]:
        styles, columns, message = self._styles, self.columns, block.message
        time = hour_and_minute(local_time(message.timestamp_ms)) if timed else ""
        is_own = self._is_own(message.feed)
        return [
            Segment(f"{' ' * columns.margin}{time:{_TIME_WIDTH}} ", styles.time),
            *self._name(message, shown=named),
            Segment((_OWN_MARK if is_own else " ").rjust(columns.gap), styles.own),
            Segment(" ", styles.text),
        ]

    def _name(self, message: Message, *, shown: bool) -> list[Segment]:
        width, text = self.columns.name_width, self._styles.text
        if not shown:
            return [Segment(" " * width, text)]
        name = shorten(drawable(message.nickname), width)
        colour = person_colour(message.feed, dark=self._styles.dark)
        return [Segment(" " * (width - cell_len(name)), text), Segment(name, text + Style(color=colour, bold=True))]

    def _text(self, line: Line, selected: tuple[int, int] | None) -> list[Segment]:
        row = reisolated(line.block.message.text, line.block.rows[line.row].rstrip())
        plain = self._styles.text
        if selected is None:
            return [Segment(row, plain)]
        start, end = selected[0], len(row) if selected[1] < 0 else selected[1]
        pieces = ((row[:start], plain), (row[start:end], self._styles.selection), (row[end:], plain))
        return [Segment(text, style) for text, style in pieces if text]

"""A line of the conversation as coloured cells.

Owns the columns (time, name, text) and what is written in them. All text goes into segments as it is: nothing here
reads markup. Knows nothing of scrolling.
"""

from collections.abc import Iterator
from functools import lru_cache
from itertools import pairwise
from typing import Final, NamedTuple

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from multichat.model.address import is_plain
from multichat.model.message import Message
from multichat.model.spans import links_in
from multichat.model.text import is_isolated, reisolated, unisolated
from multichat.widgets.block import Block, Heading
from multichat.widgets.clock import day_title, hour_and_minute, local_time, short_day_title
from multichat.widgets.colours import person_colour
from multichat.widgets.marks import Marks
from multichat.widgets.name_tag import NameStyles, name_at_right
from multichat.widgets.viewport import Line
from multichat.widgets.wrapping import WIDTH_MIN

_OWN_MARK: Final = "\N{LEFT ONE QUARTER BLOCK}"
_WAITING_MARK: Final = "\N{WHITE CIRCLE}"
_LATE_MARK: Final = "\N{LEFTWARDS ARROW}"
_RULE: Final = "\N{BOX DRAWINGS LIGHT HORIZONTAL}"
_TIME_WIDTH: Final = 5
_LEFT_OFF: Final = "new since you left off"
_SHORT_LEFT_OFF: Final = "new"

# Under this name the style of a link says where it leads.
LINK_META: Final = "url"

# What somebody does, beside what others say.
_ACTION: Final = Style(italic=True)


class Columns(NamedTuple):
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


class Styles(NamedTuple):
    """What the theme says about each part of a line."""

    text: Style
    time: Style
    own: Style
    day: Style
    selection: Style
    dark: bool
    # One's own name in what others say, and what waits for somebody to take it.
    mention: Style
    waiting: Style
    # What came too late to be read in its place.
    late: Style
    # Where one left off.
    new: Style
    # The message that is looked at closer.
    cursor: Style
    # That a key was checked.
    checked: Style = Style.null()


class Painter:
    """Paints lines of `width` cells."""

    def __init__(self, width: int, styles: Styles, marks: Marks) -> None:
        self._width = width
        self._styles = styles
        self._marks = marks
        self.columns = columns_for(width)

    def blank(self) -> Strip:
        """A line with nothing on it."""
        return Strip.blank(self._width, self._styles.text)

    def paint(self, line: Line, y: int, selected: tuple[int, int] | None, *, is_top: bool) -> Strip:
        """`line`, which is the one at `y`, with its characters in the range `selected` shown as such.

        The top of the screen says who is speaking and since when, even in the middle of a message.
        """
        if line.row < 0:
            return self._heading(line.block, line.row)
        plain = self._styles.text
        timed = is_top or line.row == 0
        segments = self._gutter(line.block, timed=timed, named=is_top or (timed and line.block.named))
        if line.block.message.position == self._marks.selected:
            plain += self._styles.cursor
            segments = list(Segment.apply_style(segments, post_style=self._styles.cursor))
        segments += self._text(line, y, selected, plain)
        # One strip for a line, made once: at a resize all of them are painted within a frame.
        left = self._width - sum(cell_len(segment.text) for segment in segments)
        if left < 0:
            return Strip(segments).adjust_cell_length(self._width)
        return Strip([*segments, Segment(" " * left, plain)] if left else segments, self._width)

    def _heading(self, block: Block, row: int) -> Strip:
        is_narrow = self._width < 60
        if block.heading(row) is Heading.DAY:
            moment = local_time(block.message.timestamp_ms)
            return self._rule(short_day_title(moment) if is_narrow else day_title(moment), self._styles.day)
        return self._rule(_SHORT_LEFT_OFF if is_narrow else _LEFT_OFF, self._styles.new)

    def _rule(self, title: str, style: Style) -> Strip:
        rules = max(self._width - cell_len(title) - 2 - 2 * self.columns.margin, 0)
        left = _RULE * (rules // 2)
        line = f"{' ' * self.columns.margin}{left} {title} {_RULE * (rules - len(left))}"
        return Strip([Segment(line, style)]).adjust_cell_length(self._width, self._styles.text)

    def _gutter(self, block: Block, *, timed: bool, named: bool) -> list[Segment]:
        message = block.message
        mark, mark_style = self._own_mark(message, is_first=timed)
        return _joined(
            [
                self._time(message, shown=timed),
                *self._name(message, shown=named),
                Segment(mark.rjust(self.columns.gap), mark_style),
                Segment(" ", self._styles.text),
            ]
        )

    def _time(self, message: Message, *, shown: bool) -> Segment:
        margin, width = " " * self.columns.margin, _TIME_WIDTH
        if not shown:
            return Segment(f"{margin}{'':{width}} ", self._styles.text)
        time = hour_and_minute(local_time(message.timestamp_ms))
        if message.position in self._marks.late:
            return Segment(f"{margin}{time:{width}}{_LATE_MARK}", self._styles.late)
        return Segment(f"{margin}{time:{width}} ", self._styles.time)

    def _own_mark(self, message: Message, *, is_first: bool) -> tuple[str, Style]:
        styles = self._styles
        if not self._marks.is_own(message.feed):
            return (_OWN_MARK, styles.text + styles.mention) if self._marks.mentions(message) else ("", styles.text)
        if is_first and self._marks.is_waiting(message.position):
            return _WAITING_MARK, styles.waiting
        return _OWN_MARK, styles.own

    def _name(self, message: Message, *, shown: bool) -> list[Segment]:
        width, text = self.columns.name_width, self._styles.text
        if not shown:
            return [Segment(" " * width, text)]
        calling = self._marks.calling(message)
        colour = person_colour(calling.root or message.feed, dark=self._styles.dark)
        styles = NameStyles(text + _name_style(colour), self._styles.time, text + self._styles.checked)
        return name_at_right(calling, width, styles, text)

    def _text(self, line: Line, y: int, selected: tuple[int, int] | None, plain: Style) -> list[Segment]:
        row = reisolated(line.block.message.text, line.block.rows[line.row].rstrip())
        spans = list(self._spans(line))
        if line.block.message.record.is_action:
            spans.append((0, len(row), _ACTION))
        if selected is not None:
            spans.append((selected[0], len(row) if selected[1] < 0 else selected[1], self._styles.selection))
        cuts = sorted({0, len(row), *(cut for start, end, _ in spans for cut in (start, end) if 0 < cut < len(row))})
        return [
            Segment(row[start:end], _style_at(start, spans, plain) + _at(start, y)) for start, end in pairwise(cuts)
        ]

    def _spans(self, line: Line) -> Iterator[tuple[int, int, Style]]:
        """What stands out in a row, counted as its characters are painted."""
        block = line.block
        text = unisolated(block.message.text)
        before = -sum(len(unisolated(row)) for row in block.rows[: line.row])
        # The mark that keeps its direction to itself comes first.
        before += is_isolated(block.message.text)
        for start, end, url in links_in(text):
            yield before + start, before + end, _link_style(url)
        for start, end in self._marks.mentions(block.message):
            yield before + start, before + end, self._styles.mention


def _joined(segments: list[Segment]) -> list[Segment]:
    """The same with what looks alike in one piece: each costs time again and again on its way to the terminal."""
    joined = segments[:1]
    for segment in segments[1:]:
        if segment.style is joined[-1].style:
            joined[-1] = Segment(joined[-1].text + segment.text, segment.style)
        else:
            joined.append(segment)
    return joined


@lru_cache(maxsize=256)
def _name_style(colour: str) -> Style:
    return Style(color=colour, bold=True)


@lru_cache(maxsize=256)
def _link_style(url: str) -> Style:
    # The terminal itself opens what it is told of, and asks nobody: one has to look first where the others lead.
    return Style(underline=True, link=url if is_plain(url) else None, meta={LINK_META: url})


@lru_cache(maxsize=1024)
def _at(x: int, y: int) -> Style:
    """What tells Textual which character of the text it is, for whoever selects it with the mouse."""
    return Style.from_meta({"offset": (x, y)})


def _style_at(at: int, spans: list[tuple[int, int, Style]], plain: Style) -> Style:
    style = plain
    for start, end, more in spans:
        if start <= at < end:
            style += more
    return style

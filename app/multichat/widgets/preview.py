"""The conversation around a message that was found, as the conversation itself shows it.

Owns how much of it is shown and where on the screen the message stands. Knows nothing of the search: it is told which
message was found, and reads what stands around it when it is told.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from itertools import islice
from typing import ClassVar, Final

from rich.segment import Segment
from rich.style import Style
from textual import message as textual_message
from textual.geometry import Size
from textual.strip import Strip
from textual.widget import Widget

from multichat.model.callings import Calling
from multichat.model.conversation import History
from multichat.model.excerpt import hits
from multichat.model.finder import Hit
from multichat.model.message import Message
from multichat.model.surroundings import Space, Surroundings, surroundings
from multichat.model.text import unisolated
from multichat.widgets.block import Block, Heading
from multichat.widgets.clock import local_time
from multichat.widgets.marks import Marks
from multichat.widgets.painter import Painter, Styles, columns_for
from multichat.widgets.viewport import Line
from multichat.widgets.wrapping import wrap
from multifeed.errors import StoreError

# Of each of those around it so much is shown at most, and so much less on a low screen that there is more than one.
_NEIGHBOUR_ROWS_MAX: Final = 3
_NEIGHBOUR_PART: Final = 5


@dataclass(slots=True)
class _Found(Marks):
    """The message that was found is selected; what was looked for stands out in it, and nothing else anywhere."""

    spans: tuple[tuple[int, int], ...] = ()

    def mentions(self, message: Message) -> tuple[tuple[int, int], ...]:
        return self.spans if message.position == self.selected else ()


class Preview(Widget):
    """A line that names the day, and below it what was said around the message that was found."""

    ALLOW_SELECT = False
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "preview--time",
        "preview--day",
        "preview--divider",
        "preview--found",
        "preview--checked",
        "preview--cursor",
    }

    class Refused(textual_message.Message):
        """Posted when the disk refuses what stands around it; `reason` says why."""

        def __init__(self, reason: str) -> None:
            super().__init__()
            self.reason = reason

    def __init__(self, history: History, calling: Callable[[Message], Calling]) -> None:
        """`calling` says what to call who has written a message."""
        super().__init__()
        self._history = history
        self._hit: Hit | None = None
        self._marks = _Found(calling=calling)
        self._lines: list[Line] | None = None
        self._painter: Painter | None = None
        # Of which size these are.
        self._prepared_for: Size | None = None

    def show(self, hit: Hit | None) -> None:
        """Show what was said around this one, from the next frame on; None shows nothing."""
        self._hit = hit
        self._lines = None
        self.refresh()

    def notify_style_update(self) -> None:
        """Paint in the colours of the theme."""
        super().notify_style_update()
        self._painter = None

    def render_line(self, y: int) -> Strip:
        """The line of the day, or one of the conversation."""
        painter, lines = self._prepared()
        if y >= len(lines):
            return painter.blank()
        return painter.paint(lines[y], y, None, is_top=y == 1) if y else self._divider(painter, lines[0])

    def _divider(self, painter: Painter, top: Line) -> Strip:
        """The line that divides it from what is above, and names the day of what follows."""
        strip = painter.paint(Line(top.block._replace(headings=(Heading.DAY,)), -1), 0, None, is_top=False)
        return Strip(Segment.apply_style(strip, post_style=self.get_component_rich_style("preview--divider")))

    def _prepared(self) -> tuple[Painter, list[Line]]:
        if self._prepared_for != self.size:
            # Asked of the size itself: the first frame of another size comes before the event that tells of it.
            self._prepared_for = self.size
            self._painter = self._lines = None
        if self._painter is None:
            self._painter = Painter(self.size.width, self._styles(), self._marks)
        if self._lines is None:
            self._lines = self._lay_out(self._hit, self.size.height) if self._hit is not None else []
        return self._painter, self._lines

    def _lay_out(self, hit: Hit, height: int) -> list[Line]:
        text_width = columns_for(self.size.width).text_width
        rows = min(max(height // _NEIGHBOUR_PART, 1), _NEIGHBOUR_ROWS_MAX)
        around = self._read(hit, Space(height, text_width, rows, found_rows=max(height * 2 // 3, 2)))
        self._marks.selected = around.found.position
        self._marks.spans = tuple(hits(unisolated(around.found.text), hit.query))
        return lines_around(around, text_width, height)

    def _read(self, hit: Hit, space: Space) -> Surroundings:
        try:
            return surroundings(self._history, hit, space)
        except StoreError as error:
            self.post_message(self.Refused(str(error)))
            return Surroundings((), hit.message, ())

    def _styles(self) -> Styles:
        plain, cursor = self.rich_style, self.get_component_rich_style("preview--cursor")
        return Styles(
            text=plain,
            time=self.get_component_rich_style("preview--time"),
            own=plain,
            day=self.get_component_rich_style("preview--day"),
            selection=plain,
            dark=self.app.current_theme.dark,
            mention=self.get_component_rich_style("preview--found", partial=True),
            waiting=plain,
            late=plain,
            new=plain,
            cursor=Style(bgcolor=cursor.bgcolor, reverse=cursor.reverse),
            checked=self.get_component_rich_style("preview--checked", partial=True),
        )


def lines_around(around: Surroundings, text_width: int, height: int) -> list[Line]:
    """The lines of a screen that is `height` high; the first is for the day, a third of the others for what was before.

    That is less where the message that was found needs the space, and more where there is nothing below it. On a screen
    of two lines or more, it begins on one that is not the first.
    """
    messages, at = [*around.before, around.found, *around.after], len(around.before)
    lines_of = partial(_lines_of, messages, at, text_width)
    upwards = (line for index in reversed(range(at)) for line in reversed(lines_of(index)))
    downwards = (line for index in range(at, len(messages)) for line in lines_of(index))
    above, below = list(islice(upwards, height)), list(islice(downwards, height))
    lead = min(1 + (height - 1) // 3, max(height - len(lines_of(at)), 1))
    lead = max(lead, height - len(below))
    lines = [*reversed(above[:lead]), *below]
    if len(lines) > 1 and lines[1].row < 0:
        # The day of what follows, which is what the first line is for.
        del lines[0]
    lines = lines[:height]
    # A day of which nothing follows is not named.
    return lines[:-1] if lines[-1].row < 0 else lines


def _lines_of(messages: Sequence[Message], found_at: int, text_width: int, index: int) -> list[Line]:
    message, previous = messages[index], messages[index - 1] if index else None
    is_first_of_day = previous is None or _day(previous) != _day(message)
    is_named = is_first_of_day or index == found_at or previous is None or _author(previous) != _author(message)
    block = Block(message, (Heading.DAY,) if is_first_of_day else (), is_named, wrap(message.text, text_width))
    return [Line(block, row) for row in range(block.first_row, len(block.rows))]


def _day(message: Message) -> date:
    return local_time(message.timestamp_ms).date()


def _author(message: Message) -> tuple[bytes, str]:
    return message.feed, message.nickname

"""The line between the conversation and the box: what went wrong, what is on its way, what is new further down.

Owns which of them gives way: what is on its way takes nothing from a notice, nor from the ways to what was missed; the
day that is being read is said where there is nothing else. Knows nothing of why.
"""

from collections.abc import Iterator
from typing import ClassVar, Final, NamedTuple

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.geometry import Offset, Size
from textual.message import Message
from textual.selection import Selection
from textual.strip import Strip
from textual.widget import Widget

from multichat.limits import LINE_LENGTH_MAX
from multichat.model.clocks import counted_aside, held_aside
from multichat.model.progress import Progress
from multichat.model.text import reisolated, sanitise_line, unisolated
from multichat.widgets.key_names import key_name
from multichat.widgets.wrapping import shorten, wrap

_SEPARATOR: Final = " \N{MIDDLE DOT} "

# A notice has so many rows.
_ROWS_MAX: Final = 3

# In less than this a notice is torn apart.
_NOTICE_WIDTH_MIN: Final = 20

# In place of a width, where nothing has been arranged.
_NEVER: Final = -1

# What can be clicked on, and how it looks under the pointer.
_WAYS: Final = frozenset({"late", "below"})
_HOVERED: Final = Style(underline=True)


class _Arrangement(NamedTuple):
    """What stands in the line: on the left rows that look like `kind`, at the right of the first of them the rest.

    The rows say `said`, or as much of it as there is space for.
    """

    kind: str = "notice"
    said: str = ""
    rows: tuple[str, ...] = ()
    progress: str = ""
    late: str = ""
    below: str = ""

    @property
    def right(self) -> list[tuple[str, str]]:
        """What stands on the right: of which kind it is, and the text."""
        parts = (("progress", self.progress), ("late", self.late), ("below", self.below))
        return [(kind, text) for kind, text in parts if text]


class StatusLine(Widget):
    """A notice or an error on the left, the ways to what was missed on the right, between them what is on its way."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "status--notice",
        "status--error",
        "status--faint",
        "status--progress",
        "status--late",
        "status--below",
    }

    class EndRequested(Message):
        """Posted when somebody clicks on the way to the end."""

    class LateRequested(Message):
        """Posted when somebody clicks on the way to what arrived late."""

    def __init__(self) -> None:
        super().__init__()
        self._notice = ""
        self._is_error = False
        self._details = ""
        self._progress = Progress()
        self._aside = 0
        self._late = 0
        self._below: tuple[str, str] | None = None
        self._arranged = (_NEVER, _Arrangement())
        # The way that the pointer is on.
        self._hovered = ""

    @property
    def notice(self) -> str:
        """What is said on the left, whether or not there is space for all of it."""
        return unisolated(self._arrangement().said)

    @property
    def progress(self) -> str:
        """What is said of what is on its way."""
        return self._arrangement().progress

    @property
    def late(self) -> str:
        """The way to what arrived late, if there is any."""
        return self._arrangement().late

    @property
    def below(self) -> str:
        """The way to what is further down, if one does not see it."""
        return self._arrangement().below

    def show_notice(self, text: str) -> None:
        """Show `text` until the next one or until it is cleared."""
        self._show(text, is_error=False)

    def show_error(self, text: str) -> None:
        """Like a notice, for what the user asked for and did not get."""
        self._show(text, is_error=True)

    def clear(self) -> None:
        """Show no notice and no error."""
        self._show("", is_error=False)

    def clear_error(self) -> None:
        """Show no error; a notice stays."""
        if self._is_error:
            self.clear()

    def show_details(self, text: str) -> None:
        """Show what is to be told of a message, in place of a notice."""
        self._details = sanitise_line(text, LINE_LENGTH_MAX)
        self._arrange()

    def clear_details(self) -> None:
        """Look at no message any more; a notice is there again."""
        self._details = ""
        self._arrange()

    def show_missing(self, missing: int) -> None:
        """Show how much of what others have said has come and how much, `missing`, is still to come."""
        self._progress.told(missing)
        self._arrange()

    def show_aside(self, count: int) -> None:
        """Show, where nothing else is said, how many messages are held aside."""
        self._aside = count
        self._arrange()

    def show_late(self, count: int) -> None:
        """Show how many messages arrived above what had been read."""
        if count != self._late:
            self._late = count
            self._arrange()

    def show_below(self, what: str, day: str) -> None:
        """Show `what` is further down, and of which `day` the screen is."""
        self._below = (what, day)
        self._arrange()

    def hide_below(self) -> None:
        """The end is on the screen."""
        self._below = None
        self._arrange()

    # --- what Textual asks ---

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:  # noqa: ARG002 - Textual's signature
        """As many rows as the notice needs, and one where there is none."""
        return max(len(self._arrangement(width).rows), 1)

    def render_line(self, y: int) -> Strip:
        """A row of the notice; the first with the rest at its right."""
        width, plain = self.size.width, self.rich_style
        arrangement = self._arrangement()
        left = self._left(arrangement, y)
        if y > 0 or not arrangement.right:
            return left.adjust_cell_length(width, plain)
        left = left.adjust_cell_length(width - sum(_width(text) for _, text in arrangement.right), plain)
        return Strip([*left, *self._right(arrangement)]).adjust_cell_length(width, plain)

    def get_selection(self, selection: Selection) -> tuple[str, str] | None:
        """What is selected of the notice."""
        return selection.extract("\n".join(row.rstrip() for row in self._arrangement().rows)), "\n"

    def selection_updated(self, selection: Selection | None) -> None:  # noqa: ARG002 - it is asked for when painting
        """Show what is selected now."""
        self.refresh()

    def on_click(self, event: events.Click) -> None:
        """Go where a way leads."""
        way = self._way_at(event.get_content_offset(self))
        if way:
            event.stop()
            self.post_message(self.EndRequested() if way == "below" else self.LateRequested())

    def on_mouse_move(self, event: events.MouseMove) -> None:
        """Show that it is a way."""
        self._hover(self._way_at(event.get_content_offset(self)))

    def on_leave(self) -> None:
        """The pointer is elsewhere."""
        self._hover("")

    # --- inside ---

    def _show(self, text: str, *, is_error: bool) -> None:
        # Names, paths, addresses and what an error quotes may be in it.
        self._notice, self._is_error = sanitise_line(text, LINE_LENGTH_MAX), is_error
        # Whatever happens is more urgent than what one looks at.
        self._details = ""
        self._arrange()

    def _left(self, arrangement: _Arrangement, y: int) -> Strip:
        if y >= len(arrangement.rows):
            return Strip([])
        row = arrangement.rows[y].rstrip()
        style = self.get_component_rich_style(f"status--{arrangement.kind}")
        selection = self.text_selection
        span = None if selection is None else selection.get_span(y)
        if span is None:
            return Strip([Segment(row, style)]).apply_offsets(0, y)
        start, end = span[0], len(row) if span[1] < 0 else span[1]
        selected = style + self.screen.get_component_rich_style("screen--selection")
        segments = [Segment(row[:start], style), Segment(row[start:end], selected), Segment(row[end:], style)]
        return Strip(segments).apply_offsets(0, y)

    def _right(self, arrangement: _Arrangement) -> Iterator[Segment]:
        for kind, text in arrangement.right:
            style = self.get_component_rich_style(f"status--{kind}")
            yield Segment(" ", self.rich_style)
            yield Segment(text, style + _HOVERED if kind == self._hovered else style)

    def _way_at(self, offset: Offset | None) -> str:
        """Which way is there, if any."""
        if offset is None or offset.y > 0:
            return ""
        end = self.size.width
        for kind, text in reversed(self._arrangement().right):
            if end - cell_len(text) <= offset.x < end:
                return kind if kind in _WAYS else ""
            end -= _width(text)
        return ""

    def _hover(self, way: str) -> None:
        if way != self._hovered:
            self._hovered = way
            self.refresh()

    def _arrange(self) -> None:
        """See what is to be said by now; the screen is laid out anew only where that takes more rows, or fewer."""
        width, before = self._arranged
        self._arranged = (_NEVER, before)
        after = self._arrangement(max(width, 0))
        if after != before:
            self.refresh(layout=len(after.rows) != len(before.rows))

    def _arrangement(self, width: int | None = None) -> _Arrangement:
        """What there is space for in a line of `width` cells, or of as many as it has now."""
        width = self.size.width if width is None else width
        if width != self._arranged[0]:
            self._arranged = (width, self._arrangement_in(width))
        return self._arranged[1]

    def _arrangement_in(self, width: int) -> _Arrangement:
        late, below = self._late_text(width), self._below_text()
        progress = self._progress_text(width - _width(late) - _width(below))
        below = self._day_text(width - _width(late) - _width(progress) - _width(below)) + below
        left_width = width - _width(late) - _width(progress) - _width(below)
        aside = self._aside_text(left_width)
        kind = "faint" if self._details or aside else "error" if self._is_error else "notice"
        said = self._said or aside
        return _Arrangement(kind, said, _rows(said, left_width), progress, late, below)

    @property
    def _said(self) -> str:
        return self._details or self._notice

    def _progress_text(self, width: int) -> str:
        """As much of it as takes nothing from what is said on the left, which may go on in further rows."""
        come, missing = self._progress.come, self._progress.missing
        if not missing:
            return ""
        short = f"{missing:,} to come"
        whole = f"{come:,} {'has' if come == 1 else 'have'} come{_SEPARATOR}{short}" if come else short
        for text, rows_max in ((whole, 1), (short, 1), (short, _ROWS_MAX)):
            if self._leaves_notice(width - _width(text), rows_max):
                return text
        return ""

    def _leaves_notice(self, width: int, rows_max: int) -> bool:
        if not self._said:
            return width >= 0
        width_min = min(cell_len(self._said), _NOTICE_WIDTH_MIN)
        return width >= width_min and len(wrap(self._said, width)) <= rows_max

    def _aside_text(self, width: int) -> str:
        """As much of it as fits into a row that is free."""
        if self._said or not self._aside:
            return ""
        shows = f"/ahead shows {'it' if self._aside == 1 else 'them'}"
        short = f"{counted_aside(self._aside)} held aside{_SEPARATOR}/ahead"
        texts = (f"{held_aside(self._aside)}{_SEPARATOR}{shows}", short)
        return next((text for text in texts if cell_len(text) <= width), "")

    def _late_text(self, width: int) -> str:
        if not self._late:
            return ""
        messages = "1 earlier message" if self._late == 1 else f"{self._late:,} earlier messages"
        what = f"{self._late:,} earlier" if width < 60 else f"{messages} arrived"
        return self._with_key(what, "conversation.earlier")

    def _below_text(self) -> str:
        return "" if self._below is None else self._with_key(self._below[0], "conversation.last")

    def _day_text(self, width: int) -> str:
        day = "" if self._below is None or self._said else f"{self._below[1]}{_SEPARATOR}"
        return day if cell_len(day) <= width else ""

    def _with_key(self, what: str, identity: str) -> str:
        name = key_name(self.app, identity)
        return f"{what}{_SEPARATOR}{name}" if name else what


def _rows(text: str, width: int) -> tuple[str, ...]:
    """As many rows as a notice may have; the last says where there would be more."""
    if not text:
        return ()
    rows = [reisolated(text, row) for row in wrap(text, width)]
    if len(rows) > _ROWS_MAX:
        rows[_ROWS_MAX - 1 :] = [shorten("".join(rows[_ROWS_MAX - 1 :]), width)]
    return tuple(rows)


def _width(text: str) -> int:
    """How many cells `text` takes with the one before it; none if there is none."""
    return cell_len(text) + 1 if text else 0

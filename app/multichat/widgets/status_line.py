"""The line between the conversation and the box: what went wrong, what is on its way, what is new further down.

Owns which of them gives way: what is on its way takes nothing from a notice, nor from the ways to what was missed; the
day that is being read is said where there is nothing else. Knows nothing of why.
"""

from typing import Final

from rich.cells import cell_len
from textual import events
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.message import Message
from textual.widgets import Static

from multichat.limits import LINE_LENGTH_MAX
from multichat.model.clocks import counted_aside, held_aside
from multichat.model.progress import Progress
from multichat.model.text import sanitise_line
from multichat.widgets.key_names import key_name
from multichat.widgets.wrapping import wrap

_SEPARATOR: Final = " \N{MIDDLE DOT} "

# A notice has so many rows; the stylesheet says the same.
_ROWS_MAX: Final = 3

# In less than this a notice is torn apart.
_NOTICE_WIDTH_MIN: Final = 20


class _Way(Static):
    """Something to click on, that leads elsewhere."""

    class Clicked(Message):
        """Posted when one wants to go there."""

        def __init__(self, way: "_Way") -> None:
            super().__init__()
            self.way = way

    def on_click(self, event: events.Click) -> None:
        event.stop()
        self.post_message(self.Clicked(self))


class StatusLine(Horizontal):
    """A notice or an error on the left, the ways to what was missed on the right, between them what is on its way."""

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

    def compose(self) -> ComposeResult:
        """All parts, empty."""
        yield Static(id="notice", markup=False)
        yield Static(id="progress", markup=False)
        yield _Way(id="late", markup=False)
        yield _Way(id="below", markup=False)

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

    def on_resize(self) -> None:
        """See what there is space for."""
        self._arrange()

    def on_mount(self) -> None:
        """Begin with nothing to say."""
        self._arrange()

    def on__way_clicked(self, event: _Way.Clicked) -> None:
        """Pass it on as our own message."""
        event.stop()
        self.post_message(self.EndRequested() if event.way.id == "below" else self.LateRequested())

    def _show(self, text: str, *, is_error: bool) -> None:
        # Names, paths, addresses and what an error quotes may be in it.
        self._notice, self._is_error = sanitise_line(text, LINE_LENGTH_MAX), is_error
        # Whatever happens is more urgent than what one looks at.
        self._details = ""
        self._arrange()

    @property
    def _said(self) -> str:
        return self._details or self._notice

    def _arrange(self) -> None:
        notice = self.query_one("#notice", Static)
        notice.set_class(self._is_error and not self._details, "-error")
        notice.set_class(bool(self._details), "-details")
        late, below = self._late_text(), self._below_text()
        progress = self._progress_text(self.size.width - _width(late) - _width(below))
        below = self._day_text(self.size.width - _width(late) - _width(progress) - _width(below)) + below
        aside = self._aside_text(self.size.width - _width(late) - _width(progress) - _width(below))
        notice.set_class(bool(aside), "-aside")
        _put(notice, self._said or aside)
        for identity, text in (("progress", progress), ("late", late), ("below", below)):
            part = self.query_one(f"#{identity}", Static)
            part.display = bool(text)
            _put(part, text)

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

    def _late_text(self) -> str:
        if not self._late:
            return ""
        messages = "1 earlier message" if self._late == 1 else f"{self._late:,} earlier messages"
        what = f"{self._late:,} earlier" if self.size.width < 60 else f"{messages} arrived"
        return self._with_key(what, "conversation.earlier")

    def _below_text(self) -> str:
        return "" if self._below is None else self._with_key(self._below[0], "conversation.last")

    def _day_text(self, width: int) -> str:
        day = "" if self._below is None or self._said else f"{self._below[1]}{_SEPARATOR}"
        return day if cell_len(day) <= width else ""

    def _with_key(self, what: str, identity: str) -> str:
        name = key_name(self.app, identity)
        return f"{what}{_SEPARATOR}{name}" if name else what


def _put(part: Static, text: str) -> None:
    """Have it say `text`; the screen is laid out anew only if that is something else."""
    if part.content != text:
        part.update(text)


def _width(text: str) -> int:
    """How many cells `text` takes with the one before it; none if there is none."""
    return cell_len(text) + 1 if text else 0

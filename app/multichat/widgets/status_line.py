"""The line between the conversation and the box: what went wrong, what arrived earlier, what is new further down.

Owns which of them gives way: the day that is being read is not said beside a notice, and beside what is told of a
message that one looks at, nothing is. Knows nothing of why.
"""

from typing import Final

from textual import events
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.message import Message
from textual.widgets import Static

_SEPARATOR: Final = " \N{MIDDLE DOT} "


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
    """A notice or an error on the left, the ways to what was missed on the right."""

    class EndRequested(Message):
        """Posted when somebody clicks on the way to the end."""

    class LateRequested(Message):
        """Posted when somebody clicks on the way to what arrived late."""

    def __init__(self) -> None:
        super().__init__()
        self._notice = ""
        self._is_error = False
        self._details = ""
        self._late = 0
        self._below: tuple[str, str] | None = None

    def compose(self) -> ComposeResult:
        """All parts, empty."""
        yield Static(id="notice", markup=False)
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
        self._details = text
        self._arrange()

    def clear_details(self) -> None:
        """Look at no message any more; a notice is there again."""
        self._details = ""
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
        self._notice, self._is_error = text, is_error
        # Whatever happens is more urgent than what one looks at.
        self._details = ""
        self._arrange()

    def _arrange(self) -> None:
        notice = self.query_one("#notice", Static)
        notice.set_class(self._is_error and not self._details, "-error")
        notice.set_class(bool(self._details), "-details")
        notice.update(self._details or self._notice)
        late, below = self.query_one("#late", Static), self.query_one("#below", Static)
        late_text = _late_text(self._late, is_short=self.size.width < 60)
        late.display = self._late > 0
        late.update(late_text)
        below.display = self._below is not None
        if self._below is not None:
            what, day = self._below
            with_day = _SEPARATOR.join([day, what, "End"])
            has_space = len(with_day) + (len(late_text) if self._late else 0) + 4 <= self.size.width
            is_crowded = bool(self._notice or self._details) or not has_space
            below.update(_SEPARATOR.join([what, "End"]) if is_crowded else with_day)


def _late_text(count: int, *, is_short: bool) -> str:
    if is_short:
        return f"{count:,} earlier{_SEPARATOR}F4"
    messages = "1 earlier message" if count == 1 else f"{count:,} earlier messages"
    return f"{messages} arrived{_SEPARATOR}F4"

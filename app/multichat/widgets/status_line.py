"""The line between the conversation and the box: what went wrong, and what is new further down.

Owns which of the two gives way: the day that is being read is not said beside a notice. Knows nothing of why.
"""

from typing import Final

from textual import events
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.message import Message
from textual.widgets import Static

_SEPARATOR: Final = " \N{MIDDLE DOT} "


class _Below(Static):
    class Clicked(Message):
        """Posted when one wants to go down there."""

    def on_click(self, event: events.Click) -> None:
        event.stop()
        self.post_message(self.Clicked())


class StatusLine(Horizontal):
    """A notice or an error on the left, the way to the end on the right."""

    class EndRequested(Message):
        """Posted when somebody clicks on the way to the end."""

    def __init__(self) -> None:
        super().__init__()
        self._has_notice = False
        self._below: tuple[str, str] | None = None

    def compose(self) -> ComposeResult:
        """Both parts, empty."""
        yield Static(id="notice", markup=False)
        yield _Below(id="below", markup=False)

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
        if self.query_one("#notice").has_class("-error"):
            self.clear()

    def show_below(self, what: str, day: str) -> None:
        """Show `what` is further down, and of which `day` the screen is."""
        self._below = (what, day)
        self._arrange()

    def hide_below(self) -> None:
        """The end is on the screen."""
        self._below = None
        self._arrange()

    def on_mount(self) -> None:
        """Begin with nothing to say."""
        self._arrange()

    def on__below_clicked(self, event: _Below.Clicked) -> None:
        """Pass it on as our own message."""
        event.stop()
        self.post_message(self.EndRequested())

    def _show(self, text: str, *, is_error: bool) -> None:
        notice = self.query_one("#notice", Static)
        notice.set_class(is_error, "-error")
        notice.update(text)
        self._has_notice = bool(text)
        self._arrange()

    def _arrange(self) -> None:
        below = self.query_one("#below", Static)
        below.display = self._below is not None
        if self._below is not None:
            what, day = self._below
            below.update(_SEPARATOR.join([what, "End"] if self._has_notice else [day, what, "End"]))

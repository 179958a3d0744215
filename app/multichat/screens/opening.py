"""What is shown while a long history is put in order, before there is a conversation to show.

Owns how far it says that is. Does none of it.
"""

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.screen import Screen
from textual.widgets import ProgressBar, Static

from multichat.model.text import SafeText
from multichat.widgets.key_names import told_keys


class OpeningScreen(Screen[None]):
    """`left` of the messages of the room `name` are still to be put in order."""

    CSS_PATH = "opening.tcss"

    def __init__(self, name: SafeText, left: int) -> None:
        super().__init__()
        self._room_name = name
        self._total = self._left = left

    def compose(self) -> ComposeResult:
        """Which room, what is done, how far it is, and what one can do."""
        with Vertical():
            yield Static(self._room_name, id="title", markup=False)
            yield Static("Putting its history in order, once.", id="what")
            yield ProgressBar(self._total, show_eta=False)
            yield Static(id="left", markup=False)
            leaving = told_keys(self.app, ("program.quit", "quits; the rest can wait."))
            yield Static("".join(leaving), id="keys", markup=False)

    def on_mount(self) -> None:
        """Show how far it is by now."""
        self._show()

    def show_left(self, left: int) -> None:
        """So many are still to be put in order."""
        self._left = left
        if self.is_mounted:
            self._show()

    def _show(self) -> None:
        self.query_one(ProgressBar).update(progress=self._total - self._left)
        self.query_one("#left", Static).update(f"{self._left:,} of {self._total:,} messages to go")

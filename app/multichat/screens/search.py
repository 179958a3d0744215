"""The search: a line to type in, what it finds, and what was said around that, over the conversation.

Owns the typing and which hit is chosen. What is found, and how, is the finder's. Meanwhile the history is read on, a
few milliseconds at a time, and what is found grows.
"""

from collections.abc import Callable
from typing import ClassVar, Final

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Container, Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.timer import Timer
from textual.widgets import Input, Static

from multichat.errors import UsageError
from multichat.keys import Place, bindings
from multichat.model.callings import Calling
from multichat.model.conversation import Search
from multichat.model.message import Message, Position
from multichat.model.muted import Unmuted
from multichat.model.results import PAGE_LENGTH, Results
from multichat.widgets.hit_list import HitList
from multichat.widgets.marks import by_name
from multichat.widgets.preview import Preview
from multifeed.errors import StoreError

# Between two steps of reading the history: keys come first.
_READ_INTERVAL_S: Final = 0.004

# How often what is found is looked at again while the history is being read.
_AGAIN_INTERVAL_S: Final = 1.0

_SEPARATOR: Final = " \N{MIDDLE DOT} "
_PLACEHOLDER: Final = "What was said"

_SYNTAX: Final = (
    ("two words", "both, in any order"),
    ('"two words"', "one after the other"),
    ("-word", "without this one"),
    ("from:NAME", "what somebody said"),
    ("on:DATE", "2026-11-24, 2026, today"),
    ("before:DATE", "earlier than that"),
    ("after:DATE", "later than that"),
)
_SYNTAX_WIDTH: Final = 14


class SearchScreen(ModalScreen[Position | None]):
    """Gives the place of the message that was chosen, None if none was.

    `text` is what was looked for the last time, and `calling` says what to call who has written a message.
    """

    CSS_PATH = "search.tcss"
    AUTO_FOCUS = "Input"
    BINDINGS: ClassVar[list[BindingType]] = bindings(Place.SEARCH)
    # As wide as this, what is found and what is around it stand beside each other.
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (64, "-medium"), (160, "-wide")]  # noqa: RUF012 - Textual declares it so

    def __init__(
        self, search: Search, history: Unmuted, text: str = "", calling: Callable[[Message], Calling] = by_name
    ) -> None:
        super().__init__()
        self._search = search
        self._history = history
        self._input = Input(text, placeholder=_PLACEHOLDER, compact=True, select_on_focus=True)
        self._input.cursor_blink = False
        self._list = HitList(calling)
        self._preview = Preview(history, calling)
        self._results = Results(search, history, "")
        self._reading: Timer | None = None

    @property
    def text(self) -> str:
        """What is looked for."""
        return self._input.value

    def compose(self) -> ComposeResult:
        """The line, what it finds and what is around that, and how far it has looked."""
        with Vertical(id="panel"):
            yield self._input
            with Container(id="results"):
                yield self._list
                yield self._preview
            with Container(id="nothing"):
                yield Static(id="told", markup=False)
            yield Static(id="hint", markup=False)

    def on_mount(self) -> None:
        """Begin to read the history."""
        self.query_one("#panel").border_title = "Search"
        self._reading = self.set_interval(_READ_INTERVAL_S, self._read_on)
        self.set_interval(_AGAIN_INTERVAL_S, self._look_again)
        self._look()

    # --- what is found ---

    @on(Input.Changed)
    def _look(self) -> None:
        """Find what the line says now."""
        self._results = Results(self._search, self._history, self.text)
        self._look_further()
        self._list.show(self._results.hits)
        self._preview.show(self._list.chosen_hit)

    def _look_further(self) -> None:
        """Find one page more."""
        try:
            self._results.read_on()
        except (UsageError, StoreError) as error:
            self._say(str(error), is_error=True)
        else:
            self._say_count()
        has_hits = bool(self._results.hits)
        self.query_one("#results").display = has_hits
        self.query_one("#nothing").display = not has_hits

    def _look_again(self) -> None:
        """What has been read meanwhile may have been looked for; whoever has gone down the list is left in peace."""
        if self._search.unread and not self._list.chosen and len(self._results.hits) < PAGE_LENGTH:
            self._look()
        elif self._reading is not None:
            self._say_count()

    def _read_on(self) -> None:
        try:
            has_more = self._search.advance()
        except StoreError as error:
            self._say(str(error), is_error=True)
            has_more = False
        if not has_more and self._reading is not None:
            self._reading.stop()
            self._reading = None
            if not self._list.chosen and len(self._results.hits) < PAGE_LENGTH:
                self._look()

    # --- which of it ---

    def action_choose(self, step: int) -> None:
        """Go down the list by `step`, up if it is negative."""
        at = self._list.chosen + step
        if at >= len(self._results.hits) and self._results.may_be_more:
            self._look_further()
        self._list.choose(at)
        self._preview.show(self._list.chosen_hit)

    @on(Input.Submitted)
    def _take(self) -> None:
        hit = self._list.chosen_hit
        if hit is not None:
            self.dismiss(hit.message.position)

    @on(HitList.Clicked)
    def _take_clicked(self, clicked: HitList.Clicked) -> None:
        self.dismiss(self._results.hits[clicked.index].message.position)

    # --- what is said of it ---

    @on(Preview.Refused)
    def _say_refusal(self, refused: Preview.Refused) -> None:
        self._say(refused.reason, is_error=True)

    def _say_count(self) -> None:
        count = len(self._results.hits)
        said = [f"{count:,}{'+' if self._results.may_be_more else ''} found"] if count else []
        if self._is_reading:
            said.append(f"{self._search.unread:,} still to read")
        said.append("Enter goes there" if count else "Escape closes")
        self._say(_SEPARATOR.join(said))

    def _say(self, text: str, *, is_error: bool = False) -> None:
        hint = self.query_one("#hint", Static)
        hint.set_class(is_error, "-error")
        hint.update(text)
        nothing = "" if is_error or not self.text.strip() else "Nothing found"
        self.query_one("#told", Static).update(_syntax(f"{nothing} yet" if nothing and self._is_reading else nothing))

    @property
    def _is_reading(self) -> bool:
        return self._reading is not None and self._search.unread > 0


def _syntax(title: str) -> Content:
    """What one can look for, below a line that says something else."""
    lines = [Content.assemble((f"{what:{_SYNTAX_WIDTH}}", "bold"), (text, "$foreground 70%")) for what, text in _SYNTAX]
    return Content("\n").join([Content(title), Content(), *lines] if title else lines)

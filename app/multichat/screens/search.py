"""The search: a line to type in, and what it finds, over the conversation.

Owns the typing and the list. What is found, and how, is the finder's. The history is read on while one looks, a few
milliseconds at a time, and what is found grows.
"""

from typing import ClassVar, Final

from rich.cells import cell_len
from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.timer import Timer
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from multichat.errors import UsageError
from multichat.keys import Place, bindings
from multichat.model.conversation import Search
from multichat.model.finder import Hit
from multichat.model.message import Position
from multichat.widgets.clock import hour_and_minute, local_time, short_day_title
from multichat.widgets.colours import person_colour
from multichat.widgets.wrapping import drawable, shorten
from multifeed.errors import StoreError

_PAGE_LENGTH: Final = 50
_NAME_WIDTH: Final = 12

# Between two steps of reading the history: keys come first.
_READ_INTERVAL_S: Final = 0.004

# How often what is found is looked at again while the history is being read.
_AGAIN_INTERVAL_S: Final = 1.0

_HINT: Final = 'Words, "phrases", -not, from:NAME, before: after: on:DATE'


class SearchScreen(ModalScreen[Position | None]):
    """Gives the place of the message that was chosen, None if none was. `text` is what was looked for the last time."""

    CSS_PATH = "search.tcss"
    AUTO_FOCUS = "Input"
    BINDINGS: ClassVar[list[BindingType]] = bindings(Place.SEARCH)

    def __init__(self, search: Search, text: str = "") -> None:
        super().__init__()
        self._search = search
        self._input = Input(text, placeholder=_HINT, compact=True, select_on_focus=True)
        self._input.cursor_blink = False
        self._list = OptionList(compact=True, markup=False)
        self._list.can_focus = False
        self._hits: list[Hit] = []
        self._may_be_more = False
        self._reading: Timer | None = None

    @property
    def text(self) -> str:
        """What is looked for."""
        return self._input.value

    def compose(self) -> ComposeResult:
        """The line, what it finds, and how far it has looked."""
        with Vertical(id="panel"):
            yield self._input
            yield self._list
            yield Static(id="hint", markup=False)

    def on_mount(self) -> None:
        """Begin to read the history."""
        self.query_one("#panel").border_title = "Search"
        self._reading = self.set_interval(_READ_INTERVAL_S, self._read_on)
        self.set_interval(_AGAIN_INTERVAL_S, self._look_again)
        self._look()

    def action_choose(self, step: int) -> None:
        """Go down the list by `step`, up if it is negative."""
        if not self._hits:
            return
        at = 0 if self._list.highlighted is None else self._list.highlighted + step
        if at >= len(self._hits) and self._may_be_more:
            self._look_further()
        self._list.highlighted = min(max(at, 0), len(self._hits) - 1)

    @on(Input.Changed)
    def _look(self) -> None:
        """Find what the line says now."""
        self._list.clear_options()
        self._hits = []
        self._look_further()
        self._list.highlighted = 0 if self._hits else None

    @on(Input.Submitted)
    def _take(self) -> None:
        at = self._list.highlighted
        if at is not None and at < len(self._hits):
            self.dismiss(self._hits[at].message.position)

    @on(OptionList.OptionSelected)
    def _take_clicked(self, selected: OptionList.OptionSelected) -> None:
        self.dismiss(self._hits[selected.option_index].message.position)

    def _look_further(self) -> None:
        """Find one page more."""
        before = self._hits[-1].message.position if self._hits else None
        self._may_be_more = False
        if not self.text.strip():
            self._say("")
            return
        try:
            page = self._search.find(self.text, before, _PAGE_LENGTH, length=max(self.size.width, 20))
        except (UsageError, StoreError) as error:
            self._say(str(error), is_error=True)
            return
        self._may_be_more = len(page) == _PAGE_LENGTH
        self._hits += page
        self._list.add_options(Option(self._shown(hit)) for hit in page)
        self._say_count()

    def _look_again(self) -> None:
        """What has been read meanwhile may have been looked for; whoever has gone down the list is left in peace."""
        if self._search.unread and not self._list.highlighted and len(self._hits) < _PAGE_LENGTH:
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
            if not self._list.highlighted and len(self._hits) < _PAGE_LENGTH:
                self._look()

    def _shown(self, hit: Hit) -> Content:
        moment = local_time(hit.message.timestamp_ms)
        name = shorten(drawable(hit.message.nickname), _NAME_WIDTH)
        excerpt = Content(drawable(hit.excerpt.text))
        if len(excerpt.plain) == len(hit.excerpt.text):
            for start, end in hit.excerpt.spans:
                excerpt = excerpt.stylize("bold $text-warning", start, end)
        return Content.assemble(
            (f"{short_day_title(moment)} {hour_and_minute(moment)} ", "$foreground 60%"),
            " " * (_NAME_WIDTH - cell_len(name)),
            (name, f"bold {person_colour(hit.message.feed, dark=self.app.current_theme.dark)}"),
            "  ",
            excerpt,
        )

    def _say_count(self) -> None:
        count = len(self._hits)
        found = "nothing found" if not count else f"{count:,}{'+' if self._may_be_more else ''} found"
        if self._search.unread and self._reading is not None:
            found += f" \N{MIDDLE DOT} {self._search.unread:,} still to be looked through"
        self._say(f"{found} \N{MIDDLE DOT} Enter goes there" if count else found)

    def _say(self, text: str, *, is_error: bool = False) -> None:
        hint = self.query_one("#hint", Static)
        hint.set_class(is_error, "-error")
        hint.update(text or "Up and Down choose \N{MIDDLE DOT} Enter goes there \N{MIDDLE DOT} Escape closes")

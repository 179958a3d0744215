"""Which of several links is meant, or whether one is that does not show by itself where it leads."""

from typing import ClassVar, Final

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from multichat.keys import Place, bindings
from multichat.model.address import host_of, is_plain

_KEYS: Final = "123456789"


class LinksScreen(ModalScreen[str | None]):
    """Gives the link that was chosen, by its number or with the arrow keys; None if none was.

    What is shown is what is opened, letter by letter.
    """

    CSS_PATH = "panel.tcss"
    BINDINGS: ClassVar[list[BindingType]] = bindings(Place.LINKS)

    def __init__(self, urls: tuple[str, ...]) -> None:
        super().__init__()
        self._urls = urls

    def compose(self) -> ComposeResult:
        """The links, each with its number."""
        with Vertical(id="panel"):
            yield OptionList(*(Option(_shown(number, url)) for number, url in enumerate(self._urls)), compact=True)
            yield Static("Enter opens \N{MIDDLE DOT} Escape closes", id="hint", markup=False)

    def on_mount(self) -> None:
        """Say what this is."""
        self.query_one("#panel").border_title = "Open this link?" if len(self._urls) == 1 else "Which link?"

    def action_choose(self, number: int) -> None:
        """Take the link with this number, counted from 0."""
        if number < len(self._urls):
            self.dismiss(self._urls[number])

    @on(OptionList.OptionSelected)
    def _take(self, selected: OptionList.OptionSelected) -> None:
        self.dismiss(self._urls[selected.option_index])


def _shown(number: int, url: str) -> Content:
    key = f"{_KEYS[number]} " if number < len(_KEYS) else "  "
    host = "" if is_plain(url) else f"\n  leads to {host_of(url)}"
    return Content.assemble((key, "bold"), url, (host, "$text-warning"))

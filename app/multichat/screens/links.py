"""Which of several links is meant."""

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

_KEYS: Final = "123456789"


class LinksScreen(ModalScreen[str | None]):
    """Gives the link that was chosen, by its number or with the arrow keys; None if none was."""

    CSS_PATH = "panel.tcss"
    BINDINGS: ClassVar[list[BindingType]] = bindings(Place.LINKS)

    def __init__(self, urls: tuple[str, ...]) -> None:
        super().__init__()
        self._urls = urls

    def compose(self) -> ComposeResult:
        """The links, each with its number."""
        with Vertical(id="panel"):
            yield OptionList(
                *(
                    Option(Content.assemble((f"{_KEYS[number]} " if number < len(_KEYS) else "  ", "bold"), url))
                    for number, url in enumerate(self._urls)
                ),
                compact=True,
            )
            yield Static("Enter opens \N{MIDDLE DOT} Escape closes", id="hint", markup=False)

    def on_mount(self) -> None:
        """Say what this is."""
        self.query_one("#panel").border_title = "Which link?"

    def action_choose(self, number: int) -> None:
        """Take the link with this number, counted from 0."""
        if number < len(self._urls):
            self.dismiss(self._urls[number])

    @on(OptionList.OptionSelected)
    def _take(self, selected: OptionList.OptionSelected) -> None:
        self.dismiss(self._urls[selected.option_index])

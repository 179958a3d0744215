"""Something to read over the conversation, that Escape takes away again.

Owns the frame. What is in it is its subclasses'.
"""

from textwrap import wrap
from typing import ClassVar, Final

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from multichat.keys import Place, bindings

_CLOSES: Final = "Escape closes"
_WIDTH_MIN: Final = 20


def indented(text: str, width: int) -> str:
    """`text` in lines of at most `width` cells, all but the first two cells further in, as what belongs to a mark."""
    return "\n  ".join(wrap(text, width - 2))


class PanelScreen(ModalScreen[None]):
    """Shows `title` in its frame and `hint` below it."""

    CSS_PATH = "panel.tcss"
    BINDINGS: ClassVar[list[BindingType]] = bindings(Place.PANEL)

    def __init__(self, title: str, hint: str = "") -> None:
        super().__init__()
        self._panel_title = title
        self._hint = f"{_CLOSES} \N{MIDDLE DOT} {hint}" if hint else _CLOSES

    def content(self, width: int) -> Content:
        """What there is to read now, in lines of at most `width` cells: nothing, unless a panel has something."""
        del width
        return Content()

    def compose(self) -> ComposeResult:
        """The frame and what is in it."""
        with Vertical(id="panel"):
            with VerticalScroll():
                yield Static(id="content", markup=False)
            yield Static(self._hint, id="hint", markup=False)

    def on_mount(self) -> None:
        """Show what there is."""
        # As content: a string would be read as markup.
        self.query_one("#panel").border_title = Content(self._panel_title)
        self.call_after_refresh(self.show)

    def on_resize(self) -> None:
        """Break the lines anew."""
        self.call_after_refresh(self.show)

    def show(self) -> None:
        """Show what there is now."""
        content = self.query_one("#content", Static)
        content.update(self.content(max(content.size.width, _WIDTH_MIN)))


class TextScreen(PanelScreen):
    """A text that stays as it is."""

    def __init__(self, title: str, text: Content) -> None:
        super().__init__(title)
        self._text = text

    def content(self, width: int) -> Content:
        """The text, which breaks its own lines."""
        del width
        return self._text

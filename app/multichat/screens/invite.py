"""How others come into this room: by its name, or by an invite, as a text and as a QR code.

Owns how these are arranged and what is said of them. What an invite is, `model.invite` says.
"""

from collections.abc import Iterable, Iterator
from itertools import zip_longest
from typing import Final

from textual.app import App
from textual.content import Content
from textual.widgets import Static

from multichat.model.invite import Invite, join_command
from multichat.model.qr_code import QUIET_ZONES, drawn, modules_of
from multichat.screens.panel import PanelScreen

_OPEN: Final = (
    "This room is open: whoever knows its name, or guesses it, can come in and read all that was said. "
    "multichat NAME --new-room ROOM makes one for whoever is invited."
)
_BY_INVITATION: Final = (
    "Whoever has this invite can come in and read all that was said. Hand it on where nobody else sees it."
)

_TOO_SMALL: Final = "The screen is too small for the QR code."
_HOW: Final = "multichat NAME --room INVITE"

# As many letters on a line as fit of these, so that the eye finds its place again.
_LETTERS_A_LINE: Final = (64, 32, 16, 8)
_TEXT_WIDTH_MIN: Final = 24
_GAP: Final = "  "

# What is typed as it stands there.
_TYPED: Final = "bold $primary"


class InviteScreen(PanelScreen):
    """For the room of this name; without an invite it is open."""

    # A code needs all the space there is.
    CSS = """
    InviteScreen.-code {
        #panel { width: 100%; max-height: 100%; }
        #hint { margin-top: 0; }
        &.-low {
            #panel { height: 100%; }
            VerticalScroll { height: 1fr; max-height: 100%; }
        }
    }
    """

    def __init__(self, room: str, invite: Invite | None) -> None:
        super().__init__("How others join", "copied")
        self._room = room
        self._invite = invite
        self._modules = () if invite is None else modules_of(invite.address, invite.letters)
        self.set_class(invite is not None, "-code")

    def content(self, width: int) -> Content:
        """The text, beside the code where there is space for it."""
        if self._invite is None:
            return _joined(_open_text(self._room))
        for quiet in QUIET_ZONES:
            code = drawn(self._modules, quiet)
            text_width = width - len(code[0]) - len(_GAP)
            if text_width >= _TEXT_WIDTH_MIN and len(code) <= self._height:
                return _beside(code, _style(self.app), _invited_text(self._invite, text_width), text_width)
        return _joined([*_invited_text(self._invite, width), Content(), Content(_TOO_SMALL)])

    @property
    def _height(self) -> int:
        """How many lines there is space for."""
        around = self.query_one("#panel").gutter.height + self.query_one("#hint", Static).outer_size.height
        return self.size.height - around


def _style(app: App[object]) -> str:
    """Dark on light, whatever the theme; where the terminal's own two colours are all there is, by reversing them."""
    if app.no_color and app.native_ansi_color:
        return "reverse" if app.current_theme.dark else ""
    return "#000000 on #ffffff"


def _beside(code: list[str], style: str, text: Iterable[Content], width: int) -> Content:
    blank = Content(" " * len(code[0]))
    rows = [Content.styled(row, style) for row in code]
    lines = [line for paragraph in text for line in paragraph.wrap(width)]
    return _joined(
        Content.assemble(row or blank, _GAP, line or "") for row, line in zip_longest(rows, lines, fillvalue=None)
    )


def _open_text(room: str) -> list[Content]:
    command = Content.styled(join_command(room, None), _TYPED)
    return [Content("On this network others join with"), command, Content(), Content(_OPEN)]


def _invited_text(invite: Invite, width: int) -> list[Content]:
    lines = [Content.styled(line, _TYPED) for line in _lines_of(invite, width)]
    how = [Content("They join with"), Content.styled(_HOW, _TYPED)]
    return [Content(_BY_INVITATION), Content(), *lines, Content(), *how]


def _lines_of(invite: Invite, width: int) -> Iterator[str]:
    """The invite, so that the letters of a line can be counted."""
    yield from _cut(invite.address, width)
    yield from _cut(invite.letters, next((count for count in _LETTERS_A_LINE if count <= width), width))


def _cut(text: str, width: int) -> Iterator[str]:
    return (text[start : start + width] for start in range(0, len(text), width))


def _joined(lines: Iterable[Content]) -> Content:
    return Content("\n").join(lines)

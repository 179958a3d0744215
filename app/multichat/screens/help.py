"""What can be done in a room: the commands, and every key with what it does.

Owns how they are arranged. The commands are `model.commands`', the keys `multichat.keys`' with what the user has chosen
instead.
"""

from collections.abc import Sequence
from textwrap import wrap
from typing import Final

from textual.content import Content

from multichat.keys import HasKeys, KeyTable, Place
from multichat.model.commands import COMMANDS
from multichat.screens.panel import PanelScreen, indented

# What is explained stands in a third of the width, within these; its explanation has at least the last, or goes below.
_NAME_WIDTH_MIN: Final = 22
_NAME_WIDTH_MAX: Final = 32
_TEXT_WIDTH_MIN: Final = 24


class HelpScreen(PanelScreen):
    """The commands, then the keys of each place."""

    # There is more of it than fits on most screens; the hint stays below.
    CSS = """
    HelpScreen {
        #panel { height: 90%; }
        VerticalScroll { height: 1fr; max-height: 100%; scrollbar-gutter: stable; }
        &.-low #panel { height: 100%; }
    }
    """

    def __init__(self) -> None:
        super().__init__("Help", "// begins a message with a slash")

    def content(self, width: int) -> Content:
        """What there is of each section: the two parts of a line beside each other, or below where that is too wide."""
        keys = self.app.key_table if isinstance(self.app, HasKeys) else KeyTable()
        sections = [
            ("Commands", [(command.usage, command.help) for command in COMMANDS]),
            *((place.value, keys.lines(place)) for place in Place),
        ]
        return Content("\n\n").join(_section(title, lines, width) for title, lines in sections if lines)


def _section(title: str, lines: Sequence[tuple[str, str]], width: int) -> Content:
    name_width = min(max(width // 3, _NAME_WIDTH_MIN), _NAME_WIDTH_MAX)
    told = [_told(what, text, name_width, width) for what, text in lines]
    return Content("\n").join([Content.styled(title, "$primary"), *told])


def _told(what: str, text: str, name_width: int, width: int) -> Content:
    if len(what) >= name_width or width < name_width + _TEXT_WIDTH_MIN:
        return Content.assemble((what, "bold"), "\n  ", indented(text, width))
    beside = f"\n{'':{name_width}}".join(wrap(text, width - name_width))
    return Content.assemble((what, "bold"), " " * (name_width - len(what)), beside)

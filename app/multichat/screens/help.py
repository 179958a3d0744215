"""What can be done in a room: the commands and the keys."""

from functools import partial
from itertools import starmap
from typing import Final

from textual.content import Content

from multichat.model.commands import COMMANDS
from multichat.screens.panel import PanelScreen, indented

_KEYS: Final = (
    ("Enter", "send"),
    ("Shift+Enter, Ctrl+J", "break the line"),
    ("Page Up, Page Down", "read further up, or down again"),
    ("Home, End", "the first message, and the last"),
    ("Escape", "take a notice away"),
    ("Ctrl+C", "copy what is selected"),
    ("Ctrl+Q", "leave"),
)


_NAME_WIDTH: Final = 22


class HelpScreen(PanelScreen):
    """Both lists."""

    def __init__(self) -> None:
        super().__init__("Help", "// begins a message with a slash")

    def content(self, width: int) -> Content:
        """A line for each command and each key; where the two parts do not fit beside each other, two."""
        commands = [(command.usage, command.help) for command in COMMANDS]
        is_narrow = width < max(_NAME_WIDTH + len(text) for _, text in (*commands, *_KEYS))
        lines = partial(_in_two_lines, width=width) if is_narrow else _in_a_line
        return Content("\n").join([*starmap(lines, commands), Content(""), *starmap(lines, _KEYS)])


def _in_a_line(what: str, text: str) -> Content:
    return Content.assemble((f"{what:<{_NAME_WIDTH}}", "bold"), text)


def _in_two_lines(what: str, text: str, *, width: int) -> Content:
    return Content.assemble((what, "bold"), "\n  ", indented(text, width))

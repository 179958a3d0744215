"""The top line: which room and of what kind, who one is, who is there.

Owns what gives way when there is no space for all of it. Knows nothing of the network.
"""

from typing import ClassVar, Final

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual.reactive import reactive
from textual.strip import Strip
from textual.widget import Widget

from multichat.model.text import SafeText
from multichat.widgets.colours import person_colour
from multichat.widgets.wrapping import shorten

# Of a line too short for everything, a room's name keeps at least this much.
_ROOM_WIDTH_MIN: Final = 8
_SEPARATOR: Final = " \N{MIDDLE DOT} "


class RoomHeader(Widget):
    """One line: the room and of what kind it is, one's own nickname in its colour, how many people are connected."""

    ALLOW_SELECT = False
    COMPONENT_CLASSES: ClassVar[set[str]] = {"header--room", "header--people", "header--alone"}

    people: reactive[int] = reactive(0)
    nickname: reactive[SafeText] = reactive(SafeText(""))

    def __init__(self, room: SafeText, nickname: SafeText, own_feed: bytes, *, kind: str = "") -> None:
        super().__init__()
        self._room = room
        self._kind = f"{_SEPARATOR}{kind}" if kind else ""
        self.set_reactive(RoomHeader.nickname, nickname)
        self._own_feed = own_feed

    def render_line(self, y: int) -> Strip:
        """The line."""
        width, plain = self.size.width, self.rich_style
        if y > 0:
            return Strip.blank(width, plain)
        people = people_text(self.people)
        nickname = shorten(self.nickname, max(width - cell_len(people) - _ROOM_WIDTH_MIN - 5, 4))
        right_width = cell_len(nickname) + 3 + cell_len(people)
        room = shorten(self._room, max(width - right_width - 2, 1))
        kind = self._kind if cell_len(room) + cell_len(self._kind) + right_width < width else ""
        gap_width = width - cell_len(room) - cell_len(kind) - right_width
        segments = [
            Segment(room, self.get_component_rich_style("header--room")),
            Segment(kind, self.get_component_rich_style("header--alone")),
            Segment(" " * max(gap_width, 1), plain),
            Segment(nickname, plain + Style(color=person_colour(self._own_feed, dark=self.app.current_theme.dark))),
            Segment(_SEPARATOR, self.get_component_rich_style("header--alone")),
            Segment(people, self.get_component_rich_style("header--people" if self.people else "header--alone")),
        ]
        return Strip(segments).adjust_cell_length(width, plain)


def people_text(people: int) -> str:
    """How many other people are connected, in words."""
    if people == 0:
        return "alone"
    return "1 person here" if people == 1 else f"{people:,} people here"

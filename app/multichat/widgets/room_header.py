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

# That JavaScript peers come in, how many are there, and that their links are not authenticated: as much of it as fits.
_JS_FORMS: Final = (
    "open to JavaScript peers: {count}, links not authenticated",
    "open to JavaScript peers: {count}, not authenticated",
    "open to JS: {count}, unauthenticated",
    "open to JS, unauth.",
    "JS unauth.",
)

# Of a line too short for everything, a room's name keeps at least this much.
_ROOM_WIDTH_MIN: Final = 8
_SEPARATOR: Final = " \N{MIDDLE DOT} "


class RoomHeader(Widget):
    """One line: the room and of what kind it is, one's own nickname in its colour, how many people are connected.

    `js_peers` is None where the room is not shared with JavaScript peers. Where it is, that is always said.
    """

    ALLOW_SELECT = False
    COMPONENT_CLASSES: ClassVar[set[str]] = {"header--room", "header--people", "header--alone"}

    people: reactive[int] = reactive(0)
    nickname: reactive[SafeText] = reactive(SafeText(""))
    own_feed: reactive[bytes] = reactive(b"")
    js_peers: reactive[int | None] = reactive(None)

    def __init__(self, room: SafeText, nickname: SafeText, own_feed: bytes, *, kind: str = "") -> None:
        super().__init__()
        self._room = room
        self._kind = f"{_SEPARATOR}{kind}" if kind else ""
        self.set_reactive(RoomHeader.nickname, nickname)
        self.set_reactive(RoomHeader.own_feed, own_feed)

    def render_line(self, y: int) -> Strip:
        """The line."""
        width, plain = self.size.width, self.rich_style
        if y > 0:
            return Strip.blank(width, plain)
        people = people_text(self.people, is_shared=bool(self.js_peers))
        *longer, least = self._kinds()
        nickname = shorten(self.nickname, max(width - cell_len(people) - cell_len(least) - _ROOM_WIDTH_MIN - 5, 4))
        right_width = cell_len(nickname) + 3 + cell_len(people)
        room = shorten(self._room, max(width - right_width - cell_len(least) - 2, 1))
        kind = next((kind for kind in longer if cell_len(room) + cell_len(kind) + right_width < width), least)
        gap_width = width - cell_len(room) - cell_len(kind) - right_width
        segments = [
            Segment(room, self.get_component_rich_style("header--room")),
            Segment(kind, self.get_component_rich_style("header--alone")),
            Segment(" " * max(gap_width, 1), plain),
            Segment(nickname, plain + Style(color=person_colour(self.own_feed, dark=self.app.current_theme.dark))),
            Segment(_SEPARATOR, self.get_component_rich_style("header--alone")),
            Segment(people, self.get_component_rich_style("header--people" if self.people else "header--alone")),
        ]
        return Strip(segments).adjust_cell_length(width, plain)

    def _kinds(self) -> list[str]:
        """Of what kind the room is, at less and less length; what is always said is the last."""
        if self.js_peers is None:
            return [self._kind, ""]
        shared = [_SEPARATOR + form.format(count=self.js_peers) for form in _JS_FORMS]
        return [self._kind + shared[0], *shared]


def people_text(people: int, *, is_shared: bool = False) -> str:
    """How many other people are connected, in words; with `is_shared`, JavaScript peers are beside them."""
    if people == 0:
        return "JS only" if is_shared else "alone"
    return "1 person here" if people == 1 else f"{people:,} people here"

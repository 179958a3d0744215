"""A list of everyone: who is here, when the others last were, and whom one does not hear.

Owns how a person is written in one line, and what gives way when it is short. Draws the lines that are on the screen
and no others, so that it makes no difference how many people there are. Knows nothing of the room: it is told.
"""

from collections.abc import Sequence
from datetime import timedelta
from typing import ClassVar, Final

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual.geometry import Size
from textual.scroll_view import ScrollView
from textual.strip import Strip

from multichat.model.callings import Calling
from multichat.model.people import Person
from multichat.widgets.clock import local_time
from multichat.widgets.colours import person_colour
from multichat.widgets.name_tag import NameStyles, name_segments, tag_width
from multichat.widgets.wrapping import cells

_HERE: Final = "\N{BLACK CIRCLE} "
_GONE: Final = "\N{WHITE CIRCLE} "
_UNHEARD: Final = "\N{MULTIPLICATION SIGN} "
_ONESELF: Final = " (you)"

# A name keeps at least so many cells; where that is too much, when somebody was here is not said.
_NAME_WIDTH_MIN: Final = 6

_MINUTE_MS: Final = 60_000
_HOUR_MS: Final = 60 * _MINUTE_MS
# Up to here hours are counted even across midnight.
_HOURS_MAX: Final = 12


class PeoplePanel(ScrollView, can_focus=False):
    """Everyone, one in a line, in the order given; scrolls with the wheel, and for whoever calls its `scroll_...`.

    Where the room is shared with JavaScript peers, the first line says how many are linked: nobody knows who they are.
    """

    ALLOW_SELECT = False
    COMPONENT_CLASSES: ClassVar[set[str]] = {"people--here", "people--gone", "people--when", "people--checked"}
    DEFAULT_CSS = """
    PeoplePanel {
        width: 28;
        height: 1fr;
        padding: 0 1;
        overflow-x: hidden;
        overflow-y: auto;
        scrollbar-size-vertical: 1;
        background: $surface;

        .people--here { color: $text-success; }
        .people--gone { color: $text-muted; }
        .people--when { color: $text-muted; }
        .people--checked { color: $text-success; }
    }
    """

    def __init__(self) -> None:
        super().__init__()
        self._people: Sequence[Person] = ()
        self._now_ms = 0
        self._heading: tuple[str, ...] = ()

    def set_people(self, people: Sequence[Person], now_ms: int, *, js_peers: int | None = None) -> None:
        """Show `people`, as it is at `now_ms`; to be called again when time has passed, or nobody's "ago" is true."""
        self._people = people
        self._now_ms = now_ms
        self._heading = () if js_peers is None else (f"JavaScript peers: {js_peers}",)
        self.virtual_size = Size(0, len(self._heading) + len(people))
        self.refresh()

    def render_line(self, y: int) -> Strip:
        """One line of the screen."""
        index = y + self.scroll_offset.y
        width, plain = self.scrollable_content_region.width, self.rich_style
        if index < len(self._heading):
            heading = Segment(self._heading[index], self.get_component_rich_style("people--when"))
            return Strip([heading]).adjust_cell_length(width, plain)
        index -= len(self._heading)
        if index >= len(self._people):
            return Strip.blank(width, plain)
        return Strip(self._line(self._people[index], width)).adjust_cell_length(width, plain)

    def _line(self, person: Person, width: int) -> list[Segment]:
        mark, kind = (_HERE, "people--here") if person.is_here else (_GONE, "people--gone")
        if _is_unheard(person):
            mark, kind = _UNHEARD, "people--gone"
        rest = _ONESELF if person.is_own else self._when(person)
        calling = Calling(person.nickname, person.suffix, person.is_checked)
        name_width = width - len(mark) - cell_len(rest)
        # Only the name itself can be shorter.
        least = tag_width(calling) - max(cells(person.nickname) - _NAME_WIDTH_MIN, 0)
        if name_width < least:
            rest, name_width = "", width - len(mark)
        style = self.get_component_rich_style
        styles = NameStyles(self._name_style(person), style("people--when"), style("people--checked"))
        return [
            Segment(mark, style(kind)),
            *name_segments(calling, max(name_width, 1), styles),
            Segment(rest, style("people--when")),
        ]

    def _when(self, person: Person) -> str:
        if _is_unheard(person):
            return ", blocked" if person.is_blocked else ", muted"
        if person.is_here or person.last_here_ms is None:
            return ""
        return f", {time_since(person.last_here_ms, self._now_ms)}"

    def _name_style(self, person: Person) -> Style:
        if person.is_seed or _is_unheard(person):
            # Nobody whom one could talk with, or wants to.
            return self.get_component_rich_style("people--gone")
        colour = person_colour(person.root or person.feed, dark=self.app.current_theme.dark)
        return self.rich_style + Style(color=colour, bold=person.is_here)


def _is_unheard(person: Person) -> bool:
    return person.is_muted or person.is_blocked


def time_since(then_ms: int, now_ms: int) -> str:
    """How long ago something was, as one would say it: 5 min ago, 2 hours ago, yesterday, 24 Nov, 24 Nov 2025."""
    past_ms = max(now_ms - then_ms, 0)
    then, now = local_time(then_ms), local_time(now_ms)
    hours = past_ms // _HOUR_MS
    if past_ms < _MINUTE_MS:
        return "just now"
    if hours == 0:
        return f"{past_ms // _MINUTE_MS} min ago"
    if hours < _HOURS_MAX or then.date() == now.date():
        return "1 hour ago" if hours == 1 else f"{hours} hours ago"
    if then.date() == now.date() - timedelta(days=1):
        return "yesterday"
    return f"{then.day} {then:%b}" if then.year == now.year else f"{then.day} {then:%b} {then.year}"

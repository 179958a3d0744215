"""What a search has found: one hit in a line, one of them chosen.

Owns how a hit is written in one line, and what gives way when it is short. Draws the lines that are on the screen and
no others, so that it makes no difference how many hits there are.
"""

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import ClassVar, Final, NamedTuple

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual import message as textual_message
from textual.geometry import Size
from textual.scroll_view import ScrollView
from textual.strip import Strip

from multichat.model.callings import Calling
from multichat.model.finder import Hit
from multichat.model.message import Message
from multichat.widgets.clock import hour_and_minute, local_time
from multichat.widgets.colours import person_colour
from multichat.widgets.name_tag import NameStyles, name_at_right
from multichat.widgets.wrapping import shorten

# Below this, the day of the year says enough.
_NARROW: Final = 60
_WIDE: Final = 100

# Shorter excerpts show nothing.
_EXCERPT_WIDTH_MIN: Final = 4


class _Columns(NamedTuple):
    """Of a line: cells free at either end, whether there is space for the whole date, and so many cells for a name."""

    margin: int
    has_date: bool
    name_width: int


def _columns_for(width: int) -> _Columns:
    return _Columns(0, False, 8) if width < _NARROW else _Columns(1, True, 12 if width < _WIDE else 16)


class _Styles(NamedTuple):
    """What the theme says about each part of a line; what was found and what is chosen only add to it."""

    text: Style
    time: Style
    found: Style
    checked: Style
    chosen: Style
    dark: bool


class HitList(ScrollView, can_focus=False):
    """Hits in the order given; scrolls with the wheel, and so that the chosen one is seen.

    `calling` says what to call who has written a message.
    """

    ALLOW_SELECT = False
    COMPONENT_CLASSES: ClassVar[set[str]] = {"hits--time", "hits--found", "hits--checked", "hits--chosen"}

    class Clicked(textual_message.Message):
        """Posted when somebody clicks on a hit, the one at `index`."""

        def __init__(self, index: int) -> None:
            super().__init__()
            self.index = index

    def __init__(self, calling: Callable[[Message], Calling]) -> None:
        super().__init__()
        self._calling = calling
        self._hits: Sequence[Hit] = ()
        self._chosen = 0
        self._styles_now: _Styles | None = None
        # Lines as they are when they are not chosen, by index and width: most stay on the screen as one goes down.
        self._strips: dict[tuple[int, int], Strip] = {}

    @property
    def chosen(self) -> int:
        """Which hit is chosen: 0 if there is none."""
        return self._chosen

    @property
    def chosen_hit(self) -> Hit | None:
        """The hit that is chosen; None if there is none."""
        return self._hits[self._chosen] if self._hits else None

    def show(self, hits: Sequence[Hit]) -> None:
        """Show these, the first of them chosen. More may be added to them; `choose` notices."""
        self._hits = hits
        self._strips.clear()
        self.choose(0)
        self.refresh()

    def choose(self, at: int) -> None:
        """Choose a hit by its index, or the nearest to it that there is."""
        self.virtual_size = Size(0, len(self._hits))
        self.refresh_line(self._chosen)
        self._chosen = min(max(at, 0), max(len(self._hits) - 1, 0))
        self.refresh_line(self._chosen)
        self._scroll_to_chosen()

    def on_resize(self) -> None:
        """Keep the chosen one in sight."""
        self._scroll_to_chosen()

    def on_click(self, event: events.Click) -> None:
        """Tell which hit it was."""
        event.stop()
        index = event.y + self.scroll_offset.y
        if index < len(self._hits):
            self.post_message(self.Clicked(index))

    def notify_style_update(self) -> None:
        """Paint in the colours of the theme."""
        super().notify_style_update()
        self._styles_now = None
        self._strips.clear()

    def render_line(self, y: int) -> Strip:
        """One line of the screen."""
        index = y + self.scroll_offset.y
        width, styles = self.scrollable_content_region.width, self._styles
        if index >= len(self._hits):
            return Strip.blank(width, styles.text)
        strip = self._strips.get((index, width))
        if strip is None:
            strip = Strip(self._line(self._hits[index], width)).adjust_cell_length(width, styles.text)
            self._strips[index, width] = strip
        return Strip(Segment.apply_style(strip, post_style=styles.chosen)) if index == self._chosen else strip

    @property
    def _styles(self) -> _Styles:
        if self._styles_now is None:
            style, chosen = self.get_component_rich_style, self.get_component_rich_style("hits--chosen")
            self._styles_now = _Styles(
                text=self.rich_style,
                time=style("hits--time"),
                found=style("hits--found", partial=True),
                checked=style("hits--checked", partial=True),
                chosen=Style(bgcolor=chosen.bgcolor, reverse=chosen.reverse),
                dark=self.app.current_theme.dark,
            )
        return self._styles_now

    def _scroll_to_chosen(self) -> None:
        height = self.scrollable_content_region.height
        top = min(max(self.scroll_offset.y, self._chosen - height + 1), self._chosen)
        self.scroll_to(y=top, animate=False, force=True, immediate=True)

    def _line(self, hit: Hit, width: int) -> list[Segment]:
        columns, styles = _columns_for(self.outer_size.width), self._styles
        gutter = [
            Segment(f"{' ' * columns.margin}{_when(hit, columns)} ", styles.time),
            *self._author(hit, columns.name_width),
            Segment("  ", styles.text),
        ]
        space = width - sum(segment.cell_length for segment in gutter) - columns.margin
        return [*gutter, *_excerpt(hit, max(space, _EXCERPT_WIDTH_MIN), styles)]

    def _author(self, hit: Hit, width: int) -> list[Segment]:
        text, calling = self._styles.text, self._calling(hit.message)
        colour = person_colour(calling.root or hit.message.feed, dark=self._styles.dark)
        styles = NameStyles(text + Style(color=colour, bold=True), self._styles.time, text + self._styles.checked)
        return name_at_right(calling, width, styles, text)


def _when(hit: Hit, columns: _Columns) -> str:
    moment = local_time(hit.message.timestamp_ms)
    day = f"{moment.day:2} {moment:%b}"
    return f"{day} {moment.year} {hour_and_minute(moment)}" if columns.has_date else day


def _excerpt(hit: Hit, width: int, styles: _Styles) -> list[Segment]:
    excerpt = hit.excerpt(width)
    shown = shorten(excerpt.text, width)
    cuts = sorted({0, len(shown), *(min(cut, len(shown)) for span in excerpt.spans for cut in span)})
    return [
        Segment(shown[start:end], styles.text + (styles.found if _is_in(excerpt.spans, start) else Style()))
        for start, end in pairwise(cuts)
    ]


def _is_in(spans: tuple[tuple[int, int], ...], at: int) -> bool:
    return any(start <= at < end for start, end in spans)

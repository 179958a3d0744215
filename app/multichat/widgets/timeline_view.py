"""The pane with the conversation.

Owns scrolling, painting and copying. Follows the end unless one has scrolled up; then whatever arrives leaves the lines
on the screen where they are. Knows the history, not the room: it is told what has arrived.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import partial
from typing import ClassVar, Final

from rich.style import Style
from textual import events
from textual import message as textual_message
from textual.binding import BindingType
from textual.geometry import Size
from textual.selection import Selection
from textual.strip import Strip
from textual.timer import Timer
from textual.widget import Widget

from multichat.keys import Place, bindings
from multichat.model.conversation import History
from multichat.model.message import Message, Position
from multichat.model.spans import links_in
from multichat.model.text import reisolated, unisolated
from multichat.widgets.clock import local_time, short_day_title
from multichat.widgets.marks import Marks
from multichat.widgets.painter import LINK_META, Painter, Styles, columns_for
from multichat.widgets.unseen import Unseen
from multichat.widgets.viewport import Line, Viewport
from multichat.widgets.window import PAGE_SIZE, Window

# So long something that arrived late is on the screen before it counts as seen.
_LATE_SEEN_AFTER_S: Final = 3.0


class TimelineView(Widget, can_focus=True):
    """The merged messages of everyone. With the focus, one message is looked at closer."""

    ALLOW_SELECT = True
    FOCUS_ON_CLICK = False
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "timeline--time",
        "timeline--own",
        "timeline--day",
        "timeline--mention",
        "timeline--waiting",
        "timeline--late",
        "timeline--new",
        "timeline--cursor",
        "timeline--checked",
    }
    BINDINGS: ClassVar[list[BindingType]] = bindings(Place.MESSAGE)

    @dataclass
    class Moved(textual_message.Message):
        """Posted when the reader is elsewhere.

        They are `following` the end or not, reading what was said on `day`, with `unseen` new messages below and `late`
        ones that arrived above what had been read. `bottom` is the last message on the screen.
        """

        following: bool
        day: str
        unseen: str
        late: int = 0
        bottom: Position | None = None

    @dataclass
    class Chosen(textual_message.Message):
        """Posted when a message is looked at closer; None when none is any more."""

        message: Message | None

    @dataclass
    class Copied(textual_message.Message):
        """Posted when a message is to be copied: `text` as its author wrote it."""

        text: str

    @dataclass
    class LinksAsked(textual_message.Message):
        """Posted when one wants to open a link of a message; `urls` are what it has, and may be none."""

        urls: tuple[str, ...]

    def __init__(self, history: History, marks: Marks, *, read: Position | None = None, joined_ms: int = 0) -> None:
        """`read` is the last message that one has read before; what is older than `joined_ms` never comes late."""
        super().__init__()
        self._marks = marks
        self._window = Window(history)
        self._viewport = Viewport(self._window)
        self._viewport.left_off = read
        self._read = read
        self._joined_ms = joined_ms
        self._unseen = Unseen()
        self._late = marks.late
        self._late_timer: Timer | None = None
        self._fitted = Size(0, 0)
        self._lines: list[Line] | None = None
        self._painter: Painter | None = None
        self._shades: Styles | None = None
        self._bottom: Position | None = None
        self._announced = self.Moved(following=True, day="", unseen="")

    @property
    def is_empty(self) -> bool:
        """Whether nobody has said anything yet."""
        return len(self._window) == 0

    @property
    def read(self) -> Position | None:
        """The last message that has been read, here or before."""
        return self._read

    def add(self, messages: Sequence[Message]) -> None:
        """Show what has arrived where it belongs."""
        if not self._viewport.following:
            self._unseen.add([m.position for m in messages if self._bottom is None or m.position > self._bottom])
        if self._read is not None:
            self._late.add(
                m.position
                for m in messages
                if m.position < self._read and m.timestamp_ms >= self._joined_ms and not self._marks.is_own(m.feed)
            )
        are_above = self._are_above_screen(messages)
        inside = self._window.covered(messages)
        if len(inside) > PAGE_SIZE:
            self._viewport.reload()
        else:
            self._window.insert(inside)
        for message in inside:
            if self._marks.is_own(message.feed):
                self._viewport.go_on(message.position)
        if are_above:
            # Where a whole history comes, most of it is of long ago: what is read meanwhile is not painted again.
            self.call_later(self._announce)
        else:
            self._changed()

    def _are_above_screen(self, messages: Sequence[Message]) -> bool:
        """Whether all of `messages` belong so far above the screen that what is on it stays as it is."""
        if not self._lines:
            return False
        top = self._window.index(self._lines[0].block.message.position)
        # Whether a day begins there, and whether its author is named, depends on the message before.
        return top > 0 and all(message.position < self._window[top - 1].position for message in messages)

    def show_end(self) -> None:
        """Go to the last message and follow what is added."""
        self._viewport.follow()
        self._changed()

    def show_start(self) -> None:
        """Go to the very first message."""
        self._viewport.go_to_start()
        self._changed()

    def show(self, position: Position, *, choose: bool = False) -> None:
        """Go to where a message is, and look at it closer if `choose`."""
        self._viewport.show(position)
        if choose:
            self._choose(position)
        self._changed()

    def show_next_late(self) -> None:
        """Go to the next message that arrived late, from the first again after the last."""
        visited = self._marks.selected
        if visited is not None and visited in self._late:
            self._late.see([visited])
        position = self._late.next_after(visited)
        if position is not None:
            self.show(position, choose=True)
        self._changed()

    def leave_off(self) -> None:
        """The reader turns away: what comes from now on is below a line."""
        self._viewport.left_off = self._read
        self._changed()

    def come_back(self) -> None:
        """The reader looks again: what is on the screen is read."""
        self._changed()

    def reload(self, hidden: Collection[bytes] = ()) -> None:
        """Read the history anew: something is hidden, such as what the feeds `hidden` say, or is not any more."""
        self._late.forget(hidden)
        self._unseen.forget(hidden)
        self._viewport.reload()
        self._changed()

    def repaint_marks(self) -> None:
        """Something that is marked has changed."""
        self.refresh()

    def scroll_lines(self, lines: int) -> None:
        """Go down by `lines`, up if they are negative."""
        self._viewport.scroll(lines)
        self._changed()

    def scroll_pages(self, pages: int) -> None:
        """Go down by `pages`, up if they are negative; one line stays in sight."""
        self.scroll_lines(pages * max(self.size.height - 1, 1))

    # --- a message that is looked at closer ---

    def action_choose(self, step: int) -> None:
        """Look at the next message, or at the one before if `step` is negative."""
        lines = self._prepared()[1]
        if not lines:
            return
        position = self._marks.selected
        if position is None:
            position = lines[-1].block.message.position
        else:
            index = self._window.hold(position, self.size.height + 1) + step
            if not 0 <= index < len(self._window):
                return
            position = self._window[index].position
        self.show(position, choose=True)

    def action_leave(self) -> None:
        """Look at no message closer."""
        self._choose(None)
        self._changed()

    def action_copy_message(self) -> None:
        """Copy the message that is looked at."""
        if (message := self.chosen) is not None:
            self.post_message(self.Copied(unisolated(message.text)))

    def action_open_link(self) -> None:
        """Open a link of the message that is looked at."""
        if (message := self.chosen) is not None:
            self.post_message(self.LinksAsked(tuple(link.url for link in links_in(unisolated(message.text)))))

    @property
    def chosen(self) -> Message | None:
        """The message that is looked at."""
        position = self._marks.selected
        if position is None or not self._window.has(position):
            return None
        return self._window[self._window.index(position)]

    def _choose(self, position: Position | None) -> None:
        self._marks.selected = position
        self.post_message(self.Chosen(self.chosen))

    def on_blur(self) -> None:
        """Whoever goes elsewhere in the program looks at no message any more."""
        if self.app.app_focus and self._marks.selected is not None:
            self.action_leave()

    def on_click(self, event: events.Click) -> None:
        """A link is opened by a click on it."""
        url = event.style.meta.get(LINK_META)
        if url:
            self.post_message(self.LinksAsked((url,)))

    # --- what Textual asks ---

    def render_line(self, y: int) -> Strip:
        """One line of the screen; the last message stands at the bottom."""
        painter, lines = self._prepared()
        index = y - (self.size.height - len(lines))
        if index < 0:
            return painter.blank()
        selection = self.text_selection
        selected = None if selection is None else selection.get_span(y)
        return painter.paint(lines[index], y, selected, is_top=index == 0)

    def get_selection(self, selection: Selection) -> tuple[str, str] | None:
        """The selected text as its authors wrote it: without times, names and the breaks made by wrapping."""
        _, lines = self._prepared()
        top = self.size.height - len(lines)
        pieces = [_selected_piece(line, selection.get_span(y)) for y, line in enumerate(lines, start=top)]
        return unisolated("".join(pieces)).removesuffix("\n"), "\n"

    def selection_updated(self, selection: Selection | None) -> None:  # noqa: ARG002 - the screen is asked when painting
        """Show what is selected now."""
        self.refresh()

    def notify_style_update(self) -> None:
        """Paint in the colours of the theme."""
        super().notify_style_update()
        self._painter = self._shades = None

    def on_resize(self) -> None:
        """Wrap what is visible to the new width, unless it has been painted so already."""
        if self.text_selection is not None:
            self.screen.clear_selection()
        if self._fitted != self.size:
            self._fit()
            self.refresh()

    def _fit(self) -> None:
        """Lay out anew, for the size that there is now."""
        self._fitted = self.size
        self._viewport.resize(columns_for(self.size.width).text_width, self.size.height)
        self._painter = None
        self._lines = None

    def _changed(self) -> None:
        """Lay out again before the next frame, however often this is called until then."""
        if self.text_selection is not None:
            self.screen.clear_selection()
        self._lines = None
        self.refresh()

    def _prepared(self) -> tuple[Painter, list[Line]]:
        # The screen is painted at a new size before its parts are told: so it is right at once, and painted once.
        if self._fitted != self.size:
            self._fit()
        if self._painter is None:
            # At a resize the colours stay.
            self._shades = self._shades or self._styles()
            self._painter = Painter(self.size.width, self._shades, self._marks)
        if self._lines is None:
            self._lines = self._viewport.lines()
            self._bottom = self._lines[-1].block.message.position if self._lines else None
            self.call_later(self._announce)
        return self._painter, self._lines

    def _styles(self) -> Styles:
        return Styles(
            text=self.rich_style,
            time=self.get_component_rich_style("timeline--time"),
            own=self.get_component_rich_style("timeline--own"),
            day=self.get_component_rich_style("timeline--day"),
            selection=self.screen.get_component_rich_style("screen--selection"),
            dark=self.app.current_theme.dark,
            mention=self.get_component_rich_style("timeline--mention", partial=True),
            waiting=self.get_component_rich_style("timeline--waiting"),
            late=self.get_component_rich_style("timeline--late"),
            new=self.get_component_rich_style("timeline--new"),
            cursor=_behind(self.get_component_rich_style("timeline--cursor")),
            checked=self.get_component_rich_style("timeline--checked", partial=True),
        )

    def _announce(self) -> None:
        if self._viewport.following:
            self._unseen.clear()
        elif self._bottom is not None:
            self._unseen.see(self._bottom)
        self._read_on()
        moved = self.Moved(
            self._viewport.following,
            self._day(),
            str(self._unseen) if len(self._unseen) else "",
            len(self._late),
            self._bottom,
        )
        if moved != self._announced:
            self._announced = moved
            self.post_message(moved)

    def _read_on(self) -> None:
        """What is on the screen of a terminal that somebody looks at is read."""
        if not self.app.app_focus or not self._lines:
            return
        # At the end that is all there is: what was read and is held aside by now comes again.
        is_all = self._viewport.following
        if self._bottom is not None and (is_all or self._read is None or self._bottom > self._read):
            self._read = self._bottom
        shown = self._late_shown()
        if shown and self._late_timer is None:
            self._late_timer = self.set_timer(_LATE_SEEN_AFTER_S, partial(self._see_late, shown))

    def _late_shown(self) -> list[Position]:
        lines = self._lines or []
        if not lines:
            return []
        return self._late.between(lines[0].block.message.position, lines[-1].block.message.position)

    def _see_late(self, shown: list[Position]) -> None:
        """Those that were on the screen then and still are have been seen."""
        self._late_timer = None
        still = set(self._late_shown())
        self._late.see(position for position in shown if position in still)
        self._changed()

    def _day(self) -> str:
        return short_day_title(local_time(self._lines[0].block.message.timestamp_ms)) if self._lines else ""


def _behind(style: Style) -> Style:
    """What of a style leaves the colours of what stands on it as they are."""
    return Style(bgcolor=style.bgcolor, reverse=style.reverse)


def _selected_piece(line: Line, span: tuple[int, int] | None) -> str:
    if span is None or line.row < 0:
        return ""
    block = line.block
    start, end = span
    piece = reisolated(block.message.text, block.rows[line.row])[start : None if end < 0 else end]
    return piece + "\n" if end < 0 and line.row == len(block.rows) - 1 else piece

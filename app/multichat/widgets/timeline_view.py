"""The pane with the conversation.

Owns scrolling, painting and copying. Follows the end unless one has scrolled up; then whatever arrives leaves the lines
on the screen where they are. Knows the history, not the room: it is told what has arrived.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import ClassVar

from textual import events
from textual import message as textual_message
from textual.selection import Selection
from textual.strip import Strip
from textual.widget import Widget

from multichat.model.conversation import History
from multichat.model.message import Message, Position
from multichat.widgets.block import DAY_ROW
from multichat.widgets.clock import local_time, short_day_title
from multichat.widgets.painter import Painter, Styles, columns_for
from multichat.widgets.unseen import Unseen
from multichat.widgets.viewport import Line, Viewport
from multichat.widgets.window import PAGE_SIZE, Window
from multichat.widgets.wrapping import reisolated, unisolated


class TimelineView(Widget):
    """The merged messages of everyone."""

    ALLOW_SELECT = True
    COMPONENT_CLASSES: ClassVar[set[str]] = {"timeline--time", "timeline--own", "timeline--day"}

    @dataclass
    class Moved(textual_message.Message):
        """Posted when the reader is elsewhere.

        They are `following` the end or not, reading what was said on `day`, with `unseen` new messages below.
        """

        following: bool
        day: str
        unseen: str

    def __init__(self, history: History, is_own: Callable[[bytes], bool]) -> None:
        super().__init__()
        self._is_own = is_own
        self._window = Window(history)
        self._viewport = Viewport(self._window)
        self._unseen = Unseen()
        self._lines: list[Line] | None = None
        self._painter: Painter | None = None
        self._bottom: Position | None = None
        self._announced = self.Moved(following=True, day="", unseen="")

    @property
    def is_empty(self) -> bool:
        """Whether nobody has said anything yet."""
        return len(self._window) == 0

    def add(self, messages: Sequence[Message]) -> None:
        """Show what has arrived where it belongs."""
        if not self._viewport.following:
            self._unseen.add([m.position for m in messages if self._bottom is None or m.position > self._bottom])
        if len(messages) > PAGE_SIZE:
            self._viewport.reload()
        else:
            self._window.insert(messages)
        self._changed()

    def show_end(self) -> None:
        """Go to the last message and follow what is added."""
        self._viewport.follow()
        self._changed()

    def show_start(self) -> None:
        """Go to the very first message."""
        self._viewport.go_to_start()
        self._changed()

    def scroll_lines(self, lines: int) -> None:
        """Go down by `lines`, up if they are negative."""
        self._viewport.scroll(lines)
        self._changed()

    def scroll_pages(self, pages: int) -> None:
        """Go down by `pages`, up if they are negative; one line stays in sight."""
        self.scroll_lines(pages * max(self.size.height - 1, 1))

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
        self._painter = None

    def on_resize(self, event: events.Resize) -> None:
        """Wrap what is visible to the new width."""
        self._viewport.resize(columns_for(event.size.width).text_width, event.size.height)
        self._painter = None
        self._changed()

    def _changed(self) -> None:
        """Lay out again before the next frame, however often this is called until then."""
        if self.text_selection is not None:
            self.screen.clear_selection()
        self._lines = None
        self.refresh()

    def _prepared(self) -> tuple[Painter, list[Line]]:
        if self._painter is None:
            self._painter = Painter(self.size.width, self._styles(), self._is_own)
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
        )

    def _announce(self) -> None:
        if self._viewport.following:
            self._unseen.clear()
        elif self._bottom is not None:
            self._unseen.see(self._bottom)
        moved = self.Moved(self._viewport.following, self._day(), str(self._unseen) if len(self._unseen) else "")
        if moved != self._announced:
            self._announced = moved
            self.post_message(moved)

    def _day(self) -> str:
        return short_day_title(local_time(self._lines[0].block.message.timestamp_ms)) if self._lines else ""


def _selected_piece(line: Line, span: tuple[int, int] | None) -> str:
    if span is None or line.row == DAY_ROW:
        return ""
    block = line.block
    start, end = span
    piece = reisolated(block.message.text, block.rows[line.row])[start : None if end < 0 else end]
    return piece + "\n" if end < 0 and line.row == len(block.rows) - 1 else piece

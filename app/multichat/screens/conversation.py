"""The conversation: a line about the room, what has been said, and a box to write in.

Owns what an event of the room or a wish of the user does to the widgets. Knows the room only as a `Conversation`.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Final

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.screen import Screen

from multichat.errors import UsageError
from multichat.model.commands import Call, read_line
from multichat.model.conversation import Arrived, CatchingUp, Conversation, Event, Notice, PeopleChanged
from multichat.model.text import sanitise_line
from multichat.screens.doctor import DoctorScreen
from multichat.screens.help import HelpScreen
from multichat.screens.links import LinksScreen
from multichat.widgets.composer import Composer
from multichat.widgets.details import details_of
from multichat.widgets.marks import Marks
from multichat.widgets.room_header import RoomHeader
from multichat.widgets.status_line import StatusLine
from multichat.widgets.timeline_view import TimelineView
from multichat.widgets.welcome import Welcome
from multifeed.errors import StoreError

if TYPE_CHECKING:
    from collections.abc import Callable

_WHEEL_LINES: Final = 3
_ENDPOINT_LENGTH_MAX: Final = 80


class ConversationScreen(Screen[None]):
    """A room that is open."""

    CSS_PATH = "conversation.tcss"
    AUTO_FOCUS = "Composer"

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("pageup", "scroll_pages(-1)", "Page up", show=False),
        Binding("pagedown", "scroll_pages(1)", "Page down", show=False),
        Binding("home", "show_start", "First message", show=False),
        Binding("end", "show_end", "Last message", show=False),
        # A text area moves its cursor with these; the conversation is what one means.
        Binding("ctrl+home", "show_start", "First message", show=False, priority=True),
        Binding("ctrl+end", "show_end", "Last message", show=False, priority=True),
        Binding("ctrl+up,alt+up", "choose_message", "Look at a message", show=False),
        Binding("f4", "show_late", "Earlier messages that arrived", show=False),
        Binding("escape", "clear_notice", "Clear the notice", show=False),
    ]

    @dataclass
    class Happened(Message):
        """Posted for every event of the room, so that it is handled among the screen's own messages."""

        event: Event

    def __init__(self, conversation: Conversation) -> None:
        super().__init__()
        self._conversation = conversation
        self._marks = Marks(conversation.nickname, conversation.is_own)
        self._timeline = TimelineView(conversation.history, self._marks)
        self._header = RoomHeader(conversation.name, conversation.nickname, conversation.own_feed)
        self._welcome = Welcome(conversation.name)
        self._status = StatusLine()
        self._composer = Composer(f"Write to {conversation.name} as {conversation.nickname}")
        self._stop_listening: Callable[[], None] | None = None

    def compose(self) -> ComposeResult:
        """From top to bottom."""
        yield self._header
        yield self._timeline
        yield self._welcome
        yield self._status
        yield self._composer

    def on_mount(self) -> None:
        """Show the room as it is and listen to what happens in it."""
        self._stop_listening = self._conversation.listen(self._happened)
        self._show_people(self._conversation.people)
        self._show_welcome_if_empty()
        self.watch(self.app, "app_focus", self._turn_away_or_back, init=False)

    def _turn_away_or_back(self, is_looked_at: bool) -> None:  # noqa: FBT001 (as Textual calls it)
        if is_looked_at:
            self._timeline.come_back()
        else:
            self._timeline.leave_off()

    def show_hint(self, text: str) -> None:
        """Say something about the program, as a notice."""
        self._status.show_notice(text)

    def on_unmount(self) -> None:
        """Stop listening."""
        if self._stop_listening is not None:
            self._stop_listening()

    def on_resize(self, event: events.Resize) -> None:
        """Leave the composer a third of the screen."""
        self._composer.styles.max_height = max(event.size.height // 3, 1)

    def _happened(self, event: Event) -> None:
        self.post_message(self.Happened(event))

    @on(Happened)
    def _react(self, happened: Happened) -> None:
        match happened.event:
            case Arrived(messages):
                self._timeline.add(messages)
                self._show_welcome_if_empty()
            case PeopleChanged(people):
                self._show_people(people)
            case CatchingUp(missing):
                self._header.missing = missing
            case Notice(text):
                self._status.show_notice(text)

    @on(Composer.Submitted)
    def _send(self, submitted: Composer.Submitted) -> None:
        try:
            line = read_line(submitted.text)
            if isinstance(line, Call):
                self._do(line)
            else:
                self._conversation.send(line)
                self._timeline.show_end()
        except (UsageError, StoreError) as error:
            self._composer.give_back(submitted.text)
            self._status.show_error(str(error))
        else:
            self._status.clear_error()

    def _do(self, call: Call) -> None:
        """What a command asks for. Raises UsageError for an argument that makes no sense."""
        match call.command.name:
            case "connect":
                self._conversation.connect(call.argument)
                self._status.show_notice(f"Connecting to {sanitise_line(call.argument, _ENDPOINT_LENGTH_MAX)}.")
            case "doctor":
                self.app.push_screen(DoctorScreen(self._conversation.diagnose))
            case "help":
                self.app.push_screen(HelpScreen())
            case "quit":
                self.app.exit()
            case name:
                raise AssertionError(name)

    @on(TimelineView.Moved)
    def _show_way_down(self, moved: TimelineView.Moved) -> None:
        self._status.show_late(moved.late)
        if moved.following:
            self._status.hide_below()
        else:
            self._status.show_below(f"{moved.unseen} new below" if moved.unseen else "more below", moved.day)

    @on(TimelineView.Chosen)
    def _show_details(self, chosen: TimelineView.Chosen) -> None:
        if chosen.message is None:
            self._status.clear_details()
            self._composer.focus()
        else:
            self._status.show_details(details_of(chosen.message))

    @on(TimelineView.Copied)
    def _copy(self, copied: TimelineView.Copied) -> None:
        self.app.copy_to_clipboard(copied.text)
        self._status.show_notice("Copied.")

    @on(TimelineView.LinksAsked)
    def _open_link(self, asked: TimelineView.LinksAsked) -> None:
        match asked.urls:
            case []:
                self._status.show_notice("There is no link in this message.")
            case [url]:
                self.app.open_url(url)
                self._status.show_notice(f"Opening {url}")
            case urls:
                self.app.push_screen(LinksScreen(urls), self._open_chosen_link)

    def _open_chosen_link(self, url: str | None) -> None:
        if url is not None:
            self.app.open_url(url)
            self._status.show_notice(f"Opening {url}")

    def action_choose_message(self) -> None:
        """Look at a message closer, the last one on the screen at first."""
        if not self._timeline.is_empty:
            self._timeline.focus()
            self._timeline.action_choose(-1)

    @on(StatusLine.LateRequested)
    def action_show_late(self) -> None:
        """Go to the next message that arrived above what had been read."""
        if self._marks.late:
            self._timeline.focus()
        self._timeline.show_next_late()

    def text_select_all(self) -> None:
        """Select what has been said, and nothing around it."""
        self._timeline.text_select_all()

    def on_mouse_scroll_up(self) -> None:
        """The wheel moves the conversation wherever the pointer is."""
        self._timeline.scroll_lines(-_WHEEL_LINES)

    def on_mouse_scroll_down(self) -> None:
        """Like up."""
        self._timeline.scroll_lines(_WHEEL_LINES)

    @on(StatusLine.EndRequested)
    def action_show_end(self) -> None:
        """Go to the last message."""
        self._timeline.show_end()

    def action_show_start(self) -> None:
        """Go to the very first message."""
        self._timeline.show_start()

    def action_scroll_pages(self, pages: int) -> None:
        """Go down by `pages` of the conversation, up if they are negative."""
        self._timeline.scroll_pages(pages)

    def action_clear_notice(self) -> None:
        """Take the notice away."""
        self._status.clear()

    def _show_people(self, people: int) -> None:
        self._header.people = people
        self._welcome.show_people(people)

    def _show_welcome_if_empty(self) -> None:
        self._welcome.display = self._timeline.is_empty
        self._timeline.display = not self._timeline.is_empty

"""The conversation: a line about the room, what has been said, who is there, and a box to write in.

Owns what an event of the room or a wish of the user does to the widgets. Knows the room only as a `Conversation`; what
the commands do is in `commands`.
"""

import asyncio
import time
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Final

from textual import events, on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.message import Message
from textual.screen import Screen
from textual.widget import Widget
from textual.widgets import TextArea
from textual.worker import Worker

from multichat.errors import UsageError
from multichat.keys import Place, bindings
from multichat.model.address import is_plain
from multichat.model.callings import Calling
from multichat.model.commands import COMMANDS, Call, read_line
from multichat.model.conversation import (
    Arrived,
    CatchingUp,
    Conversation,
    Delivered,
    Event,
    HearingChanged,
    HeldAside,
    JsPeersChanged,
    NamesChanged,
    Notice,
    PeopleChanged,
    SetBack,
)
from multichat.model.message import Message as Said
from multichat.model.message import Position
from multichat.model.muted import Unmuted, unheard
from multichat.model.recall import Recall
from multichat.screens.company import Company
from multichat.settings import Settings
from multichat.widgets.attention import call_for_attention
from multichat.widgets.composer import Composer
from multichat.widgets.details import details_of, holders_text
from multichat.widgets.key_names import told_keys
from multichat.widgets.marks import Marks
from multichat.widgets.status_line import StatusLine
from multichat.widgets.timeline_view import TimelineView
from multifeed.errors import StoreError

if TYPE_CHECKING:
    from multichat.screens.commands import Commands
    from multichat.screens.search import SearchScreen

_WHEEL_LINES: Final = 3

# On a screen as wide as this there is space for the people beside the conversation.
_WIDE: Final = 120

# "5 min ago" is true for a minute.
_PEOPLE_INTERVAL_S: Final = 60.0


class ConversationScreen(Screen[None]):
    """A room that is open."""

    CSS_PATH = "conversation.tcss"
    AUTO_FOCUS = "Composer"

    BINDINGS: ClassVar[list[BindingType]] = bindings(Place.CONVERSATION)

    @dataclass
    class Happened(Message):
        """Posted for every event of the room, so that it is handled among the screen's own messages."""

        event: Event

    def __init__(self, conversation: Conversation, settings: Settings | None = None) -> None:
        super().__init__()
        self._conversation = conversation
        self._settings = settings or Settings()
        desk = conversation.desk
        self._history = Unmuted(conversation.history, unheard(conversation))
        if not desk.joined_ms:
            conversation.change_desk(joined_ms=_now_ms())
        self._marks = Marks(
            conversation.nickname,
            conversation.is_own,
            self._is_waiting,
            calling=self._calling,
            keys=lambda: conversation.own_feeds,
        )
        self._timeline = TimelineView(
            self._history, self._marks, read=desk.last_read, joined_ms=conversation.desk.joined_ms
        )
        self._company = Company(conversation)
        self._status = StatusLine()
        self._composer = Composer(
            self._placeholder(),
            recall=Recall(desk.recall),
            draft=desk.draft,
            nicknames=lambda: self._company.nicknames,
        )
        self._searched = ""
        self._export: Worker[None] | None = None
        # What happens before the screen is there waits among its messages.
        self._stop_listening = conversation.listen(self._happened)

    @cached_property
    def _commands(self) -> "Commands":
        # Whatever is shown later is imported then: the first screen need not wait for it.
        from multichat.screens.commands import Commands  # noqa: PLC0415

        return Commands(self, self._conversation, self._history)

    def compose(self) -> ComposeResult:
        """From top to bottom, the people at the side."""
        self._show_people()
        self._show_welcome_if_empty()
        yield self._company.header
        with Horizontal(id="middle"):
            with Vertical(id="talk"):
                yield self._timeline
                if self._company.welcome is not None:
                    yield self._company.welcome
                yield self._composer.completions
                yield self._status
                yield self._composer
            if self._company.panel is not None:
                yield self._company.panel

    def on_screen_resume(self, event: events.ScreenResume) -> None:
        """What was mounted a moment ago has its styles: they need not be worked out again before the first screen."""
        event.refresh_styles = self._timeline.size.height > 0

    def on_mount(self) -> None:
        """Look at what changes with time, and at whether somebody looks."""
        self.set_interval(_PEOPLE_INTERVAL_S, self._show_people)
        self.watch(self.app, "app_focus", self._turn_away_or_back, init=False)

    def on_unmount(self) -> None:
        """Stop listening, and leave what was being written on the desk."""
        self._stop_listening()
        self._leave_on_desk()

    def _leave_on_desk(self) -> None:
        self._conversation.change_desk(
            draft=self._composer.draft, recall=self._composer.recall.entries, last_read=self._timeline.read
        )

    def on_resize(self, event: events.Resize) -> None:
        """Leave the composer a third of the screen, and the people their place where there is one."""
        self._composer.styles.max_height = max(event.size.height // 3, 1)
        self._arrange_people()

    # --- what happens in the room ---

    def _happened(self, event: Event) -> None:
        self.post_message(self.Happened(event))

    @on(Happened)
    def _react(self, happened: Happened) -> None:
        match happened.event:
            case Arrived(messages):
                heard = self._history.heard(messages)
                self._timeline.add(heard)
                self._show_welcome_if_empty()
                self._call_for_attention(heard)
            case PeopleChanged() | JsPeersChanged():
                self._show_people()
            case NamesChanged():
                self._show_people()
                self._timeline.repaint_marks()
                self._show_chosen(self._timeline.chosen)
            case HearingChanged():
                self._hear_others()
            case Delivered():
                self._timeline.repaint_marks()
                self._show_chosen(self._timeline.chosen)
            case CatchingUp(missing):
                self._status.show_missing(missing)
            case HeldAside(count):
                self._status.show_aside(count)
            case SetBack():
                self._timeline.reload()
                self._show_welcome_if_empty()
            case Notice(text):
                self._status.show_notice(text)

    def _hear_others(self) -> None:
        """Hide what those say who are not to be heard, and show what was hidden of others."""
        self._history.muted = unheard(self._conversation)
        self._timeline.reload(self._history.muted)
        self._show_welcome_if_empty()
        self._show_people()

    def _call_for_attention(self, messages: tuple[Said, ...]) -> None:
        """While somebody looks elsewhere, and has not said that this room is to be quiet."""
        if self.app.app_focus:
            return
        wanted = self._conversation.desk.notify or self._settings.notify.value
        others = [message for message in messages if not self._conversation.is_own(message.feed)]
        if wanted == "mentions":
            others = [message for message in others if self._marks.mentions(message)]
        if others and wanted != "none":
            room, last = self._conversation.name, others[-1]
            author = self._calling(last).label
            call_for_attention(self.app, room, author, last, len(others), rings=self._settings.bell)

    def _turn_away_or_back(self, is_looked_at: bool) -> None:  # noqa: FBT001 (as Textual calls it)
        if is_looked_at:
            self._timeline.come_back()
        else:
            self._timeline.leave_off()

    def _is_waiting(self, position: Position) -> bool:
        return not self._conversation.delivery(position)

    def _calling(self, message: Said) -> Calling:
        return self._conversation.calling(message.feed, message.nickname)

    # --- writing ---

    def _placeholder(self) -> str:
        return f"Write to {self._conversation.name} as {self._conversation.nickname}"

    @on(TextArea.Changed)
    def _keep_draft(self) -> None:
        self._conversation.change_desk(draft=self._composer.draft)

    @on(Composer.Submitted)
    def _send(self, submitted: Composer.Submitted) -> None:
        try:
            line = read_line(submitted.text)
            if isinstance(line, Call):
                self._commands.run(line)
            else:
                self._conversation.send(line)
                self._timeline.show_end()
        except (UsageError, StoreError) as error:
            self._composer.give_back(submitted.text)
            self._status.show_error(str(error))
        else:
            self._status.clear_error()
        self._conversation.change_desk(recall=self._composer.recall.entries)

    def begin_command(self, name: str) -> None:
        """Do what a command of the palette asks for, or have it written where something is still to be said."""
        command = next(command for command in COMMANDS if command.name == name)
        if command.needs_argument:
            self._composer.begin(f"/{name} ")
            return
        try:
            self._commands.run(Call(command, ""))
        except (UsageError, StoreError) as error:
            self._status.show_error(str(error))

    # --- reading ---

    @on(TimelineView.Moved)
    def _show_way_down(self, moved: TimelineView.Moved) -> None:
        self._status.show_late(moved.late)
        if moved.following:
            self._status.hide_below()
        else:
            self._status.show_below(f"{moved.unseen} new below" if moved.unseen else "more below", moved.day)
        if self._timeline.read != self._conversation.desk.last_read:
            self._conversation.change_desk(last_read=self._timeline.read)

    @on(TimelineView.Chosen)
    def _show_details(self, chosen: TimelineView.Chosen) -> None:
        self._show_chosen(chosen.message)
        if chosen.message is None:
            self._composer.focus()

    def _show_chosen(self, message: Said | None) -> None:
        if message is None:
            self._status.clear_details()
            return
        details = details_of(message, self._calling(message))
        if self._conversation.is_own(message.feed):
            holders = self._conversation.delivery(message.position)
            details += f" \N{MIDDLE DOT} {holders_text([person.label for person in holders])}"
        self._status.show_details(details)

    @on(TimelineView.Copied)
    def _copy(self, copied: TimelineView.Copied) -> None:
        self.app.copy_to_clipboard(copied.text)
        self._status.show_notice("Copied.")

    @on(TimelineView.LinksAsked)
    def _choose_link(self, asked: TimelineView.LinksAsked) -> None:
        match asked.urls:
            case []:
                self._status.show_notice("There is no link in this message.")
            case [url] if is_plain(url):
                self._open_link(url)
            case urls:
                from multichat.screens.links import LinksScreen  # noqa: PLC0415 (see _commands)

                self.app.push_screen(LinksScreen(urls), self._open_link)

    def _open_link(self, url: str | None) -> None:
        if url is not None:
            self.app.open_url(url)
            self._status.show_notice(f"Opening {url}")

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

    def action_clear_notice(self) -> None:
        """Take the notice away, and end what is going on for long."""
        if self._export is not None:
            self._export.cancel()
        self._status.clear()

    def action_search(self) -> None:
        """Search, beginning with what was looked for the last time."""
        self._begin_search_safely(self._searched)

    def action_toggle_people(self) -> None:
        """Show who is here, or no more."""
        self.toggle_people()

    # --- what the commands ask for: see `commands.Stage` ---

    def show_hint(self, text: str) -> None:
        """Say something about the program, as a notice."""
        self._status.show_notice(text)

    def show_end(self) -> None:
        """Go to the last message."""
        self._timeline.show_end()

    def go_to(self, position: Position) -> None:
        """Show the message at a position, and look at it closer."""
        self._timeline.focus()
        self._timeline.show(position, choose=True)

    def renamed(self) -> None:
        """Show what one is called now."""
        self._marks.nickname = self._conversation.nickname
        self._company.renamed()
        # As content: a string would be read as markup.
        self._composer.placeholder = Content(self._placeholder())
        self._timeline.repaint_marks()

    def begin_search(self, text: str) -> None:
        """Search for `text`. Raises StoreError."""
        from multichat.screens.search import SearchScreen  # noqa: PLC0415 (see _commands)

        screen = SearchScreen(self._conversation.open_search(), self._history, text, self._calling)
        self.app.push_screen(screen, partial(self._end_search, screen))

    def _begin_search_safely(self, text: str) -> None:
        try:
            self.begin_search(text)
        except StoreError as error:
            self._status.show_error(str(error))

    def _end_search(self, screen: "SearchScreen", position: Position | None) -> None:
        self._searched = screen.text
        if position is not None:
            self.go_to(position)

    def run_export(self, path: Path) -> None:
        """Write all that has been said to a file; Escape ends it. Raises UsageError while one is under way."""
        if self._export is not None:
            raise UsageError(self._with_way_out("one export is under way"))
        self._export = self.run_worker(self._write_export(path))

    def _with_way_out(self, text: str) -> str:
        return "; ".join([text, *told_keys(self.app, ("conversation.clear-notice", "ends it"))])

    async def _write_export(self, path: Path) -> None:
        from multichat.exporting import EVERYTHING, form_of, format_of, new_file, write  # noqa: PLC0415 (see _commands)

        form = form_of(self._conversation, format_of(path))
        try:
            with new_file(path) as file:
                count = await write(
                    self._history,
                    EVERYTHING,
                    form,
                    file.write,
                    lambda done: self._status.show_notice(self._with_way_out(done)),
                )
        except asyncio.CancelledError:
            self._status.show_notice("Nothing was exported.")
            raise
        except (OSError, StoreError) as error:
            reason = error.strerror if isinstance(error, OSError) else None
            self._status.show_error(f"{path} cannot be written: {reason or error}")
        else:
            self._status.show_notice(f"{count:,} messages written to {path}.")
        finally:
            self._export = None

    # --- people ---

    def toggle_people(self) -> None:
        """Show who is here, or no more."""
        self._company.toggle_panel()
        self._arrange_people()

    def _show_people(self) -> None:
        self._company.look()
        self._arrange_people()

    def _arrange_people(self) -> None:
        is_wide = (self.size or self.app.size).width >= _WIDE
        is_shown = self._company.lists_people(is_wide=is_wide)
        self._put(self._company.arrange_panel(is_shown=is_shown), "#middle")
        self.set_class(is_shown and not is_wide, "-people")

    def _show_welcome_if_empty(self) -> None:
        self._timeline.display = not self._timeline.is_empty
        welcome = self._company.arrange_welcome(is_shown=self._timeline.is_empty)
        self._put(welcome, "#talk", after=self._timeline)

    def _put(self, part: Widget | None, place: str, after: Widget | None = None) -> None:
        """Put a part that was made just now where it belongs; `compose` does that before there are places."""
        # Something may still happen in the room while the program ends, and its places are no more.
        if part is not None and self.is_mounted and self.is_attached:
            self.query_one(place).mount(part, after=after)


def _now_ms() -> int:
    return time.time_ns() // 1_000_000

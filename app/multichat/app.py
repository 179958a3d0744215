"""The program on a full screen.

Owns which screen is shown, in which colours, how a room is opened and closed, and how the program ends. Whatever goes
wrong is left in `MultichatApp.failure` for the caller to say once the terminal is the user's again.
"""

import asyncio
import gc
import signal
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from os import environ
from typing import TYPE_CHECKING, ClassVar, Final

from textual import events
from textual.app import App
from textual.await_complete import AwaitComplete
from textual.binding import BindingType
from textual.command import CommandPalette, Provider
from textual.driver import Driver
from textual.filter import LineFilter, NoColor
from textual.screen import Screen
from textual.widget import AwaitMount

from multichat.anchoring import anchoring
from multichat.clipboard import copy_natively_soon
from multichat.errors import FAILED, RefusedError, UsageError, exit_code_of
from multichat.keys import BY_ID, Place, bindings, key_title
from multichat.model.conversation import Conversation
from multichat.screens.conversation import ConversationScreen
from multichat.settings import Settings, meant
from multichat.themes import DARK, LIGHT, OWN, THEME_NAMES, ThemeChoice
from multichat.themes.few_colours import FewColours
from multifeed.errors import LocalError, StoreError

if TYPE_CHECKING:
    from multichat.screens.nickname import NicknameScreen

_ENDING_SIGNALS: Final = tuple(getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name))

# From so many lines on, a screen has space to spare.
_HIGH: Final = 20

_NO_COLOUR_CSS: Final = "themes/no_colour.tcss"

# By then the first screen is complete.
_SETTLED_AFTER_S: Final = 1.0

# What this machine, its disk or its user can do to us. Anything else is a defect.
_EXPECTED_ERRORS: Final = (UsageError, RefusedError, LocalError, StoreError, OSError)


def _command_entries() -> type[Provider]:
    # Whatever is shown later is imported then: the first screen need not wait for it.
    from multichat.palette import CommandEntries  # noqa: PLC0415

    return CommandEntries


class MultichatApp(App[int]):
    """Asks for a nickname if there is none yet, then shows the room that `open_room` opens for it.

    With `shows_invite`, also how others come into it: it was made for them just now.
    """

    TITLE = "multichat"
    # The first screen's own, so that nothing is read twice.
    CSS_PATH = "screens/conversation.tcss"
    BINDINGS: ClassVar[list[BindingType]] = bindings(Place.EVERYWHERE)
    COMMANDS: ClassVar[set[type[Provider] | Callable[[], type[Provider]]]] = {_command_entries}
    # On a low screen every line is needed for the conversation.
    VERTICAL_BREAKPOINTS = [(0, "-low"), (_HIGH, "-high")]  # noqa: RUF012 - Textual declares it so

    def __init__(
        self,
        open_room: Callable[[str], Conversation],
        nickname: str | None,
        proposed_nickname: str,
        *,
        settings: Settings | None = None,
        choice: ThemeChoice | None = None,
        shows_invite: bool = False,
    ) -> None:
        super().__init__(css_path=[_NO_COLOUR_CSS, self.CSS_PATH] if "NO_COLOR" in environ else None)
        self.failure: str | None = None
        self.settings = settings or Settings()
        self.key_table = self.settings.keys
        self._choice = choice
        self._shows_invite = shows_invite
        self._open_room = open_room
        self._first_nickname = nickname
        self._proposed_nickname = proposed_nickname
        self._conversation: Conversation | None = None
        self._early: list[events.Key | events.Paste] = []
        for theme in OWN:
            self.register_theme(theme)
        self.theme = self._first_theme()
        self._no_colours = NoColor()
        self._few_colours = {dark: FewColours(dark=dark) for dark in (True, False)}

    def on_load(self) -> None:
        """Open the room before the terminal is taken, so that a refusal is all that one sees."""
        if self._first_nickname is not None:
            try:
                self._conversation = self._open_room(self._first_nickname)
            except _EXPECTED_ERRORS as error:
                self._fail(error)

    def on_mount(self) -> None:
        """Show the first screen."""
        self._end_on_signals()
        self.set_timer(_SETTLED_AFTER_S, _keep_what_is_there)
        self.set_keymap(self.key_table.keymap())
        if self._conversation is not None and isinstance(self.screen, ConversationScreen):
            self._begin(self.screen, self._conversation)
        elif self._conversation is not None:
            self.run_worker(self._put_in_order(self._conversation))
        else:
            from multichat.screens.nickname import NicknameScreen  # noqa: PLC0415 (see _command_entries)

            self.push_screen(NicknameScreen(self._proposed_nickname))

    async def on_event(self, event: events.Event) -> None:
        """A key comes before whatever arrives; one that comes before the screen is for the box that will be there."""
        if isinstance(event, events.Key) and self._conversation is not None:
            self._conversation.give_way()
        if isinstance(event, events.Key | events.Paste) and (self._early or not self.screen.is_mounted):
            if not self._early:
                self.screen.call_later(self.call_later, self._take_early)
            self._early.append(event)
            return
        await super().on_event(event)

    async def _take_early(self) -> None:
        early, self._early = self._early, []
        for event in early:
            await self.on_event(event)

    def action_help_quit(self) -> None:
        """Ctrl+C copies; whoever wanted to leave learns how, where nothing is covered."""
        keys = self.key_table.keys_of(BY_ID["program.quit"])
        self._hint(f"{key_title(keys[0]) if keys else '/quit'} quits.")

    def action_show_help(self) -> None:
        """Show what can be done, or take it away again."""
        from multichat.screens.help import HelpScreen  # noqa: PLC0415 (see _command_entries)

        if isinstance(self.screen, HelpScreen):
            self.screen.dismiss()
        else:
            self.push_screen(HelpScreen())

    def action_choose_theme(self, name: str = "") -> None:
        """Like `choose_theme`, for a key or the palette."""
        self.choose_theme(name)

    def choose_theme(self, name: str = "") -> None:
        """Take the theme of this name, now and at the next start; without a name, have it chosen from a list.

        Raises UsageError for one that there is not.
        """
        if not name:
            from multichat.palette import ThemeEntries  # noqa: PLC0415 (see _command_entries)

            self.push_screen(CommandPalette([ThemeEntries], placeholder="Search for a theme"))
            return
        if name not in THEME_NAMES:
            raise UsageError(f"there is no theme {name!r}{meant(name, sorted(THEME_NAMES))}")
        self.theme = name
        if self._choice is not None:
            try:
                self._choice.save(name)
            except OSError as error:
                self._hint(f"The theme cannot be kept for the next start: {error.strerror or error}.")

    def refresh_css(self, animate: bool = True) -> None:  # noqa: FBT001, FBT002 (as Textual declares it)
        """Take the colours of a theme; before there is a screen, nothing is to be read and painted again."""
        if self.screen_stack:
            super().refresh_css(animate)
        else:
            self.stylesheet.set_variables(self.get_css_variables())

    def copy_to_clipboard(self, text: str) -> None:
        """Copy by the terminal's own way, and by the system's: not every terminal lets itself be asked."""
        super().copy_to_clipboard(text)
        if not self.is_headless:
            copy_natively_soon(text)

    def get_driver_class(self) -> type[Driver]:
        """What writes to the terminal: as Textual would, but no text moves what stands beside it."""
        return anchoring(super().get_driver_class())

    def get_line_filters(self) -> Sequence[LineFilter]:
        """What is done to each line before it is written; colours are reduced only for a terminal that has few."""
        filters = super().get_line_filters()
        if self.no_color and self.native_ansi_color:
            # Of colours that only the terminal knows, Textual's would make black on black.
            return [self._no_colours]
        if self.console.color_system != "standard" or self.is_headless:
            return filters
        return [*filters, self._few_colours[self.current_theme.dark]]

    async def on_unmount(self) -> None:
        """Leave the room; the terminal is the user's again by now."""
        self._leave_signals()
        if self._conversation is not None:
            try:
                await self._conversation.close()
            except Exception as error:  # noqa: BLE001 - nobody further up could say it in a line
                self.failure = self.failure or _said(error)
                self._return_code = FAILED

    def on_nickname_screen_chosen(self, chosen: "NicknameScreen.Chosen") -> None:
        """Open the room for whoever has said who they are."""
        try:
            self._conversation = self._open_room(chosen.nickname)
        except UsageError as error:
            chosen.screen.refuse(str(error))
        except _EXPECTED_ERRORS as error:
            self._fail(error)
        else:
            self._enter(self._conversation)

    def _enter(self, conversation: Conversation) -> None:
        if conversation.unread:
            self.run_worker(self._put_in_order(conversation))
        else:
            self._show(conversation)

    async def _put_in_order(self, conversation: Conversation) -> None:
        """Say how far it is while a long history is made ready."""
        from multichat.screens.opening import OpeningScreen  # noqa: PLC0415 (see _command_entries)

        screen = OpeningScreen(conversation.name, conversation.unread)
        await self._replace_first(screen)
        try:
            await conversation.read_history(screen.show_left)
        except _EXPECTED_ERRORS as error:
            self._fail(error)
        else:
            self._show(conversation)

    def get_default_screen(self) -> Screen[None]:
        """The conversation, wherever nothing has to be asked or waited for before it."""
        if self._conversation is None or self._conversation.unread:
            return super().get_default_screen()
        return self._screen_of(self._conversation)

    def _screen_of(self, conversation: Conversation) -> ConversationScreen:
        screen = ConversationScreen(conversation, self.settings)
        # Now rather than at its first layout, after which every style would be worked out again.
        screen.set_class(self.size.height >= _HIGH, "-high")
        screen.set_class(self.size.height < _HIGH, "-low")
        return screen

    def _show(self, conversation: Conversation) -> None:
        screen = self._screen_of(conversation)
        self._replace_first(screen)
        self._begin(screen, conversation)

    def _begin(self, screen: ConversationScreen, conversation: Conversation) -> None:
        if self._shows_invite:
            self.call_after_refresh(screen.begin_command, "invite")
        self.call_after_refresh(self.run_worker, partial(self._start, conversation))

    def _replace_first(self, screen: Screen[None]) -> AwaitMount | AwaitComplete:
        """Show a screen in place of what there was: a question, or how far something is."""
        is_first = len(self.screen_stack) == 1
        return self.push_screen(screen) if is_first else self.switch_screen(screen)

    async def _start(self, conversation: Conversation) -> None:
        """Look for people once something is on the screen."""
        try:
            await conversation.start()
        except Exception as error:  # noqa: BLE001 - a worker's error would go unsaid
            self._handle_exception(error)

    def _first_theme(self) -> str:
        """What was chosen last, else what the config says, else what suits the terminal."""
        chosen = self._choice.load() if self._choice is not None else None
        if chosen in THEME_NAMES:
            return chosen
        return self.settings.theme or (LIGHT if terminal_is_light(environ.get("COLORFGBG", "")) else DARK).name

    def _hint(self, text: str) -> None:
        if isinstance(self.screen, ConversationScreen):
            self.screen.show_hint(text)

    def _fail(self, error: Exception) -> None:
        """End, leaving one line for the caller to say; the first reason is the one that counts."""
        code = exit_code_of(error)
        if self.failure is None:
            self.failure = _said(error)
        self.exit(code, return_code=code)

    def _handle_exception(self, error: Exception) -> None:
        """What no screen handles; Textual would print a traceback where a user needs a line."""
        if isinstance(error, _EXPECTED_ERRORS):
            self._fail(error)
            return
        if self.failure is None:
            self.failure = _said(error)
        super()._handle_exception(error)
        self._exit_renderables.clear()

    def _end_on_signals(self) -> None:
        # Not on Windows, and not outside the main thread: there, whoever runs the program ends it.
        with suppress(NotImplementedError, RuntimeError, ValueError):
            for ending in _ENDING_SIGNALS:
                asyncio.get_running_loop().add_signal_handler(ending, self.exit)

    def _leave_signals(self) -> None:
        with suppress(NotImplementedError, RuntimeError, ValueError):
            for ending in _ENDING_SIGNALS:
                asyncio.get_running_loop().remove_signal_handler(ending)


def _keep_what_is_there() -> None:
    """Have the garbage collector leave alone what is there by now: each look at all of it holds up the screen."""
    gc.collect()
    gc.freeze()
    gc.enable()


def terminal_is_light(colours: str) -> bool:
    """Whether a terminal that describes itself as `colours` (COLORFGBG, "15;0") has a light background."""
    background = colours.rpartition(";")[2]
    return background in {"7", "15"}


def _said(error: Exception) -> str:
    if isinstance(error, _EXPECTED_ERRORS):
        return str(error) or type(error).__name__
    return f"multichat stopped at a defect of its own: {type(error).__name__}: {error}"

"""The program on a full screen.

Owns which screen is shown, how a room is opened and closed, and how the program ends. Whatever goes wrong is left in
`MultichatApp.failure` for the caller to say once the terminal is the user's again.
"""

import asyncio
import signal
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from os import environ
from typing import ClassVar, Final

from textual import on
from textual.app import App
from textual.binding import Binding, BindingType

from multichat.errors import FAILED, RefusedError, UsageError, exit_code_of
from multichat.model.conversation import Conversation
from multichat.screens.conversation import ConversationScreen
from multichat.screens.nickname import NicknameScreen
from multichat.themes import DARK, LIGHT
from multifeed.errors import LocalError, StoreError

_ENDING_SIGNALS: Final = tuple(getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name))

# What this machine, its disk or its user can do to us. Anything else is a defect.
_EXPECTED_ERRORS: Final = (UsageError, RefusedError, LocalError, StoreError, OSError)


class MultichatApp(App[int]):
    """Asks for a nickname if there is none yet, then shows the room that `open_room` opens for it."""

    TITLE = "multichat"
    BINDINGS: ClassVar[list[BindingType]] = [
        # Not a priority: what was typed before it, a last message and Enter, takes effect first.
        Binding("ctrl+q", "quit", "Quit", show=False)
    ]
    # On a low screen every line is needed for the conversation.
    VERTICAL_BREAKPOINTS = [(0, "-low"), (20, "-high")]  # noqa: RUF012 - Textual declares it so

    def __init__(self, open_room: Callable[[str], Conversation], nickname: str | None, proposed_nickname: str) -> None:
        super().__init__()
        self.failure: str | None = None
        self._open_room = open_room
        self._first_nickname = nickname
        self._proposed_nickname = proposed_nickname
        self._conversation: Conversation | None = None
        self.register_theme(DARK)
        self.register_theme(LIGHT)
        self.theme = (LIGHT if terminal_is_light(environ.get("COLORFGBG", "")) else DARK).name

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
        if self._conversation is not None:
            self._enter(self._conversation)
        else:
            self.push_screen(NicknameScreen(self._proposed_nickname))

    def action_help_quit(self) -> None:
        """Ctrl+C copies; whoever wanted to leave learns how, where nothing is covered."""
        if isinstance(self.screen, ConversationScreen):
            self.screen.show_hint("Ctrl+Q quits.")

    async def on_unmount(self) -> None:
        """Leave the room; the terminal is the user's again by now."""
        self._leave_signals()
        if self._conversation is not None:
            try:
                await self._conversation.close()
            except Exception as error:  # noqa: BLE001 - nobody further up could say it in a line
                self.failure = self.failure or _said(error)
                self._return_code = FAILED

    @on(NicknameScreen.Chosen)
    def _open_chosen(self, chosen: NicknameScreen.Chosen) -> None:
        try:
            self._conversation = self._open_room(chosen.nickname)
        except UsageError as error:
            chosen.screen.refuse(str(error))
        except _EXPECTED_ERRORS as error:
            self._fail(error)
        else:
            self._enter(self._conversation)

    def _enter(self, conversation: Conversation) -> None:
        screen = ConversationScreen(conversation)
        if isinstance(self.screen, NicknameScreen):
            self.switch_screen(screen)
        else:
            self.push_screen(screen)
        self.call_after_refresh(self.run_worker, partial(self._start, conversation))

    async def _start(self, conversation: Conversation) -> None:
        """Look for people once something is on the screen."""
        try:
            await conversation.start()
        except Exception as error:  # noqa: BLE001 - a worker's error would go unsaid
            self._handle_exception(error)

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


def terminal_is_light(colours: str) -> bool:
    """Whether a terminal that describes itself as `colours` (COLORFGBG, "15;0") has a light background."""
    background = colours.rpartition(";")[2]
    return background in {"7", "15"}


def _said(error: Exception) -> str:
    if isinstance(error, _EXPECTED_ERRORS):
        return str(error) or type(error).__name__
    return f"multichat stopped at a defect of its own: {type(error).__name__}: {error}"

"""The question that a first start asks: who are you.

Owns the asking. Knows nothing of rooms: whether a possible nickname can be had is decided elsewhere.
"""

from dataclasses import dataclass

from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.message import Message
from textual.screen import Screen
from textual.widgets import Input, Static

from multichat.errors import UsageError
from multichat.model.names import require_nickname
from multichat.widgets.key_names import told_keys


class NicknameScreen(Screen[None]):
    """Asks for a nickname and proposes one."""

    CSS_PATH = "nickname.tcss"
    AUTO_FOCUS = "Input"

    @dataclass
    class Chosen(Message):
        """Posted when a possible nickname was given; `screen` asked for it."""

        screen: "NicknameScreen"
        nickname: str

    def __init__(self, proposed: str) -> None:
        super().__init__()
        self._answer = Input(proposed, compact=True)
        self._answer.cursor_blink = False

    def compose(self) -> ComposeResult:
        """What this is, the question, the answer, what is wrong with it, and what to do."""
        keys = ["Enter goes on", *told_keys(self.app, ("program.quit", "quits"))]
        with Vertical():
            yield Static("multichat", id="title")
            yield Static("Talk with whoever is on this network.", id="about")
            yield Static("What do people call you?", id="question")
            yield self._answer
            yield Static(id="problem", markup=False)
            yield Static("It stands beside what you say.\n/nick changes it later.", classes="hint")
            yield Static(" \N{MIDDLE DOT} ".join(keys), classes="hint", id="keys", markup=False)

    def refuse(self, reason: str) -> None:
        """Say why the nickname cannot be had."""
        self.query_one("#problem", Static).update(_sentence(reason))

    @on(Input.Submitted)
    def _choose(self, submitted: Input.Submitted) -> None:
        try:
            nickname = require_nickname(submitted.value)
        except UsageError as error:
            self.refuse(str(error))
        else:
            self.post_message(self.Chosen(self, nickname))

    @on(Input.Changed)
    def _forget_problem(self) -> None:
        self.refuse("")


def _sentence(reason: str) -> str:
    """What an error says, as it stands by itself on a screen."""
    return f"{reason[:1].upper()}{reason[1:].removesuffix('.')}." if reason else ""

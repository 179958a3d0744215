"""The question that a first start asks: who are you.

Owns which nicknames are impossible. Knows nothing of rooms: whether a possible one can be had is decided elsewhere.
"""

from dataclasses import dataclass

from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.message import Message
from textual.screen import Screen
from textual.widgets import Input, Static

from multichat.limits import NICKNAME_LENGTH_MAX
from multichat.model.text import sanitise_line
from multichat.widgets.wrapping import unisolated


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
        """The question, the answer, what is wrong with it, and what to do."""
        with Vertical():
            yield Static("multichat", id="title")
            yield Static("What do people call you?", id="question")
            yield self._answer
            yield Static(id="problem", markup=False)
            yield Static("Enter goes on \N{MIDDLE DOT} Ctrl+Q quits", id="keys")

    def refuse(self, reason: str) -> None:
        """Say why the nickname cannot be had."""
        self.query_one("#problem", Static).update(reason)

    @on(Input.Submitted)
    def _choose(self, submitted: Input.Submitted) -> None:
        nickname = submitted.value.strip()
        problem = nickname_problem(nickname)
        if problem is None:
            self.post_message(self.Chosen(self, nickname))
        else:
            self.refuse(problem)

    @on(Input.Changed)
    def _forget_problem(self) -> None:
        self.refuse("")


def nickname_problem(nickname: str) -> str | None:
    """What makes `nickname` impossible, in a line for the user; None if nothing does."""
    if not nickname:
        return "A nickname has at least one character."
    if len(nickname) > NICKNAME_LENGTH_MAX:
        return f"A nickname has at most {NICKNAME_LENGTH_MAX} characters."
    if unisolated(sanitise_line(nickname, NICKNAME_LENGTH_MAX)) != nickname:
        return "A nickname has no control or invisible characters."
    return None

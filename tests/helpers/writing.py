"""A screen on which there is little but the composer and what stands above it, in the real screen's colours."""

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from pathlib import Path

from textual import on
from textual.app import App, ComposeResult
from textual.pilot import Pilot
from textual.screen import Screen
from textual.widgets import Static

import multichat.screens
from multichat.model.commands import Command
from multichat.model.recall import Recall
from multichat.themes import DARK, LIGHT
from multichat.widgets.composer import Composer

# A few that stay, whatever the program learns.
COMMANDS = (
    Command("help", "", "show what can be done, and the keys for it"),
    Command("connect", "HOST[:PORT]", "connect to a peer by hand, and keep trying"),
    Command("doctor", "", "see why nobody is here, and what to do"),
    Command("quit", "", "leave"),
    *(Command(f"example-{number}", "[TEXT]", "do what there is one more command for") for number in range(4)),
)

_LINES = "\n".join(f"09:{minute:02} bob  message {minute}" for minute in range(60))


class ConversationScreen(Screen[None]):
    """Named as the real one is, for its style sheet; collects what is to be sent."""

    CSS_PATH = Path(next(iter(multichat.screens.__path__))) / "conversation.tcss"
    AUTO_FOCUS = "Composer"
    CSS = "#talk { height: 1fr; content-align: left bottom; } "

    def __init__(self, composer: Composer) -> None:
        super().__init__()
        self._composer = composer
        self.sent: list[str] = []

    def compose(self) -> ComposeResult:
        yield Static(_LINES, id="talk", markup=False)
        yield Static("", id="status")
        yield self._composer.completions
        yield self._composer

    def on_resize(self) -> None:
        self._composer.styles.max_height = max(self.size.height // 3, 1)

    @on(Composer.Submitted)
    def _send(self, submitted: Composer.Submitted) -> None:
        self.sent.append(submitted.text)


class WritingApp(App[None]):
    """Shows the composer."""

    VERTICAL_BREAKPOINTS = [(0, "-low"), (20, "-high")]  # noqa: RUF012 - Textual declares it so

    def __init__(
        self,
        nicknames: Iterable[str] = (),
        *,
        recall: Iterable[str] = (),
        draft: str = "",
        theme: str = DARK.name,
    ) -> None:
        super().__init__()
        self.register_theme(DARK)
        self.register_theme(LIGHT)
        self.theme = theme
        known = list(nicknames)
        self.composer = Composer(
            "Write to lobby as alice",
            recall=Recall(recall),
            draft=draft,
            nicknames=lambda: known,
            commands=COMMANDS,
        )
        self.writing = ConversationScreen(self.composer)

    def on_mount(self) -> None:
        self.push_screen(self.writing)


@asynccontextmanager
async def writing(app: WritingApp, size: tuple[int, int] = (80, 24)) -> AsyncIterator[Pilot[None]]:
    async with app.run_test(size=size) as pilot:
        await pilot.pause()
        yield pilot


def above(app: WritingApp) -> list[str]:
    """What stands above the composer, as it is painted."""
    shown = app.composer.completions
    return [shown.render_line(y).text.rstrip() for y in range(shown.size.height)] if shown.display else []

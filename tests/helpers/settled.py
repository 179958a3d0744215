"""The program on a screen, with settings of the test's own."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from textual.pilot import Pilot

from multichat.app import MultichatApp
from multichat.settings import Settings
from multichat.themes import ThemeChoice
from tests.helpers.fake_conversation import FakeConversation
from tests.helpers.screen import settle


@asynccontextmanager
async def open_app_with(
    conversation: FakeConversation,
    settings: Settings | None = None,
    choice: ThemeChoice | None = None,
    size: tuple[int, int] = (80, 24),
) -> AsyncIterator[Pilot[int]]:
    app = MultichatApp(lambda _: conversation, "alice", "user", settings=settings, choice=choice)
    async with app.run_test(size=size) as pilot:
        await settle(pilot)
        yield pilot

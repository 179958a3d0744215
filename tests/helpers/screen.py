"""Looking at the screen of a running program, as a person would."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from textual import events
from textual.pilot import Pilot

from multichat.app import MultichatApp
from multichat.model.message import Message
from multichat.widgets.composer import Composer
from multichat.widgets.status_line import StatusLine
from multichat.widgets.timeline_view import TimelineView
from tests.helpers.fake_conversation import NINE_O_CLOCK_MS, FakeConversation, said

MINUTE_MS = 60_000


def talk(count: int) -> list[Message]:
    return [said("bob", f"message {number}", NINE_O_CLOCK_MS + number * MINUTE_MS, number) for number in range(count)]


@asynccontextmanager
async def open_app(
    conversation: FakeConversation, size: tuple[int, int] = (80, 24), nickname: str | None = "alice"
) -> AsyncIterator[Pilot[int]]:
    app = MultichatApp(lambda _: conversation, nickname, "user")
    async with app.run_test(size=size) as pilot:
        await settle(pilot)
        yield pilot


async def settle(pilot: Pilot[int]) -> None:
    """Let everything that was caused happen and be painted."""
    for _ in range(3):
        await pilot.pause()


async def wait_for(pilot: Pilot[int], condition: Callable[[], bool]) -> None:
    for _ in range(100):
        if condition():
            return
        await pilot.pause()
    assert condition()


def burst(pilot: Pilot[int], *keys: str) -> None:
    """Press `keys` as they come over a slow line: all before the first takes effect."""
    for key in keys:
        pilot.app.post_message(events.Key(key, key if len(key) == 1 else None))


def timeline(pilot: Pilot[int]) -> TimelineView:
    return pilot.app.screen.query_one(TimelineView)


def composer(pilot: Pilot[int]) -> Composer:
    return pilot.app.screen.query_one(Composer)


def shown(pilot: Pilot[int], part: str = "TimelineView") -> list[str]:
    """The lines of a widget, as they are painted."""
    widget = pilot.app.screen.query_one(part)
    return [widget.render_line(y).text.rstrip() for y in range(widget.size.height)]


def said_below(pilot: Pilot[int]) -> str:
    return pilot.app.screen.query_one(StatusLine).below


def late_arrivals(pilot: Pilot[int]) -> str:
    """What the line says of what arrived above what had been read."""
    return pilot.app.screen.query_one(StatusLine).late


def noticed(pilot: Pilot[int]) -> str:
    return pilot.app.screen.query_one(StatusLine).notice

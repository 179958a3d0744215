"""Messages from clocks that are ahead, as they look: how many wait, and what they say."""

import time
from collections.abc import Callable, Iterator

import pytest
from textual.pilot import Pilot

from multichat.app import MultichatApp
from multichat.model.muted import Unmuted
from multichat.screens.ahead import AheadScreen
from multichat.themes import DARK, LIGHT
from tests.helpers.fake_conversation import NINE_O_CLOCK_MS, FakeConversation, person, said

MINUTE_MS = 60_000
HOUR_MS = 60 * MINUTE_MS

SnapCompare = Callable[..., bool]

sizes = pytest.mark.parametrize("size", [(40, 12), (80, 24), (120, 40)], ids=lambda size: f"{size[0]}x{size[1]}")
themes = pytest.mark.parametrize("theme", [DARK.name, LIGHT.name], ids=["dark", "light"])


@pytest.fixture(autouse=True)
def _utc(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


def _talk() -> FakeConversation:
    conversation = FakeConversation(
        said(nickname, text, NINE_O_CLOCK_MS + number * MINUTE_MS, number)
        for number, (nickname, text) in enumerate(
            [("bob", "Is anybody else's clock odd today?"), ("carol", "Mine is fine."), ("bob", "Then it is dave's.")]
        )
    )
    conversation.know(person("bob"), person("carol"), person("dave"))
    return conversation


def _hold_aside(conversation: FakeConversation) -> None:
    conversation.hold_aside(
        said("dave", "I am here, but nobody seems to hear me?", NINE_O_CLOCK_MS + 3 * HOUR_MS, 0),
        said("dave", "Line one\nline two, with [b]brackets[/b]", NINE_O_CLOCK_MS + 3 * HOUR_MS + 4_000, 1),
        said("山田太郎", "明日の予定はどうなっていますか。" * 4, NINE_O_CLOCK_MS + 30 * HOUR_MS, 0),
    )


def _app(conversation: FakeConversation, theme: str) -> MultichatApp:
    app = MultichatApp(lambda _: conversation, "alice", "alice")
    app.theme = theme
    return app


@sizes
def test_how_many_wait(snap_compare: SnapCompare, size: tuple[int, int]) -> None:
    conversation = _talk()

    async def hold(pilot: Pilot[int]) -> None:
        _hold_aside(conversation)
        await pilot.pause()

    assert snap_compare(_app(conversation, DARK.name), terminal_size=size, run_before=hold)


@sizes
@themes
def test_what_waits(snap_compare: SnapCompare, size: tuple[int, int], theme: str) -> None:
    conversation = _talk()

    async def show(pilot: Pilot[int]) -> None:
        _hold_aside(conversation)
        await pilot.app.push_screen(
            AheadScreen(Unmuted(conversation.history), lambda: NINE_O_CLOCK_MS + 10 * MINUTE_MS)
        )
        await pilot.pause()

    assert snap_compare(_app(conversation, theme), terminal_size=size, run_before=show)


def test_a_clock_that_disagrees_is_told_in_a_notice(snap_compare: SnapCompare) -> None:
    conversation = _talk()

    async def tell(pilot: Pilot[int]) -> None:
        _hold_aside(conversation)
        conversation.notice("this machine's clock is 2 hours 4 minutes behind most others'; set it")
        await pilot.pause()

    assert snap_compare(_app(conversation, DARK.name), terminal_size=(80, 24), run_before=tell)

"""The search as it looks: every size, dark and light, with what is hard to draw among what is found and around it."""

import time
from collections.abc import Callable, Iterator

import pytest
from textual.pilot import Pilot

from multichat.app import MultichatApp
from multichat.model.message import Message
from multichat.screens.search import SearchScreen
from multichat.themes import DARK, LIGHT
from tests.helpers.fake_conversation import NINE_O_CLOCK_MS, FakeConversation, FakeSearch, said
from tests.helpers.screen import MINUTE_MS, settle

_DAY_MS = 24 * 60 * MINUTE_MS

SnapCompare = Callable[..., bool]

sizes = pytest.mark.parametrize(
    "size", [(40, 12), (80, 24), (120, 40), (200, 60)], ids=lambda size: f"{size[0]}x{size[1]}"
)
themes = pytest.mark.parametrize("theme", [DARK.name, LIGHT.name], ids=["dark", "light"])

_FAMILY = "\U0001f468\u200d\U0001f469\u200d\U0001f467\u200d\U0001f466"
_LONG_WORD = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft" * 2
_LONG_TEXT = "The minutes. " + "We went through the list of what is still to be done, one by one. " * 40

_SPOKEN = (
    # Days before, minutes after nine, who, what.
    (400, 0, "bob", "Is there a harbour in this town at all?"),
    (60, 3, "grace", _LONG_TEXT + "Then we walked to the harbour. " + _LONG_TEXT),
    (60, 4, "bob", "That was long."),
    (3, 0, "bob", "Good evening everyone! Has anybody seen the new schedule for the workshop?"),
    (3, 1, "caroline-with-a-long-name", "Yes, 10:00 in the hall by the harbour."),
    (3, 2, "caroline-with-a-long-name", "Bring your own laptop :)"),
    (3, 7, "alice", "Thanks! The way from the station: https://example.org/a/very/long/path?with=query&and=more"),
    (2, 20, "山田太郎", "こんにちは、みなさん。harbour の近くのホテルは高いですね。今日はとても良い天気です。" * 2),
    (2, 25, "דוד", "שלום לכולם, מה שלומכם היום? harbour זה רחוק מכאן? אני רוצה לשאול שאלה על הסדנה שמתקיימת."),
    (2, 30, "bob", f"{_FAMILY} family, \U0001f44d\U0001f3fd thumbs, ❤\ufe0f harbour {'🎉' * 24}"),
    (1, 0, "dave", f"[b]not bold[/b] [@click=app.quit]x[/] \\[ {_LONG_WORD} harbour {_LONG_WORD}"),
    (1, 1, "alice", "First line\nsecond line\n\n    the harbour();\nlast"),
    (1, 2, "alice", "and one more"),
    (1, 3, "eve", "Zal\u0301go e\u0301\u0302\u0303 harbour"),
    (0, 0, "frank", _LONG_TEXT),
    (0, 2, "eve", "Who comes to the harbour tonight? There is music until ten, and the last bus leaves at eleven."),
    (0, 3, "bob", "I do."),
    (0, 3, "山田太郎", "私も行きます!"),
    (0, 4, "דוד", "גם אני, אבל רק אחרי שמונה."),
    (0, 5, "caroline-with-a-long-name", "Can somebody bring the adapter? 🎉🎉"),
    (0, 9, "bob", "Harbour at eight, then."),
)


def _talk() -> list[Message]:
    return [
        said(who, text, NINE_O_CLOCK_MS - days * _DAY_MS + minutes * MINUTE_MS, seq)
        for seq, (days, minutes, who, text) in enumerate(_SPOKEN)
    ]


@pytest.fixture(autouse=True)
def _utc(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


class _Conversation(FakeConversation):
    """One of whose history so much is still to be looked through."""

    unread_by_search = 0

    def open_search(self) -> FakeSearch:
        return _SlowSearch(self.history, self.unread_by_search)


class _SlowSearch(FakeSearch):
    """Reads nothing on."""

    def advance(self) -> bool:
        return self.unread > 0


def _app(theme: str, unread: int = 0) -> MultichatApp:
    conversation = _Conversation(_talk(), people=3)
    conversation.unread_by_search = unread
    app = MultichatApp(lambda _: conversation, "alice", "alice")
    app.theme = theme
    return app


def _searching(text: str, *keys: str) -> Callable[[Pilot[int]], object]:
    async def search(pilot: Pilot[int]) -> None:
        await settle(pilot)
        await pilot.press("f3")
        screen = pilot.app.screen
        assert isinstance(screen, SearchScreen)
        if screen._reading is not None:
            # It would go on reading without end, and be looked at no sooner.
            screen._reading.pause()
        await pilot.press(*text, *keys)
        await settle(pilot)

    return search


@sizes
@themes
def test_what_is_found_and_what_is_around_the_newest(
    snap_compare: SnapCompare, size: tuple[int, int], theme: str
) -> None:
    assert snap_compare(_app(theme), terminal_size=size, run_before=_searching("harbour"))


@sizes
def test_a_hit_among_texts_of_all_kinds(snap_compare: SnapCompare, size: tuple[int, int]) -> None:
    assert snap_compare(_app(DARK.name), terminal_size=size, run_before=_searching("harbour", *["down"] * 5))


@sizes
def test_a_hit_in_a_text_of_several_lines(snap_compare: SnapCompare, size: tuple[int, int]) -> None:
    assert snap_compare(_app(DARK.name), terminal_size=size, run_before=_searching("harbour", *["down"] * 3))


@sizes
def test_a_hit_in_the_middle_of_a_long_text(snap_compare: SnapCompare, size: tuple[int, int]) -> None:
    assert snap_compare(_app(DARK.name), terminal_size=size, run_before=_searching('"we walked"'))


@sizes
def test_the_very_first_message(snap_compare: SnapCompare, size: tuple[int, int]) -> None:
    assert snap_compare(_app(DARK.name), terminal_size=size, run_before=_searching("harbour", "pagedown"))


@sizes
@themes
def test_nothing_is_found(snap_compare: SnapCompare, size: tuple[int, int], theme: str) -> None:
    assert snap_compare(_app(theme), terminal_size=size, run_before=_searching("zebra"))


@sizes
def test_one_hit_while_the_history_is_being_read(snap_compare: SnapCompare, size: tuple[int, int]) -> None:
    assert snap_compare(_app(DARK.name, 98_384), terminal_size=size, run_before=_searching("tonight"))


@sizes
def test_nothing_yet_while_the_history_is_being_read(snap_compare: SnapCompare, size: tuple[int, int]) -> None:
    assert snap_compare(_app(DARK.name, 98_384), terminal_size=size, run_before=_searching("zebra"))


@themes
def test_nothing_is_looked_for_yet(snap_compare: SnapCompare, theme: str) -> None:
    assert snap_compare(_app(theme), terminal_size=(80, 24), run_before=_searching(""))


@themes
def test_a_search_that_cannot_be_read(snap_compare: SnapCompare, theme: str) -> None:
    assert snap_compare(_app(theme), terminal_size=(80, 24), run_before=_searching("before:tomorrowish"))

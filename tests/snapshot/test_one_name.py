"""Two people of one name as they look: in the conversation, in the list, and side by side with their keys."""

import time
from collections.abc import Callable, Iterator

import pytest
from textual.pilot import Pilot

from multichat.app import MultichatApp
from multichat.model.people import Identity
from multichat.themes import DARK, LIGHT
from tests.helpers.fake_conversation import NINE_O_CLOCK_MS, FakeConversation, feed_of, person, said
from tests.helpers.screen import MINUTE_MS, composer

SnapCompare = Callable[..., bool]

themes = pytest.mark.parametrize("theme", [DARK.name, LIGHT.name], ids=["dark", "light"])

_OTHER = feed_of("the other alice")
_CYRILLIC = feed_of("the third alice")


@pytest.fixture(autouse=True)
def _morning_in_utc(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    monkeypatch.setattr(time, "time_ns", lambda: (NINE_O_CLOCK_MS + 10 * MINUTE_MS) * 1_000_000)
    yield
    monkeypatch.undo()
    time.tzset()


def _conversation() -> FakeConversation:
    texts = [
        ("alice", feed_of("alice"), "Who has the key of the cellar?"),
        ("bob", feed_of("bob"), "You, since Tuesday."),
        ("alice", _OTHER, "It was me who took it, I think."),
        ("\N{CYRILLIC SMALL LETTER A}lice", _CYRILLIC, "Give it to me, then: bob has checked my name."),
        ("caroline-with-a-long-name", feed_of("caroline"), "Which of you two was that, @alice?"),
        ("bob", feed_of("bob"), "Look at the digits."),
    ]
    messages = [
        said(who, text, NINE_O_CLOCK_MS + at * MINUTE_MS, at, feed=feed) for at, (who, feed, text) in enumerate(texts)
    ]
    conversation = FakeConversation(messages, nickname="bob", people=3)
    conversation.know(
        person("alice"),
        person("alice", NINE_O_CLOCK_MS, is_here=False, feed=_OTHER),
        person("\N{CYRILLIC SMALL LETTER A}lice", feed=_CYRILLIC),
        person("caroline-with-a-long-name", feed=feed_of("caroline")),
    )
    conversation.check(feed_of("alice"))
    return conversation


def _app(theme: str, conversation: FakeConversation | None = None) -> MultichatApp:
    app = MultichatApp(lambda _: conversation or _conversation(), "bob", "bob")
    app.theme = theme
    return app


def _type(text: str) -> Callable[[Pilot[int]], object]:
    async def type_it(pilot: Pilot[int]) -> None:
        await pilot.pause()
        composer(pilot).insert(text)
        await pilot.press("enter")
        await pilot.pause()
        await pilot.pause()

    return type_it


@themes
def test_two_who_are_called_the_same(snap_compare: SnapCompare, theme: str) -> None:
    assert snap_compare(_app(theme), terminal_size=(80, 24))


def test_on_a_narrow_screen_the_digits_stay(snap_compare: SnapCompare) -> None:
    assert snap_compare(_app(DARK.name), terminal_size=(40, 16))


def test_in_the_list_of_people(snap_compare: SnapCompare) -> None:
    assert snap_compare(_app(DARK.name), terminal_size=(124, 16))


@themes
def test_whose_name_it_is(snap_compare: SnapCompare, theme: str) -> None:
    assert snap_compare(_app(theme), terminal_size=(80, 24), run_before=_type("/whois alice"))


@themes
def test_all_that_is_known_of_one(snap_compare: SnapCompare, theme: str) -> None:
    conversation = _conversation()
    others = conversation.everyone()
    conversation.identities[_OTHER] = Identity(
        person=next(other for other in others if other.feed == _OTHER),
        names=(said("ally", "").nickname, said("alice", "").nickname),
        feeds=(feed_of("an earlier one"), _OTHER),
        forked=frozenset({feed_of("an earlier one")}),
        first_seen_ms=NINE_O_CLOCK_MS - 40 * 24 * 60 * MINUTE_MS,
        last_seen_ms=NINE_O_CLOCK_MS,
    )
    conversation.change_desk(muted=(_OTHER,))
    asked = _type(f"/whois alice#{_OTHER.hex()[:4]}")
    assert snap_compare(_app(theme, conversation), terminal_size=(80, 24), run_before=asked)


def test_on_a_low_screen_one_scrolls(snap_compare: SnapCompare) -> None:
    assert snap_compare(_app(DARK.name), terminal_size=(40, 12), run_before=_type("/whois alice"))

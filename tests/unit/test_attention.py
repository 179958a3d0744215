"""Calling somebody who looks elsewhere."""

from textual import events
from textual.pilot import Pilot

from multichat.model.text import sanitise_line
from multichat.widgets.attention import desktop_notice
from tests.helpers.fake_conversation import NINE_O_CLOCK_MS, FakeConversation, said
from tests.helpers.screen import open_app, settle, talk


async def _rings(pilot: Pilot[int], conversation: FakeConversation, *texts: str, who: str = "bob") -> int:
    rung: list[str] = []
    pilot.app.bell = lambda: rung.append("ring")  # type: ignore[method-assign]
    conversation.receive(
        *(said(who, text, NINE_O_CLOCK_MS + 10**7 + number, 50 + number) for number, text in enumerate(texts))
    )
    await settle(pilot)
    return len(rung)


async def _look_away(pilot: Pilot[int]) -> None:
    pilot.app.post_message(events.AppBlur())
    await settle(pilot)


async def test_nothing_rings_while_one_looks() -> None:
    conversation = FakeConversation(talk(3))
    conversation.change_desk(notify="all")
    async with open_app(conversation) as pilot:
        assert await _rings(pilot, conversation, "hello alice") == 0


async def test_in_the_background_new_messages_ring_once_for_all_that_come_together() -> None:
    conversation = FakeConversation(talk(3))
    conversation.change_desk(notify="all")
    async with open_app(conversation) as pilot:
        await _look_away(pilot)
        assert await _rings(pilot, conversation, "one", "two") == 1


async def test_what_one_writes_elsewhere_does_not_ring() -> None:
    conversation = FakeConversation(talk(3))
    conversation.change_desk(notify="all")
    async with open_app(conversation) as pilot:
        await _look_away(pilot)
        assert await _rings(pilot, conversation, "me", who="alice") == 0


async def test_a_room_can_ring_for_mentions_only_or_never() -> None:
    conversation = FakeConversation(talk(3))
    conversation.change_desk(notify="all")
    async with open_app(conversation) as pilot:
        await _look_away(pilot)
        conversation.change_desk(notify="mentions")
        assert await _rings(pilot, conversation, "nothing for anybody") == 0
        conversation.change_desk(notify=None)
        assert await _rings(pilot, conversation, "nor when nobody has said what is to ring") == 0
        assert await _rings(pilot, conversation, "and @alice is meant") == 1
        conversation.change_desk(notify="none")
        assert await _rings(pilot, conversation, "alice again") == 0


def test_a_terminal_is_asked_in_the_way_that_it_knows() -> None:
    assert _notice("a;b", "c;d", {"VTE_VERSION": "7000"}) == "\x1b]777;notify;a,b;c;d\x1b\\"
    assert _notice("a", "b", {"TERM": "foot"}).startswith("\x1b]777;")
    assert _notice("a", "b", {"TERM": "xterm-kitty"}) == "\x1b]9;a: b\x1b\\"


def test_no_notice_has_markup_in_it() -> None:
    notice = _notice("<b>", '<a href="http://example.org">here</a>', {"TERM": "foot"})
    assert not set("<>") & set(notice)


def _notice(title: str, text: str, environment: dict[str, str]) -> str:
    return desktop_notice(sanitise_line(title, 99), sanitise_line(text, 99), environment)

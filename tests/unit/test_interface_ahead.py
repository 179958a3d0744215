"""Messages from clocks that are ahead, on the screen: how many are held aside, and what they say."""

import pytest
from textual.pilot import Pilot
from textual.widgets import Static

from multichat.limits import ASIDE_COUNTED_MAX, ASIDE_READ_MAX, ASIDE_TEXT_LENGTH_MAX
from multichat.model.message import Message
from multichat.model.muted import Unmuted
from multichat.screens.ahead import AheadScreen
from multifeed import StoreError
from tests.helpers.fake_conversation import NINE_O_CLOCK_MS, FakeConversation, feed_of, said
from tests.helpers.screen import composer, late_arrivals, noticed, open_app, settle, shown, talk, timeline

HOUR_MS = 3_600_000


def _ahead(number: int, nickname: str = "eve", text: str = "") -> Message:
    return said(nickname, text or f"ahead {number}", NINE_O_CLOCK_MS + number * HOUR_MS, number)


async def _write(pilot: Pilot[int], text: str) -> None:
    composer(pilot).insert(text)
    await pilot.press("enter")
    await settle(pilot)


def _panel(pilot: Pilot[int]) -> str:
    return str(pilot.app.screen.query_one("#content", Static).render())


async def test_how_many_are_held_aside_is_said_where_nothing_else_is() -> None:
    conversation = FakeConversation(talk(3))
    async with open_app(conversation) as pilot:
        conversation.hold_aside(_ahead(1), _ahead(2), _ahead(3))
        await settle(pilot)
        assert noticed(pilot) == "3 messages from clocks ahead are held aside · /ahead shows them"
        conversation.notice("the network is back")
        await settle(pilot)
        assert noticed(pilot) == "the network is back"
        await pilot.press("escape")
        conversation.hold_aside(_ahead(1))
        await settle(pilot)
        assert noticed(pilot) == "1 message from a clock ahead is held aside · /ahead shows it"
        conversation.hold_aside()
        await settle(pilot)
        assert noticed(pilot) == ""


async def test_on_a_narrow_screen_it_is_said_shorter_and_nobody_counts_a_million() -> None:
    conversation = FakeConversation(talk(3))
    async with open_app(conversation, (40, 12)) as pilot:
        conversation.hold_aside(*map(_ahead, range(ASIDE_COUNTED_MAX + 1)))
        await settle(pilot)
        assert noticed(pilot) == "over 1,000 held aside · /ahead"


async def test_what_is_held_aside_is_shown_on_request_and_not_in_the_conversation() -> None:
    conversation = FakeConversation(talk(3))
    async with open_app(conversation) as pilot:
        conversation.hold_aside(_ahead(30, "bob"), _ahead(20, text="[b]no\nmarkup[/b] \x1b[31m"))
        await settle(pilot)
        assert not any("ahead" in line for line in shown(pilot))
        await _write(pilot, "/ahead")
        panel = _panel(pilot)
        assert panel.index("eve") < panel.index("[b]no\nmarkup[/b]") < panel.index("bob") < panel.index("ahead 30")
        assert "\x1b" not in panel
        await pilot.press("escape")
        await settle(pilot)
        assert conversation.sent == []


@pytest.mark.parametrize(("left_ms", "words"), [(0, "in 0 seconds"), (HOUR_MS + 65_000, "in 1 hour 1 minute")])
async def test_it_is_said_when_each_is_due(left_ms: int, words: str) -> None:
    conversation = FakeConversation()
    conversation.history.ahead = [_ahead(1)]
    async with open_app(conversation) as pilot:
        due_ms = NINE_O_CLOCK_MS + HOUR_MS - 300_000
        await pilot.app.push_screen(AheadScreen(Unmuted(conversation.history), lambda: due_ms - left_ms))
        await settle(pilot)
        assert words in _panel(pilot)


async def test_no_more_than_a_page_is_read_and_of_each_no_more_than_a_few_lines() -> None:
    conversation = FakeConversation()
    conversation.history.ahead = [_ahead(number, text="long " * 3_000) for number in range(ASIDE_READ_MAX + 1)]
    async with open_app(conversation) as pilot:
        await _write(pilot, "/ahead")
        assert "There are more" in _panel(pilot)
        assert len(_panel(pilot)) < (ASIDE_READ_MAX + 1) * (ASIDE_TEXT_LENGTH_MAX + 100)


async def test_who_is_muted_is_not_shown_there_either() -> None:
    conversation = FakeConversation()
    conversation.change_desk(muted=(feed_of("eve"),))
    conversation.history.ahead = [_ahead(1, "eve"), _ahead(2, "bob")]
    async with open_app(conversation) as pilot:
        await _write(pilot, "/ahead")
        assert "ahead 2" in _panel(pilot)
        assert "ahead 1" not in _panel(pilot)


async def test_where_nothing_is_held_aside_that_is_what_is_said() -> None:
    async with open_app(FakeConversation()) as pilot:
        await _write(pilot, "/ahead")
        assert _panel(pilot) == "Nothing is held aside."


async def test_a_disk_that_refuses_is_said_in_the_panel(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise StoreError("view.sqlite cannot be used")

    conversation = FakeConversation()
    monkeypatch.setattr(conversation.history, "aside", refuse)
    async with open_app(conversation) as pilot:
        await _write(pilot, "/ahead")
        assert _panel(pilot) == "view.sqlite cannot be used"


async def test_what_has_come_due_stands_at_its_place_as_if_it_had_just_arrived() -> None:
    conversation = FakeConversation(talk(3))
    async with open_app(conversation) as pilot:
        conversation.hold_aside(_ahead(1))
        conversation.receive(_ahead(1))
        conversation.hold_aside()
        await settle(pilot)
        assert shown(pilot)[-1].endswith("ahead 1")
        assert not late_arrivals(pilot)
        assert noticed(pilot) == ""


async def test_a_clock_that_is_set_back_takes_what_it_had_shown_too_early_off_the_screen() -> None:
    conversation = FakeConversation(talk(3))
    async with open_app(conversation) as pilot:
        early = said("alice", "by a wrong clock", NINE_O_CLOCK_MS + HOUR_MS, 9)
        conversation.receive(early)
        await settle(pilot)
        assert any("by a wrong clock" in line for line in shown(pilot))
        conversation.set_clock_back(early)
        await settle(pilot)
        assert not any("by a wrong clock" in line for line in shown(pilot))
        assert noticed(pilot).startswith("1 message from a clock ahead")


async def test_what_is_said_after_a_clock_was_set_back_is_no_late_arrival() -> None:
    conversation = FakeConversation(talk(3))
    async with open_app(conversation) as pilot:
        early = said("alice", "by a wrong clock", NINE_O_CLOCK_MS + HOUR_MS, 9)
        conversation.receive(early)
        await settle(pilot)
        conversation.set_clock_back(early)
        await settle(pilot)
        conversation.receive(said("bob", "by a right one", NINE_O_CLOCK_MS + HOUR_MS // 2, 10))
        await settle(pilot)
        assert not late_arrivals(pilot)
        assert timeline(pilot).read == said("bob", "", NINE_O_CLOCK_MS + HOUR_MS // 2, 10).position


async def test_having_read_what_is_held_aside_by_now_makes_nothing_late() -> None:
    conversation = FakeConversation(talk(3))
    conversation.change_desk(last_read=_ahead(9).position)
    async with open_app(conversation) as pilot:
        conversation.receive(said("bob", "now", NINE_O_CLOCK_MS + HOUR_MS, 10))
        await settle(pilot)
        assert not late_arrivals(pilot)

"""Reading: where one left off, what came late, a message looked at closer, its links."""

from itertools import pairwise

import pytest
from textual import events
from textual.pilot import Pilot

from multichat.model.message import Message
from multichat.screens.links import LinksScreen
from multichat.widgets import timeline_view
from multichat.widgets.composer import Composer
from tests.helpers.fake_conversation import NINE_O_CLOCK_MS, FakeConversation, said
from tests.helpers.screen import MINUTE_MS, late_arrivals, noticed, open_app, settle, shown, talk, timeline, wait_for


def _earlier(number: int, minute: float) -> Message:
    return said("eve", f"late {number}", round(NINE_O_CLOCK_MS + minute * MINUTE_MS), number)


async def _leave_terminal(pilot: Pilot[int]) -> None:
    pilot.app.post_message(events.AppBlur())
    await settle(pilot)


async def _come_back(pilot: Pilot[int]) -> None:
    pilot.app.post_message(events.AppFocus())
    await settle(pilot)


# --- where one left off ---


async def test_what_comes_while_the_terminal_is_in_the_background_is_below_a_line() -> None:
    conversation = FakeConversation(talk(3))
    async with open_app(conversation) as pilot:
        await _leave_terminal(pilot)
        conversation.receive(said("bob", "are you there?", NINE_O_CLOCK_MS + 10 * MINUTE_MS, 9))
        await settle(pilot)
        lines = shown(pilot)
        assert "new since you left off" in lines[-2]
        assert lines[-1].endswith("are you there?")
        await _come_back(pilot)
        assert "new since you left off" in shown(pilot)[-2]
        # It stays until one turns away again.
        conversation.receive(said("bob", "hello?", NINE_O_CLOCK_MS + 11 * MINUTE_MS, 10))
        await settle(pilot)
        assert "new since you left off" in shown(pilot)[-3]
        await _leave_terminal(pilot)
        assert not any("new since" in line for line in shown(pilot))


async def test_while_one_looks_there_is_no_line() -> None:
    conversation = FakeConversation(talk(3))
    async with open_app(conversation) as pilot:
        conversation.receive(said("bob", "hello", NINE_O_CLOCK_MS + 10 * MINUTE_MS, 9))
        await settle(pilot)
        assert not any("new since" in line for line in shown(pilot))


async def test_what_one_writes_oneself_is_not_new() -> None:
    messages = talk(3)
    conversation = FakeConversation(messages)
    conversation.change_desk(last_read=messages[-1].position)
    async with open_app(conversation) as pilot:
        await pilot.press(*"hi", "enter")
        await settle(pilot)
        assert shown(pilot)[-1].endswith("hi")
        conversation.receive(said("bob", "hi!", conversation.history.messages[-1].timestamp_ms + 1, 9))
        await settle(pilot)
        assert not any("new since" in line for line in shown(pilot))


async def test_the_line_stays_above_what_others_wrote_when_one_answers() -> None:
    messages = talk(3)
    conversation = FakeConversation(messages)
    conversation.change_desk(last_read=messages[1].position)
    async with open_app(conversation) as pilot:
        await pilot.press(*"hi", "enter")
        await settle(pilot)
        lines = shown(pilot)
        assert "new since you left off" in next(above for above, line in pairwise(lines) if line.endswith("message 2"))


# --- what came late ---


async def test_what_arrives_above_what_was_read_is_counted_marked_and_visited() -> None:
    conversation = FakeConversation(talk(200))
    async with open_app(conversation) as pilot:
        conversation.receive(_earlier(1, 20.5), _earlier(2, 60.5), _earlier(3, 100.5))
        await settle(pilot)
        assert late_arrivals(pilot) == "3 earlier messages arrived · F4"
        assert shown(pilot)[-1].endswith("message 199")
        for number, left in ((1, 3), (2, 2), (3, 1)):
            await pilot.press("f4")
            await settle(pilot)
            assert any("\N{LEFTWARDS ARROW}" in line and f"late {number}" in line for line in shown(pilot))
            assert late_arrivals(pilot).startswith(str(left))
        await pilot.press("f4")
        await settle(pilot)
        assert late_arrivals(pilot) == ""


async def test_one_that_was_on_the_screen_for_a_while_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(timeline_view, "_LATE_SEEN_AFTER_S", 0.05)
    conversation = FakeConversation(talk(5))
    async with open_app(conversation) as pilot:
        conversation.receive(_earlier(1, 1.5))
        await pilot.pause()
        await wait_for(pilot, lambda: late_arrivals(pilot) == "")
        assert any("late 1" in line for line in shown(pilot))
        assert not any("\N{LEFTWARDS ARROW}" in line for line in shown(pilot))


async def test_nothing_is_seen_in_the_background(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(timeline_view, "_LATE_SEEN_AFTER_S", 0.0)
    conversation = FakeConversation(talk(5))
    async with open_app(conversation) as pilot:
        await _leave_terminal(pilot)
        conversation.receive(_earlier(1, 1.5))
        await settle(pilot)
        await settle(pilot)
        assert late_arrivals(pilot) == "1 earlier message arrived · F4"


async def test_what_oneself_has_written_elsewhere_is_not_late() -> None:
    conversation = FakeConversation(talk(5))
    async with open_app(conversation) as pilot:
        conversation.receive(said("alice", "from my other machine", NINE_O_CLOCK_MS + 1, 0))
        await settle(pilot)
        assert late_arrivals(pilot) == ""


# --- one message ---


async def test_a_message_is_chosen_and_tells_when_and_whose_it_is() -> None:
    async with open_app(FakeConversation(talk(200))) as pilot:
        await pilot.press("ctrl+up")
        await settle(pilot)
        assert "24 November 2026" in noticed(pilot)
        assert "bob · key " in noticed(pilot)
        chosen = timeline(pilot).chosen
        assert chosen is not None
        assert chosen.text == "message 199"
        for _ in range(60):
            await pilot.press("up")
        await settle(pilot)
        chosen = timeline(pilot).chosen
        assert chosen is not None
        assert chosen.text == "message 139"
        assert any(line.endswith("message 139") for line in shown(pilot))
        await pilot.press("escape")
        await settle(pilot)
        assert isinstance(pilot.app.focused, Composer)
        assert noticed(pilot) == ""
        assert timeline(pilot).chosen is None


async def test_it_is_copied_as_its_author_wrote_it() -> None:
    text = "two\nlines of a message that is wrapped on the screen since it is longer than any line of it can ever be"
    copied: list[str] = []
    async with open_app(FakeConversation([said("bob", text)])) as pilot:
        pilot.app.copy_to_clipboard = lambda text: copied.append(text)  # type: ignore[method-assign]  # noqa: PLW0108 (a list's method has no named argument)
        await pilot.press("ctrl+up", "y")
        await settle(pilot)
        assert copied == [text]


async def test_its_link_is_opened_and_of_several_one_is_chosen() -> None:
    opened: list[str] = []
    messages = [
        said("bob", "no link", NINE_O_CLOCK_MS, 0),
        said("bob", "https://example.org/1 and https://example.org/2", NINE_O_CLOCK_MS + 1, 1),
        said("bob", "see https://example.org/", NINE_O_CLOCK_MS + 2, 2),
    ]
    async with open_app(FakeConversation(messages)) as pilot:
        pilot.app.open_url = lambda url, **_: opened.append(url)  # type: ignore[method-assign]
        await pilot.press("ctrl+up", "o")
        await settle(pilot)
        assert opened == ["https://example.org/"]
        await pilot.press("up", "o")
        await settle(pilot)
        assert isinstance(pilot.app.screen, LinksScreen)
        await pilot.press("2")
        await settle(pilot)
        assert opened[1:] == ["https://example.org/2"]
        await pilot.press("up", "o")
        await settle(pilot)
        assert "no link" in noticed(pilot)

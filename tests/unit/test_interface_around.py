"""Around the conversation: people, and what the commands do."""

import asyncio
from pathlib import Path

import pytest
from textual.pilot import Pilot
from textual.widgets import Static

from multichat import exporting
from multichat.exporting import EVERYTHING, new_file, write
from multichat.model.commands import COMMANDS
from multichat.model.export.plain_text import PlainText
from multichat.model.message import Message
from multichat.screens.commands import Commands
from multichat.screens.conversation import ConversationScreen
from multichat.widgets.marks import by_name
from multichat.widgets.people_panel import PeoplePanel
from tests.helpers.fake_conversation import NINE_O_CLOCK_MS, FakeConversation, FakeHistory, person, said
from tests.helpers.screen import MINUTE_MS, composer, noticed, open_app, settle, shown, talk, timeline, wait_for

DAY_MS = 24 * 60 * MINUTE_MS


async def _write(pilot: Pilot[int], text: str) -> None:
    composer(pilot).insert(text)
    await settle(pilot)
    await pilot.press("enter")
    await settle(pilot)


def _shows_people(pilot: Pilot[int]) -> bool:
    return any(panel.display for panel in pilot.app.screen.query(PeoplePanel))


def _chosen(pilot: Pilot[int]) -> Message:
    message = timeline(pilot).chosen
    assert message is not None
    return message


def test_every_command_does_something() -> None:
    conversation = FakeConversation()
    screen = ConversationScreen(conversation)
    runner: Commands = screen._commands
    assert set(runner._actions) == {command.name for command in COMMANDS}


# --- people ---


@pytest.mark.parametrize(("width", "is_shown"), [(80, False), (119, False), (120, True), (200, True)])
async def test_people_stand_beside_the_conversation_where_there_is_space(width: int, is_shown: bool) -> None:  # noqa: FBT001 (a parameter)
    conversation = FakeConversation(talk(3))
    conversation.know(person("bob"))
    async with open_app(conversation, size=(width, 30)) as pilot:
        assert _shows_people(pilot) == is_shown
        await pilot.press("f2")
        assert _shows_people(pilot) != is_shown
        await _write(pilot, "/who")
        assert _shows_people(pilot) == is_shown


async def test_they_come_and_go() -> None:
    conversation = FakeConversation(talk(3))
    async with open_app(conversation, size=(120, 30)) as pilot:
        assert not _shows_people(pilot)
        conversation.know(person("bob"), person("eve", NINE_O_CLOCK_MS, is_here=False))
        await settle(pilot)
        lines = shown(pilot, "PeoplePanel")
        assert [line.strip().split(",")[0] for line in lines[:3]] == ["● alice (you)", "● bob", "○ eve"]


async def test_whois_shows_the_key_of_each_who_is_called_so() -> None:
    conversation = FakeConversation(talk(3))
    conversation.know(person("bob"))
    async with open_app(conversation) as pilot:
        await _write(pilot, "/whois Bob")
        panel = str(pilot.app.screen.query_one("#content", Static).render())
        assert conversation.everyone()[1].feed.hex() in panel.replace(" ", "").replace("\n", "")
        await pilot.press("escape")
        await _write(pilot, "/whois nobody")
        assert "nobody is called nobody" in noticed(pilot)


async def test_who_is_muted_is_not_heard_until_it_is_undone() -> None:
    messages = [said(who, f"by {who}", NINE_O_CLOCK_MS + at, at) for at, who in enumerate(["bob", "eve", "bob"])]
    conversation = FakeConversation(messages)
    conversation.know(person("bob"), person("eve"))
    async with open_app(conversation) as pilot:
        await _write(pilot, "/mute bob")
        assert not any("by bob" in line for line in shown(pilot))
        assert any("by eve" in line for line in shown(pilot))
        conversation.receive(said("bob", "by bob again", NINE_O_CLOCK_MS + 10, 10))
        await settle(pilot)
        assert not any("by bob" in line for line in shown(pilot))
        await _write(pilot, "/mute bob")
        assert sum("by bob" in line for line in shown(pilot)) == 3


# --- what one says ---


async def test_me_tells_what_one_does() -> None:
    conversation = FakeConversation(talk(1))
    async with open_app(conversation) as pilot:
        await _write(pilot, "/me waves")
        assert conversation.history.messages[-1].record.is_action
        assert conversation.sent == ["waves"]


async def test_nick_is_what_one_is_called_from_then_on() -> None:
    conversation = FakeConversation(talk(1))
    async with open_app(conversation) as pilot:
        await _write(pilot, "/nick alicia")
        assert "alicia" in shown(pilot, "RoomHeader")[0]
        await _write(pilot, "hello")
        assert conversation.history.messages[-1].nickname == "alicia"
        await _write(pilot, "/nick \x1b")
        assert composer(pilot).text.startswith("/nick")


async def test_notify_says_what_it_may_be() -> None:
    conversation = FakeConversation(talk(1))
    async with open_app(conversation) as pilot:
        await _write(pilot, "/notify sometimes")
        assert "all, mentions or none" in noticed(pilot)
        composer(pilot).clear()
        await _write(pilot, "/notify mentions")
        assert conversation.desk.notify == "mentions"


# --- places in the conversation ---


async def test_date_goes_to_the_first_message_of_a_day() -> None:
    messages = [said("bob", f"day {day}", NINE_O_CLOCK_MS + day * DAY_MS, day) for day in range(100)]
    async with open_app(FakeConversation(messages)) as pilot:
        await _write(pilot, "/date 2026-12-25")
        assert _chosen(pilot).text == "day 31"
        assert any("day 31" in line for line in shown(pilot))
        await pilot.press("escape")
        await _write(pilot, "/date 2100")
        assert "Nothing was said from then on" in noticed(pilot)
        await _write(pilot, "/date someday")
        assert "is followed by a date" in noticed(pilot)


# --- export ---


async def test_export_writes_everything_to_a_new_file(tmp_path: Path) -> None:
    path = tmp_path / "all.txt"
    messages = [*talk(1_200), said("eve", "two\nlines", NINE_O_CLOCK_MS + 10**9, 5)]
    async with open_app(FakeConversation(messages)) as pilot:
        await _write(pilot, f"/export {path}")
        await wait_for(pilot, lambda: "1,201 messages written" in noticed(pilot))
        lines = path.read_text(encoding="utf-8").splitlines()
        assert len(lines) == 1_202
        assert lines[0] == "2026-11-24T09:00:00.000Z bob: message 0"
        assert lines[-2:] == ["2026-12-05T22:46:40.000Z eve: two", "    lines"]
        await _write(pilot, f"/export {path}")
        assert "is there already" in noticed(pilot)


async def test_an_export_that_cannot_be_written_says_so(tmp_path: Path) -> None:
    async with open_app(FakeConversation(talk(100))) as pilot:
        await _write(pilot, f"/export {tmp_path / 'nowhere' / 'all.txt'}")
        await wait_for(pilot, lambda: "cannot be written" in noticed(pilot))


async def test_an_export_that_is_ended_leaves_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exporting, "_PROGRESS_INTERVAL_S", 0.0)
    path = tmp_path / "all.txt"
    told: list[str] = []

    async def export() -> None:
        with new_file(path) as file:
            await write(FakeHistory(talk(2_000)), EVERYTHING, PlainText(by_name), file.write, told.append)

    writing = asyncio.create_task(export())
    while not told:  # noqa: ASYNC110 (it is told page by page)
        await asyncio.sleep(0)
    assert path.exists()
    writing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await writing
    assert not path.exists()


# --- what stays ---


async def test_the_draft_what_was_written_and_the_place_are_there_the_next_time() -> None:
    conversation = FakeConversation(talk(3))
    async with open_app(conversation) as pilot:
        await _write(pilot, "said before")
        await pilot.press(*"half a thou")
        await settle(pilot)
    conversation.receive(said("bob", "while away", NINE_O_CLOCK_MS + 10**8, 90))
    async with open_app(conversation) as pilot:
        assert composer(pilot).text == "half a thou"
        assert "new since you left off" in shown(pilot)[-2]
        await pilot.press("up")
        await settle(pilot)
        assert composer(pilot).text == "said before"

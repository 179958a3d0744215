"""A history that is not in order yet when the program starts."""

from pathlib import Path

import pytest
from textual.app import App
from textual.widgets import ProgressBar, Static

import multichat.follower
from multichat.app import MultichatApp
from multichat.errors import FAILED
from multichat.model.conversation import Conversation
from multichat.profile import RoomOptions
from multichat.reading import read_history
from multichat.room import Room
from multichat.screens.opening import OpeningScreen
from multichat.widgets.composer import Composer
from multifeed import StoreError
from multifeed.net.options import SwarmOptions
from tests.helpers.fake_conversation import FakeConversation
from tests.helpers.screen import open_app, settle, shown, talk, wait_for

_OPTIONS = SwarmOptions(port=0, interfaces=("lo",), discovery=False)


def _left(app: App[int]) -> str:
    return str(app.screen.query_one("#left", Static).content)


async def test_it_is_said_how_far_it_is_until_there_is_a_conversation() -> None:
    conversation = FakeConversation(talk(3))
    conversation.unread = 1_000_000
    async with open_app(conversation) as pilot:
        assert _left(pilot.app) == "1,000,000 of 1,000,000 messages to go"
        conversation.reading.put_nowait(250_000)
        await settle(pilot)
        assert _left(pilot.app) == "250,000 of 1,000,000 messages to go"
        assert pilot.app.screen.query_one(ProgressBar).percentage == 0.75
        assert not conversation.started
        conversation.reading.put_nowait(0)
        await wait_for(pilot, lambda: bool(pilot.app.screen.query(Composer)))
        await wait_for(pilot, lambda: conversation.started)
        assert "message 2" in " ".join(shown(pilot))


async def test_one_can_leave_before_it_is_over() -> None:
    conversation = FakeConversation()
    conversation.unread = 10
    async with open_app(conversation) as pilot:
        await pilot.press("ctrl+q")
    assert pilot.app.return_code == 0
    assert conversation.closed
    assert not conversation.started


async def test_whoever_is_asked_for_a_name_sees_it_too() -> None:
    conversation = FakeConversation()
    conversation.unread = 10
    async with open_app(conversation, nickname=None) as pilot:
        await pilot.press("enter")
        await wait_for(pilot, lambda: isinstance(pilot.app.screen, OpeningScreen))
        conversation.reading.put_nowait(0)
        await wait_for(pilot, lambda: conversation.started)
        # Nothing is left behind it.
        assert len(pilot.app.screen_stack) == 2


async def test_a_disk_that_refuses_meanwhile_ends_the_program_with_its_reason() -> None:
    class Refused(FakeConversation):
        async def read_history(self, tell: object) -> None:
            del tell
            raise StoreError("the disk is full")

    conversation = Refused()
    conversation.unread = 10
    async with open_app(conversation) as pilot:
        await wait_for(pilot, lambda: pilot.app._exit)
    assert pilot.app.return_code == FAILED
    assert isinstance(pilot.app, MultichatApp)
    assert pilot.app.failure == "the disk is full"


async def _write(directory: Path, count: int) -> RoomOptions:
    options = RoomOptions(directory, "garden", swarm=_OPTIONS)
    room = Room(options, "alice")
    for number in range(count):
        room.send(f"message {number}")
    await room.close()
    for path in options.directory("alice").glob("timeline*"):
        path.unlink()
    return options


async def test_a_long_history_is_read_in_steps_and_gone_on_with_after_leaving(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    options = await _write(tmp_path, 400)
    monkeypatch.setattr(multichat.follower, "_OPENING_LENGTH_S", 0.0)
    room: Conversation = Room(options, "alice")
    first = room.unread
    assert 0 < first < 400
    await room.close()

    async with MultichatApp(lambda _: Room(options, "alice"), "alice", "").run_test() as pilot:
        await wait_for(pilot, lambda: bool(pilot.app.screen.query(Composer)))
        await wait_for(pilot, lambda: "message 399" in " ".join(shown(pilot)))
    room = Room(options, "alice")
    assert room.unread == 0
    await room.close()


async def test_without_a_screen_a_line_says_how_far_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    options = await _write(tmp_path, 400)
    monkeypatch.setattr(multichat.follower, "_OPENING_LENGTH_S", 0.0)
    monkeypatch.setattr(multichat.follower, "_READ_LENGTH_S", 0.0)
    room = Room(options, "alice")
    lines: list[str] = []
    await read_history(room, lines.append)
    assert lines[0] == "putting the history in order, once: 100 messages to go"
    assert room.unread == 0
    await room.close()

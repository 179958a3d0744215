import asyncio
import os
import signal
from collections.abc import Collection, Sequence

import pytest
from textual.pilot import Pilot
from textual.widgets import Input, Static

from multichat.app import MultichatApp, terminal_is_light
from multichat.errors import FAILED, WRONG_USAGE, RefusedError, UsageError
from multichat.model.conversation import Conversation
from multichat.model.message import Message, Position
from multichat.screens.conversation import ConversationScreen
from multichat.screens.nickname import NicknameScreen
from multichat.widgets.composer import Composer
from multichat.widgets.window import PAGE_SIZE
from multifeed.errors import StoreError
from tests.helpers.fake_conversation import FakeConversation, FakeHistory, feed_of, person
from tests.helpers.screen import burst, noticed, open_app, settle, talk, wait_for


async def test_control_c_says_how_to_leave_and_control_q_leaves() -> None:
    conversation = FakeConversation()
    async with open_app(conversation) as pilot:
        await pilot.press("ctrl+c")
        await settle(pilot)
        assert noticed(pilot) == "Ctrl+Q quits."
        await pilot.press("ctrl+q")
    assert pilot.app.return_code == 0
    assert conversation.closed
    assert conversation.listener_count == 0


async def test_what_empties_the_room_while_one_leaves_does_no_harm() -> None:
    conversation = FakeConversation(talk(3))
    conversation.know(person("bob"))
    async with open_app(conversation) as pilot:
        pilot.app.exit(0)
        conversation.block(feed_of("bob"))
    assert _end(pilot) == (None, 0)


async def test_who_comes_while_one_leaves_does_no_harm() -> None:
    conversation = FakeConversation()
    async with open_app(conversation, (120, 24)) as pilot:
        pilot.app.exit(0)
        conversation.receive(*talk(3))
        conversation.know(person("bob"))
    assert _end(pilot) == (None, 0)


def _end(pilot: Pilot[int]) -> tuple[str | None, int | None]:
    assert isinstance(pilot.app, MultichatApp)
    return pilot.app.failure, pilot.app.return_code


async def test_a_message_sent_just_before_leaving_is_sent() -> None:
    conversation = FakeConversation()
    async with open_app(conversation) as pilot:
        burst(pilot, *"bye", "enter", "ctrl+q")
        await wait_for(pilot, lambda: pilot.app._exit)
    assert conversation.sent == ["bye"]


async def test_a_signal_to_end_closes_the_room() -> None:
    conversation = FakeConversation()
    async with open_app(conversation) as pilot:
        os.kill(os.getpid(), signal.SIGTERM)
        await wait_for(pilot, lambda: pilot.app._exit)
    assert conversation.closed


async def test_people_are_looked_for_once_the_screen_is_there() -> None:
    conversation = FakeConversation()
    async with open_app(conversation) as pilot:
        await wait_for(pilot, lambda: conversation.started)


@pytest.mark.parametrize(
    ("error", "code"),
    [(RefusedError("Port 1 is taken."), FAILED), (UsageError("No such interface."), WRONG_USAGE)],
)
async def test_a_failed_start_ends_the_program_with_a_line_to_say(error: Exception, code: int) -> None:
    conversation = FakeConversation()
    conversation.start_failure = error
    async with open_app(conversation) as pilot:
        await wait_for(pilot, lambda: pilot.app._exit)
    app = pilot.app
    assert isinstance(app, MultichatApp)
    assert (app.failure, app.return_code) == (str(error), code)
    assert conversation.closed


@pytest.mark.parametrize(
    ("error", "code"),
    [(RefusedError("In use by 123."), FAILED), (StoreError("Disk full."), FAILED), (UsageError("No."), WRONG_USAGE)],
)
async def test_a_room_that_does_not_open_ends_the_program_before_the_screen(error: Exception, code: int) -> None:
    def refuse(_: str) -> Conversation:
        raise error

    app = MultichatApp(refuse, "alice", "user")
    await asyncio.wait_for(app.run_async(headless=True), 10)
    assert (app.failure, app.return_code) == (str(error), code)


class UnreadableHistory(FakeHistory):
    """A history of which nothing can be read."""

    def before(self, position: Position | None, count: int, without: Collection[bytes] = ()) -> Sequence[Message]:
        del without
        raise StoreError(f"Cannot read {count} messages before {position}.")


async def test_a_history_that_cannot_be_opened_ends_the_program_with_a_line_to_say() -> None:
    conversation = FakeConversation()
    conversation.history = UnreadableHistory()
    app = MultichatApp(lambda _: conversation, "alice", "user")
    await asyncio.wait_for(app.run_async(headless=True), 10)
    assert (app.failure, app.return_code) == (f"Cannot read {PAGE_SIZE} messages before None.", FAILED)
    assert conversation.closed


class FailingHistory(FakeHistory):
    """A history whose beginning cannot be read."""

    def after(self, position: Position | None, count: int, without: Collection[bytes] = ()) -> Sequence[Message]:
        del without
        raise StoreError(f"Cannot read {count} messages after {position}.")


async def test_a_history_that_cannot_be_read_ends_the_program_with_a_line_to_say() -> None:
    conversation = FakeConversation()
    conversation.history = FailingHistory(talk(1_000))
    app = MultichatApp(lambda _: conversation, "alice", "user")

    async def press_home(_: Pilot[object]) -> None:
        app.simulate_key("home")

    await asyncio.wait_for(app.run_async(headless=True, auto_pilot=press_home), 10)
    assert (app.failure, app.return_code) == (f"Cannot read {PAGE_SIZE} messages after None.", FAILED)
    assert conversation.closed


async def test_a_defect_is_told_in_a_line(capfd: pytest.CaptureFixture[str]) -> None:
    def broken(_: str) -> Conversation:
        raise KeyError("nobody expected this")

    app = MultichatApp(broken, "alice", "user")
    await asyncio.wait_for(app.run_async(headless=True), 10)
    assert app.failure is not None
    assert "nobody expected this" in app.failure
    assert app.return_code == FAILED
    assert "Traceback" not in "".join(capfd.readouterr())


async def test_the_proposed_nickname_is_taken_with_enter() -> None:
    names: list[str] = []

    def open_room(nickname: str) -> Conversation:
        names.append(nickname)
        return FakeConversation(nickname=nickname)

    app = MultichatApp(open_room, None, "carol")
    async with app.run_test() as pilot:
        await settle(pilot)
        assert isinstance(app.screen, NicknameScreen)
        await pilot.press("enter")
        await wait_for(pilot, lambda: isinstance(app.screen, ConversationScreen))
        assert names == ["carol"]
        assert app.screen.query_one(Composer).has_focus


async def test_another_nickname_replaces_the_proposed_one_by_typing() -> None:
    names: list[str] = []

    def open_room(nickname: str) -> Conversation:
        names.append(nickname)
        return FakeConversation(nickname=nickname)

    app = MultichatApp(open_room, None, "carol")
    async with app.run_test() as pilot:
        await settle(pilot)
        await pilot.press(*"dave", "enter")
        await wait_for(pilot, lambda: bool(names))
    assert names == ["dave"]


async def test_a_nickname_that_cannot_be_had_is_refused_under_the_box() -> None:
    def refuse(_: str) -> Conversation:
        raise UsageError("[dave] is taken on this machine.")

    app = MultichatApp(refuse, None, "dave")
    async with app.run_test() as pilot:
        await settle(pilot)
        await pilot.press("enter")
        await settle(pilot)
        problem = app.screen.query_one("#problem", Static)
        assert str(problem.render()) == "[dave] is taken on this machine."
        app.screen.query_one(Input).value = ""
        await pilot.press("enter")
        await settle(pilot)
        assert "at least one character" in str(problem.render())


def test_a_light_terminal_is_recognised() -> None:
    assert terminal_is_light("0;15")
    assert not terminal_is_light("15;0")
    assert not terminal_is_light("")

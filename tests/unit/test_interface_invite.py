"""Of what kind a room is and how others come into it, on the screen."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from textual.pilot import Pilot
from textual.widgets import Static

from multichat.app import MultichatApp
from multichat.model.invite import Invite
from multichat.model.qr_code import drawn, modules_of
from multichat.screens.conversation import ConversationScreen
from multichat.screens.invite import InviteScreen
from tests.helpers.fake_conversation import FakeConversation
from tests.helpers.screen import composer, open_app, settle, shown, talk

GARDEN = Invite("garden", bytes(range(32)))


def _room(invite: Invite | None = None, name: str = "garden") -> FakeConversation:
    conversation = FakeConversation(name=name)
    conversation.invite = invite
    return conversation


async def _ask(pilot: Pilot[int]) -> None:
    composer(pilot).insert("/invite")
    await pilot.press("enter")
    await settle(pilot)


def _panel(pilot: Pilot[int]) -> str:
    return str(pilot.app.screen.query_one("#content", Static).render())


def _shown_screen(pilot: Pilot[int]) -> type[object]:
    return type(pilot.app.screen)


@asynccontextmanager
async def _asked(invite: Invite | None, size: tuple[int, int] = (80, 24)) -> AsyncIterator[tuple[str, list[str]]]:
    """What is shown to whoever asks for an invite, and what is copied."""
    copied: list[str] = []
    async with open_app(_room(invite), size) as pilot:
        pilot.app.copy_to_clipboard = copied.append  # type: ignore[method-assign, assignment]
        await _ask(pilot)
        yield _panel(pilot), copied


async def test_an_open_room_says_that_it_is_and_how_others_join() -> None:
    async with _asked(None) as (panel, copied):
        assert "multichat NAME --room garden" in panel
        assert "This room is open" in panel
        assert copied == ["multichat NAME --room garden"]


async def test_a_room_by_invitation_shows_its_invite_and_its_code_and_copies_it() -> None:
    async with _asked(GARDEN) as (panel, copied):
        assert GARDEN.address in panel
        assert GARDEN.letters[:32] in panel
        assert GARDEN.letters[32:] in panel
        for row in drawn(modules_of(GARDEN.address, GARDEN.letters), 4):
            assert row in panel
        assert copied == [GARDEN.text]


@pytest.mark.parametrize("size", [(40, 12), (60, 24), (80, 20), (200, 18)])
async def test_where_there_is_no_space_for_the_code_all_of_the_text_is_there(size: tuple[int, int]) -> None:
    async with _asked(GARDEN, size) as (panel, _):
        assert "too small for the QR code" in panel
        assert "▀" not in panel
        assert GARDEN.text in panel.replace("\n", "")


async def test_where_there_is_little_space_the_code_has_a_narrower_margin() -> None:
    async with _asked(GARDEN, (72, 22)) as (panel, _):
        for row in drawn(modules_of(GARDEN.address, GARDEN.letters), 2):
            assert row in panel


async def test_it_follows_the_size_of_the_screen_and_goes_away_with_escape() -> None:
    async with open_app(_room(GARDEN)) as pilot:
        await _ask(pilot)
        assert "▀" in _panel(pilot)
        await pilot.resize_terminal(40, 12)
        await settle(pilot)
        assert "▀" not in _panel(pilot)
        await pilot.press("escape")
        await settle(pilot)
        assert _shown_screen(pilot) is ConversationScreen


async def test_a_room_that_was_made_just_now_shows_its_invite_once() -> None:
    app = MultichatApp(lambda _: _room(GARDEN), "alice", "alice", shows_invite=True)
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        assert _shown_screen(pilot) is InviteScreen
        await pilot.press("escape")
        await settle(pilot)
        assert _shown_screen(pilot) is ConversationScreen


@pytest.mark.parametrize(("invite", "kind"), [(None, "open"), (GARDEN, "by invitation")])
async def test_the_first_line_says_of_what_kind_the_room_is(invite: Invite | None, kind: str) -> None:
    conversation = _room(invite)
    conversation.receive(*talk(1))
    async with open_app(conversation) as pilot:
        assert shown(pilot, "RoomHeader")[0].startswith(f"garden · {kind} ")


async def test_on_a_narrow_line_the_kind_gives_way_before_the_names() -> None:
    async with open_app(_room(GARDEN, name="a-room-with-a-long-name"), (40, 12)) as pilot:
        assert "by invitation" not in shown(pilot, "RoomHeader")[0]
        assert "alice" in shown(pilot, "RoomHeader")[0]


@pytest.mark.parametrize(
    ("invite", "said"), [(None, "Open to whoever knows its name"), (GARDEN, "Only those with its invite come in")]
)
@pytest.mark.parametrize("people", [0, 1])
async def test_an_empty_room_says_who_can_come_in(invite: Invite | None, said: str, people: int) -> None:
    conversation = _room(invite)
    conversation.people = people
    async with open_app(conversation, (80, 40)) as pilot:
        assert said in str(pilot.app.screen.query_one("Welcome", Static).content)


async def test_an_empty_room_by_invitation_is_not_said_to_be_joined_by_its_name() -> None:
    async with open_app(_room(GARDEN), (80, 40)) as pilot:
        said = str(pilot.app.screen.query_one("Welcome", Static).content)
        assert "--room" not in said
        assert "/invite" in said

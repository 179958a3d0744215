"""On the screen, a room that is shared with JavaScript peers is told apart from others, whatever its size."""

import pytest

from multichat.screens.conversation import ConversationScreen
from multichat.widgets.people_panel import PeoplePanel
from multichat.widgets.welcome import Welcome
from tests.helpers.fake_conversation import FakeConversation, person
from tests.helpers.screen import open_app, settle, shown, talk


def _shared(count: int = 0) -> FakeConversation:
    conversation = FakeConversation()
    conversation.receive(*talk(1))
    conversation.js_peers = count
    return conversation


@pytest.mark.parametrize(
    ("width", "said"),
    [
        (120, "lobby · open · open to JavaScript peers: 2, links not authenticated "),
        (80, "lobby · open to JavaScript peers: 2, links not authenticated "),
        (75, "lobby · open to JavaScript peers: 2, not authenticated "),
        (60, "lobby · open to JS: 2, unauthenticated "),
        (45, "lobby · open to JS, unauth. "),
        (40, "lobby · JS unauth. "),
    ],
)
async def test_the_first_line_says_that_they_come_in_and_that_their_links_are_not_authenticated(
    width: int, said: str
) -> None:
    async with open_app(_shared(2), (width, 12)) as pilot:
        (line,) = shown(pilot, "RoomHeader")
        assert line.startswith(said)
        assert line.endswith("alice · JS only")


async def test_other_rooms_say_nothing_of_them() -> None:
    conversation = FakeConversation()
    conversation.receive(*talk(1))
    conversation.know(person("bob"))
    async with open_app(conversation, (120, 24)) as pilot:
        assert "JavaScript" not in "".join(shown(pilot, "RoomHeader"))
        assert not any("JavaScript" in line for line in shown(pilot, "PeoplePanel"))


async def test_how_many_are_linked_is_shown_as_it_changes() -> None:
    conversation = _shared()
    conversation.know(person("bob"))
    async with open_app(conversation, (120, 24)) as pilot:
        assert shown(pilot, "PeoplePanel")[:2] == ["JavaScript peers: 0", "● alice (you)"]
        assert "JavaScript peers: 0," in shown(pilot, "RoomHeader")[0]
        conversation.link_js_peers(3)
        await settle(pilot)
        assert shown(pilot, "PeoplePanel")[0] == "JavaScript peers: 3"
        assert "JavaScript peers: 3," in shown(pilot, "RoomHeader")[0]
        assert shown(pilot, "RoomHeader")[0].endswith("alice · 1 person here")


async def test_the_list_can_be_scrolled_to_its_end_with_them_in_it() -> None:
    conversation = _shared(1)
    conversation.know(*(person(f"person {number:02}") for number in range(40)))
    async with open_app(conversation, (120, 24)) as pilot:
        panel = pilot.app.screen.query_one(PeoplePanel)
        panel.scroll_end(animate=False)
        await settle(pilot)
        assert shown(pilot, "PeoplePanel")[-1] == "● person 39"


async def test_whoever_has_only_them_is_not_told_to_be_alone() -> None:
    conversation = FakeConversation()
    conversation.js_peers = 0
    async with open_app(conversation) as pilot:
        assert isinstance(pilot.app.screen, ConversationScreen)
        welcome = pilot.app.screen.query_one(Welcome)
        assert "Nobody else is here yet" in str(welcome.render())
        conversation.link_js_peers(1)
        await settle(pilot)
        assert "Somebody is here" in str(welcome.render())

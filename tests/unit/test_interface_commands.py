"""What one asks for with a slash, on the screen."""

from textual.pilot import Pilot
from textual.widgets import Static

from multichat.model.finding import Finding
from multichat.screens.conversation import ConversationScreen
from multichat.screens.doctor import DoctorScreen
from multichat.screens.help import HelpScreen
from tests.helpers.fake_conversation import FakeConversation
from tests.helpers.screen import composer, noticed, open_app, settle, wait_for


async def _write(pilot: Pilot[int], text: str) -> None:
    composer(pilot).insert(text)
    await pilot.press("enter")
    await settle(pilot)


def _panel(pilot: Pilot[int]) -> str:
    return str(pilot.app.screen.query_one("#content", Static).render())


async def test_a_command_is_not_said() -> None:
    conversation = FakeConversation()
    async with open_app(conversation) as pilot:
        await _write(pilot, "/help")
        assert conversation.sent == []


async def test_one_that_there_is_not_is_given_back_with_what_is_wrong() -> None:
    conversation = FakeConversation()
    async with open_app(conversation) as pilot:
        await _write(pilot, "/hepl")
        assert conversation.sent == []
        assert composer(pilot).text == "/hepl"
        assert "there is no command /hepl" in noticed(pilot)


async def test_two_slashes_say_one() -> None:
    conversation = FakeConversation()
    async with open_app(conversation) as pilot:
        await _write(pilot, "//quit is how one leaves")
        assert conversation.sent == ["/quit is how one leaves"]


async def test_connect_takes_an_address_as_the_option_does() -> None:
    conversation = FakeConversation()
    async with open_app(conversation) as pilot:
        await _write(pilot, "/connect 192.0.2.7")
        await _write(pilot, "/connect [2001:db8::1]:5")
        assert conversation.connected_to == [("192.0.2.7", 27_272), ("2001:db8::1", 5)]
        assert "Connecting to" in noticed(pilot)
        await _write(pilot, "/connect host:port")
        assert "a port is a number" in noticed(pilot)
        assert composer(pilot).text == "/connect host:port"


async def test_the_doctor_shows_what_is_so_now_and_goes_away_with_escape() -> None:
    conversation = FakeConversation()
    conversation.findings = [Finding("people", "nobody was met", "wait for them", is_problem=True)]
    async with open_app(conversation) as pilot:
        await _write(pilot, "/doctor")
        doctor = pilot.app.screen_stack[-1]
        assert isinstance(doctor, DoctorScreen)
        assert "nobody was met\n  Wait for them." in _panel(pilot)
        conversation.findings = [Finding("peer", "192.0.2.7:5 is in [b]this[/b] room")]
        doctor.show()
        await wait_for(pilot, lambda: "192.0.2.7:5 is in [b]this[/b] room" in _panel(pilot))
        await pilot.press("escape")
        await settle(pilot)
        assert isinstance(pilot.app.screen, ConversationScreen)


async def test_help_names_every_command_and_the_keys() -> None:
    async with open_app(FakeConversation()) as pilot:
        await _write(pilot, "/help")
        assert isinstance(pilot.app.screen, HelpScreen)
        for part in ("/connect HOST[:PORT]", "/doctor", "/quit", "Ctrl+Q"):
            assert part in _panel(pilot)


async def test_quit_leaves() -> None:
    conversation = FakeConversation()
    async with open_app(conversation) as pilot:
        await _write(pilot, "/quit")
    assert conversation.closed

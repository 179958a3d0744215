"""What can be searched for with Ctrl+P."""

from collections.abc import Callable

import pytest
from textual.command import Command as Found
from textual.command import CommandList, CommandPalette
from textual.pilot import Pilot

from multichat.model.commands import COMMANDS
from multichat.screens.conversation import ConversationScreen
from multichat.screens.help import HelpScreen
from tests.helpers.fake_conversation import FakeConversation
from tests.helpers.screen import composer, settle, wait_for
from tests.helpers.settled import open_app_with

Asked = list[str]


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> Asked:
    """The commands that the screen was asked for."""
    names: Asked = []
    monkeypatch.setattr(ConversationScreen, "begin_command", lambda _, name: names.append(name))
    return names


async def search(pilot: Pilot[int], text: str) -> list[str]:
    """What is found, best first."""
    await pilot.press("ctrl+p")
    await wait_for(pilot, lambda: isinstance(pilot.app.screen, CommandPalette))
    await pilot.press(*text)
    await pilot.app.workers.wait_for_complete()
    await settle(pilot)
    return found(pilot)


def found(pilot: Pilot[int]) -> list[str]:
    entries = pilot.app.screen.query_one(CommandList).options
    return [str(entry.hit.text) for entry in entries if isinstance(entry, Found)]


async def test_every_command_is_there_and_what_the_program_does(asked: Asked) -> None:
    async with open_app_with(FakeConversation()) as pilot:
        entries = await search(pilot, "")
        assert set(entries) >= {command.usage for command in COMMANDS} | {"Screenshot"}
        assert len(entries) == len(set(entries))
        for name, title in (("quit", "Quit"), ("help", "Help"), ("theme", "Theme")):
            assert (f"/{name}" in " ".join(entries)) != (title in entries)
        assert asked == []


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.name)
async def test_a_command_that_is_found_is_asked_of_the_screen(asked: Asked, command: object) -> None:
    name = command.name  # type: ignore[attr-defined]
    async with open_app_with(FakeConversation()) as pilot:
        assert (await search(pilot, name))[0].startswith(f"/{name}")
        await pilot.press("enter")
        await wait_for(pilot, lambda: asked == [name])


@pytest.mark.usefixtures("asked")
async def test_a_command_is_found_by_what_it_does_too() -> None:
    async with open_app_with(FakeConversation()) as pilot:
        assert "/connect HOST[:PORT]" in await search(pilot, "by hand")


async def test_on_a_screen_without_commands_there_is_what_the_program_does() -> None:
    async with open_app_with(FakeConversation()) as pilot:
        await pilot.press("f1")
        await settle(pilot)
        assert isinstance(pilot.app.screen, HelpScreen)
        assert set(await search(pilot, "")) == {"Help", "Theme", "Screenshot", "Quit"}


@pytest.mark.parametrize(
    ("text", "is_done"),
    [
        ("theme", lambda pilot: "gruvbox" in found(pilot)),
        ("quit", lambda pilot: pilot.app._exit),
    ],
)
async def test_what_the_program_does_is_done(text: str, is_done: Callable[[Pilot[int]], bool]) -> None:
    async with open_app_with(FakeConversation()) as pilot:
        await pilot.press("f1")
        await settle(pilot)
        await search(pilot, text)
        await pilot.press("enter")
        await settle(pilot)
        await pilot.app.workers.wait_for_complete()
        await wait_for(pilot, lambda: is_done(pilot))


async def test_a_search_that_is_given_up_leaves_what_is_written(asked: Asked) -> None:
    async with open_app_with(FakeConversation()) as pilot:
        await pilot.press(*"draft")
        await search(pilot, "con")
        await pilot.press("escape")
        await settle(pilot)
        assert composer(pilot).text == "draft"
        assert composer(pilot).has_focus
        assert asked == []


async def test_a_command_that_needs_more_is_written_as_far_as_it_is_known() -> None:
    async with open_app_with(FakeConversation()) as pilot:
        await search(pilot, "connect")
        await pilot.press("enter")
        await wait_for(pilot, lambda: composer(pilot).text == "/connect ")

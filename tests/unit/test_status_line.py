"""The status line: what stands beside what, and what gives way."""

import pytest
from rich.cells import cell_len
from textual.pilot import Pilot
from textual.widgets import Static

from multichat.keys import KeyTable
from multichat.settings import Settings
from multichat.widgets.status_line import StatusLine
from tests.helpers.fake_conversation import NINE_O_CLOCK_MS, FakeConversation, said
from tests.helpers.screen import MINUTE_MS, noticed, open_app, said_below, settle, shown, talk
from tests.helpers.settled import open_app_with

SIZES = [(40, 12), (80, 24), (120, 40), (200, 60)]
LONG = "The disk is full: what you write is kept nowhere until there is space on it again, and nobody else sees it."


def part(pilot: Pilot[int], identity: str) -> str:
    """What a part of it says, as far as that is on the screen."""
    static = pilot.app.screen.query_one(f"#{identity}", Static)
    return str(static.render()) if static.display else ""


def painted(pilot: Pilot[int], identity: str) -> str:
    """What one reads of a part, over all of its rows."""
    static = pilot.app.screen.query_one(f"#{identity}", Static)
    return " ".join(static.render_line(y).text.strip() for y in range(static.size.height)).strip()


async def test_what_has_come_and_what_is_to_come_is_told_until_all_of_it_is_here() -> None:
    conversation = FakeConversation(talk(3))
    async with open_app(conversation) as pilot:
        told: list[str] = []
        for missing in (100_000, 99_999, 87_655, 0):
            conversation.catch_up(missing)
            await settle(pilot)
            told.append(part(pilot, "progress"))
        assert told == ["100,000 to come", "1 has come · 99,999 to come", "12,345 have come · 87,655 to come", ""]


async def test_the_first_line_tells_nothing_of_it() -> None:
    conversation = FakeConversation(talk(3))
    async with open_app(conversation) as pilot:
        before = shown(pilot, "RoomHeader")
        conversation.catch_up(5_000)
        await settle(pilot)
        assert shown(pilot, "RoomHeader") == before


@pytest.mark.parametrize("size", SIZES, ids=str)
@pytest.mark.parametrize("notice", ["Copied.", LONG, "x" * 300], ids=["short", "long", "very long"])
async def test_a_notice_is_read_whole_whatever_is_on_its_way(size: tuple[int, int], notice: str) -> None:
    conversation = FakeConversation(talk(100))
    async with open_app(conversation, size) as pilot:
        conversation.notice(notice)
        await settle(pilot)
        alone = painted(pilot, "notice").replace(" ", "")
        for missing in (987_654_321, 87_654_321, 5):
            conversation.catch_up(missing)
            await settle(pilot)
            assert noticed(pilot) == notice
            assert painted(pilot, "notice").replace(" ", "") == alone
        if cell_len(notice) < 20:
            assert part(pilot, "progress").endswith("5 to come")


@pytest.mark.parametrize("size", SIZES, ids=str)
async def test_all_that_is_said_is_on_the_screen(size: tuple[int, int]) -> None:
    conversation = FakeConversation(talk(100))
    async with open_app(conversation, size) as pilot:
        await pilot.press("pageup", "pageup")
        conversation.receive(said("eve", "late", NINE_O_CLOCK_MS + 1))
        conversation.receive(said("eve", "new", NINE_O_CLOCK_MS + 500 * MINUTE_MS, 1))
        conversation.catch_up(987_654)
        conversation.catch_up(87_654)
        await settle(pilot)
        line = pilot.app.screen.query_one(StatusLine)
        for identity in ("progress", "late", "below"):
            assert cell_len(part(pilot, identity)) <= line.size.width
            static = pilot.app.screen.query_one(f"#{identity}", Static)
            assert not static.display or line.content_region.contains_region(static.region)
        assert "1 new below" in said_below(pilot)


async def test_what_is_on_its_way_gives_way_to_the_ways_to_what_was_missed_where_there_is_no_space() -> None:
    conversation = FakeConversation(talk(100))
    async with open_app(conversation, (40, 12)) as pilot:
        conversation.catch_up(99_999)
        conversation.catch_up(87_654)
        await settle(pilot)
        assert part(pilot, "progress") == "12,345 have come · 87,654 to come"
        await pilot.press("pageup")
        await settle(pilot)
        assert said_below(pilot) == "more below · End"
        assert part(pilot, "progress") == "87,654 to come"
        await pilot.press("end")
        await settle(pilot)
        assert part(pilot, "progress") == "12,345 have come · 87,654 to come"


async def test_the_ways_are_called_as_the_keys_of_the_user_are() -> None:
    keys = KeyTable({"conversation.last": ("ctrl+g",), "conversation.earlier": ()})
    conversation = FakeConversation(talk(100))
    async with open_app_with(conversation, Settings(keys=keys)) as pilot:
        await pilot.press("pageup")
        conversation.receive(said("eve", "late", NINE_O_CLOCK_MS + 1))
        await settle(pilot)
        assert said_below(pilot).endswith("more below · Ctrl+G")
        assert part(pilot, "late") == "1 earlier message arrived"

"""The status line: what stands beside what, and what gives way."""

import pytest
from rich.cells import cell_len
from textual.pilot import Pilot

from multichat.keys import KeyTable
from multichat.settings import Settings
from multichat.widgets.status_line import StatusLine
from tests.helpers.fake_conversation import NINE_O_CLOCK_MS, FakeConversation, said
from tests.helpers.screen import MINUTE_MS, noticed, open_app, said_below, settle, shown, talk
from tests.helpers.settled import open_app_with

SIZES = [(40, 12), (80, 24), (120, 40), (200, 60)]
LONG = "The disk is full: what you write is kept nowhere until there is space on it again, and nobody else sees it."


def line_of(pilot: Pilot[int]) -> StatusLine:
    return pilot.app.screen.query_one(StatusLine)


def rows_of(pilot: Pilot[int]) -> list[str]:
    """What one reads of the notice, row by row."""
    line = line_of(pilot)
    first, *others = shown(pilot, "StatusLine")
    right = " ".join(text for text in (line.progress, line.late, line.below) if text)
    assert first.endswith(right)
    return [first.removesuffix(right).rstrip(), *others]


async def test_what_has_come_and_what_is_to_come_is_told_until_all_of_it_is_here() -> None:
    conversation = FakeConversation(talk(3))
    async with open_app(conversation) as pilot:
        told: list[str] = []
        for missing in (100_000, 99_999, 87_655, 0):
            conversation.catch_up(missing)
            await settle(pilot)
            told.append(line_of(pilot).progress)
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
        alone = "".join(rows_of(pilot)).replace(" ", "")
        for missing in (987_654_321, 87_654_321, 5):
            conversation.catch_up(missing)
            await settle(pilot)
            assert noticed(pilot) == notice
            assert "".join(rows_of(pilot)).replace(" ", "") == alone
        if cell_len(notice) < 20:
            assert line_of(pilot).progress.endswith("5 to come")


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
        line = line_of(pilot)
        (row,) = shown(pilot, "StatusLine")
        assert cell_len(row) <= line.size.width
        assert row.endswith(" ".join(text for text in (line.progress, line.late, line.below) if text))
        assert "1 new below" in said_below(pilot)


async def test_what_is_on_its_way_gives_way_to_the_ways_to_what_was_missed_where_there_is_no_space() -> None:
    conversation = FakeConversation(talk(100))
    async with open_app(conversation, (40, 12)) as pilot:
        conversation.catch_up(99_999)
        conversation.catch_up(87_654)
        await settle(pilot)
        assert line_of(pilot).progress == "12,345 have come · 87,654 to come"
        await pilot.press("pageup")
        await settle(pilot)
        assert said_below(pilot) == "more below · End"
        assert line_of(pilot).progress == "87,654 to come"
        await pilot.press("end")
        await settle(pilot)
        assert line_of(pilot).progress == "12,345 have come · 87,654 to come"


async def test_the_ways_are_called_as_the_keys_of_the_user_are() -> None:
    keys = KeyTable({"conversation.last": ("ctrl+g",), "conversation.earlier": ()})
    conversation = FakeConversation(talk(100))
    async with open_app_with(conversation, Settings(keys=keys)) as pilot:
        await pilot.press("pageup")
        conversation.receive(said("eve", "late", NINE_O_CLOCK_MS + 1))
        await settle(pilot)
        assert said_below(pilot).endswith("more below · Ctrl+G")
        assert line_of(pilot).late == "1 earlier message arrived"


async def test_of_a_notice_that_is_too_long_it_is_said_that_there_is_more() -> None:
    conversation = FakeConversation(talk(3))
    async with open_app(conversation, (40, 12)) as pilot:
        conversation.notice(LONG * 2)
        await settle(pilot)
        rows = shown(pilot, "StatusLine")
        assert len(rows) == 3
        assert rows[-1].endswith("\N{HORIZONTAL ELLIPSIS}")
        assert (LONG * 2).startswith(" ".join(rows)[:-1])
        conversation.notice("short")
        await settle(pilot)
        assert shown(pilot, "StatusLine") == ["short"]


async def test_a_notice_can_be_selected_with_the_mouse_and_copied() -> None:
    conversation = FakeConversation(talk(3))
    async with open_app(conversation, (60, 12)) as pilot:
        conversation.notice(LONG)
        await settle(pilot)
        rows = shown(pilot, "StatusLine")
        await pilot.mouse_down(StatusLine, offset=(1, 0))
        await pilot.hover(StatusLine, offset=(5, 1))
        await pilot.mouse_up(StatusLine, offset=(5, 1))
        await settle(pilot)
        selected = pilot.app.screen.get_selected_text()
        assert selected is not None
        assert f"{rows[0]}\n{rows[1]}".startswith(selected)
        assert selected.startswith(f"{rows[0]}\n{rows[1][:3]}")


async def test_what_can_be_clicked_on_is_underlined_under_the_pointer_and_nothing_else_is() -> None:
    conversation = FakeConversation(talk(100))
    async with open_app(conversation) as pilot:
        await pilot.press("pageup")
        conversation.receive(said("eve", "late", NINE_O_CLOCK_MS + 1))
        await settle(pilot)

        def underlined() -> str:
            segments = line_of(pilot).render_line(0)
            return "".join(segment.text for segment in segments if segment.style and segment.style.underline)

        row = shown(pilot, "StatusLine")[0]
        for text in (line_of(pilot).late, line_of(pilot).below):
            # The line has a margin of one cell.
            await pilot.hover(StatusLine, offset=(row.index(text) + 1, 0))
            await settle(pilot)
            assert underlined() == text
        await pilot.hover(StatusLine, offset=(row.index(line_of(pilot).late) - 1, 0))
        await settle(pilot)
        assert underlined() == ""
        await pilot.click(StatusLine, offset=(row.index(line_of(pilot).late) + 1, 0))
        await settle(pilot)
        assert any("late" in line for line in shown(pilot))

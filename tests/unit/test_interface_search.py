"""The search on the screen: what is typed, what is found, and what was said around it."""

from collections.abc import Collection, Sequence

import pytest
from textual.pilot import Pilot
from textual.widgets import Input, Static

from multichat.model.finder import Hit
from multichat.model.message import Message, Position
from multichat.screens.conversation import ConversationScreen
from multichat.screens.search import SearchScreen
from multichat.widgets.hit_list import HitList
from multichat.widgets.preview import Preview
from multifeed.errors import StoreError
from tests.helpers.fake_conversation import NINE_O_CLOCK_MS, FakeConversation, FakeHistory, FakeSearch, said
from tests.helpers.screen import MINUTE_MS, composer, open_app, settle, shown, talk, timeline, wait_for


async def _search(pilot: Pilot[int], text: str) -> SearchScreen:
    composer(pilot).insert(f"/search {text}")
    await settle(pilot)
    await pilot.press("enter")
    await settle(pilot)
    assert isinstance(pilot.app.screen, SearchScreen)
    return pilot.app.screen


def _found(pilot: Pilot[int]) -> list[str]:
    return [line for line in shown(pilot, "HitList") if line]


def _around(pilot: Pilot[int]) -> list[str]:
    return [line for line in shown(pilot, "Preview") if line]


def _said(pilot: Pilot[int], part: str = "#hint") -> str:
    return str(pilot.app.screen.query_one(part, Static).render())


def _chosen(pilot: Pilot[int]) -> Message:
    message = timeline(pilot).chosen
    assert message is not None
    return message


def _marked(pilot: Pilot[int], part: str, style: str) -> list[str]:
    """The pieces of a widget that are painted in the colour of a style."""
    widget = pilot.app.screen.query_one(part)
    colour = widget.get_component_rich_style(style, partial=True).color
    assert colour is not None
    segments = [segment for y in range(widget.size.height) for segment in widget.render_line(y)]
    return [text for text, style, _ in segments if style and style.color == colour and text.strip("▎ ")]


# --- finding ---


async def test_a_search_finds_as_one_types_and_goes_there() -> None:
    async with open_app(FakeConversation(talk(500))) as pilot:
        await pilot.press("f3")
        await settle(pilot)
        await pilot.press(*'"message 12')
        await settle(pilot)
        assert _said(pilot).startswith("11 found")
        assert "message 129" in _found(pilot)[0]
        await pilot.press("down", "enter")
        await settle(pilot)
        assert isinstance(pilot.app.screen, ConversationScreen)
        assert _chosen(pilot).text == "message 128"
        # It is remembered.
        await pilot.press("f3")
        await settle(pilot)
        assert pilot.app.screen.query_one(Input).value == '"message 12'
        await pilot.press("escape")
        await settle(pilot)


async def test_a_search_with_many_hits_reads_on_as_one_goes_down() -> None:
    async with open_app(FakeConversation(talk(500))) as pilot:
        await _search(pilot, "message")
        assert _said(pilot).startswith("50+ found")
        for _ in range(6):
            await pilot.press("pagedown")
        await settle(pilot)
        assert _said(pilot).startswith("100+ found")
        assert pilot.app.screen.query_one(HitList).chosen == 60
        assert any("message 439" in line for line in _found(pilot))
        for _ in range(7):
            await pilot.press("pageup")
        await settle(pilot)
        assert "message 499" in _found(pilot)[0]


async def test_a_search_that_cannot_be_read_says_why_and_goes_on() -> None:
    async with open_app(FakeConversation(talk(5))) as pilot:
        await _search(pilot, "before:tomorrowish")
        assert "is followed by a date" in _said(pilot)
        pilot.app.screen.query_one(Input).value = "message"
        await settle(pilot)
        assert len(_found(pilot)) == 5


async def test_where_nothing_is_found_stands_what_one_can_look_for() -> None:
    async with open_app(FakeConversation(talk(5))) as pilot:
        await _search(pilot, "zebra")
        assert not pilot.app.screen.query_one(HitList).is_on_screen
        assert "Nothing found" in _said(pilot, "#told")
        assert "from:NAME" in _said(pilot, "#told")
        await pilot.press("down", "enter")
        await settle(pilot)
        assert isinstance(pilot.app.screen, SearchScreen)
        pilot.app.screen.query_one(Input).value = ""
        await settle(pilot)
        assert _said(pilot, "#told").startswith("two words")


async def test_a_hit_that_is_clicked_on_is_where_one_goes() -> None:
    async with open_app(FakeConversation(talk(30))) as pilot:
        await _search(pilot, "message")
        await pilot.click(HitList, offset=(30, 3))
        await settle(pilot)
        assert _chosen(pilot).text == "message 26"


class _UnreadSearch(FakeSearch):
    """Finds nothing before all has been read, and reads on only when the test says so."""

    def advance(self) -> bool:
        return self.unread > 0

    def find(self, text: str, before: Position | None, count: int) -> Sequence[Hit]:
        return [] if self.unread else super().find(text, before, count)


class _UnreadConversation(FakeConversation):
    def __init__(self, messages: Sequence[Message], unread: int) -> None:
        super().__init__(messages)
        self.search = _UnreadSearch(self.history, unread)

    def open_search(self) -> FakeSearch:
        return self.search


async def test_what_is_found_grows_as_the_history_is_read() -> None:
    conversation = _UnreadConversation(talk(5), 12_345)
    async with open_app(conversation) as pilot:
        await _search(pilot, "message")
        assert "12,345 still to read" in _said(pilot)
        assert "Nothing found" in _said(pilot, "#told")
        conversation.search.unread = 0
        await wait_for(pilot, lambda: _said(pilot).startswith("5 found"))
        assert len(_found(pilot)) == 5


# --- what was said around it ---


async def test_a_hit_is_shown_among_what_was_said_around_it_and_what_was_looked_for_stands_out() -> None:
    messages = talk(40)
    messages[20] = said("eve", "a needle, no two needles", messages[20].timestamp_ms, 20)
    async with open_app(FakeConversation(messages)) as pilot:
        await _search(pilot, "needle")
        around = _around(pilot)
        at = next(number for number, line in enumerate(around) if "a needle" in line)
        assert "Tuesday, 24 November 2026" in around[0]
        assert around[at].split() == ["09:20", "eve", "▎", "a", "needle,", "no", "two", "needles"]
        assert [line.split()[-1] for line in around[1:at]] == [f"{number}" for number in range(15, 20)]
        assert [line.split()[-1] for line in around[at + 1 :]] == [f"{number}" for number in range(21, 30)]
        assert _marked(pilot, "Preview", "preview--found") == ["needle", "needles"]
        assert _marked(pilot, "HitList", "hits--found") == ["needle", "needles"]


async def test_another_hit_is_shown_in_the_same_frame_in_which_it_is_chosen() -> None:
    async with open_app(FakeConversation(talk(40))) as pilot:
        screen = await _search(pilot, "message")
        assert any("▎ message 39" in line for line in _around(pilot))
        for number in range(1, 20):
            screen.action_choose(1)
            assert any(f"▎ message {39 - number}" in line for line in _around(pilot))
            assert screen.query_one(HitList).chosen == number


async def test_nothing_is_found_of_whom_one_does_not_want_to_hear_nor_shown_around_it() -> None:
    messages = [
        said(who, f"text {at}", NINE_O_CLOCK_MS + at * MINUTE_MS, at)
        for at, who in enumerate(["bob", "eve", "bob", "eve", "bob"])
    ]
    conversation = FakeConversation(messages)
    conversation.change_desk(muted=(messages[1].feed,))
    async with open_app(conversation) as pilot:
        await _search(pilot, "text")
        assert [line.split()[-1] for line in _found(pilot)] == ["4", "2", "0"]
        assert [line.split()[-1] for line in _around(pilot)[1:]] == ["0", "2", "4"]


async def test_what_was_said_before_a_flood_of_somebody_unheard_is_found_by_going_on() -> None:
    flood = [said("eve", f"text {at}", NINE_O_CLOCK_MS + at, at) for at in range(1, 600)]
    conversation = FakeConversation([said("bob", "text 0"), *flood])
    conversation.change_desk(muted=(flood[0].feed,))
    async with open_app(conversation) as pilot:
        await _search(pilot, "text")
        assert "Nothing found" in _said(pilot, "#told")
        await pilot.press("down")
        await settle(pilot)
        assert [line.split()[-1] for line in _found(pilot)] == ["0"]
        assert any("▎ text 0" in line for line in _around(pilot))


async def test_of_a_message_longer_than_the_screen_the_part_is_shown_in_which_it_was_found() -> None:
    long = "some words that go on and on\n" * 100
    async with open_app(FakeConversation([said("bob", f"{long}the needle\n{long}")])) as pilot:
        await _search(pilot, "needle")
        around = _around(pilot)
        assert any("▎ the needle" in line for line in around)
        assert "▎ …" in around[1]
        assert around[-1].endswith("…")


class _BrokenHistory(FakeHistory):
    is_broken = False

    def before(self, position: Position | None, count: int, without: Collection[bytes] = ()) -> Sequence[Message]:
        if self.is_broken:
            raise StoreError("the disk does not give it back")
        return super().before(position, count, without)


async def test_a_disk_that_gives_nothing_back_is_told_and_the_hit_is_shown_all_the_same() -> None:
    conversation = FakeConversation()
    conversation.history = history = _BrokenHistory(talk(5))
    async with open_app(conversation) as pilot:
        history.is_broken = True
        await _search(pilot, "message")
        await wait_for(pilot, lambda: "the disk does not give it back" in _said(pilot))
        assert [line.split()[-1] for line in _around(pilot)[1:]] == ["4"]
        history.is_broken = False


# --- arrangement ---


@pytest.mark.parametrize(("size", "is_beside"), [((40, 12), False), ((159, 40), False), ((160, 40), True)])
async def test_what_is_around_a_hit_stands_below_the_list_or_beside_it_where_there_is_space(
    size: tuple[int, int],
    is_beside: bool,  # noqa: FBT001 (a parameter)
) -> None:
    async with open_app(FakeConversation(talk(100)), size=size) as pilot:
        screen = await _search(pilot, "message")
        hits, preview = screen.query_one(HitList).region, screen.query_one(Preview).region
        assert (preview.x >= hits.right) == is_beside
        assert (preview.y >= hits.bottom) != is_beside
        assert any("▎" in line for line in _around(pilot))


@pytest.mark.parametrize("size", [(20, 5), (3, 3), (80, 6), (200, 4)])
async def test_a_screen_too_small_for_all_of_it_is_no_reason_to_stop(size: tuple[int, int]) -> None:
    async with open_app(FakeConversation(talk(100)), size=size) as pilot:
        await _search(pilot, "message")
        await pilot.press("down", "pagedown")
        await settle(pilot)
        assert pilot.app.screen.query_one(HitList).chosen == 11
        await pilot.resize_terminal(120, 40)
        await settle(pilot)
        assert any("▎ message 88" in line for line in _around(pilot))


async def test_a_theme_that_is_chosen_meanwhile_is_the_one_it_is_painted_in() -> None:
    async with open_app(FakeConversation(talk(5))) as pilot:
        await _search(pilot, "message")
        dark = _marked(pilot, "Preview", "preview--found")
        pilot.app.theme = "multichat-light"
        await settle(pilot)
        assert _marked(pilot, "Preview", "preview--found") == dark == ["message"]
        assert _marked(pilot, "HitList", "hits--found") == ["message"] * 5

import pytest
from rich.cells import cell_len
from textual import events
from textual.pilot import Pilot

from multichat.errors import UsageError
from multichat.model.invite import join_command
from multichat.themes import DARK, LIGHT
from multichat.widgets.room_header import RoomHeader, people_text
from multichat.widgets.status_line import StatusLine
from multichat.widgets.timeline_view import TimelineView
from multichat.widgets.welcome import Welcome
from multifeed.errors import StoreError
from tests.helpers.fake_conversation import NINE_O_CLOCK_MS, FakeConversation, said
from tests.helpers.screen import (
    MINUTE_MS,
    burst,
    composer,
    noticed,
    open_app,
    said_below,
    settle,
    shown,
    talk,
    timeline,
)


async def test_a_sent_message_appears_and_the_box_is_empty_again() -> None:
    conversation = FakeConversation()
    async with open_app(conversation) as pilot:
        await pilot.press(*"hello", "enter")
        await settle(pilot)
        assert conversation.sent == ["hello"]
        assert shown(pilot)[-1].endswith("hello")
        assert composer(pilot).text == ""


async def test_a_key_comes_before_whatever_arrives() -> None:
    conversation = FakeConversation()
    async with open_app(conversation) as pilot:
        await pilot.press(*"hello")
        assert conversation.way_given_count == 5


async def test_nothing_but_spaces_is_not_sent() -> None:
    conversation = FakeConversation()
    async with open_app(conversation) as pilot:
        await pilot.press("enter", "space", "space", "enter", "ctrl+j", "enter")
        await settle(pilot)
        assert conversation.sent == []


async def test_a_line_can_be_broken_with_control_j_and_with_shift_enter() -> None:
    conversation = FakeConversation()
    async with open_app(conversation) as pilot:
        await pilot.press("a", "ctrl+j", "b", "shift+enter", "c")
        assert composer(pilot).size.height == 3
        await pilot.press("enter")
        await settle(pilot)
        assert conversation.sent == ["a\nb\nc"]


async def test_keys_that_come_in_a_burst_take_effect_in_their_order() -> None:
    conversation = FakeConversation()
    async with open_app(conversation) as pilot:
        burst(pilot, *"helo", "backspace", *"lo", "ctrl+j", *"you", "enter", *"next", "home", "x")
        await settle(pilot)
        assert conversation.sent == ["hello\nyou"]
        assert composer(pilot).text == "xnext"


async def test_a_paste_of_several_lines_arrives_whole_and_harmless() -> None:
    conversation = FakeConversation()
    async with open_app(conversation) as pilot:
        pilot.app.post_message(events.Paste("one\r\ntwo\rthree \x1b[31m"))
        await settle(pilot)
        await pilot.press("enter")
        await settle(pilot)
        assert conversation.sent == ["one\ntwo\nthree \ufffd[31m"]


async def test_the_box_grows_to_a_third_of_the_screen() -> None:
    async with open_app(FakeConversation(), size=(40, 12)) as pilot:
        await pilot.press(*["a", "ctrl+j"] * 10)
        await settle(pilot)
        assert composer(pilot).outer_size.height == 4


@pytest.mark.parametrize("refusal", [UsageError("Too long."), StoreError("The disk is full.")])
async def test_a_message_that_cannot_be_sent_stays_in_the_box(refusal: Exception) -> None:
    conversation = FakeConversation()
    conversation.refusal = refusal
    async with open_app(conversation) as pilot:
        await pilot.press(*"hi", "enter")
        await settle(pilot)
        assert composer(pilot).text == "hi"
        assert noticed(pilot) == str(refusal)
        conversation.refusal = None
        await pilot.press("!", "enter")
        await settle(pilot)
        assert conversation.sent == ["hi!"]
        assert noticed(pilot) == ""


async def test_a_message_that_cannot_be_sent_comes_back_before_what_was_written_since() -> None:
    conversation = FakeConversation()
    conversation.refusal = UsageError("No.")
    async with open_app(conversation) as pilot:
        burst(pilot, *"one", "enter", *"two")
        await settle(pilot)
        await pilot.press("!")
        assert composer(pilot).text == "one\ntwo!"


async def test_markup_in_a_message_is_shown_as_written() -> None:
    markup = "[b]bold[/b] [@click=app.quit]x[/] [/] \\["
    conversation = FakeConversation([said("[red]eve[/]", markup)], name="[b]room", nickname="[i]me")
    async with open_app(conversation) as pilot:
        conversation.notice("[b]notice[/b] [/]")
        await settle(pilot)
        assert any(markup in line and "[red]eve[/]" in line for line in shown(pilot))
        assert noticed(pilot) == "[b]notice[/b] [/]"
        assert "[b]room" in shown(pilot, "RoomHeader")[0]
        assert "[b]room as [i]me" in shown(pilot, "Composer")[0]


async def test_an_empty_room_named_like_markup_says_its_name() -> None:
    async with open_app(FakeConversation(name="[b]x[/]")) as pilot:
        assert join_command("[b]x[/]", None) in str(pilot.app.screen.query_one(Welcome).render())


async def test_a_lonely_user_learns_how_others_join_until_somebody_says_something() -> None:
    conversation = FakeConversation()
    async with open_app(conversation) as pilot:
        welcome = pilot.app.screen.query_one(Welcome)
        assert "multichat NAME" in str(welcome.render())
        conversation.meet(1)
        await settle(pilot)
        assert "Somebody is here" in str(welcome.render())
        conversation.receive(said("bob", "hi"))
        await settle(pilot)
        assert not welcome.display
        assert shown(pilot)[-1].endswith("hi")


async def test_the_first_line_says_where_one_is_and_with_how_many() -> None:
    conversation = FakeConversation()
    async with open_app(conversation) as pilot:
        assert shown(pilot, "RoomHeader") == ["lobby · open" + "alice · alone".rjust(66)]
        conversation.meet(3)
        await settle(pilot)
        assert shown(pilot, "RoomHeader")[0].endswith("alice · 3 people here")
    assert people_text(1) == "1 person here"


@pytest.mark.parametrize("width", [10, 20, 40, 60])
async def test_the_first_line_fits_whatever_the_names(width: int) -> None:
    conversation = FakeConversation(name="r" * 64, nickname="山" * 32, people=1234)
    async with open_app(conversation, size=(width, 12)) as pilot:
        header = pilot.app.screen.query_one(RoomHeader)
        assert header.render_line(0).cell_length == header.size.width
        assert cell_len(header.render_line(0).text) == header.size.width


async def test_the_end_is_followed() -> None:
    conversation = FakeConversation(talk(100))
    async with open_app(conversation) as pilot:
        conversation.receive(said("eve", "newest", NINE_O_CLOCK_MS + 200 * MINUTE_MS))
        await settle(pilot)
        assert shown(pilot)[-1].endswith("newest")
        assert said_below(pilot) == ""


async def test_lines_on_screen_stay_where_they_are_when_an_older_message_arrives() -> None:
    conversation = FakeConversation(talk(100))
    async with open_app(conversation) as pilot:
        await pilot.press("pageup")
        await settle(pilot)
        before = shown(pilot)
        conversation.receive(said("eve", "late", NINE_O_CLOCK_MS + 1))
        await settle(pilot)
        assert shown(pilot) == before
        assert said_below(pilot) == "Tue 24 Nov 2026 · more below · End"


async def test_what_arrives_below_is_counted_and_a_click_goes_there() -> None:
    conversation = FakeConversation(talk(100))
    async with open_app(conversation) as pilot:
        await pilot.press("pageup", "pageup")
        await settle(pilot)
        before = shown(pilot)
        for number in range(3):
            conversation.receive(said("eve", f"news {number}", NINE_O_CLOCK_MS + 500 * MINUTE_MS, number))
        await settle(pilot)
        assert shown(pilot) == before
        assert said_below(pilot) == "Tue 24 Nov 2026 · 3 new below · End"
        await pilot.click(StatusLine, offset=(80 - 3, 0))
        await settle(pilot)
        assert shown(pilot)[-1].endswith("news 2")
        assert said_below(pilot) == ""


async def test_a_sync_of_ten_thousand_messages_does_not_move_what_is_read() -> None:
    conversation = FakeConversation(talk(100))
    async with open_app(conversation) as pilot:
        await pilot.press("pageup", "pageup")
        await settle(pilot)
        before = shown(pilot)
        conversation.receive(*[said("eve", "old", number, number) for number in range(5_000)])
        conversation.receive(*[said("eve", "new", NINE_O_CLOCK_MS * 2 + number, number) for number in range(5_000)])
        await settle(pilot)
        assert shown(pilot) == before
        assert said_below(pilot) == "Tue 24 Nov 2026 · 5,000 new below · End"


async def test_a_message_sent_while_scrolled_up_returns_to_the_end() -> None:
    conversation = FakeConversation(talk(100))
    async with open_app(conversation) as pilot:
        await pilot.press("pageup", "pageup", *"me", "enter")
        await settle(pilot)
        assert shown(pilot)[-1].endswith("me")


async def test_home_goes_to_the_very_first_of_many_messages() -> None:
    conversation = FakeConversation(talk(5_000))
    async with open_app(conversation) as pilot:
        await pilot.press("home")
        await settle(pilot)
        assert shown(pilot)[1].endswith("message 0")
        await pilot.press("end")
        await settle(pilot)
        assert shown(pilot)[-1].endswith("message 4999")


async def test_home_and_end_move_in_a_text_and_with_control_in_the_conversation() -> None:
    conversation = FakeConversation(talk(100))
    async with open_app(conversation) as pilot:
        await pilot.press(*"abc", "home")
        assert composer(pilot).cursor_location == (0, 0)
        await pilot.press("ctrl+home")
        await settle(pilot)
        assert shown(pilot)[1].endswith("message 0")
        await pilot.press("ctrl+end")
        await settle(pilot)
        assert shown(pilot)[-1].endswith("message 99")
        assert composer(pilot).text == "abc"


def turn_wheel(pilot: Pilot[int], turn: type[events.MouseEvent]) -> None:
    pilot.app.post_message(turn(None, 5, 5, 0, 0, 0, shift=False, meta=False, ctrl=False))


async def test_the_wheel_scrolls_by_lines() -> None:
    conversation = FakeConversation(talk(100))
    async with open_app(conversation) as pilot:
        turn_wheel(pilot, events.MouseScrollUp)
        await settle(pilot)
        assert shown(pilot)[-1].endswith("message 96")
        turn_wheel(pilot, events.MouseScrollDown)
        await settle(pilot)
        assert shown(pilot)[-1].endswith("message 99")
        assert said_below(pilot) == ""


@pytest.mark.parametrize("size", [(40, 12), (10, 4), (300, 100), (80, 24)])
async def test_every_size_shows_the_newest_message_and_the_box(size: tuple[int, int]) -> None:
    conversation = FakeConversation([*talk(500), said("山田", "漢字🎉 " * 50, NINE_O_CLOCK_MS * 2)])
    async with open_app(conversation) as pilot:
        await pilot.resize_terminal(*size)
        await settle(pilot)
        view = timeline(pilot)
        assert view.size.height >= 1
        assert composer(pilot).region.bottom <= size[1]
        for y in range(view.size.height):
            assert cell_len(view.render_line(y).text) == view.size.width


async def test_selected_text_is_what_its_authors_wrote() -> None:
    long = "a word and another " * 6
    conversation = FakeConversation([said("bob", "first"), said("eve", long.strip(), NINE_O_CLOCK_MS + MINUTE_MS)])
    async with open_app(conversation) as pilot:
        pilot.app.screen.text_select_all()
        await settle(pilot)
        copied = pilot.app.screen.get_selected_text()
        assert copied == f"first\n{long.strip()}"


async def test_dragging_over_a_message_copies_its_text_and_leaves_the_box_in_focus() -> None:
    conversation = FakeConversation([said("bob", "one two three"), said("eve", "four", NINE_O_CLOCK_MS + MINUTE_MS)])
    async with open_app(conversation) as pilot:
        bottom, text_left = timeline(pilot).size.height - 1, 22
        await pilot.mouse_down(TimelineView, offset=(text_left + 4, bottom - 1))
        await pilot.hover(TimelineView, offset=(text_left + 3, bottom))
        await pilot.mouse_up(TimelineView, offset=(text_left + 3, bottom))
        await pilot.press("ctrl+c")
        assert pilot.app.clipboard == "two three\nfour"
        assert composer(pilot).has_focus


async def test_a_notice_stays_until_escape() -> None:
    conversation = FakeConversation()
    async with open_app(conversation) as pilot:
        conversation.notice("The port is taken.")
        await settle(pilot)
        await pilot.press("a")
        assert noticed(pilot) == "The port is taken."
        await pilot.press("escape")
        await settle(pilot)
        assert noticed(pilot) == ""


async def test_tab_keeps_the_focus_in_the_box() -> None:
    async with open_app(FakeConversation(talk(3))) as pilot:
        await pilot.press("tab", "shift+tab", *"ok")
        assert composer(pilot).text == "ok"


async def test_the_top_of_the_screen_says_who_is_speaking() -> None:
    conversation = FakeConversation(talk(100))
    async with open_app(conversation) as pilot:
        await pilot.press("pageup")
        await settle(pilot)
        assert "bob" in shown(pilot)[0]
        assert "bob" not in shown(pilot)[1]


async def test_another_theme_repaints_the_conversation() -> None:
    conversation = FakeConversation(talk(10))
    async with open_app(conversation) as pilot:
        pilot.app.theme = DARK.name
        await settle(pilot)
        dark = timeline(pilot).render_line(0)
        pilot.app.theme = LIGHT.name
        await settle(pilot)
        light = timeline(pilot).render_line(0)
        assert dark.text == light.text
        assert all(one.style != other.style for one, other in zip(dark, light, strict=True))

from collections.abc import Iterator
from functools import cache
from threading import Event

import pytest
from textual import events
from textual.pilot import Pilot

from multichat.model import emoji
from multichat.model.text import sanitise_line
from multichat.widgets.completions import Completions
from tests.helpers.writing import WritingApp, above, writing

NAMES = [sanitise_line(name, 32) for name in ("bob", "Bobby", "[red]eve[/]", "דוד")]


async def press_at_once(pilot: Pilot[None], *keys: str) -> None:
    """Press `keys` as they come over a slow line: all before the first takes effect."""
    characters = {"space": " ", "colon": ":"}
    for key in keys:
        pilot.app.post_message(events.Key(key, key if len(key) == 1 else characters.get(key)))
    await settle(pilot)


async def settle(pilot: Pilot[None]) -> None:
    for _ in range(3):
        await pilot.pause()


async def paste(pilot: Pilot[None], text: str) -> None:
    pilot.app.post_message(events.Paste(text))
    await settle(pilot)


def lines(count: int) -> str:
    return "\n".join(f"line {number}" for number in range(count))


# Calling back what one wrote.


async def test_up_calls_back_what_one_wrote_and_down_the_draft() -> None:
    app = WritingApp(recall=["one", "two"])
    async with writing(app) as pilot:
        await press_at_once(pilot, *"draft", "up")
        assert app.composer.text == "two"
        assert app.composer.draft == "draft"
        await press_at_once(pilot, "up", "up")
        assert app.composer.text == "one"
        await press_at_once(pilot, "down", "down")
        assert app.composer.text == "draft"


async def test_what_is_called_back_can_be_changed_and_sent() -> None:
    app = WritingApp(recall=["one"])
    async with writing(app) as pilot:
        await press_at_once(pilot, "up", "!", "enter", "up")
        assert app.writing.sent == ["one!"]
        assert app.composer.text == "one!"
        assert app.composer.recall.entries == ("one", "one!")


async def test_up_goes_through_the_lines_before_it_calls_back() -> None:
    app = WritingApp(recall=["one"])
    async with writing(app) as pilot:
        await press_at_once(pilot, "a", "ctrl+j", "b", "up")
        assert app.composer.text == "a\nb"
        await press_at_once(pilot, "up")
        assert app.composer.text == "one"
        await press_at_once(pilot, "down")
        assert app.composer.text == "a\nb"


async def test_up_goes_through_the_rows_of_a_long_line_before_it_calls_back() -> None:
    app = WritingApp(recall=["one"])
    async with writing(app, size=(40, 12)) as pilot:
        await press_at_once(pilot, *("word " * 12).replace(" ", "_"), "up")
        assert app.composer.text.startswith("word_")
        await press_at_once(pilot, "up")
        assert app.composer.text == "one"


async def test_up_with_nothing_to_call_back_goes_to_the_start_and_loses_nothing() -> None:
    app = WritingApp()
    async with writing(app) as pilot:
        await press_at_once(pilot, *"draft", "up", "x", "down", "y")
        assert app.composer.text == "xdrafty"


async def test_a_command_that_is_called_back_offers_nothing_so_that_up_goes_on() -> None:
    app = WritingApp(recall=["one", "/co", "/help"])
    async with writing(app) as pilot:
        await press_at_once(pilot, "up", "up")
        assert app.composer.text == "/co"
        assert above(app) == []
        await press_at_once(pilot, "up")
        assert app.composer.text == "one"


async def test_what_was_not_sent_is_in_the_box_and_not_called_back() -> None:
    app = WritingApp(recall=["one"])
    async with writing(app) as pilot:
        await press_at_once(pilot, *"two", "enter")
        app.composer.give_back("two")
        await settle(pilot)
        assert app.composer.text == "two"
        assert app.composer.recall.entries == ("one",)


async def test_one_goes_on_behind_the_draft_of_last_time() -> None:
    app = WritingApp(draft="first\r\nsecond")
    async with writing(app) as pilot:
        await press_at_once(pilot, "!", "enter")
        assert app.writing.sent == ["first\nsecond!"]


# Completing.


async def test_tab_completes_a_command_in_a_burst() -> None:
    app = WritingApp()
    async with writing(app) as pilot:
        await press_at_once(pilot, *"/co", "tab", *"host", "enter")
        assert app.writing.sent == ["/connect host"]


async def test_commands_show_by_themselves_and_then_what_they_take() -> None:
    app = WritingApp()
    async with writing(app) as pilot:
        await press_at_once(pilot, *"/c")
        assert any(row.startswith(" /connect") for row in above(app))
        await press_at_once(pilot, *"onnect x")
        assert [row.split() for row in above(app)] == [
            ["/connect", "HOST[:PORT]", "connect", "to", "a", "peer", "by", "hand,", "and", "keep", "trying"]
        ]
        await press_at_once(pilot, "enter")
        assert app.writing.sent == ["/connect x"]
        assert above(app) == []


async def test_enter_takes_half_a_command_and_sends_a_whole_one() -> None:
    app = WritingApp()
    async with writing(app) as pilot:
        await press_at_once(pilot, *"/he", "enter")
        assert app.composer.text == "/help"
        assert app.writing.sent == []
        await press_at_once(pilot, "enter")
        assert app.writing.sent == ["/help"]
        await press_at_once(pilot, *"/quit", "enter")
        assert app.writing.sent == ["/help", "/quit"]


async def test_enter_sends_though_nicknames_are_offered() -> None:
    app = WritingApp(NAMES)
    async with writing(app) as pilot:
        await press_at_once(pilot, *"hi @bo")
        assert [row.strip() for row in above(app)] == ["bob", "Bobby"]
        await press_at_once(pilot, "enter")
        assert app.writing.sent == ["hi @bo"]


async def test_enter_takes_the_one_that_was_chosen_with_the_arrows() -> None:
    app = WritingApp(NAMES, recall=["before"])
    async with writing(app) as pilot:
        await press_at_once(pilot, *"hi @bo", "down", "down", "enter")
        assert app.composer.text == "hi @Bobby "
        assert above(app) == []
        await press_at_once(pilot, "backspace", "!", "enter")
        assert app.writing.sent == ["hi @Bobby!"]


async def test_tab_goes_through_the_candidates_and_back() -> None:
    app = WritingApp(NAMES)
    async with writing(app) as pilot:
        texts: list[str] = []
        for key in ("tab", "tab", "tab", "shift+tab", "down", "up"):
            await press_at_once(pilot, *(["b"] if not texts else []), key)
            texts.append(app.composer.text)
        assert texts == ["bob: ", "Bobby: ", "bob: ", "Bobby: ", "bob: ", "Bobby: "]
        await press_at_once(pilot, *"hi", "enter")
        assert app.writing.sent == ["Bobby: hi"]


async def test_enter_after_tab_sends_what_stands_there() -> None:
    app = WritingApp(NAMES)
    async with writing(app) as pilot:
        await press_at_once(pilot, *"x b", "tab", "enter")
        assert app.writing.sent == ["x bob"]


async def test_shift_tab_begins_with_the_last_candidate() -> None:
    app = WritingApp(NAMES)
    async with writing(app) as pilot:
        await press_at_once(pilot, "@", "shift+tab")
        assert app.composer.text == "@דוד: "


async def test_tab_without_anything_to_complete_leaves_text_and_focus() -> None:
    app = WritingApp(NAMES)
    async with writing(app) as pilot:
        await press_at_once(pilot, *"zz", "tab", "shift+tab", "!")
        assert app.composer.text == "zz!"
        assert app.composer.has_focus


async def test_what_tab_did_can_be_undone() -> None:
    app = WritingApp(NAMES)
    async with writing(app) as pilot:
        await press_at_once(pilot, *"hi b", "tab", "ctrl+z")
        assert app.composer.text == "hi b"


async def test_escape_closes_the_list_until_another_word_is_begun() -> None:
    app = WritingApp(NAMES, recall=["before"])
    async with writing(app) as pilot:
        await press_at_once(pilot, "@", "escape")
        assert above(app) == []
        await press_at_once(pilot, "b")
        assert above(app) == []
        await press_at_once(pilot, "space", "@")
        assert above(app) != []
        await press_at_once(pilot, "escape", "up")
        assert app.composer.text == "before"


async def test_a_click_takes_a_candidate_and_leaves_the_focus() -> None:
    app = WritingApp(NAMES)
    async with writing(app) as pilot:
        await press_at_once(pilot, "@")
        await pilot.click(Completions, offset=(3, 2))
        await settle(pilot)
        assert app.composer.text == "@[red]eve[/]: "
        assert app.composer.has_focus


async def test_nicknames_like_markup_are_shown_as_they_are() -> None:
    app = WritingApp(NAMES)
    async with writing(app) as pilot:
        await press_at_once(pilot, "@")
        assert [row.strip() for row in above(app)] == list(NAMES)


async def test_nothing_is_offered_while_text_is_selected() -> None:
    app = WritingApp(NAMES)
    async with writing(app) as pilot:
        await press_at_once(pilot, *"hi @b", "shift+left")
        assert above(app) == []


async def test_nothing_is_offered_while_the_keys_go_elsewhere() -> None:
    app = WritingApp(NAMES)
    async with writing(app) as pilot:
        await press_at_once(pilot, "@")
        app.writing.set_focus(None)
        await settle(pilot)
        assert above(app) == []
        app.composer.focus()
        await settle(pilot)
        assert above(app) != []


# Emoji.


async def test_an_emoji_is_offered_and_taken() -> None:
    app = WritingApp()
    async with writing(app) as pilot:
        await press_at_once(pilot, *"ok :thum")
        await app.workers.wait_for_complete()
        await settle(pilot)
        assert above(app)[0].split() == ["👍", ":thumbsup:"]
        await press_at_once(pilot, "tab", "enter")
        assert app.writing.sent == ["ok 👍"]


@pytest.fixture
def table(monkeypatch: pytest.MonkeyPatch) -> Iterator[Event]:
    """The table of emoji is not read yet, and can be only once this is set."""
    may_be_read, read = Event(), emoji._read_tables

    @cache
    def read_slowly() -> object:
        assert may_be_read.wait(10)
        return read()

    monkeypatch.setattr(emoji, "_read_tables", read_slowly)
    yield may_be_read
    may_be_read.set()


async def test_no_key_waits_until_the_emoji_are_there(table: Event) -> None:
    app = WritingApp(NAMES)
    async with writing(app) as pilot:
        await press_at_once(pilot, *"ok :thum")
        assert app.composer.text == "ok :thum"
        assert above(app) == []
        table.set()
        await app.workers.wait_for_complete()
        await settle(pilot)
        assert above(app)[0].split() == ["👍", ":thumbsup:"]


async def test_emoji_that_come_after_one_went_on_are_not_offered(table: Event) -> None:
    app = WritingApp(NAMES)
    async with writing(app) as pilot:
        await press_at_once(pilot, *":th")
        await press_at_once(pilot, *" @bo", "down")
        assert len(app.workers) == 1
        table.set()
        await app.workers.wait_for_complete()
        await settle(pilot)
        assert [row.strip() for row in above(app)] == ["bob", "Bobby"]
        await press_at_once(pilot, "enter")
        assert app.composer.text == ":th @bob "


async def test_who_types_no_shortcode_has_no_table_read(table: Event) -> None:
    app = WritingApp(NAMES)
    async with writing(app) as pilot:
        await press_at_once(pilot, *"a: 10:30 http://x @b")
        assert not app.workers
        assert not table.is_set()


async def test_a_shortcode_becomes_its_emoji_at_the_closing_colon() -> None:
    app = WritingApp()
    async with writing(app) as pilot:
        await press_at_once(pilot, *":thumbsup:", "!", "enter", *"at 10:30:45 on http://x:y:z", "enter")
        assert app.writing.sent == ["👍!", "at 10:30:45 on http://x:y:z"]


async def test_a_shortcode_that_was_meant_as_it_is_comes_back_with_undo() -> None:
    app = WritingApp()
    async with writing(app) as pilot:
        await press_at_once(pilot, *":x:", "ctrl+z", "enter")
        assert app.writing.sent == [":x:"]


async def test_a_shortcode_that_is_pasted_stays() -> None:
    app = WritingApp()
    async with writing(app) as pilot:
        await paste(pilot, ":thumbsup:")
        assert app.composer.text == ":thumbsup:"


# Pastes.


async def test_a_paste_of_twenty_lines_arrives_whole() -> None:
    app = WritingApp()
    async with writing(app) as pilot:
        await paste(pilot, lines(20) + "\n")
        assert app.composer.text == lines(20) + "\n"


async def test_a_longer_one_is_asked_for_and_enter_inserts_all_of_it() -> None:
    app = WritingApp()
    async with writing(app) as pilot:
        await press_at_once(pilot, *"see: ")
        await paste(pilot, lines(57))
        assert app.composer.text == "see: "
        assert above(app) == [" Paste 57 lines?  Enter inserts them, Escape drops them"]
        await press_at_once(pilot, "enter", "!")
        assert app.composer.text == f"see: {lines(57)}!"
        assert above(app) == []
        assert app.writing.sent == []
        await press_at_once(pilot, "enter")
        assert app.writing.sent == [f"see: {lines(57)}!"]


async def test_escape_drops_it_and_the_next_enter_sends_what_was_there() -> None:
    app = WritingApp()
    async with writing(app) as pilot:
        await press_at_once(pilot, "a")
        await paste(pilot, lines(21))
        await press_at_once(pilot, "escape")
        assert above(app) == []
        await press_at_once(pilot, "enter")
        assert app.writing.sent == ["a"]


async def test_what_is_typed_before_one_answers_stands_behind_the_paste() -> None:
    app = WritingApp(NAMES)
    async with writing(app) as pilot:
        await press_at_once(pilot, *"ab", "left")
        await paste(pilot, lines(21))
        await press_at_once(pilot, *" @bob: /no", "enter", "!")
        assert app.composer.text == f"a{lines(21)} @bob: /no!b"


async def test_what_is_typed_in_front_of_it_stays_there() -> None:
    app = WritingApp()
    async with writing(app) as pilot:
        await press_at_once(pilot, *"ab")
        await paste(pilot, lines(21))
        await press_at_once(pilot, "home", "x", "enter")
        assert app.composer.text == f"xab{lines(21)}"


async def test_a_large_paste_takes_the_place_of_what_is_selected() -> None:
    app = WritingApp()
    async with writing(app) as pilot:
        await press_at_once(pilot, *"abc", "shift+left")
        await paste(pilot, lines(21))
        await press_at_once(pilot, "enter")
        assert app.composer.text == f"ab{lines(21)}"


async def test_two_large_pastes_are_one_question() -> None:
    app = WritingApp()
    async with writing(app) as pilot:
        await press_at_once(pilot, *"/h", "escape")
        await paste(pilot, lines(30) + "\n")
        await paste(pilot, lines(27))
        assert "57 lines" in above(app)[0]
        await press_at_once(pilot, "enter")
        assert app.composer.text == f"/h{lines(30)}\n{lines(27)}"


async def test_each_paste_stays_whole_and_in_its_place_whatever_is_typed_between_two() -> None:
    first, second, third = (lines(count).replace("line", name) for count, name in ((30, "a"), (27, "b"), (21, "c")))
    app = WritingApp()
    async with writing(app) as pilot:
        for event in (
            *(events.Key(key, key) for key in "from "),
            events.Paste(first),
            *(events.Key(key, key) for key in " to "),
            events.Paste(second),
            events.Paste("short"),
            events.Paste(third),
            events.Key("!", "!"),
        ):
            pilot.app.post_message(event)
        await settle(pilot)
        assert above(app) == [" Paste 78 lines?  Enter inserts them, Escape drops them"]
        await press_at_once(pilot, "enter", "?")
        assert app.composer.text == f"from {first} to {second}short{third}!?"


async def test_pastes_stay_where_they_belong_though_one_goes_back_deletes_and_undoes() -> None:
    app = WritingApp()
    async with writing(app) as pilot:
        await press_at_once(pilot, *"aaaa", "left", "left")
        await paste(pilot, lines(21))
        await press_at_once(pilot, "a", "home", "a", "a", "delete", "end", "backspace", "b", "ctrl+z", "enter")
        assert app.composer.text == f"aaa{lines(21)}aa"


async def test_pastes_that_are_dropped_leave_what_was_typed_between_them() -> None:
    app = WritingApp()
    async with writing(app) as pilot:
        await paste(pilot, lines(21))
        await press_at_once(pilot, *"ok")
        await paste(pilot, lines(22))
        await press_at_once(pilot, "escape", "enter")
        assert app.writing.sent == ["ok"]


# Space.


@pytest.mark.parametrize("size", [(10, 4), (20, 6), (40, 12), (80, 24), (200, 60)])
async def test_what_is_above_covers_neither_the_box_nor_more_than_the_screen(size: tuple[int, int]) -> None:
    app = WritingApp([f"guest {number}" for number in range(100)])
    async with writing(app, size) as pilot:
        await press_at_once(pilot, *["a", "ctrl+j"] * 30, "@", *["down"] * 50)
        shown, box = app.composer.completions.region, app.composer.region
        assert shown.bottom == box.y
        assert shown.x == box.x
        assert shown.width == box.width
        assert 0 <= shown.y < shown.bottom
        assert shown.height <= 6
        assert any("guest 49" in row for row in above(app)) or size[0] < 20
        assert box.bottom <= size[1]


async def test_nothing_moves_when_something_is_offered() -> None:
    app = WritingApp()
    async with writing(app) as pilot:
        before = app.writing.query_one("#talk").region
        await press_at_once(pilot, "/")
        assert above(app) != []
        assert app.writing.query_one("#talk").region == before

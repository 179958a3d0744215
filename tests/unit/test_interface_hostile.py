"""What others write, on the screens of the program: never read as anything, and always in its place."""

import pytest
from rich.cells import cell_len
from textual import events
from textual.content import Content
from textual.pilot import Pilot
from textual.widgets import OptionList

from multichat.model.text import MARK
from multichat.screens.links import LinksScreen
from tests.helpers.fake_conversation import NINE_O_CLOCK_MS, FakeConversation, feed_of, person, said
from tests.helpers.hostile_texts import HARMLESS, INVISIBLE, SEQUENCES, TOWERS
from tests.helpers.screen import composer, open_app, settle, timeline

MARKUP = "[@click=app.exit]eve[/] [red"


async def _write(pilot: Pilot[int], text: str) -> None:
    composer(pilot).text = text
    await pilot.press("enter")
    await settle(pilot)


async def test_markup_in_a_name_is_shown_wherever_the_name_is() -> None:
    conversation = FakeConversation([said(MARKUP, MARKUP)])
    conversation.others = [person(MARKUP)]
    async with open_app(conversation, (140, 30)) as pilot:
        await _write(pilot, f"/whois {feed_of(MARKUP).hex()[:8]}")
        assert MARKUP in str(pilot.app.screen.query_one("#content").render())
        title = pilot.app.screen.query_one("#panel").border_title or ""
        assert Content.from_markup(title).plain == f"Who is {MARKUP}?"


async def test_an_address_that_looks_like_another_is_shown_as_it_is_before_it_is_opened() -> None:
    opened: list[str] = []
    text = "see https://\u0430\u0440\u0440\u04cf\u0435.com/ first"
    async with open_app(FakeConversation([said("bob", text)])) as pilot:
        pilot.app.open_url = lambda url, **_: opened.append(url)  # type: ignore[method-assign]
        await pilot.press("ctrl+up", "o")
        await settle(pilot)
        assert isinstance(pilot.app.screen, LinksScreen)
        option = pilot.app.screen.query_one(OptionList).get_option_at_index(0)
        assert "https://xn--80ak6aa92e.com/" in str(option.prompt)
        assert opened == []
        await pilot.press("enter")
        await settle(pilot)
        assert opened == ["https://xn--80ak6aa92e.com/"]


async def test_the_terminal_is_told_of_addresses_only_that_show_where_they_lead() -> None:
    texts = ["https://example.org/a", "https://xn--80ak6aa92e.com/", "https://google.com@example.org/"]
    messages = [said("bob", text, NINE_O_CLOCK_MS + number, number) for number, text in enumerate(texts)]
    async with open_app(FakeConversation(messages)) as pilot:
        view = timeline(pilot)
        styles = [segment.style for y in range(view.size.height) for segment in view.render_line(y)]
        assert {style.link for style in styles if style is not None and style.link} == {"https://example.org/a"}


async def test_what_is_copied_has_nothing_in_it_that_steers() -> None:
    copied: list[str] = []
    async with open_app(FakeConversation([said("bob", "\u05e9\u05dc\u05d5\u05dd \x1b]52;c;?\x07 \u202e x")])) as pilot:
        pilot.app.copy_to_clipboard = copied.append  # type: ignore[method-assign,assignment]
        await pilot.press("ctrl+up", "y")
        await settle(pilot)
        assert copied == [f"\u05e9\u05dc\u05d5\u05dd {MARK}]52;c;?{MARK} {MARK} x"]


async def test_what_is_pasted_has_nothing_in_it_that_steers_and_is_whole() -> None:
    async with open_app(FakeConversation()) as pilot:
        composer(pilot).post_message(events.Paste("a\tb\r\n\x1b[31mc\t\t\td"))
        await settle(pilot)
        assert composer(pilot).text == f"a    b\n{MARK}[31mc            d"


@pytest.mark.parametrize("size", [(40, 12), (80, 24), (140, 40)])
async def test_every_line_is_as_wide_as_the_screen_whatever_is_said(size: tuple[int, int]) -> None:
    texts = [*HARMLESS, *TOWERS, *INVISIBLE, " ".join(SEQUENCES[::20])]
    messages = [
        said(text[:20], text, NINE_O_CLOCK_MS + number, number, feed=bytes([number]) * 32)
        for number, text in enumerate(texts)
    ]
    async with open_app(FakeConversation(messages), size) as pilot:
        view = timeline(pilot)
        for _ in range(len(texts) // 5):
            assert {cell_len(view.render_line(y).text) for y in range(view.size.height)} == {view.size.width}
            await pilot.press("pageup")
        assert view.size.height >= size[1] // 2

"""A window whose size changes: what is on it is right at once, and worked out once."""

import pytest
from rich.cells import cell_len
from textual.strip import Strip

from multichat.widgets.timeline_view import TimelineView
from multichat.widgets.viewport import Line, Viewport
from tests.helpers.fake_conversation import NINE_O_CLOCK_MS, FakeConversation, said
from tests.helpers.screen import MINUTE_MS, open_app, settle, shown, talk, timeline

LONG = said("eve", "a word and another " * 20, NINE_O_CLOCK_MS + 100 * MINUTE_MS)


async def test_nothing_is_ever_painted_as_it_was_at_the_size_before(monkeypatch: pytest.MonkeyPatch) -> None:
    painted: list[tuple[str, int]] = []

    def kept(view: TimelineView, y: int) -> Strip:
        strip = paint(view, y)
        if y == view.size.height - 1:
            painted.append((strip.text, view.size.width))
        return strip

    paint = TimelineView.render_line
    monkeypatch.setattr(TimelineView, "render_line", kept)
    async with open_app(FakeConversation([*talk(100), LONG])) as pilot:
        for size in ((60, 10), (110, 30), (30, 8)):
            await pilot.resize_terminal(*size)
            await settle(pilot)
    assert {width for _, width in painted} == {80, 60, 110, 30}
    for text, width in painted:
        assert cell_len(text) == width
        assert text.rstrip().endswith("another")


async def test_a_conversation_looks_the_same_whatever_size_it_had_before() -> None:
    sizes = [(100, 30), (60, 20), (40, 12), (120, 40)]
    expected = []
    for size in sizes:
        async with open_app(FakeConversation([*talk(100), LONG]), size) as pilot:
            expected.append(shown(pilot))
    async with open_app(FakeConversation([*talk(100), LONG])) as pilot:
        for size, lines in zip(sizes, expected, strict=True):
            await pilot.resize_terminal(*size)
            await settle(pilot)
            assert shown(pilot) == lines


async def test_a_new_width_is_laid_out_once(monkeypatch: pytest.MonkeyPatch) -> None:
    count = 0

    def counted(viewport: Viewport) -> list[Line]:
        nonlocal count
        count += 1
        return lay_out(viewport)

    lay_out = Viewport.lines
    monkeypatch.setattr(Viewport, "lines", counted)
    async with open_app(FakeConversation([*talk(100), LONG]), (100, 30)) as pilot:
        count = 0
        await pilot.resize_terminal(90, 30)
        await settle(pilot)
        assert count == 1


async def test_what_was_selected_is_selected_no_more_at_a_new_size() -> None:
    async with open_app(FakeConversation(talk(10))) as pilot:
        pilot.app.screen.text_select_all()
        await settle(pilot)
        assert timeline(pilot).text_selection is not None
        await pilot.resize_terminal(60, 20)
        await settle(pilot)
        assert timeline(pilot).text_selection is None

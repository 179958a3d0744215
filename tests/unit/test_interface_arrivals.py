"""What arrives while one reads: what is painted again for it, and what is not."""

import random

import pytest
from textual.strip import Strip

from multichat.widgets.timeline_view import TimelineView
from tests.helpers.fake_conversation import NINE_O_CLOCK_MS, FakeConversation, said
from tests.helpers.screen import MINUTE_MS, late_arrivals, open_app, settle, shown, talk, timeline

_DAY_MS = 24 * 60 * MINUTE_MS


async def test_what_arrives_far_above_the_screen_is_counted_and_nothing_is_painted_for_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    conversation = FakeConversation(talk(300))
    async with open_app(conversation) as pilot:
        painted: list[int] = []
        paint = TimelineView.render_line

        def noting(view: TimelineView, y: int) -> Strip:
            painted.append(y)
            return paint(view, y)

        monkeypatch.setattr(TimelineView, "render_line", noting)
        conversation.receive(*(said("eve", f"late {n}", NINE_O_CLOCK_MS + n * 1_000, n) for n in range(90)))
        await settle(pilot)
        assert "90 earlier messages arrived" in late_arrivals(pilot)
        assert not painted
        conversation.receive(said("eve", "now", NINE_O_CLOCK_MS + _DAY_MS, 100))
        await settle(pilot)
        assert painted


async def test_what_arrives_right_above_the_top_line_changes_what_that_says() -> None:
    conversation = FakeConversation(talk(50))
    async with open_app(conversation) as pilot:
        morning_ms = NINE_O_CLOCK_MS + _DAY_MS
        rows = range(timeline(pilot).size.height - 1)
        conversation.receive(*(said("bob", f"next day {n}", morning_ms + n * MINUTE_MS, 1000 + n) for n in rows))
        await settle(pilot)
        assert "\N{BOX DRAWINGS LIGHT HORIZONTAL}" in shown(pilot)[0]
        conversation.receive(said("eve", "first of all", morning_ms - MINUTE_MS, 1))
        await settle(pilot)
        assert shown(pilot)[0].endswith("first of all")


@pytest.mark.parametrize("seed", range(4))
async def test_wherever_something_arrives_the_screen_is_as_if_it_had_been_there_before(seed: int) -> None:
    chance = random.Random(seed)
    conversation = FakeConversation(talk(60))
    async with open_app(conversation) as pilot:
        for number in range(8):
            if chance.random() < 0.3:
                timeline(pilot).scroll_lines(chance.choice([-30, -7, 3, 9]))
            moment_ms = NINE_O_CLOCK_MS + round(chance.uniform(-1, 61) * MINUTE_MS) - chance.choice([0, 0, _DAY_MS])
            author = chance.choice(["bob", "eve"])
            numbers = range(100 * number, 100 * number + chance.randint(1, 5))
            conversation.receive(*(said(author, f"late {n}", moment_ms + n, n) for n in numbers))
            await settle(pilot)
            lines = shown(pilot)
            timeline(pilot).reload()
            await settle(pilot)
            assert shown(pilot) == lines
